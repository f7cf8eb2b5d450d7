//! The second entry point: the same node, with its PostgreSQL and secrets declared to Shuttle by annotation.
//!
//! The service is our own and not `shuttle_axum::ShuttleAxum`, which would serve the router without our accept loop and
//! drop it at the first signal. That Shuttle's axum is ours is proven at the end of this file.

use std::net::SocketAddr;

use shuttle_runtime::{CustomError, SecretStore};
use tokio::{net::TcpListener, runtime::Handle, task::block_in_place};
use trice::{
    app::{App, Stopped, shutdown_signal},
    config::{Config, Source, database::DatabaseConfig, secret::Secret},
    observability::logs,
};

/// The node, waiting for the address that Shuttle gives it.
struct Node(App);

#[shuttle_runtime::async_trait]
impl shuttle_runtime::Service for Node {
    async fn bind(self, address: SocketAddr) -> Result<(), shuttle_runtime::Error> {
        let listener = TcpListener::bind(address).await.map_err(CustomError::new)?;
        let asked = shutdown_signal().map_err(CustomError::new)?;
        // The runtime drops this future at the first signal. Blocking within its first poll keeps it from that, so that
        // the node ends in its own order.
        let stopped = block_in_place(|| Handle::current().block_on(self.0.serve(listener, asked)));
        match stopped {
            Stopped::Asked => Ok(()),
            Stopped::WorkerDied => Err(CustomError::msg("a part of the server died; see the log").into()),
        }
    }
}

#[shuttle_runtime::main]
#[allow(clippy::unused_async, reason = "Shuttle wants it so")]
async fn main(
    #[shuttle_shared_db::Postgres(local_uri = "{secrets.DATABASE_URL}")] database: String,
    #[shuttle_runtime::Secrets] secrets: SecretStore,
) -> Result<Node, shuttle_runtime::Error> {
    let mut settings: Source = secrets.into_iter().collect();
    settings.insert("APP_ENV".to_owned(), environment().to_owned());
    settings.insert("DATABASE_URL".to_owned(), database.clone());
    let config = Config::load(&settings).map_err(CustomError::new)?;
    logs::start(&config.log).map_err(CustomError::new)?;
    // Waited for in place: the future borrows what the runtime's own, which must be free to move, may not.
    let building = App::build(config, DatabaseConfig::new(Secret::new(database)));
    let app = block_in_place(|| Handle::current().block_on(building)).map_err(CustomError::new)?;
    Ok(Node(app))
}

/// Production exactly when Shuttle says so.
#[expect(clippy::disallowed_methods, reason = "Shuttle tells it by the environment and nowhere else")]
fn environment() -> &'static str {
    match std::env::var("SHUTTLE_ENV").as_deref() {
        Ok("production") => "production",
        _ => "development",
    }
}

/// Compiles only while Shuttle's axum and ours are one.
const _: fn(axum::Router) -> shuttle_axum::axum::Router = |router| router;
