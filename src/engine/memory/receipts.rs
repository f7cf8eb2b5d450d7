//! Receipts within one process.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    engine::receipts::{Mark, PendingPosition, Queued, Receipts},
    model::{
        id::{ConversationId, MessageId, ReceiptId, UserId},
        receipt::Receipt,
        time::Timestamp,
    },
};

/// How many receipts may wait. They do so for seconds, unless the database is away, and then there are no new ones.
const MOST: usize = 100_000;
/// How many are claimed at once, each with what it covers.
const AT_ONCE: usize = 10_000;

/// The receipts of a single node.
#[derive(Default)]
pub struct MemoryReceipts(Mutex<State>);

#[derive(Default)]
struct State {
    /// Named by the time at which they came.
    waiting: BTreeMap<ReceiptId, Receipt>,
    positions: HashMap<ConversationId, HashMap<UserId, PendingPosition>>,
    counts: HashMap<MessageId, Count>,
    /// How often something was stored.
    stored: u64,
}

#[derive(Default)]
struct Count {
    rows: i64,
    readers: HashMap<UserId, Timestamp>,
}

impl Count {
    fn all(&self) -> i64 {
        self.rows + i64::try_from(self.readers.len()).unwrap_or(i64::MAX)
    }
}

impl State {
    fn position(&self, conversation: ConversationId, user: UserId) -> Option<PendingPosition> {
        self.positions.get(&conversation)?.get(&user).copied()
    }

    fn put(&mut self, receipt: &Receipt) {
        for message in &receipt.messages {
            self.counts.entry(*message).or_default().readers.entry(receipt.user_id).or_insert(receipt.read_at);
        }
        let new = PendingPosition::of(receipt);
        let positions = self.positions.entry(receipt.conversation_id).or_default();
        positions.entry(receipt.user_id).and_modify(|known| *known = known.and(new)).or_insert(new);
        self.waiting.insert(receipt.id, receipt.clone());
    }

    fn forget(&mut self, receipts: &[Receipt]) {
        self.stored += 1;
        for receipt in receipts {
            self.take_off(receipt);
        }
        // What nobody waits for the database knows as well.
        for message in receipts.iter().flat_map(|receipt| &receipt.messages) {
            if self.counts.get(message).is_some_and(|count| count.readers.is_empty()) {
                self.counts.remove(message);
            }
        }
    }

    fn take_off(&mut self, receipt: &Receipt) {
        self.waiting.remove(&receipt.id);
        for message in &receipt.messages {
            if let Some(count) = self.counts.get_mut(message) {
                count.readers.remove(&receipt.user_id);
            }
        }
        if let Some(positions) = self.positions.get_mut(&receipt.conversation_id) {
            if positions.get(&receipt.user_id).is_some_and(|position| position.seq <= receipt.seq) {
                positions.remove(&receipt.user_id);
            }
            if positions.is_empty() {
                self.positions.remove(&receipt.conversation_id);
            }
        }
    }
}

impl MemoryReceipts {
    /// Keeps a receipt that is queued elsewhere, too. `counts` says of each of its messages how many have read it there, and
    /// how many of them the database has. Answers the counts as far as they are known here or there.
    ///
    /// Here count the rows that there were when the first of these readers came, and these readers: never one of them twice,
    /// whoever stores them.
    pub fn keep(&self, receipt: &Receipt, counts: &[(i64, i64)]) -> Vec<i64> {
        let mut state = self.state();
        if state.waiting.len() >= MOST {
            tracing::warn!("receipts.full: if Redis is lost now, some are lost with it");
            return counts.iter().map(|(all, _)| *all).collect();
        }
        for (message, (_, rows)) in receipt.messages.iter().zip(counts) {
            state.counts.entry(*message).or_insert_with(|| Count { rows: *rows, readers: HashMap::new() });
        }
        state.put(receipt);
        let known = receipt.messages.iter().zip(counts);
        known.map(|(message, (all, _))| state.counts[message].all().max(*all)).collect()
    }

    /// Keeps these no longer: they are stored.
    pub fn forget(&self, receipts: &[Receipt]) {
        self.state().forget(receipts);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Receipts for MemoryReceipts {
    async fn look(&self, conversation: ConversationId, user: UserId) -> (Mark, Option<PendingPosition>) {
        let state = self.state();
        (Mark { shared: None, own: state.stored }, state.position(conversation, user))
    }

    async fn queue(&self, mark: Mark, receipt: &Receipt, rows: &HashMap<MessageId, i64>) -> Queued {
        let mut state = self.state();
        if mark.own != state.stored {
            return Queued::Stale;
        }
        if state.position(receipt.conversation_id, receipt.user_id).is_some_and(|position| position.covers(receipt)) {
            return Queued::Waiting(Vec::new());
        }
        if state.waiting.len() >= MOST {
            return Queued::Full;
        }
        let unknown = |message: &&MessageId| !state.counts.contains_key(message) && !rows.contains_key(message);
        let unknown: Vec<_> = receipt.messages.iter().filter(unknown).copied().collect();
        if !unknown.is_empty() {
            return Queued::Unknown(unknown);
        }
        for message in &receipt.messages {
            let rows = rows.get(message).copied().unwrap_or_default();
            state.counts.entry(*message).or_insert_with(|| Count { rows, readers: HashMap::new() });
        }
        state.put(receipt);
        Queued::Waiting(receipt.messages.iter().map(|message| state.counts[message].all()).collect())
    }

    async fn positions(&self, user: UserId, conversations: &[ConversationId]) -> HashMap<ConversationId, i64> {
        let state = self.state();
        conversations.iter().filter_map(|id| Some((*id, state.position(*id, user)?.seq))).collect()
    }

    async fn waiting(&self, conversation: ConversationId) -> HashMap<UserId, PendingPosition> {
        self.state().positions.get(&conversation).cloned().unwrap_or_default()
    }

    async fn counts(&self, _: ConversationId, messages: &[MessageId]) -> HashMap<MessageId, i64> {
        let state = self.state();
        messages.iter().filter_map(|message| Some((*message, state.counts.get(message)?.all()))).collect()
    }

    async fn readers(&self, _: ConversationId, message: MessageId) -> HashMap<UserId, Timestamp> {
        self.state().counts.get(&message).map(|count| count.readers.clone()).unwrap_or_default()
    }

    /// What was claimed and not settled is claimed again.
    async fn claim(&self) -> Option<Vec<Receipt>> {
        let mut weight = 0;
        let fits = |receipt: &&Receipt| {
            weight += 1 + receipt.messages.len();
            weight <= AT_ONCE
        };
        Some(self.state().waiting.values().take_while(fits).cloned().collect())
    }

    /// All of it is in the queue.
    async fn own(&self) -> Vec<Receipt> {
        Vec::new()
    }

    async fn settle(&self, receipts: &[Receipt], rows: &HashMap<MessageId, i64>) {
        let mut state = self.state();
        for (message, rows) in rows {
            if let Some(count) = state.counts.get_mut(message) {
                count.rows = *rows;
            }
        }
        state.forget(receipts);
    }

    async fn release(&self) {}

    async fn lost(&self) {
        std::future::pending().await
    }
}
