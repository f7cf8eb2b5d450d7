//! Everything that crosses the bus or is sent to sockets, with its contract name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    conversation::SharedConversation,
    id::{ConversationId, SessionId, UserId},
    message::Message,
    user::User,
};

/// Where an event is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Everybody in the conversation.
    Chat(ConversationId),
    /// One person, on all their devices.
    User(UserId),
    /// Every node: each finds out who of the people connected to it is concerned.
    Audience,
}

/// What travels between nodes. Some of it goes on to sockets, some of it is obeyed by the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// A message was stored.
    MessageReceived(MessageReceived),
    /// The person is a member of a conversation that is new to them.
    ConversationCreated(ConversationCreated),
    /// A person is called, looks, or is otherwise than before.
    UserUpdated(UserUpdated),
    /// A session ended: its sockets are closed.
    SessionRevoked {
        /// Which.
        session_id: SessionId,
    },
}

/// What the server says to sockets without being asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ServerEvent {
    /// `message:received`
    MessageReceived(MessageReceived),
    /// `conversation:created`
    ConversationCreated(ConversationCreated),
    /// `user:updated`
    UserUpdated(UserUpdated),
}

impl ServerEvent {
    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MessageReceived(_) => "message:received",
            Self::ConversationCreated(_) => "conversation:created",
            Self::UserUpdated(_) => "user:updated",
        }
    }
}

/// `message:received`: to every socket subscribed to the conversation, but not the sending one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageReceived {
    /// The message.
    pub message: Message,
}

/// `conversation:created`: to a new member's sockets, subscribed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationCreated {
    /// The conversation, without what is personal.
    pub conversation: SharedConversation,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `user:updated`: to the people who share a conversation with that person, and to their own devices. Not numbered:
/// after an absence clients ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserUpdated {
    /// The person as they are now.
    pub user: User,
}
