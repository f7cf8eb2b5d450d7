//! `trice serve`: settings, database, node, address, and the end in the reverse order.

use std::{error::Error as _, process::ExitCode};

use tokio::net::TcpListener;

use super::fail;
use crate::{
    app::{App, Stopped, shutdown_signal},
    config::{Config, database::DatabaseConfig},
    observability::logs,
};

/// Runs the server until it is asked to stop.
pub fn run() -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => return fail(error),
    };
    if let Err(error) = logs::start(&config.log) {
        return fail(error);
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(serve(config)),
        Err(error) => fail(error),
    }
}

/// The address comes first: when it is taken, nothing else is begun.
async fn serve(config: Config) -> ExitCode {
    let address = (config.http.host, config.http.port);
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            return fail(format!(
                "port {} is taken. Is Trice running already? Stop what uses it, or choose another: PORT=8001",
                config.http.port
            ));
        }
        Err(error) => return fail(format!("cannot listen on {}:{}: {error}", address.0, address.1)),
    };
    database::with(&config, async |database| node(config.clone(), database, listener).await).await
}

async fn node(config: Config, database: DatabaseConfig, listener: TcpListener) -> ExitCode {
    let url = config.http.client_url.clone();
    let local = listener.local_addr();
    let app = match App::build(config, database).await {
        Ok(app) => app,
        Err(error) => {
            let cause = error.source().map(|source| format!(" ({source})")).unwrap_or_default();
            return fail(format!("{}{cause}", error.message));
        }
    };
    match (url, local) {
        (Some(url), _) => println!("Trice is ready: {url}"),
        (None, Ok(local)) if local.ip().is_loopback() => println!("Trice is ready: http://localhost:{}", local.port()),
        (None, Ok(local)) => println!("Trice is ready: http://{local}"),
        (None, Err(_)) => println!("Trice is ready"),
    }
    let asked = async {
        if let Err(error) = shutdown_signal().await {
            tracing::error!(%error, "signals.unavailable");
        }
    };
    match app.serve(listener, asked).await {
        Stopped::Asked => ExitCode::SUCCESS,
        Stopped::WorkerDied => fail("a part of the server died; see the log. Start it again"),
    }
}

mod database {
    //! The database that is named, or in development one of our own for as long as the node runs.

    use super::{Config, DatabaseConfig, ExitCode, fail};

    /// Calls `run` with a database.
    pub async fn with(config: &Config, run: impl AsyncFnOnce(DatabaseConfig) -> ExitCode) -> ExitCode {
        if let Some(url) = &config.database_url {
            return run(DatabaseConfig::new(url.clone())).await;
        }
        embedded(config, run).await
    }

    #[cfg(feature = "embedded-postgres")]
    async fn embedded(config: &Config, run: impl AsyncFnOnce(DatabaseConfig) -> ExitCode) -> ExitCode {
        use crate::{config::secret::Secret, store::embedded::EmbeddedPostgres};

        let (folder, bin) = (config.data_dir.clone(), config.postgres_bin.clone());
        let started = tokio::task::spawn_blocking(move || EmbeddedPostgres::start(&folder, bin.as_deref())).await;
        let postgres = match started {
            Ok(Ok(postgres)) => postgres,
            Ok(Err(error)) => return fail(error),
            Err(error) => return fail(error),
        };
        if postgres.created() {
            println!("A new PostgreSQL was made in {}.", config.data_dir.display());
        }
        let code = run(DatabaseConfig::new(Secret::new(postgres.url()))).await;
        match tokio::task::spawn_blocking(move || postgres.stop()).await {
            Ok(Ok(())) => code,
            Ok(Err(error)) => fail(error),
            Err(error) => fail(error),
        }
    }

    #[cfg(not(feature = "embedded-postgres"))]
    #[expect(clippy::unused_async, reason = "its twin waits")]
    async fn embedded(_: &Config, _: impl AsyncFnOnce(DatabaseConfig) -> ExitCode) -> ExitCode {
        fail("DATABASE_URL is not set, and this build has no PostgreSQL of its own")
    }
}
