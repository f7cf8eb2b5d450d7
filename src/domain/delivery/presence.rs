//! Who is here, told to those on this node whom it concerns: each change once, in its order. What the bus lost is found by
//! comparing what was told with what the engine knows.

use std::{collections::HashMap, sync::Arc};

use tokio::{
    sync::mpsc::Receiver,
    time::{MissedTickBehavior, interval},
};

use super::DeliveryService;
use crate::{
    error::Result,
    model::{
        event::{PresenceUpdate, ServerEvent},
        id::UserId,
    },
};

/// How many changes are told together.
const AT_ONCE: usize = 256;

/// Tells, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>, mut heard: Receiver<PresenceUpdate>) {
    let presence = &delivery.presence;
    let mut ticks = interval(presence.ttl() / 4);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut begun = false;
    let mut news = Vec::with_capacity(AT_ONCE);
    loop {
        tokio::select! {
            count = heard.recv_many(&mut news, AT_ONCE) => {
                if count == 0 {
                    return;
                }
                news.retain(|update| presence.hear(update));
            }
            _ = ticks.tick() => {
                match presence.compare().await {
                    // Whoever is connected already asked when everybody was here.
                    Ok(found) if begun => news = found,
                    Ok(_) => begun = true,
                    Err(error) => tracing::debug!(%error, "presence.uncompared"),
                }
            }
        }
        for some in news.chunks(AT_ONCE) {
            if let Err(error) = delivery.tell_presence(some).await {
                tracing::warn!(%error, "delivery.audience_unread");
                for update in some {
                    presence.unhear(update.user_id);
                }
            }
        }
        news.clear();
    }
}

impl DeliveryService {
    async fn tell_presence(&self, news: &[PresenceUpdate]) -> Result<()> {
        if news.is_empty() {
            return Ok(());
        }
        let users: Vec<_> = news.iter().map(|update| update.user_id).collect();
        let mut audience: HashMap<UserId, Vec<UserId>> = HashMap::new();
        for (of, viewer) in self.store.presence_audience(&users).await? {
            audience.entry(of).or_default().push(viewer);
        }
        let rooms = self.rooms();
        for update in news {
            let viewers = audience.get(&update.user_id).into_iter().flatten();
            let sockets: Vec<_> = viewers.flat_map(|viewer| rooms.sockets_of_user(*viewer)).collect();
            if !sockets.is_empty() {
                self.sockets.emit(&sockets, &ServerEvent::PresenceUpdate(update.clone()));
            }
        }
        Ok(())
    }
}
