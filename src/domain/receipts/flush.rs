//! From the queue into the database: in batches, again after a fault, and what the database refuses is set aside alone.

use std::{
    collections::{HashMap, HashSet},
    error::Error as _,
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::ReceiptService;
use crate::{
    error::{Error, ErrorCode},
    model::{id::MessageId, receipt::Receipt},
    observability::metrics,
    runtime::{clock, random},
};

/// How many receipts one transaction stores, each with what it covers.
const AT_ONCE: usize = 10_000;
/// How long to wait before each further try.
const BACKOFF: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

/// How soon what could not be taken is tried again.
const SOON: Duration = Duration::from_secs(1);

/// The database cannot be reached: what was taken stays where it is.
struct Away;

/// What became of a batch.
enum Stored {
    /// It is stored, and so many rows are there of each message now.
    Rows(HashMap<MessageId, i64>),
    /// The database does not take it.
    Refused(Error),
    /// The database does not take it now: somebody holds what it needs.
    Held(Error),
}

/// Stores what waits, this often, until the node stops.
pub async fn run(receipts: Arc<ReceiptService>, every: Duration) {
    let mut wait = every;
    loop {
        tokio::select! {
            () = sleep(wait) => {}
            // What this node knows alone now, others are to know soon.
            () = receipts.engine.receipts.lost() => {}
        }
        let service = Arc::clone(&receipts);
        // A task of its own, because a node that stops would leave a transaction half done.
        wait = match receipts.tasks.spawn(async move { service.flush().await }).await {
            Ok(true) => every,
            Ok(false) => every.min(SOON),
            Err(_) => {
                tracing::error!("receipts.flush_died");
                every
            }
        };
    }
}

/// Stores what is left when the node stops.
pub async fn last(receipts: Arc<ReceiptService>) {
    receipts.tasks.stopping().cancelled().await;
    receipts.flush().await;
}

impl ReceiptService {
    /// Stores everything that waits, unless another node does. While the database is away nothing is taken. Answers whether
    /// what waits could be taken.
    pub(super) async fn flush(&self) -> bool {
        let _one_at_a_time = self.flushing.lock().await;
        let mut tried = HashSet::new();
        loop {
            if !self.store.reachable().await {
                tracing::warn!("receipts.kept: the database is away");
                return false;
            }
            // What this node knows alone is stored with the rest, or a count would fall in between.
            let own = self.engine.receipts.own().await;
            let Some(claimed) = self.engine.receipts.claim().await else { return false };
            // Each once, and what stays in the queue not again at once.
            let new = claimed.into_iter().chain(own).filter(|receipt| tried.insert(receipt.id)).collect::<Vec<_>>();
            if new.is_empty() || self.store_all(new).await.is_err() {
                break;
            }
        }
        self.engine.receipts.release().await;
        true
    }

    /// Stores receipts in batches; one that is refused is halved until what is refused stands alone.
    async fn store_all(&self, receipts: Vec<Receipt>) -> Result<(), Away> {
        let mut batches = batches(receipts);
        batches.reverse();
        while let Some(mut batch) = batches.pop() {
            let begun = Instant::now();
            match self.store_batch(&batch).await? {
                Stored::Rows(rows) => {
                    batch.iter().for_each(measure);
                    let (count, latency) = (batch.len(), begun.elapsed().as_millis());
                    tracing::debug!(count, messages = rows.len(), latencyMs = latency, "receipts.stored");
                    self.engine.receipts.settle(&batch, &rows).await;
                }
                Stored::Refused(error) | Stored::Held(error) if batch.len() > 1 => {
                    tracing::info!(%error, count = batch.len(), "receipts.batch_refused");
                    let second = batch.split_off(batch.len() / 2);
                    batches.extend([second, batch]);
                }
                Stored::Refused(error) => self.set_aside(&batch, &error).await?,
                // It stays in the queue, and its turn comes again.
                Stored::Held(error) => tracing::warn!(%error, "receipts.held"),
            }
        }
        Ok(())
    }

    /// What is refused alone is tried five times. What can be halved is not tried again when the same would be said, and
    /// what somebody holds once more, for each try waits long.
    async fn store_batch(&self, batch: &[Receipt]) -> Result<Stored, Away> {
        let all: Vec<_> = batch.iter().collect();
        let mut waits = BACKOFF.into_iter();
        let mut tries = 0;
        loop {
            let error = match self.store.store_receipts(&all).await {
                Ok(rows) => return Ok(Stored::Rows(rows)),
                Err(error) => error,
            };
            if !self.store.reachable().await {
                tracing::warn!(%error, "receipts.kept: the database is away");
                return Err(Away);
            }
            tries += 1;
            match (error.code == ErrorCode::DbError, waits.next()) {
                (true, Some(wait)) if tries < 2 => sleep(random::around(wait)).await,
                (true, _) => return Ok(Stored::Held(error)),
                (false, Some(wait)) if batch.len() == 1 => sleep(random::around(wait)).await,
                (false, _) => return Ok(Stored::Refused(error)),
            }
        }
    }

    /// Puts a receipt that the database refuses where an operator finds it, and goes on without it.
    async fn set_aside(&self, alone: &[Receipt], error: &Error) -> Result<(), Away> {
        let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        for receipt in alone {
            self.store.set_aside(receipt, &reason).await.map_err(|error| {
                tracing::error!(%error, "receipts.not_set_aside");
                Away
            })?;
            tracing::error!(
                receipt.id = %receipt.id,
                conversation.id = %receipt.conversation_id,
                user.id = %receipt.user_id,
                reason,
                "receipts.set_aside: see the table receipts_set_aside"
            );
            metrics::receipts_set_aside(1);
        }
        self.engine.receipts.settle(alone, &HashMap::new()).await;
        Ok(())
    }
}

/// A receipt is stored.
pub(super) fn measure(receipt: &Receipt) {
    metrics::receipt_written((clock::now().0 - receipt.read_at.0).to_std().unwrap_or_default());
}

/// Receipts in their order, in parts that one transaction stores.
fn batches(receipts: Vec<Receipt>) -> Vec<Vec<Receipt>> {
    let (mut batches, mut weight): (Vec<Vec<_>>, _) = (Vec::new(), AT_ONCE);
    for receipt in receipts {
        let own = receipt.messages.len().max(1);
        if weight + own > AT_ONCE {
            batches.push(Vec::new());
            weight = 0;
        }
        weight += own;
        if let Some(batch) = batches.last_mut() {
            batch.push(receipt);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::id::{ConversationId, ReceiptId, UserId},
        runtime::clock,
    };

    fn covering(messages: usize) -> Receipt {
        Receipt {
            id: ReceiptId::new(),
            conversation_id: ConversationId::new(),
            user_id: UserId::new(),
            message_id: MessageId::new(),
            seq: 1,
            read_at: clock::now(),
            shown: true,
            messages: std::iter::repeat_with(MessageId::new).take(messages).collect(),
        }
    }

    #[test]
    fn a_batch_is_as_large_as_one_transaction_stores_fast() {
        assert!(batches(Vec::new()).is_empty());
        let lengths = |receipts: Vec<Receipt>| batches(receipts).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths((0..25_000).map(|n| covering(n % 2)).collect()), [10_000, 10_000, 5_000]);
        assert_eq!(lengths((0..50).map(|_| covering(500)).collect()), [20, 20, 10]);
    }
}
