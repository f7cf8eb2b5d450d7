//! The engine in this process: one node, nothing else needed, and gone with it.

mod auth;
mod bus;
mod messages;
mod presence;
mod receipts;

pub use auth::MemoryAttempts;
pub use bus::MemoryBus;
pub use messages::MemoryDedup;
pub use presence::MemoryPresence;
pub use receipts::MemoryReceipts;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryDedup;
    use crate::engine::{Dedup, Engine, conformance};

    #[tokio::test]
    async fn keeps_the_promises_of_the_attempts() {
        conformance::auth::all(|| async { Engine::memory().attempts }).await;
    }

    #[tokio::test]
    async fn keeps_the_promises_of_the_receipts() {
        conformance::receipts::all(|| async { Engine::memory().receipts }).await;
    }

    #[tokio::test]
    async fn keeps_the_promises_of_dedup() {
        conformance::messages::all(|lasts| async move { Arc::new(MemoryDedup::new(lasts)) as Arc<dyn Dedup> }).await;
    }

    #[tokio::test]
    async fn keeps_the_promises_of_presence() {
        conformance::presence::all(|| async { Engine::memory().presence }).await;
    }

    #[tokio::test]
    async fn keeps_the_promises_of_the_bus() {
        conformance::bus::all(|| async { Engine::memory().bus }).await;
    }
}
