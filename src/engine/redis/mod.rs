//! The engine in Redis: any number of nodes. Redis is a hint and may be lost at any moment: then each node goes on by
//! itself, and the database tells what the others did.

mod auth;
mod bus;
mod connection;
mod keys;
mod messages;
mod presence;
mod receipts;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::timeout};

use self::{
    auth::RedisAttempts,
    bus::{Inbox, RedisBus},
    connection::Connection,
    messages::RedisDedup,
    presence::RedisPresence,
    receipts::RedisReceipts,
};
use super::{Engine, messages::REMEMBERED};
use crate::{config::secret::Secret, error::Result, runtime::tasks::Tasks};

/// How long a call that somebody waits for may take (contract, "Delivery").
const BUDGET: Duration = Duration::from_millis(100);
/// How long a start waits for Redis before it goes on without.
const START: Duration = Duration::from_secs(2);

/// What this node knows of Redis.
#[derive(Clone)]
pub struct Redis {
    asked: Arc<Connection>,
    heard: Arc<Connection>,
}

impl Redis {
    /// Whether it does what it is asked for.
    pub fn is_up(&self) -> bool {
        self.asked.is_up() && self.heard.is_up()
    }
}

impl Engine {
    /// Together with all nodes at this Redis. Two connections: one is asked, the other one hears. A Redis that cannot be
    /// reached stops nothing, it is looked for as long as the node runs.
    pub async fn redis(url: &Secret, tasks: &Tasks) -> Result<(Self, Redis)> {
        Self::on_redis(url, tasks, BUDGET).await
    }

    async fn on_redis(url: &Secret, tasks: &Tasks, budget: Duration) -> Result<(Self, Redis)> {
        let client = connection::client(url)?;
        let inbox = Arc::new(Inbox::new());
        let taken = Arc::clone(&inbox);
        let (expired, database) = (Arc::new(Notify::new()), client.get_connection_info().redis_settings().db());
        let hint = Arc::clone(&expired);
        let listener: connection::Listener =
            Arc::new(move |channel, payload| match keys::devices_expired(channel, payload) {
                Some(true) => hint.notify_one(),
                Some(false) => {}
                None => taken.take(channel, payload),
            });
        let redis = Redis {
            asked: Arc::new(Connection::new("asked", client.clone(), None)),
            heard: Arc::new(Connection::new("heard", client, Some(listener))),
        };
        let (bus, waiting) = RedisBus::new(inbox);
        let bus = Arc::new(bus);
        tasks.supervise("redis-asked", Arc::clone(&redis.asked).keep());
        tasks.supervise("redis-heard", Arc::clone(&redis.heard).keep());
        tasks.supervise("bus-publish", Arc::clone(&bus).publish_all(Arc::clone(&redis.asked), waiting));
        tasks.supervise("bus-subscribe", Arc::clone(&bus).subscribe_all(Arc::clone(&redis.heard)));
        tasks.supervise("bus-losses", Arc::clone(&bus).tell_losses());
        tasks.supervise("presence-hints", presence::listen(Arc::clone(&redis.heard), database));
        let both = async {
            redis.asked.established().await;
            redis.heard.established().await;
        };
        if timeout(START, both).await.is_err() {
            tracing::warn!("redis.away: starting without it; other nodes are heard of through the database alone");
        }
        let attempts = Arc::new(RedisAttempts::new(Arc::clone(&redis.asked), budget));
        let receipts = Arc::new(RedisReceipts::new(Arc::clone(&redis.asked), budget));
        let (dedup, stored) = RedisDedup::new(Arc::clone(&redis.asked), budget);
        let remembering = messages::remember_all(Arc::clone(&redis.asked), budget, REMEMBERED, stored);
        tasks.supervise("dedup-remember", remembering);
        let dedup = Arc::new(dedup);
        let presence = Arc::new(RedisPresence::new(Arc::clone(&redis.asked), budget, expired));
        Ok((Self { bus, attempts, dedup, presence, receipts }, redis))
    }
}
