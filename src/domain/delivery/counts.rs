//! How many have read a group's messages: told once a second at most, however many nodes say it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::DeliveryService;
use crate::{
    domain::receipts::pace::Pace,
    model::{
        event::{Counted, ReceiptCount, ReceiptsCounted, ServerEvent},
        id::MessageId,
    },
};

/// What is to be told.
#[derive(Default)]
pub struct Counts {
    pace: Mutex<Pace<(MessageId, i64)>>,
    offered: Notify,
}

/// Tells, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>) {
    loop {
        let next = delivery.pace().next(Instant::now());
        tokio::select! {
            () = delivery.counts.offered.notified() => {}
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
        }
        let due = delivery.pace().due(Instant::now());
        for (conversation_id, items) in due {
            for (_, read_count, (message_id, total_participants)) in items {
                let count = ReceiptCount { conversation_id, message_id, read_count, total_participants };
                delivery
                    .pass(conversation_id, |rooms| rooms.tell(conversation_id, ServerEvent::ReceiptCount(count), None));
            }
        }
    }
}

impl DeliveryService {
    /// Counts came over the bus.
    pub(super) fn count(&self, ReceiptsCounted { conversation_id, counts }: ReceiptsCounted) {
        let item =
            |counted: Counted| (counted.seq, counted.read_count, (counted.message_id, counted.total_participants));
        self.pace().offer(conversation_id, counts.into_iter().map(item));
        self.counts.offered.notify_one();
    }

    fn pace(&self) -> MutexGuard<'_, Pace<(MessageId, i64)>> {
        self.counts.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
