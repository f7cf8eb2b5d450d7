//! How many have read a group's messages: told to all nodes once a second at most.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::{ReceiptService, pace::Pace};
use crate::{
    error::Result,
    model::{
        event::{Channel, Counted, Event, ReceiptsCounted},
        id::{ConversationId, MessageId, UserId},
    },
    store::receipts::Covered,
};

/// What is to be told: of each message which it is and who sent it.
#[derive(Default)]
pub struct Counts {
    pace: Mutex<Pace<(MessageId, UserId)>>,
    offered: Notify,
}

impl Counts {
    fn with<T>(&self, act: impl FnOnce(&mut Pace<(MessageId, UserId)>) -> T) -> T {
        act(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is due of one group.
type Due = (ConversationId, Vec<(i64, i64, (MessageId, UserId))>);

/// Tells, until the node stops.
pub async fn run(receipts: Arc<ReceiptService>) {
    loop {
        let next = receipts.counts.with(|pace| pace.next(Instant::now()));
        tokio::select! {
            () = receipts.counts.offered.notified() => {}
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
        }
        let due = receipts.counts.with(|pace| pace.due(Instant::now()));
        if due.is_empty() {
            continue;
        }
        if let Err(error) = receipts.tell(due).await {
            tracing::warn!(%error, "receipts.counts_untold");
        }
    }
}

impl ReceiptService {
    /// Messages have these counts now, in their order.
    pub(super) fn count(&self, conversation: ConversationId, covered: &[Covered], counts: &[i64]) {
        let items = covered.iter().zip(counts).map(|(one, count)| (one.seq, *count, (one.id, one.sender_id)));
        self.counts.with(|pace| pace.offer(conversation, items));
        self.counts.offered.notify_one();
    }

    async fn tell(&self, due: Vec<Due>) -> Result<()> {
        let groups: Vec<_> = due.iter().map(|(id, _)| *id).collect();
        let mut senders: Vec<_> = due.iter().flat_map(|(_, items)| items).map(|(.., (_, sender))| *sender).collect();
        senders.sort_unstable();
        senders.dedup();
        let audiences = self.store.audiences(&groups, &senders).await?;
        for (conversation_id, items) in due {
            let Some((people, there)) = audiences.get(&conversation_id) else { continue };
            let counts = items.into_iter().map(|(seq, read_count, (message_id, sender))| Counted {
                seq,
                message_id,
                read_count,
                total_participants: people - i64::from(there.contains(&sender)),
            });
            let counted = ReceiptsCounted { conversation_id, counts: counts.collect() };
            self.engine.bus.publish(Channel::Chat(conversation_id), Event::ReceiptsCounted(counted));
        }
        Ok(())
    }
}
