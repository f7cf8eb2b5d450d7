//! Messages stored by all nodes a moment ago.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::{connection::Connection, keys};
use crate::{
    engine::messages::Dedup,
    model::id::{ClientMessageId, MessageId, UserId},
};

/// How many may wait for Redis. What is lost is found by the database.
const WAITING: usize = 4096;
/// How many one round trip carries.
const AT_ONCE: usize = 256;

/// The messages of all nodes.
pub struct RedisDedup {
    connection: Arc<Connection>,
    budget: Duration,
    outbox: Sender<Stored>,
}

/// A message on its way to Redis.
pub type Stored = (UserId, ClientMessageId, MessageId);

impl RedisDedup {
    /// Over this connection, and what [`remember_all`] is to empty.
    pub fn new(connection: Arc<Connection>, budget: Duration) -> (Self, Receiver<Stored>) {
        let (outbox, waiting) = mpsc::channel(WAITING);
        (Self { connection, budget, outbox }, waiting)
    }
}

/// Brings to Redis what was stored, each to be kept for so long.
pub async fn remember_all(
    connection: Arc<Connection>,
    budget: Duration,
    lasts: Duration,
    mut waiting: Receiver<Stored>,
) {
    let lasts = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let mut stored = Vec::with_capacity(AT_ONCE);
    while waiting.recv_many(&mut stored, AT_ONCE).await > 0 {
        let mut pipeline = redis::pipe();
        for (sender, name, message) in stored.drain(..) {
            pipeline.cmd("SET").arg(keys::dedup(sender, name)).arg(message.to_string()).arg("PX").arg(lasts).ignore();
        }
        // Nobody waits for this, so that it may take longer. What is not taken was only a hint.
        let taken = connection
            .ask("remember_message", 10 * budget, async |mut redis| pipeline.exec_async(&mut redis).await)
            .await;
        if taken.is_err() {
            tracing::debug!("dedup.lost");
        }
    }
}

#[async_trait]
impl Dedup for RedisDedup {
    fn remember(&self, sender: UserId, name: ClientMessageId, message: MessageId) {
        if self.outbox.try_send((sender, name, message)).is_err() {
            tracing::debug!("dedup.full");
        }
    }

    async fn recall(&self, sender: UserId, name: ClientMessageId) -> Option<MessageId> {
        let mut command = redis::cmd("GET");
        command.arg(keys::dedup(sender, name));
        let asked =
            self.connection.ask("recall_message", self.budget, async |mut redis| command.query_async(&mut redis).await);
        let found: Option<String> = asked.await.ok()?;
        Some(MessageId(found?.parse().ok()?))
    }
}
