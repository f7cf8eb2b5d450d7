//! What several benchmarks need: a database, a node without transports, and what the processors' time went into.
#![allow(dead_code, reason = "no benchmark needs all of it")]

use std::sync::Arc;

use futures_util::{FutureExt as _, future::BoxFuture};
use sqlx::{PgPool, postgres::PgPoolOptions};
use trice::{
    config::{Config, Source, database::DatabaseConfig, secret::Secret},
    domain::{Services, caller::Caller, delivery::Sockets},
    engine::Engine,
    model::{
        event::ServerEvent,
        id::{SessionId, SocketId, UserId},
        time::Timestamp,
    },
    runtime::tasks::Tasks,
    store::Store,
};
use uuid::Uuid;

/// The address of a database of the benchmark's own, on the server that `scripts/with-postgres` started.
pub fn url(name: &str) -> String {
    let server = std::env::var("DATABASE_URL").expect("run within scripts/with-postgres");
    let (base, query) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    format!("{host}/trice_{name}_{}?{query}", std::process::id())
}

/// A migrated database, and connections to it that are not the node's.
pub struct Database {
    pub config: DatabaseConfig,
    pub pool: PgPool,
}

impl Database {
    /// Filled by these statements.
    pub async fn with(name: &str, statements: &[&'static str]) -> Self {
        let url = url(name);
        let config = DatabaseConfig::new(Secret::new(url.clone()));
        Store::connect(&config, true).await.unwrap().migrate().await.unwrap();
        let pool = PgPoolOptions::new().max_connections(64).connect(&url).await.unwrap();
        for statement in statements {
            sqlx::query(*statement).execute(&pool).await.unwrap();
        }
        Self { config, pool }
    }

    /// With as many connections as a node has.
    pub async fn store(&self) -> Store {
        Store::connect(&self.config, false).await.unwrap()
    }
}

/// A node without transports: `sockets` is where its events go.
pub async fn node(database: &Database, engine: &Engine, tasks: &Tasks, sockets: impl Sockets) -> Services {
    let secret = |name: &str| (name.to_owned(), format!("{name} of a benchmark, at least 32 bytes"));
    let config = Config::load(&Source::from([secret("JWT_ACCESS_SECRET"), secret("JWT_REFRESH_SECRET")])).unwrap();
    let store = database.store().await;
    let epoch = store.epoch().await.unwrap();
    Services::new(&config, &store, engine, epoch, Arc::new(sockets), tasks).unwrap()
}

/// Sockets that show a function what is emitted.
pub struct Emitted<F>(pub F);

impl<F: Fn(&[SocketId], &ServerEvent) + Send + Sync + 'static> Sockets for Emitted<F> {
    fn emit(&self, to: &[SocketId], event: &ServerEvent) {
        self.0(to, event);
    }

    fn replay(&self, _: SocketId, _: &ServerEvent) {}

    fn drained(&self, _: SocketId) -> BoxFuture<'_, bool> {
        std::future::ready(true).boxed()
    }

    fn close_all(&self) {}

    fn revoke(&self, _: SocketId) {}
}

/// Somebody signed in, for as long as a benchmark takes.
pub fn caller(user: Uuid, session: Uuid) -> Caller {
    Caller {
        user_id: UserId(user),
        username: String::new(),
        session_id: SessionId(session),
        expires_at: Timestamp(chrono::Utc::now() + chrono::TimeDelta::days(1)),
    }
}

/// CPU time of the database server's processes, in µs. Only Linux tells it; elsewhere it is 0.
pub async fn database_cpu(pool: &PgPool) -> f64 {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(pool).await.unwrap();
    let Some(postmaster) = stat(&backend.to_string()).and_then(|fields| fields.get(1).cloned()) else { return 0.0 };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| stat(entry.file_name().to_str()?));
    let living: f64 =
        processes.filter(|fields| fields.get(1) == Some(&postmaster)).filter_map(|fields| cpu(&fields)).sum();
    // The time of those that ended is noted with their parent.
    living + stat(&postmaster).and_then(|fields| Some(ticks(&fields, 13)? + ticks(&fields, 14)?)).unwrap_or_default()
}

/// CPU time of this process, in µs.
pub fn own_cpu() -> f64 {
    stat("self").and_then(|fields| cpu(&fields)).unwrap_or_default()
}

/// What the system says of a process, from its state on.
fn stat(process: &str) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn cpu(fields: &[String]) -> Option<f64> {
    Some(ticks(fields, 11)? + ticks(fields, 12)?)
}

/// One of the fields that are times, in µs.
fn ticks(fields: &[String], place: usize) -> Option<f64> {
    Some(fields.get(place)?.parse::<f64>().ok()? * 10_000.0)
}
