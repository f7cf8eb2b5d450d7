//! State that lives shorter than a message: what the nodes of one Trice tell each other.
//!
//! Small traits, and what every implementation of them must promise. `memory` is for one node and needs nothing else,
//! `redis` for several; the suite in `conformance` runs on each implementation, so that they cannot differ unseen. The database is the truth:
//! whatever is lost here is found again there.

pub mod auth;
pub mod bus;
#[cfg(test)]
pub mod conformance;
pub mod memory;
pub mod messages;
pub mod presence;
pub mod receipts;
pub mod redis;

use std::sync::Arc;

pub use auth::Attempts;
pub use bus::Bus;
pub use messages::Dedup;
pub use presence::Presence;
pub use receipts::Receipts;

/// One implementation of everything, chosen at start.
#[derive(Clone)]
pub struct Engine {
    /// What nodes tell each other.
    pub bus: Arc<dyn Bus>,
    /// Failed sign-ins.
    pub attempts: Arc<dyn Attempts>,
    /// Messages stored a moment ago.
    pub dedup: Arc<dyn Dedup>,
    /// Who is here.
    pub presence: Arc<dyn Presence>,
    /// Receipts on their way into the database.
    pub receipts: Arc<dyn Receipts>,
}

impl Engine {
    /// Everything in this process: one node.
    pub fn memory() -> Self {
        Self {
            bus: Arc::new(memory::MemoryBus::default()),
            attempts: Arc::new(memory::MemoryAttempts::default()),
            dedup: Arc::new(memory::MemoryDedup::new(messages::REMEMBERED)),
            presence: Arc::new(memory::MemoryPresence::default()),
            receipts: Arc::new(memory::MemoryReceipts::default()),
        }
    }
}
