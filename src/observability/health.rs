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
use tokio::time::Instant;

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
    /// How long it took to find out.
    #[serde(rename = "tookMs")]
    pub took_ms: u64,
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
        let mut checks = vec![Check { name: "accepting", ok: accepting, took_ms: 0 }];
        for (name, need, probe) in &self.checks {
            let asked = Instant::now();
            let ok = probe().await;
            let took_ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
            if !ok && status != Status::Unavailable {
                status = if *need == Need::Vital { Status::Unavailable } else { Status::Degraded };
            }
            checks.push(Check { name, ok, took_ms });
        }
        Report { status, checks }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    async fn each_check_tells_how_long_it_took() {
        let took = Duration::from_millis(20);
        let health = Health::default().with("database", move || async move {
            tokio::time::sleep(took).await;
            true
        });
        let report = serde_json::to_value(health.ready().await).unwrap();
        let of = |check: usize| report["checks"][check]["tookMs"].as_u64().unwrap();
        assert_eq!(of(0), 0, "{report}");
        assert!(of(1) >= 20, "{report}");
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
