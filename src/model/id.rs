//! Identifiers: one type each, so that a user cannot be passed where a conversation is meant.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, Unexpected},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long the one form is in which identifiers are written: 8-4-4-4-12. The library would also read others.
const WRITTEN: usize = 36;

/// Reads an identifier, in small letters or capitals. The nil one is nobody's: a client that sends it has a fault, and
/// would give all its messages one name.
pub fn parse(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| text.len() == WRITTEN && !id.is_nil())
}

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type, ToSchema)]
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

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                let id = parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"an identifier"))?;
                Ok(Self(id))
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
    /// The database's incarnation; a restore makes a new one.
    Epoch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_written_in_one_form() {
        let id = UserId::new().to_string();
        for good in [&id, &id.to_uppercase()] {
            assert_eq!(parse(good).unwrap().to_string(), id);
            assert!(serde_json::from_str::<UserId>(&format!("\"{good}\"")).is_ok());
        }
        for bad in [
            "",
            "me",
            &id[1..],
            &format!("{id}0"),
            &format!("{{{id}}}"),
            &format!("urn:uuid:{id}"),
            &id.replace('-', ""),
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
            assert!(serde_json::from_str::<UserId>(&format!("\"{bad}\"")).is_err(), "{bad}");
        }
    }
}
