//! Identifiers: one type each, so that a user cannot be passed where a conversation is meant.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier, made by the server: `UUIDv7`, so that rows made together lie together.
            #[expect(clippy::disallowed_methods, reason = "this is the door for new identifiers")]
            #[must_use]
            #[allow(clippy::new_without_default, reason = "an identifier has no default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A person.
    UserId
}
id! {
    /// One sign-in on one device; its refresh tokens form one family.
    SessionId
}
id! {
    /// A direct conversation or a group.
    ConversationId
}
id! {
    /// A stored message.
    MessageId
}
id! {
    /// One connected socket on this node. Never shown to other people: to Engine.IO a socket's own id is its credential.
    SocketId
}
id! {
    /// The sender's own name for a message, chosen before sending, so that a repeated send is stored once.
    ClientMessageId
}
id! {
    /// A running node, from its start to its end.
    NodeId
}
id! {
    /// The database's incarnation; a restore makes a new one.
    Epoch
}
