//! Every key and channel in Redis, as operators see them there.

use std::net::IpAddr;

use uuid::Uuid;

use crate::{
    engine::auth::Attempt,
    model::{
        event::Channel,
        id::{ClientMessageId, ConversationId, MessageId, UserId},
    },
};

/// The receipts that wait, a list.
pub const RECEIPTS: &str = "read_receipts:pending";
/// Those that are being stored: a hash of receipts by their names.
pub const RECEIPTS_CLAIMED: &str = "read_receipts:claimed";
/// Which node stores receipts.
pub const RECEIPTS_TURN: &str = "read_receipts:turn";
/// How often receipts were stored.
pub const RECEIPTS_STORED: &str = "read_receipts:stored";
/// What stood among the receipts and is none, a list for the operator.
pub const RECEIPTS_UNREADABLE: &str = "read_receipts:unreadable";

const AUDIENCE: &str = "audience";

/// A message of this sender, by the sender's name for it.
pub fn dedup(sender: UserId, name: ClientMessageId) -> String {
    format!("dedup:{sender}:{name}")
}

/// What was found last about each person who is here, or was just now. Their devices stand in `presence:{userId}`, a name
/// that the script makes.
pub const PRESENCE_FOUND: &str = "presence_found";
/// When to look at whom again.
pub const PRESENCE_DUE: &str = "presence_due";
/// A word that is another one when everything was forgotten.
pub const PRESENCE_ERA: &str = "presence_era";
const DEVICES: &[u8] = b"presence:";
const EVENT: &[u8] = b"__keyevent@";

/// Where Redis says which keys ran out.
pub fn expired(database: i64) -> String {
    format!("__keyevent@{database}__:expired")
}

/// Whether it says this of somebody's devices; nothing if this is another channel.
pub fn devices_expired(channel: &[u8], payload: &[u8]) -> Option<bool> {
    channel.starts_with(EVENT).then(|| payload.starts_with(DEVICES))
}

/// A channel's name.
pub fn of_channel(channel: Channel) -> String {
    match channel {
        Channel::Chat(conversation) => format!("chat:{conversation}"),
        Channel::User(user) => format!("user:{user}"),
        Channel::Audience => AUDIENCE.to_owned(),
    }
}

/// The channel of this name.
pub fn channel(name: &str) -> Option<Channel> {
    if name == AUDIENCE {
        return Some(Channel::Audience);
    }
    let (kind, id) = name.split_once(':')?;
    let id = Uuid::parse_str(id).ok()?;
    match kind {
        "chat" => Some(Channel::Chat(id.into())),
        "user" => Some(Channel::User(id.into())),
        _ => None,
    }
}

/// How many have read a message: a hash of `rows`, which the database has, and a field for each reader who waits.
pub fn read_count(conversation: ConversationId, message: MessageId) -> String {
    format!("read_count:{conversation}:{message}")
}

/// How far those have read of whom something waits: a hash from each person to the number of the newest message, of the newest
/// one of which that may be seen, and the moment of that in milliseconds.
pub fn read_pos(conversation: ConversationId) -> String {
    format!("read_pos:{conversation}")
}

/// Failed sign-ins of an account from an address.
pub fn failed_logins(Attempt { account, .. }: &Attempt, address: IpAddr) -> String {
    format!("login_failed:{account}:{address}")
}

/// Failed sign-ins of an account.
pub fn failed_logins_of_account(Attempt { account, .. }: &Attempt) -> String {
    format!("login_failed:{account}")
}

/// Failed sign-ins from an address. An account's digest is longer than any address, so the two cannot meet.
pub fn failed_logins_of_address(address: IpAddr) -> String {
    format!("login_failed:{address}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ConversationId;

    #[test]
    fn a_channel_is_read_as_it_is_written() {
        for each in [Channel::Chat(ConversationId::new()), Channel::User(UserId::new()), Channel::Audience] {
            assert_eq!(channel(&of_channel(each)), Some(each));
        }
        for name in ["", "chat", "chat:", "chat:x", "room:00000000-0000-0000-0000-000000000000", "audience:"] {
            assert_eq!(channel(name), None, "{name}");
        }
    }
}
