//! The end of a node, in order: it says that it is not ready and takes no new sockets; those it has are answered and leave, a
//! few at a time; then nobody can connect any more, requests under way are answered, work is finished, and only then
//! it lets go of the database.

use std::time::Duration;

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::{App, listener};
use crate::observability::traces;

/// How long all of it may take (contract, "Graceful shutdown").
const PATIENCE: Duration = Duration::from_secs(10);

/// From now on, notices when somebody presses Ctrl-C or the system asks the program to end, and ends then.
pub fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Why a node stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked to.
    Asked,
    /// One of its workers died.
    WorkerDied,
}

impl App {
    /// Serves until `shutdown` ends or a worker dies, then ends in order.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Stopped {
        let stop = CancellationToken::new();
        let accepting = listener::serve(listener, self.router, self.http, stop.clone(), self.tasks.clone());
        let accepting = self.tasks.spawn(accepting);
        let stopped = tokio::select! {
            () = shutdown => Stopped::Asked,
            () = self.tasks.failed() => Stopped::WorkerDied,
        };
        tracing::info!("node.stopping");
        self.health.drain();
        let finished = tokio::time::timeout(PATIENCE, async {
            self.gateway.leave().await;
            stop.cancel();
            if accepting.await.is_err() {
                tracing::error!("listener.died");
            }
            // Whose request was already past the door when it was shut.
            self.gateway.leave().await;
            self.tasks.stop().await;
        })
        .await;
        if finished.is_err() {
            tracing::warn!("node.stopped_with_work_left");
        }
        self.store.close().await;
        traces::stop().await;
        stopped
    }
}
