//! Receipts on their way into the database: counted at once, stored together a little later.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::model::{
    id::{ConversationId, MessageId, UserId},
    receipt::Receipt,
    time::Timestamp,
};

/// How far somebody has read by what waits to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingPosition {
    /// The newest message that is read.
    pub seq: i64,
    /// The newest one of which that may be seen, and when it was read.
    pub receipt: Option<(i64, Timestamp)>,
}

impl PendingPosition {
    /// What a receipt says.
    pub fn of(receipt: &Receipt) -> Self {
        Self { seq: receipt.seq, receipt: receipt.shown.then_some((receipt.seq, receipt.read_at)) }
    }

    /// Both together: positions only grow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let further = |one: Option<(i64, Timestamp)>, other: Option<(i64, Timestamp)>| match (one, other) {
            (Some(one), Some(other)) => Some(if one.0 >= other.0 { one } else { other }),
            (one, other) => one.or(other),
        };
        Self { seq: self.seq.max(other.seq), receipt: further(self.receipt, other.receipt) }
    }

    /// Whether a receipt says nothing new.
    pub fn covers(&self, receipt: &Receipt) -> bool {
        let seen = self.receipt.map_or(0, |(seq, _)| seq);
        receipt.seq <= self.seq && (!receipt.shown || receipt.seq <= seen)
    }
}

/// What was stored when somebody looked: what is worked out from the database after that holds until more is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// On all nodes, if that is known.
    pub shared: Option<u64>,
    /// On this node.
    pub own: u64,
}

/// What became of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// It waits. How many have read each message that it covers, in their order; nothing if it says nothing new.
    Waiting(Vec<i64>),
    /// It is not known how many rows the database has of these messages: say so, and try again.
    Unknown(Vec<MessageId>),
    /// Something was stored since the mark: look again.
    Stale,
    /// Too much waits.
    Full,
}

/// Receipts that wait to be stored, what they count, and how far they say that somebody has read.
///
/// - **Counted once**: a message's count is the rows that the database has of it and the readers who wait, each once, however
///   often they say it. It never falls, and is what the database says once they are stored.
/// - **Nothing is lost between the two**: what is claimed stays until it is settled, and is claimed again if whoever did
///   it is gone. Whoever queued a receipt keeps it until it saw it stored ([`Self::own`]), in case that the queue is lost.
/// - One node at a time stores, so that what the database says holds no receipt that still waits.
/// - Asked before the database, never after it: what waited then and does no longer, the database has.
#[async_trait]
pub trait Receipts: Send + Sync {
    /// A mark, and what waits of a reader.
    async fn look(&self, conversation: ConversationId, user: UserId) -> (Mark, Option<PendingPosition>);

    /// Queues a receipt that was worked out since the mark. `rows` says how many rows the database has of messages; only of
    /// those that are not known here.
    async fn queue(&self, mark: Mark, receipt: &Receipt, rows: &HashMap<MessageId, i64>) -> Queued;

    /// How far a person has read in each of these conversations, where something waits.
    async fn positions(&self, user: UserId, conversations: &[ConversationId]) -> HashMap<ConversationId, i64>;

    /// How far each person has read of whom something waits in a conversation.
    async fn waiting(&self, conversation: ConversationId) -> HashMap<UserId, PendingPosition>;

    /// How many have read each of these messages, where that is known.
    async fn counts(&self, conversation: ConversationId, messages: &[MessageId]) -> HashMap<MessageId, i64>;

    /// Who has read a message, of those who wait to be stored, and when.
    async fn readers(&self, conversation: ConversationId, message: MessageId) -> HashMap<UserId, Timestamp>;

    /// Takes what is to be stored next; nothing while another node is at it. From then on it is this node's turn.
    async fn claim(&self) -> Option<Vec<Receipt>>;

    /// What this node queued and has not seen stored. What others stored meanwhile is among it, and what is in the queue. To be
    /// asked before a claim, and stored with it.
    async fn own(&self) -> Vec<Receipt>;

    /// These are stored, or set aside, and the database now has so many rows of these messages, which are all that they cover.
    async fn settle(&self, receipts: &[Receipt], rows: &HashMap<MessageId, i64>);

    /// This node's turn is over.
    async fn release(&self);

    /// Waits until the queue may have been lost, and is there again.
    async fn lost(&self);
}
