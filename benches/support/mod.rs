//! What several benchmarks need.
#![allow(dead_code, reason = "no benchmark needs all of it")]

use std::sync::Arc;

use sqlx::{PgPool, postgres::PgPoolOptions};
use trice::{
    config::{Config, Source, database::DatabaseConfig, secret::Secret},
    domain::{Services, delivery::Sockets},
    engine::Engine,
    runtime::tasks::Tasks,
    store::Store,
};

/// A node without transports, on a database of its own.
pub struct Node {
    pub pool: PgPool,
    pub services: Services,
    pub engine: Engine,
}

impl Node {
    /// Its database is filled by these statements; `sockets` is where delivered events go.
    pub async fn start(name: &str, statements: &[&'static str], sockets: Arc<dyn Sockets>) -> Self {
        let server = std::env::var("DATABASE_URL").expect("run within scripts/with-postgres");
        let (base, query) = server.split_once('?').unwrap_or((&server, ""));
        let (host, _) = base.rsplit_once('/').unwrap();
        let url = format!("{host}/trice_{name}_{}?{query}", std::process::id());
        let store = Store::connect(&DatabaseConfig::new(Secret::new(url.clone())), true).await.unwrap();
        store.migrate().await.unwrap();
        let pool = PgPoolOptions::new().max_connections(2).connect(&url).await.unwrap();
        for statement in statements {
            sqlx::query(*statement).execute(&pool).await.unwrap();
        }
        let secret = |name: &str| (name.to_owned(), "a secret of at least 32 bytes: 0123".to_owned());
        let source = Source::from([secret("JWT_ACCESS_SECRET"), secret("JWT_REFRESH_SECRET")]);
        let config = Config::load(&source).unwrap();
        let (engine, epoch) = (Engine::memory(), store.epoch().await.unwrap());
        let services = Services::new(&config, &store, &engine, epoch, sockets, &Tasks::default()).unwrap();
        Self { pool, services, engine }
    }
}

/// CPU time of the database server's processes that live, in µs. Only Linux tells it; elsewhere it is 0.
pub async fn database_cpu(pool: &PgPool) -> f64 {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(pool).await.unwrap();
    let Some(postmaster) = stat(&backend.to_string()).and_then(|fields| fields.get(1).cloned()) else { return 0.0 };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| stat(entry.file_name().to_str()?));
    processes.filter(|fields| fields.get(1) == Some(&postmaster)).filter_map(|fields| cpu(&fields)).sum()
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
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) * 10_000.0)
}
