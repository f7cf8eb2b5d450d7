//! The connections over which messages are stored. The pool asks a connection that comes back whether it still answers,
//! which keeps it away for one more round trip after each statement; these are kept as they are until the next one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tokio::time::Instant;

use super::{TRUSTED, can_write};

/// A pool, and those of its connections that wait for the next message.
#[derive(Debug, Clone)]
pub(super) struct Writers {
    pool: PgPool,
    kept: Arc<Mutex<Vec<Kept>>>,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Writers {
    pub(super) fn new(pool: PgPool) -> Self {
        Self { pool, kept: Arc::default() }
    }

    /// A connection that can write: the one that was used last, or another one of the pool.
    pub(super) async fn acquire(&self) -> sqlx::Result<PoolConnection<Postgres>> {
        while let Some(Kept { mut connection, since }) = self.take() {
            if since.elapsed() <= TRUSTED || can_write(&mut connection).await.unwrap_or(false) {
                return Ok(connection);
            }
            drop(connection.detach());
        }
        self.pool.acquire().await
    }

    /// Keeps a connection whose statement has succeeded. Any other one goes back to the pool, which looks at it.
    pub(super) fn keep(&self, connection: PoolConnection<Postgres>) {
        let mut kept = self.kept();
        // Whoever closes the pool waits for all of them.
        if !self.pool.is_closed() {
            kept.push(Kept { connection, since: Instant::now() });
        }
    }

    /// How many are open and have nothing to do.
    pub(super) fn idle(&self) -> usize {
        self.pool.num_idle() + self.kept().len()
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(super) async fn close(&self) {
        let closed = self.pool.close();
        self.kept().clear();
        closed.await;
    }

    fn take(&self) -> Option<Kept> {
        self.kept().pop()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
