//! This node's rooms against the database: what the bus lost takes effect all the same, within the three seconds.
//!
//! Each room has its turn every [`TURN`]. A head that the database has and the room has not is a hole like any other; after
//! a change that this node did not hear of, those who are no members any more leave; and whoever was added to a conversation
//! without being told is told.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::DeliveryService;
use crate::{
    error::Result,
    model::{
        event::{ConversationCreated, ServerEvent},
        id::{ConversationId, UserId},
    },
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
    for slice in (0..SLICES).cycle() {
        ticks.tick().await;
        if let Err(error) = delivery.repair(slice).await {
            tracing::warn!(%error, "delivery.unrepaired");
        }
    }
}

impl DeliveryService {
    async fn repair(self: &Arc<Self>, slice: u32) -> Result<()> {
        let rooms = self.rooms().slice(slice.into(), SLICES.into());
        let ids: Vec<_> = rooms.iter().map(|(id, _)| *id).collect();
        let heads: HashMap<_, _> = rooms.into_iter().collect();
        for (id, seq, rev) in self.store.heads(&ids).await? {
            let Some(here) = heads.get(&id) else { continue };
            // Changes first, so that nobody who was removed gets what came after.
            if rev > here.rev {
                self.settle(id, rev).await?;
            }
            if seq > here.seq {
                self.rooms().expect(id, seq);
                self.fill_soon(id);
            }
        }
        if slice == 0 { self.tell_the_new().await } else { Ok(()) }
    }

    /// Makes everybody leave who is no member, after a change that may have been a removal.
    async fn settle(&self, conversation: ConversationId, rev: i64) -> Result<()> {
        let listening = self.rooms().listening(conversation);
        let members = self.store.members_among(conversation, &listening).await?;
        let left: Vec<_> = listening.into_iter().filter(|user| !members.contains(user)).collect();
        if !left.is_empty() {
            tracing::info!(conversation.id = %conversation, count = left.len(), "delivery.removal_repaired");
            self.remove(conversation, &left);
        }
        self.rooms().settled(conversation, rev);
        Ok(())
    }

    /// Tells those who joined lately and were not told.
    async fn tell_the_new(&self) -> Result<()> {
        let connected = self.rooms().users();
        let joined = self.store.joined_since(NEW, &connected).await?;
        self.told().retain(|_, at| at.elapsed() < 2 * NEW);
        for (user, conversation_id, rev) in joined {
            if self.told().contains_key(&(user, conversation_id)) {
                continue;
            }
            if let Some(conversation) = self.conversations.shared(conversation_id).await? {
                let rooms = self.rooms();
                let created = ServerEvent::ConversationCreated(ConversationCreated { conversation, rev });
                self.sockets.emit(&rooms.sockets_of_user(user), &created);
                drop(rooms);
                self.told().insert((user, conversation_id), Instant::now());
            }
        }
        Ok(())
    }
}
