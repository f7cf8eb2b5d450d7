//! A node's place at the database: nodes that cannot work together must not both get work. Without Redis a node is alone,
//! with it there is room for all that have it, too.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::{
    error::{Error, Result},
    store::Store,
};

/// How often the place is asked for, and looked after (contract, "Engines").
const EVERY: Duration = Duration::from_secs(1);
/// How long the database may be silent before the place counts as lost: it may belong to another node by then.
const SILENT: Duration = Duration::from_secs(3);

/// Whether this node has its place.
#[derive(Clone)]
pub struct Keeper {
    store: Store,
    shared: bool,
    held: Arc<AtomicBool>,
}

impl Keeper {
    /// For a node that shares its place, or does not.
    pub fn new(store: Store, shared: bool) -> Self {
        Self { store, shared, held: Arc::default() }
    }

    /// Whether the node has its place.
    pub fn held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Takes the place as soon as it can be had, and again whenever it was lost.
    pub async fn keep(self) {
        let mut complained = false;
        loop {
            if let Err(error) = self.hold(&mut complained).await {
                self.held.store(false, Ordering::Relaxed);
                tracing::warn!(%error, "node.place_unknown");
            }
            sleep(EVERY).await;
        }
    }

    async fn hold(&self, complained: &mut bool) -> Result<()> {
        let mut place = timeout(SILENT, self.store.place(self.shared)).await.map_err(Error::internal)??;
        loop {
            let held = timeout(SILENT, place.held()).await.map_err(Error::internal)??;
            self.held.store(held, Ordering::Relaxed);
            if !held && !*complained {
                tracing::error!(
                    "node.not_alone: another node works on this database, and the two cannot hear each other. This one \
                     is not ready until that one ends; to run both, give both the same REDIS_URL"
                );
            }
            *complained = !held;
            sleep(EVERY).await;
        }
    }
}
