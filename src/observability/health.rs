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
    checks: Vec<(&'static str, Need, Probe)>,
    draining: Arc<AtomicBool>,
}

/// How much a part is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Vital,
    Helpful,
}

/// Whether a node can work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Yes.
    Ok,
    /// Yes, without something that helps.
    Degraded,
    /// No.
    Unavailable,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether the node can work.
    pub status: Status,
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
        self,
        name: &'static str,
        probe: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.and(name, Need::Vital, Arc::new(move || Box::pin(probe())))
    }

    /// Adds a part without which the node works, but less well.
    #[must_use]
    pub fn with_help<F: Future<Output = bool> + Send + 'static>(
        self,
        name: &'static str,
        probe: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.and(name, Need::Helpful, Arc::new(move || Box::pin(probe())))
    }

    fn and(mut self, name: &'static str, need: Need, probe: Probe) -> Self {
        self.checks.push((name, need, probe));
        self
    }

    /// The node is stopping and takes no new work.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the node is stopping.
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Asks every part.
    pub async fn ready(&self) -> Report {
        let accepting = !self.draining();
        let mut status = if accepting { Status::Ok } else { Status::Unavailable };
        let mut checks = vec![Check { name: "accepting", ok: accepting }];
        for (name, need, probe) in &self.checks {
            let ok = probe().await;
            if !ok && status != Status::Unavailable {
                status = if *need == Need::Vital { Status::Unavailable } else { Status::Degraded };
            }
            checks.push(Check { name, ok });
        }
        Report { status, checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_what_does_not_work() {
        let health = Health::default().with("database", || async { false });
        let report = health.ready().await;
        assert_eq!(report.status, Status::Unavailable);
        assert_eq!(report.checks.iter().find(|check| !check.ok).unwrap().name, "database");
        assert_eq!(Health::default().ready().await.status, Status::Ok);
    }

    #[tokio::test]
    async fn works_without_what_only_helps() {
        let helped = Health::default().with_help("redis", || async { false });
        assert_eq!(helped.ready().await.status, Status::Degraded);
        assert_eq!(helped.with("database", || async { false }).ready().await.status, Status::Unavailable);
    }

    #[tokio::test]
    async fn a_draining_node_is_not_ready() {
        let health = Health::default();
        health.drain();
        assert_eq!(health.ready().await.status, Status::Unavailable);
    }
}
