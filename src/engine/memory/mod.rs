//! The engine in this process: one node, nothing else needed, and gone with it.

mod auth;
mod bus;
mod receipts;

pub use auth::MemoryAttempts;
pub use bus::MemoryBus;
pub use receipts::MemoryReceipts;

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, conformance};

    #[tokio::test]
    async fn keeps_the_promises_of_the_attempts() {
        conformance::auth::all(|| async { Engine::memory().attempts }).await;
    }

    #[tokio::test]
    async fn keeps_the_promises_of_the_receipts() {
        conformance::receipts::all(|| async { Engine::memory().receipts }).await;
    }

    #[tokio::test]
    async fn keeps_the_promises_of_the_bus() {
        conformance::bus::all(|| async { Engine::memory().bus }).await;
    }
}
