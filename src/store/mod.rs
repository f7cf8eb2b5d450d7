//! PostgreSQL: the truth. Every statement stands in the file of its main table; nothing above this floor knows SQL.

pub mod auth;
pub mod changes;
pub mod conversations;
#[cfg(feature = "embedded-postgres")]
pub mod embedded;
mod error;
mod inspect;
pub mod instance;
pub mod messages;
pub mod participants;
mod pool;
pub mod presence;
mod query;
pub mod readers;
pub mod receipts;
pub mod replay;
pub mod seed;
mod transaction;
pub mod users;

use std::sync::LazyLock;

use sqlx::{
    ConnectOptions as _,
    migrate::{MigrateDatabase, Migrator},
    postgres::PgConnectOptions,
};

use crate::{
    config::database::DatabaseConfig,
    error::{Error, Result},
    observability::metrics,
};

pub use self::{error::is_held, inspect::Inspection};
use self::{
    error::violates,
    pool::Pool,
    query::{Timed as _, series},
    transaction::Transaction,
};

/// The migrations, compiled in. Those that a later version has applied are no fault: each leaves the version before able to
/// work, and an update that is taken back needs it to start.
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!();
    migrations.set_ignore_missing(true);
    migrations
});

/// The database, behind three pools: what writes messages, what answers requests and what works in the background
/// cannot use up each other's connections. PostgreSQL's list of connections tells them apart by their names.
#[derive(Debug, Clone)]
pub struct Store {
    writers: Pool,
    requests: Pool,
    workers: Pool,
}

impl Store {
    /// Connects. Makes the database when `create` is set and it is not there yet.
    pub async fn connect(config: &DatabaseConfig, create: bool) -> Result<Self> {
        let url = config.url.reveal();
        if create && !sqlx::Postgres::database_exists(url).await? {
            sqlx::Postgres::create_database(url).await?;
        }
        let options: PgConnectOptions = url.parse().map_err(Error::from)?;
        let options = options
            // A statement that takes longer helps nobody any more: the promise is three seconds.
            .options([
                ("statement_timeout", "3s"),
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "5s"),
            ])
            // Statements may carry what people wrote; they never reach the log.
            .disable_statement_logging();
        let pool = |name: &str, most| Pool::connect(options.clone().application_name(name), most);
        Ok(Self {
            writers: pool("trice writers", config.writers).await?,
            requests: pool("trice requests", config.requests).await?,
            workers: pool("trice workers", config.workers).await?,
        })
    }

    /// Brings the schema up to date. One node at a time: the others wait for its lock.
    pub async fn migrate(&self) -> Result<()> {
        let mut connection = self.workers.acquire().await?;
        // A migration may take longer than any request, and so may the wait for another node's.
        sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
        sqlx::query("set lock_timeout = 0").execute(&mut *connection).await?;
        let migrated = MIGRATIONS.run(&mut *connection).await.map_err(Error::internal);
        // Its settings must not reach the next borrower.
        drop(connection);
        migrated
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.requests).timed(series!("select", "none")).await?;
        Ok(())
    }

    /// Notes how many connections there are.
    pub fn measure(&self) {
        let [used, idle, most] = [&self.writers, &self.requests, &self.workers]
            .map(Pool::size)
            .into_iter()
            .fold([0; 3], |sum, size| [sum[0] + size[0], sum[1] + size[1], sum[2] + size[2]]);
        metrics::pool(used, idle, most);
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        self.writers.close().await;
        self.requests.close().await;
        self.workers.close().await;
    }
}
