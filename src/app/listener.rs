//! The accept loop. Our own, because it must do what `axum::serve` does not: send small packets at once, notice peers
//! that are silently gone, turn away those who never finish a request's head, and cut a connection for good.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::connection::Connection;
use crate::{
    config::http::HttpConfig,
    domain::places::{Place, Places},
    runtime::tasks::Tasks,
};

/// How long a request's head may take: longer, and it is there to hold the connection.
const HEAD: Duration = Duration::from_secs(10);
/// How long what was sent may stay unconfirmed before the peer counts as gone.
const UNCONFIRMED: Duration = Duration::from_secs(30);
/// Connections beside those that carry sockets, at once.
const OTHERS: usize = 2_000;
/// Connections of one address for each socket that it may have: browsers also ask, and over several.
const EACH: usize = 2;
/// How much the system may hold back of what was written: what waits for a slow reader waits with us, where it is counted,
/// and a ping is not behind megabytes.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;
/// How long to wait when the system has no more file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long a connection that was just made may take to bring its request when the node stops.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// Accepts connections and serves them, until `stop`. Returns when the requests under way are answered. Sockets too many are
/// told so; a connection for which there is no place at all is closed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: Arc<HttpConfig>,
    stop: CancellationToken,
    tasks: Tasks,
) {
    let places = Places::new(config.max_sockets + OTHERS, config.max_sockets_per_address * EACH);
    let connections = tokio_util::task::TaskTracker::new();
    let closing = CancellationToken::new();
    let mut complaints = Complaints::default();
    let mut serve = |stream, peer: SocketAddr| {
        let address = peer.ip().to_canonical();
        match places.take((!config.trusted(address)).then_some(address)) {
            Ok(place) => {
                let connection = connection(stream, peer, router.clone(), closing.clone(), place);
                tasks.spawn(connections.track_future(connection));
            }
            Err(full) => complaints.make(|| tracing::warn!(?full, "listener.full")),
        }
    };
    let mut failures = Complaints::default();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => serve(stream, peer),
            Err(error) => {
                // Somebody who left before being greeted is no news; a system that is out of something is.
                failures.make(|| tracing::warn!(%error, "listener.accept_failed"));
                sleep(EXHAUSTED).await;
            }
        }
    }
    // Who waits in line was let in by the system; going away would cut them off.
    match listener.into_std() {
        Ok(line) => {
            while let Ok((stream, peer)) = line.accept()
                && let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream))
            {
                serve(stream, peer);
            }
        }
        Err(error) => tracing::warn!(%error, "listener.line_cut"),
    }
    connections.close();
    if timeout(UNDER_WAY, connections.wait()).await.is_err() {
        closing.cancel();
        connections.wait().await;
    }
}

/// Says what goes on, once a second.
#[derive(Default)]
struct Complaints(Option<Instant>);

impl Complaints {
    fn make(&mut self, complain: impl FnOnce()) {
        if self.0.is_none_or(|at| at.elapsed() > Duration::from_secs(1)) {
            complain();
            self.0 = Some(Instant::now());
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, closing: CancellationToken, _place: Place) {
    if let Err(error) = prepare(&stream) {
        return tracing::debug!(%error, "listener.connection_lost");
    }
    let (stream, cut) = Connection::new(stream);
    let service = router.map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(cut.clone());
        request.map(axum::body::Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "listener.connection_ended");
    }
}

/// Sets the socket's options.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_mins(1)))?;
    #[cfg(target_os = "linux")]
    {
        socket.set_tcp_user_timeout(Some(UNCONFIRMED))?;
        socket.set_tcp_notsent_lowat(UNSENT)?;
    }
    Ok(())
}
