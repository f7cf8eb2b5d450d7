//! The accept loop. Our own, because it must do what `axum::serve` does not: send small packets at once, notice peers
//! that are silently gone, turn away those who never finish a request's head, and cut a connection for good.

use std::{
    io,
    net::{Shutdown, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::{gateway::Cut, runtime::tasks::Tasks};

/// How long a request's head may take: longer, and it is there to hold the connection.
const HEAD: Duration = Duration::from_secs(10);
/// How long what was sent may stay unconfirmed before the peer counts as gone.
const UNCONFIRMED: Duration = Duration::from_secs(30);
/// How much the system may hold back of what was written: what waits for a slow reader waits with us, where it is counted,
/// and a ping is not behind megabytes.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;
/// Connections at once: more than the largest node is meant to carry (10,000 sockets), fewer than would use up its memory.
const MOST: usize = 20_000;
/// How long to wait when the system has no more file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Accepts connections and serves them, until `stop`. Returns when the requests under way are answered.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, tasks: Tasks) {
    let places = Arc::new(Semaphore::new(MOST));
    let connections = tokio_util::task::TaskTracker::new();
    let mut complained: Option<Instant> = None;
    while let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await {
        match stop.run_until_cancelled(listener.accept()).await {
            None => break,
            Some(Ok((stream, peer))) => {
                let connection = connection(stream, peer, router.clone(), stop.clone(), place);
                tasks.spawn(connections.track_future(connection));
            }
            Some(Err(error)) => {
                // Somebody who left before being greeted is no news; a system that is out of something is, once a second.
                if complained.is_none_or(|at| at.elapsed() > Duration::from_secs(1)) {
                    tracing::warn!(%error, "listener.accept_failed");
                    complained = Some(Instant::now());
                }
                sleep(EXHAUSTED).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    let cut = match prepare(&stream) {
        Ok(cut) => cut,
        Err(error) => return tracing::debug!(%error, "listener.connection_lost"),
    };
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
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "listener.connection_ended");
    }
}

/// Sets the socket's options, and keeps a second handle on it by which it can be cut whatever its reader and writer do.
fn prepare(stream: &TcpStream) -> io::Result<Cut> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_mins(1)))?;
    #[cfg(target_os = "linux")]
    {
        socket.set_tcp_user_timeout(Some(UNCONFIRMED))?;
        socket.set_tcp_notsent_lowat(UNSENT)?;
    }
    let handle = socket.try_clone()?;
    Ok(Cut::new(move || {
        if let Err(error) = handle.shutdown(Shutdown::Both) {
            tracing::debug!(%error, "listener.cut_before");
        }
    }))
}
