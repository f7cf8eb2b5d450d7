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
pub mod presence;
mod query;
pub mod readers;
pub mod receipts;
pub mod replay;
pub mod seed;
pub mod users;
mod writers;

use std::{sync::LazyLock, time::Duration};

use sqlx::{
    ConnectOptions, PgConnection, PgPool,
    migrate::{MigrateDatabase, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    config::database::DatabaseConfig,
    error::{Error, Result},
    observability::metrics,
};

use self::{
    query::{Timed as _, series},
    writers::Writers,
};
pub use error::is_held;
use error::{is_lost, violates};
pub use inspect::Inspection;

/// How long a connection that nobody used is believed to live. Shorter than the wait before a statement's last try.
const TRUSTED: Duration = Duration::from_millis(300);

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
    writers: Writers,
    requests: PgPool,
    workers: PgPool,
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
        Ok(Self {
            writers: Writers::new(pool(options.clone().application_name("trice writers"), config.writers, 2).await?),
            requests: pool(options.clone().application_name("trice requests"), config.requests, 2).await?,
            workers: pool(options.application_name("trice workers"), config.workers, 1).await?,
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
        connection.detach();
        migrated
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.requests).timed(series!("select", "none")).await?;
        Ok(())
    }

    /// Notes how many connections there are.
    pub fn measure(&self) {
        let pools = [self.writers.pool(), &self.requests, &self.workers];
        let idle = self.writers.idle() + self.requests.num_idle() + self.workers.num_idle();
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        let open = pools.map(PgPool::size).iter().sum::<u32>();
        let max = pools.map(|pool| pool.options().get_max_connections()).iter().sum();
        metrics::pool(open.saturating_sub(idle), idle, max);
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        self.writers.close().await;
        self.requests.close().await;
        self.workers.close().await;
    }
}

async fn pool(options: PgConnectOptions, most: u32, least: u32) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(most)
        .min_connections(least.min(most))
        .acquire_timeout(Duration::from_secs(2))
        // Asking each time would cost a round trip for each statement. After an outage, though, every connection of the
        // pool is broken, and a statement that is tried again must not meet one after the other.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for <= TRUSTED {
                    return Ok(true);
                }
                can_write(connection).await
            })
        })
        .connect_with(options)
        .await?)
}

/// Whether a connection answers, and its server writes: one that became a copy does not write again, however well it answers.
async fn can_write(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let reads_only: String = sqlx::query_scalar("show transaction_read_only").fetch_one(connection).await?;
    Ok(reads_only == "off")
}
