//! `trice serve`: settings, database, node, address, and the end in the reverse order.

use std::{error::Error as _, process::ExitCode};

use tokio::net::TcpListener;

use super::{database, fail};
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
