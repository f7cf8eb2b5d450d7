//! `trice serve`: settings, database, node, address, and the end in the reverse order.

use std::{error::Error as _, io, net::SocketAddr, process::ExitCode};

use tokio::net::TcpSocket;

use super::{database, fail, say};
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

/// How many connections may wait to be accepted, as far as the system lets them.
const WAITING: u32 = 1024;

/// The address comes first: when it is taken, nothing else is begun. Nobody can connect to it yet, so that a proxy asks
/// another node until this one can answer.
async fn serve(config: Config) -> ExitCode {
    let address = SocketAddr::new(config.http.host, config.http.port);
    let socket = match bind(address) {
        Ok(socket) => socket,
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            return fail(format!(
                "port {} is taken. Is Trice running already? Stop what uses it, or choose another: PORT=8001",
                config.http.port
            ));
        }
        Err(error) => return fail(format!("cannot listen on {address}: {error}")),
    };
    database::with(&config, async |database| node(config.clone(), database, socket).await).await
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A node that just ended leaves connections behind that the system still remembers.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn node(config: Config, database: DatabaseConfig, socket: TcpSocket) -> ExitCode {
    let url = config.http.client_url.clone();
    let app = match App::build(config, database).await {
        Ok(app) => app,
        Err(error) => {
            let cause = error.source().map(|source| format!(" ({source})")).unwrap_or_default();
            return fail(format!("{}{cause}", error.message));
        }
    };
    let listener = match socket.listen(WAITING) {
        Ok(listener) => listener,
        Err(error) => return fail(format!("cannot listen: {error}")),
    };
    let local = listener.local_addr();
    // Listened for before anybody is told that it can be stopped.
    let asked = match shutdown_signal() {
        Ok(asked) => asked,
        Err(error) => return fail(error),
    };
    say(match (url, local) {
        (Some(url), _) => format!("Trice is ready: {url}"),
        (None, Ok(local)) if local.ip().is_loopback() => format!("Trice is ready: http://localhost:{}", local.port()),
        (None, Ok(local)) => format!("Trice is ready: http://{local}"),
        (None, Err(_)) => "Trice is ready".to_owned(),
    });
    match app.serve(listener, asked).await {
        Stopped::Asked => ExitCode::SUCCESS,
        Stopped::WorkerDied => fail("a part of the server died; see the log. Start it again"),
    }
}
