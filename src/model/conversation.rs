//! Conversations and who takes part in them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    id::{ConversationId, MessageId},
    message::Message,
    presence::Presence,
    time::Timestamp,
    user::User,
};

/// Two people, or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[schema(example = "group")]
pub enum ConversationType {
    /// Exactly two people; there is one per pair.
    Direct,
    /// Any number of people, with a title.
    Group,
}

/// What a participant may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Owner,
    /// Change the title, add people, remove members.
    Admin,
    /// Read and write.
    Member,
}

/// A person in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// Whether they are here, as far as they let it be seen; in a conversation's details alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
}

/// A conversation, the same for all its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedConversation {
    /// Made by the server.
    pub id: ConversationId,
    /// Two people, or a group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name; null in a direct conversation.
    #[schema(required, example = "Weekend plans")]
    pub title: Option<String>,
    /// A group's picture, always https.
    #[schema(required)]
    pub avatar_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last message was stored, or when it was made.
    pub updated_at: Timestamp,
    /// The number of its newest message.
    #[schema(example = 42)]
    pub last_seq: i64,
    /// The number of its newest other change.
    #[schema(example = 7)]
    pub last_rev: i64,
    /// How many people take part.
    #[schema(example = 2)]
    pub participant_count: i64,
    /// Everybody in details; in lists and events the ten longest-serving at most.
    pub participants: Vec<Participant>,
    /// The newest message; null while there is none.
    #[schema(required)]
    pub last_message: Option<Message>,
}

/// A conversation as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// What all members see.
    #[serde(flatten)]
    pub shared: SharedConversation,
    /// How many messages this member has not read.
    #[schema(example = 3)]
    pub unread_count: i64,
    /// The newest message that this member has read.
    #[schema(required)]
    pub last_read_message_id: Option<MessageId>,
}
