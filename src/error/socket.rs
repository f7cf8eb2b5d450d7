//! What sockets are told when something cannot be done, or not all of it.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::ErrorCode;
use crate::model::{
    id::{ClientMessageId, ConversationId},
    socket::Subscribed,
    time::Timestamp,
};

/// Why a socket is not let in, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthErrorCode {
    /// No token came within ten seconds.
    TokenMissing,
    /// The token is none of ours, or another person's than before.
    TokenInvalid,
    /// The token ran out: renew it, and connect again.
    TokenExpired,
    /// The session was ended: sign in again.
    TokenRevoked,
    /// It cannot be told right now: connect again.
    ServiceUnavailable,
}

/// `auth:error`: said before a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuthError {
    /// Which case.
    pub code: AuthErrorCode,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    /// Whether connecting again can help.
    pub retryable: bool,
}

/// What went wrong with an event, in answers and events alike.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Which case, as in the API.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: String,
    /// Whether the same event can succeed later, unchanged.
    pub retryable: bool,
    /// When to try again, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

/// What a failure is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorContext {
    /// The event that failed.
    pub event: String,
    /// The server's clock.
    pub timestamp: Timestamp,
}

/// `message:error`: a message was not stored.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageError {
    /// The sender's own name for it; null if it could not be read.
    #[schema(required)]
    pub client_message_id: Option<ClientMessageId>,
    /// What went wrong.
    #[serde(flatten)]
    pub failure: Failure,
    /// What it is about.
    pub context: ErrorContext,
}

/// `error`: an event without an answer of its own failed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventError {
    /// What went wrong.
    #[serde(flatten)]
    pub failure: Failure,
    /// What it is about.
    pub context: ErrorContext,
}

/// The answer to a `subscribe` that names many, on its acknowledgement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SubscribedMany {
    /// One for each, in the order asked.
    pub conversations: Vec<SubscriptionAnswer>,
}

/// What is answered about one of many conversations.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SubscriptionAnswer {
    /// The socket listens to it.
    Subscribed(Subscribed),
    /// It does not.
    Refused(SubscriptionRefused),
}

/// A conversation that a socket cannot listen to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionRefused {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Why not.
    pub error: Failure,
}
