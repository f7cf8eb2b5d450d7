//! The engine in this process: one node, nothing else needed, and gone with it.

mod auth;
mod bus;
mod presence;

pub use auth::MemoryAttempts;
pub use bus::MemoryBus;
pub use presence::MemoryPresence;

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, conformance};

    #[tokio::test]
    async fn keeps_the_promises_of_the_attempts() {
        conformance::auth::all(|| async { Engine::memory().attempts }).await;
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
