//! Messages stored a moment ago, by the names that their senders gave them.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::id::{ClientMessageId, MessageId, UserId};

/// For how long a message is remembered (contract, "Engines").
pub const REMEMBERED: Duration = Duration::from_mins(5);

/// Remembers what was stored, so that a send that is repeated can be answered although the database is slow to store.
///
/// - **A hint**: what it says was true once, and is to be looked at in the database. What it does not know may be stored.
/// - Nothing here is waited for longer than its budget, and remembering is not waited for at all.
#[async_trait]
pub trait Dedup: Send + Sync {
    /// A message is stored for good.
    fn remember(&self, sender: UserId, name: ClientMessageId, message: MessageId);

    /// Which message of this sender has the name, if that is known.
    async fn recall(&self, sender: UserId, name: ClientMessageId) -> Option<MessageId>;
}
