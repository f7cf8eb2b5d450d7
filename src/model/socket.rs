//! What clients and the server say to each other on a socket when one of them asked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    id::{ClientMessageId, ConversationId, Epoch, MessageId, SessionId, UserId},
    message::{ContentType, MessageStatus},
    presence::{Activity, Presence},
    receipt::ReadPosition,
    text::MessageText,
    time::Timestamp,
};

/// `auth`: a new token for a live socket, or the first one.
#[derive(Clone, Deserialize, ToSchema)]
pub struct AuthInput {
    /// An access token.
    pub token: String,
}

/// `auth:success`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthSuccess {
    /// Who this socket acts for.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// When the token runs out, and with it the socket.
    pub expires_at: Timestamp,
    /// The database's incarnation: when it differs from the one seen before, forget everything and start afresh.
    pub epoch: Epoch,
    /// The server's clock.
    pub timestamp: Timestamp,
}

/// Where a client stands in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The newest message that the client has: what came after it is replayed.
    #[schema(minimum = 0)]
    pub last_seq: Option<i64>,
    /// That message. When the server's message of this number is another one, the answer is `reset`.
    pub last_message_id: Option<MessageId>,
    /// The oldest state that the client shows, by the number of the newest change in it: every row that changed since is
    /// told as it stands now.
    #[schema(minimum = 0)]
    pub last_rev: Option<i64>,
}

/// `subscribe`: one conversation, or up to 500 in `conversations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SubscribeInput {
    /// Many at once.
    Many {
        /// Up to 500.
        #[schema(max_items = 500)]
        conversations: Vec<Subscription>,
    },
    /// One.
    One(Subscription),
}

/// `subscribed`: the heads and the caller's own position, after everything missed was replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscribed {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The number of its newest message.
    pub seq: i64,
    /// The number of its newest other change.
    pub rev: i64,
    /// How far the caller has read.
    pub last_read_seq: i64,
    /// How many messages the caller has not read.
    pub unread_count: i64,
    /// How far each other member who has a receipt has read, as privacy allows. Empty for groups of over 100 people, and
    /// for all groups in a call for many.
    pub reads: Vec<ReadPosition>,
    /// Whether each other member is here, as privacy allows. Empty where `reads` is.
    pub presence: Vec<Presence>,
    /// More was missed than one call replays: subscribe again from the last message and change received.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub truncated: bool,
    /// The client is ahead of the database: forget the conversation and fetch it again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub reset: bool,
    /// The server's clock. Not in the answer to a call for many.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timestamp: Option<Timestamp>,
}

/// `unsubscribe`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnsubscribeInput {
    /// Which conversation.
    pub conversation_id: ConversationId,
}

/// `unsubscribed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unsubscribed {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The server's clock.
    pub timestamp: Timestamp,
}

/// `message:send`
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageSendInput {
    /// Where to.
    pub conversation_id: ConversationId,
    /// 1 to 4000 characters, not blank.
    #[schema(value_type = MessageText)]
    pub content: String,
    /// Chosen by the sender before the first try and kept for every further one.
    pub client_message_id: ClientMessageId,
    /// `text`.
    #[serde(default)]
    pub content_type: ContentType,
    /// A message of the same conversation.
    pub reply_to_id: Option<MessageId>,
}

/// `message:sent`: the message is stored for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageSent {
    /// The sender's own name for it.
    pub client_message_id: ClientMessageId,
    /// The server's.
    pub message_id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Its number in the conversation.
    pub seq: i64,
    /// How far it has come.
    pub status: MessageStatus,
    /// When it was stored.
    pub timestamp: Timestamp,
    /// It was stored by an earlier try.
    pub duplicate: bool,
}

/// `receipt:read`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptReadInput {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// A message of it: everything up to it is read.
    pub last_read_message_id: MessageId,
}

/// `typing:start` and `typing:stop`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypingInput {
    /// Where.
    pub conversation_id: ConversationId,
}

/// `presence:heartbeat`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresenceHeartbeatInput {
    /// Whether the person is at this device.
    pub status: Activity,
}
