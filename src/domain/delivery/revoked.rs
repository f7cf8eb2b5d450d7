//! Live sessions against the database: closes what the news of a session's end missed.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::DeliveryService;

/// How often (contract, "Engines").
const EVERY: Duration = Duration::from_secs(30);
/// How many sessions are asked for at once.
const AT_ONCE: usize = 1000;

/// Asks, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>) {
    loop {
        sleep(EVERY).await;
        delivery.close_revoked().await;
    }
}

impl DeliveryService {
    async fn close_revoked(&self) {
        let sessions: Vec<_> = self.rooms().sessions().into_iter().collect();
        for sessions in sessions.chunks(AT_ONCE) {
            let ended = match self.store.revoked_among(sessions).await {
                Ok(ended) => ended,
                Err(error) => return tracing::warn!(%error, "sessions.unread"),
            };
            for session in ended {
                self.auth.forget(session);
                let sockets = self.rooms().sockets_of_session(session);
                for socket in sockets {
                    self.sockets.revoke(socket);
                }
            }
        }
    }
}
