//! Health: named checks, asked by whoever decides whether this node gets work.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::Serialize;

/// Asks one part whether it works.
pub type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// A node's health.
#[derive(Clone, Default)]
pub struct Health {
    checks: Vec<(&'static str, Probe)>,
    draining: Arc<AtomicBool>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether the node can work.
    pub ok: bool,
    /// Each part.
    pub checks: Vec<Check>,
}

/// One part.
#[derive(Debug, Serialize)]
pub struct Check {
    /// Which.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
}

impl Health {
    /// Adds a part that the node cannot work without.
    #[must_use]
    pub fn with<F: Future<Output = bool> + Send + 'static>(
        mut self,
        name: &'static str,
        probe: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.checks.push((name, Arc::new(move || Box::pin(probe()))));
        self
    }

    /// The node is stopping and takes no new work.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Asks every part.
    pub async fn ready(&self) -> Report {
        let mut checks = vec![Check { name: "accepting", ok: !self.draining.load(Ordering::Relaxed) }];
        for (name, probe) in &self.checks {
            checks.push(Check { name, ok: probe().await });
        }
        Report { ok: checks.iter().all(|check| check.ok), checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_what_does_not_work() {
        let health = Health::default().with("database", || async { false });
        let report = health.ready().await;
        assert!(!report.ok);
        assert_eq!(report.checks.iter().find(|check| !check.ok).unwrap().name, "database");
        assert!(Health::default().ready().await.ok);
    }

    #[tokio::test]
    async fn a_draining_node_is_not_ready() {
        let health = Health::default();
        health.drain();
        assert!(!health.ready().await.ok);
    }
}
