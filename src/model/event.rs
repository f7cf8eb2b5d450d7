//! Everything that crosses the bus or is sent to sockets, with its contract name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    conversation::{Participant, SharedConversation},
    id::{ConversationId, MessageId, SessionId, SocketId, UserId},
    message::Message,
    presence::PresenceStatus,
    receipt::ReadState,
    time::Timestamp,
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
    /// A message was stored, after the conversation's changes up to this number.
    Message {
        /// The message.
        message: Message,
        /// The number of the newest change before it.
        rev: i64,
    },
    /// The person is a member of a conversation that is new to them.
    ConversationCreated(ConversationCreated),
    /// A conversation changed otherwise than by a message.
    Changed(Changed),
    /// A person is called, looks, or is otherwise than before.
    UserUpdated(UserUpdated),
    /// Somebody read a message of a direct conversation.
    ReceiptUpdated(ReceiptUpdated),
    /// Messages of a group were read.
    ReceiptsCounted(ReceiptsCounted),
    /// Somebody read, which their own devices are to know.
    ReadSynced {
        /// Up to where.
        synced: ReadSynced,
        /// The socket that said so.
        by: Option<SocketId>,
    },
    /// A person is here, or no longer, as others may see it.
    PresenceUpdate(PresenceUpdate),
    /// Somebody began to type in a conversation, or goes on.
    TypingStarted(Typing),
    /// They type no more.
    TypingStopped(Typing),
    /// A session ended: its sockets are closed.
    SessionRevoked {
        /// Which.
        session_id: SessionId,
    },
}

/// The type of a payload is named as the event is, unless another one is given.
macro_rules! payload {
    ($name:ident) => {
        $name
    };
    ($name:ident $payload:ident) => {
        $payload
    };
}

macro_rules! server_events {
    ($($(#[doc = $to:literal])+ $name:ident $wire:literal $($payload:ident)?;)+) => {
        /// What the server says to sockets without being asked.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ServerEvent {
            $($(#[doc = $to])+ $name(payload!($name $($payload)?)),)+
        }

        impl ServerEvent {
            /// All of them, as `docs/protocol.md` and the web app's types tell them.
            pub const ALL: &[Told] = &[$(Told { name: $wire, payload: last(&[stringify!($name), $(stringify!($payload))?]), to: concat!($($to),+) },)+];

            /// The event's name on the wire.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $wire,)+ }
            }
        }

        impl Serialize for Payload<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 { $(ServerEvent::$name(payload) => payload.serialize(serializer),)+ }
            }
        }
    };
}

const fn last(names: &[&'static str]) -> &'static str {
    names[names.len() - 1]
}

// Each with whom it is told to. Its payload is the type of its name, or the one behind it, whose own words say what it means.
server_events! {
    /// Every socket subscribed to the conversation, the sender's other devices too, but not the sending socket.
    MessageReceived "message:received";
    /// Every socket subscribed to the conversation.
    MessageDeleted "message:deleted";
    /// The sockets of whoever is new in the conversation, its creator too.
    ConversationCreated "conversation:created";
    /// The sockets of all members.
    ConversationUpdated "conversation:updated";
    /// The sockets of all members.
    ConversationDeleted "conversation:deleted";
    /// The sockets of all members.
    ParticipantAdded "participant:added";
    /// The sockets of all members.
    ParticipantUpdated "participant:updated";
    /// The sockets of all members, and of whoever was removed.
    ParticipantRemoved "participant:removed";
    /// The sockets of everybody who shares a conversation with that person, and that person's own.
    UserUpdated "user:updated";
    /// Every socket subscribed to the direct conversation, but not the reader's own.
    ReceiptUpdated "receipt:updated";
    /// Every socket subscribed to the group, at most once a second for each message.
    ReceiptCount "receipt:count";
    /// The reader's own sockets, but not the one that said so.
    ReadSynced "read:synced";
    /// The other members' sockets that are subscribed to the conversation.
    TypingStarted "typing:started" Typing;
    /// The other members' sockets that are subscribed to the conversation.
    TypingStopped "typing:stopped" Typing;
    /// The sockets of everybody who has a direct conversation with that person, or a group of at most 100 people.
    PresenceUpdate "presence:update";
}

/// What is known of an event without its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its name on the wire.
    pub name: &'static str,
    /// The type of its payload.
    pub payload: &'static str,
    /// Who hears it.
    pub to: &'static str,
}

/// An event's payload as sockets get it. Between nodes an event travels with its name, for some look alike.
pub struct Payload<'a>(pub &'a ServerEvent);

impl ServerEvent {
    /// The number of the change, if it is one.
    pub fn rev(&self) -> Option<i64> {
        match self {
            Self::MessageDeleted(event) => Some(event.rev),
            Self::ConversationCreated(event) => Some(event.rev),
            Self::ConversationUpdated(event) => Some(event.rev),
            Self::ConversationDeleted(event) => Some(event.rev),
            Self::ParticipantAdded(event) => Some(event.rev),
            Self::ParticipantUpdated(event) => Some(event.rev),
            Self::ParticipantRemoved(event) => Some(event.rev),
            Self::MessageReceived(_)
            | Self::UserUpdated(_)
            | Self::ReceiptUpdated(_)
            | Self::ReceiptCount(_)
            | Self::ReadSynced(_)
            | Self::TypingStarted(_)
            | Self::TypingStopped(_)
            | Self::PresenceUpdate(_) => None,
        }
    }
}

/// `message:received`: a message was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageReceived {
    /// The message.
    pub message: Message,
}

/// `conversation:created`: a conversation that is new to whoever hears this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationCreated {
    /// The conversation, without what is personal.
    pub conversation: SharedConversation,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `user:updated`: somebody is called, looks, or is otherwise than before. Not numbered: after an absence clients ask
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserUpdated {
    /// The person as they are now.
    pub user: User,
}

/// `typing:started`: somebody types; it ends by `typing:stopped`, and at the latest six seconds after it was last said.
/// `typing:stopped`: they do not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// The server's clock.
    pub timestamp: Timestamp,
}

/// `presence:update`: somebody is here, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceUpdate {
    /// Who.
    pub user_id: UserId,
    /// Whether they are here.
    pub status: PresenceStatus,
    /// When they were last at a device; for who is not online, and lets it be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// Rises with every change of that person: what is older than something known already is no news.
    pub timestamp: Timestamp,
}

/// What nodes tell each other about a conversation's change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub conversation_id: ConversationId,
    /// What members hear, in the order of the numbers.
    pub events: Vec<ServerEvent>,
}

/// `message:deleted`: a message is a tombstone now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageDeleted {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which message.
    pub message_id: MessageId,
    /// Its number, which stays.
    pub seq: i64,
    /// The number of this change in the conversation.
    pub rev: i64,
    /// When.
    pub deleted_at: Timestamp,
}

/// `conversation:updated`: the title or picture is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationUpdated {
    /// The conversation, without what is personal.
    pub conversation: SharedConversation,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `conversation:deleted`: it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDeleted {
    /// Which.
    pub conversation_id: ConversationId,
    /// The server's clock.
    pub timestamp: Timestamp,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `participant:added`: somebody takes part from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantAdded {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub participant: Participant,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `participant:updated`: somebody may do other things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantUpdated {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who, and what they may do now.
    pub participant: Participant,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `participant:removed`: somebody left or was removed, and takes part no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantRemoved {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// The number of this change in the conversation.
    pub rev: i64,
}

/// `receipt:updated`: the other person of a direct conversation read everything up to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptUpdated {
    /// Where.
    pub conversation_id: ConversationId,
    /// The newest message that is read.
    pub message_id: MessageId,
    /// Its number: everything up to it is read.
    pub seq: i64,
    /// Who read it.
    pub read_by: ReadBy,
}

/// Who read, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadBy {
    /// Who.
    pub user_id: UserId,
    /// What they are called by their username.
    pub username: String,
    /// When.
    pub read_at: Timestamp,
}

/// `receipt:count`: how many people have read a message of a group, in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptCount {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which message.
    pub message_id: MessageId,
    /// How many people other than its sender have read it, as far as they let it be seen.
    pub read_count: i64,
    /// How many people there are besides its sender.
    pub total_participants: i64,
}

/// `read:synced`: the same person read on another device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadSynced {
    /// Where.
    pub conversation_id: ConversationId,
    /// How far.
    #[serde(flatten)]
    pub state: ReadState,
}

/// What nodes tell each other about how many people have read messages of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptsCounted {
    /// Which group.
    pub conversation_id: ConversationId,
    /// The messages.
    pub counts: Vec<Counted>,
}

/// How many people have read a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The message's number.
    pub seq: i64,
    /// Which message.
    pub message_id: MessageId,
    /// How many people have read it.
    pub read_count: i64,
    /// How many people there are besides its sender.
    pub total_participants: i64,
}
