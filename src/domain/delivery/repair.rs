//! This node's rooms against the database: what the bus lost takes effect all the same, within the three seconds.
//!
//! Each room has its turn every [`TURN`], and all have it when the bus says that it lost something. A head that the database has and the room has not is a hole like any other, of
//! messages and of changes; whoever was added to a conversation without being told is told; and a database that was
//! restored is noticed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{DeliveryService, sequencer::Head};
use crate::{
    error::Result,
    model::{
        event::ConversationCreated,
        id::{ConversationId, UserId},
    },
    store::participants::Joined,
};

/// How often a room is compared (contract, "Delivery": at least every 2 s).
const TURN: Duration = Duration::from_secs(2);
/// In so many parts, so that no statement asks for all rooms.
const SLICES: u32 = 8;
/// How long somebody who joined counts as new. Longer than a turn, however late that comes.
const NEW: Duration = Duration::from_secs(30);

/// Who was told of which conversation, lately.
pub type Told = HashMap<(UserId, ConversationId), Instant>;

/// Compares, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>) {
    let mut ticks = interval(TURN / SLICES);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = (0..SLICES).cycle();
    loop {
        let slices = tokio::select! {
            _ = ticks.tick() => 1,
            () = delivery.gap.notified() => SLICES as usize,
        };
        for slice in turn.by_ref().take(slices) {
            if let Err(error) = delivery.repair(slice).await {
                tracing::warn!(%error, "delivery.unrepaired");
            }
        }
    }
}

impl DeliveryService {
    async fn repair(self: &Arc<Self>, slice: u32) -> Result<()> {
        let rooms = self.rooms().slice(slice.into(), SLICES.into());
        let ids: Vec<_> = rooms.iter().map(|(id, _)| *id).collect();
        let heads: HashMap<_, _> = rooms.into_iter().collect();
        for (id, seq, rev) in self.store.heads(&ids).await? {
            if heads.get(&id).is_some_and(|here| seq > here.seq || rev > here.rev) {
                self.expect(id, Head { seq, rev });
            }
        }
        if slice == 0 {
            self.compare_epoch().await?;
            self.tell_the_new().await?;
        }
        Ok(())
    }

    /// A database that was restored below the running node is noticed, whoever else noticed it first.
    async fn compare_epoch(&self) -> Result<()> {
        if self.store.is_epoch(self.epoch()).await? {
            return Ok(());
        }
        let epoch = self.store.epoch().await?;
        if epoch != self.epoch() {
            tracing::warn!(%epoch, "database.restored: clients start afresh");
            self.start_over(epoch);
        }
        Ok(())
    }

    /// Tells those who joined lately, after they came, and were not told.
    async fn tell_the_new(self: &Arc<Self>) -> Result<()> {
        let connected = self.rooms().users();
        let mut joined = self.store.joined_since(NEW, &connected).await?;
        self.told().retain(|_, at| at.elapsed() < 2 * NEW);
        joined.retain(|one| !self.told().contains_key(&(one.user_id, one.conversation_id)));
        {
            let rooms = self.rooms();
            joined.retain(|one| rooms.joined_unseen(one.user_id, one.ago));
        }
        let conversations: Vec<_> = joined.iter().map(|one| one.conversation_id).collect();
        let shared = self.conversations.shared_all(&conversations).await?;
        for Joined { user_id: user, conversation_id: id, rev, .. } in joined {
            if let Some(conversation) = shared.get(&id).cloned() {
                self.told().insert((user, id), Instant::now());
                self.welcome(user, ConversationCreated { conversation, rev });
            }
        }
        Ok(())
    }
}
