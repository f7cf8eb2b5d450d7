//! What is counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// Events from clients that have no meaning here: those of a newer client, or of none of ours.
pub static UNKNOWN_EVENTS: Counter = Counter::new();

/// How often something happened.
#[derive(Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// It happened.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
