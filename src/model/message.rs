//! Messages as everybody in the conversation sees them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    id::{ClientMessageId, ConversationId, MessageId, UserId},
    time::Timestamp,
    user::User,
};

/// What a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ContentType {
    /// Words.
    #[default]
    Text,
    /// A picture.
    Image,
    /// Any other file.
    File,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[schema(example = "delivered")]
pub enum MessageStatus {
    /// Not stored yet; clients show it, the database never holds it.
    Sending,
    /// Stored.
    #[default]
    Delivered,
    /// Read by the other person of a direct conversation.
    Read,
    /// Not stored, and will not be.
    Error,
}

/// A stored message. A deleted one keeps its place as a tombstone with empty content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Made by the server.
    pub id: MessageId,
    /// Where it was sent.
    pub conversation_id: ConversationId,
    /// Its number in the conversation: 1, 2, 3 … without holes. Order is this, never time.
    #[schema(example = 42)]
    pub seq: i64,
    /// The number of its last change, among all changes of the conversation; null while unchanged.
    #[schema(required)]
    pub rev: Option<i64>,
    /// Who sent it.
    pub sender_id: UserId,
    /// Who sent it, as everybody sees them.
    pub sender: User,
    /// The text, as typed.
    #[schema(example = "See you at eight")]
    pub content: String,
    /// What the content is.
    pub content_type: ContentType,
    /// The sender's own name for it.
    pub client_message_id: ClientMessageId,
    /// How far it has come.
    pub status: MessageStatus,
    /// The message that this one answers.
    #[schema(required)]
    pub reply_to_id: Option<MessageId>,
    /// When it was stored; rises with `seq`.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    #[schema(required)]
    pub deleted_at: Option<Timestamp>,
}

/// A message as history shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// How many people other than its sender have read it, as far as they let it be seen.
    #[schema(example = 3)]
    pub read_count: i64,
}
