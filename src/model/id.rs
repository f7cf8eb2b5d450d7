//! Identifiers: one type each, so that a user cannot be passed where a conversation is meant.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;
use uuid::Uuid;

/// Reads an identifier in its usual form, 36 characters with hyphens: the library would also take others. The nil one is
/// nobody's: a client that sends it has a fault, and would give all its messages one name.
pub fn parse(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| text.len() == 36 && !id.is_nil())
}

fn usual_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom("expected an identifier"))
}

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident, $example:literal) => {
        $(#[doc = $doc])+
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(example = $example)]
        pub struct $name(#[serde(deserialize_with = "usual_form")] pub Uuid);

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
    UserId, "0199a2b1-0c4d-7a10-8e21-3f5a6b7c8d90"
}
id! {
    /// One sign-in on one device; its refresh tokens form one family.
    SessionId, "0199a2c4-5d6e-7f80-9a1b-2c3d4e5f6a7b"
}
id! {
    /// A direct conversation or a group.
    ConversationId, "0199a2d0-1e2f-7304-8516-2738495a6b7c"
}
id! {
    /// A stored message.
    MessageId, "0199a2e7-9f80-7b1c-a2d3-e4f5061728a9"
}
id! {
    /// One connected socket on this node. Never shown to other people: to Engine.IO a socket's own id is its credential.
    SocketId, "0199a2f3-b4c5-76d7-98e8-f90a1b2c3d4e"
}
id! {
    /// The sender's own name for a message, chosen before sending, so that a repeated send is stored once.
    ClientMessageId, "3b2c1d0e-4f5a-4b6c-8d7e-9f8091a2b3c4"
}
id! {
    /// A receipt on its way into the database.
    ReceiptId, "0199a2f5-6b7c-7d8e-9f90-a1b2c3d4e5f7"
}
id! {
    /// A running node, from its start to its end.
    NodeId, "0199a20a-8c9d-7eaf-b0c1-d2e3f4051627"
}
id! {
    /// The database's incarnation; a restore makes a new one.
    Epoch, "0199a200-6b7c-7d8e-8f90-0a1b2c3d4e5f"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_one_form() {
        let read = |text: &str| serde_json::from_str::<UserId>(&format!("\"{text}\""));
        let id = UserId::new();
        assert_eq!(read(&id.to_string()).unwrap(), id);
        assert_eq!(read(&id.to_string().to_uppercase()).unwrap(), id);
        let nil = Uuid::nil().to_string();
        for other in [id.0.simple().to_string(), id.0.braced().to_string(), id.0.urn().to_string(), nil, String::new()]
        {
            assert!(read(&other).is_err(), "{other}");
        }
    }
}
