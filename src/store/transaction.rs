//! Transactions, on connections of the pool.

use std::ops::{Deref, DerefMut};

use sqlx::{Executor as _, PgConnection};

use super::{
    pool::{Held, Pool},
    query::Timed as _,
};

/// A transaction. Dropped before its end, its connection is closed, and so the server takes it back.
pub(super) struct Transaction(Held);

impl Transaction {
    pub(super) async fn begin(pool: &Pool) -> sqlx::Result<Self> {
        let mut held = pool.acquire().await?;
        held.execute("begin").in_time().await?;
        Ok(Self(held))
    }

    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        self.execute("commit").in_time().await?;
        self.0.keep();
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
