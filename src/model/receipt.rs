//! Receipts: how far somebody has read, and who read what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    id::{ConversationId, MessageId, ReceiptId, UserId},
    time::Timestamp,
    user::User,
};

/// How far another member has read, as far as they let it be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadPosition {
    /// Who.
    pub user_id: UserId,
    /// Everything up to this message is read.
    pub last_read_seq: i64,
    /// Since when.
    pub read_at: Timestamp,
}

/// Somebody who read a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// Who.
    pub user: User,
    /// When.
    pub read_at: Timestamp,
}

/// Who has read a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipts {
    /// Those who let it be seen, the first one first.
    pub receipts: Vec<Reader>,
    /// How many they are.
    #[schema(example = 3)]
    pub read_count: i64,
    /// How many people there are besides the message's sender.
    #[schema(example = 7)]
    pub total_participants: i64,
}

/// Where a reader stands in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadState {
    /// The newest message that the reader has read; null while there is none.
    #[schema(required)]
    pub last_read_message_id: Option<MessageId>,
    /// Its number; 0 while there is none.
    #[schema(example = 42)]
    pub last_read_seq: i64,
    /// How many messages the reader has not read.
    #[schema(example = 0)]
    pub unread_count: i64,
}

/// That somebody read everything up to a message, as it waits to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Its own name, by which it is taken off the queue.
    pub id: ReceiptId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// The message up to which everything is read.
    pub message_id: MessageId,
    /// Its number.
    pub seq: i64,
    /// When, by the database's clock.
    pub read_at: Timestamp,
    /// Whether the reader lets it be seen. If not, it only moves the reader's own position.
    pub shown: bool,
    /// The messages of others that it newly covers.
    pub messages: Vec<MessageId>,
}
