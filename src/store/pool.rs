//! Connections, kept open from one statement to the next. Not sqlx's pool: that one asks each connection that comes back whether
//! it still answers, which is one more round trip for each statement, and waits without an end where nobody answers any more;
//! and a connection whose BEGIN was cut short it gives to the next borrower, who then works within a transaction, to no effect
//! (sqlx, issue 4393). Here a connection is kept when what it was asked for has come to its end, and else closed.

use std::{
    fmt, mem,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, TryStreamExt as _, future::BoxFuture, stream, stream::BoxStream};
use sqlx::{
    Connection as _, Describe, Either, Execute, Executor, PgConnection, Postgres, SqlStr,
    postgres::{PgConnectOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout_at},
};

use super::{
    error::{is_lost, is_starting},
    query::Timed as _,
};

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long before one is tried to be made again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long a connection that nobody used is believed to live. After an outage every one is broken, and a statement that is
/// tried again must not meet one after the other: shorter than the wait before its last try.
const TRUSTED: Duration = Duration::from_millis(300);
/// How long a connection that nobody needs stays open while others are used.
const SPARE: Duration = Duration::from_mins(10);

/// A number of connections, made when they are needed.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    options: PgConnectOptions,
    most: u32,
    /// One for each connection in use. Those kept are fewer than the free ones, or as many.
    places: Arc<Semaphore>,
    /// The one that was used last comes last.
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    connection: PgConnection,
    since: Instant,
}

/// A connection in use. Dropped, it is closed.
pub(super) struct Held {
    connection: PgConnection,
    pool: Pool,
    place: OwnedSemaphorePermit,
}

impl Pool {
    /// With one connection, so that it is known that there is a way.
    pub(super) async fn connect(options: PgConnectOptions, most: u32) -> sqlx::Result<Self> {
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(places));
        let pool = Self(Arc::new(Inner { options, most, places, kept: Mutex::default() }));
        pool.acquire().await?.keep();
        Ok(pool)
    }

    /// A connection that can write: the one that was used last, or a new one.
    pub(super) async fn acquire(&self) -> sqlx::Result<Held> {
        let deadline = Instant::now() + PATIENCE;
        let place = timeout_at(deadline, Arc::clone(&self.0.places).acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some(Kept { mut connection, since }) = self.take() {
            if since.elapsed() <= TRUSTED || timeout_at(deadline, can_write(&mut connection)).await.is_ok_and(|can| can)
            {
                return Ok(Held { connection, pool: self.clone(), place });
            }
        }
        let connection = self.open(deadline).await?;
        Ok(Held { connection, pool: self.clone(), place })
    }

    async fn open(&self, deadline: Instant) -> sqlx::Result<PgConnection> {
        loop {
            match timeout_at(deadline, PgConnection::connect_with(&self.0.options)).await {
                Ok(Err(error)) if is_starting(&error) && Instant::now() + AGAIN < deadline => sleep(AGAIN).await,
                Ok(outcome) => return outcome,
                Err(_) => return Err(sqlx::Error::PoolTimedOut),
            }
        }
    }

    /// How many are in use, how many are open besides, and how many there may be.
    pub(super) fn size(&self) -> [u32; 3] {
        let used = self.0.most.saturating_sub(count(self.0.places.available_permits()));
        [used, count(self.kept().len()), self.0.most]
    }

    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.0.options
    }

    /// Waits for what is under way and closes every connection.
    pub(super) async fn close(&self) {
        let all = self.0.places.acquire_many(self.0.most).await;
        self.0.places.close();
        drop(all);
        let kept = mem::take(&mut *self.kept());
        for Kept { connection, .. } in kept {
            drop(connection.close().in_time().await);
        }
    }

    fn take(&self) -> Option<Kept> {
        self.kept().pop()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Keeps it for others.
    pub(super) fn keep(self) {
        let Self { connection, pool, place } = self;
        let mut kept = pool.kept();
        if kept.first().is_some_and(|spare| spare.since.elapsed() > SPARE) {
            kept.remove(0);
        }
        kept.push(Kept { connection, since: Instant::now() });
        drop(kept);
        // Only now somebody else may look for it.
        drop(place);
    }

    /// Keeps it if what it was asked for has ended, well or not.
    pub(super) fn settle<T>(self, outcome: &sqlx::Result<T>) {
        if !outcome.as_ref().is_err_and(is_lost) {
            self.keep();
        }
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// Whether a connection answers, and its server writes: one that became a copy does not write again, however well it answers.
async fn can_write(connection: &mut PgConnection) -> bool {
    let reads_only = sqlx::query_scalar::<_, String>("show transaction_read_only").fetch_one(connection).await;
    reads_only.is_ok_and(|reads_only| reads_only == "off")
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A statement on whichever connection there is.
impl<'c> Executor<'c> for &'c Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        stream::once(async move {
            let mut held = self.acquire().await?;
            let steps: sqlx::Result<Vec<_>> = held.connection.fetch_many(query).try_collect().await;
            held.settle(&steps);
            steps.map(|steps| stream::iter(steps.into_iter().map(Ok)))
        })
        .try_flatten()
        .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move {
            let mut held = self.acquire().await?;
            let row = held.connection.fetch_optional(query).await;
            held.settle(&row);
            row
        })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            let mut held = self.acquire().await?;
            let statement = held.connection.prepare_with(sql, parameters).await;
            held.settle(&statement);
            statement
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Self::Database>>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            let mut held = self.acquire().await?;
            let described = held.connection.describe(sql).await;
            held.settle(&described);
            described
        })
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("most", &self.0.most).finish_non_exhaustive()
    }
}
