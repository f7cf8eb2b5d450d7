//! The end of a node, in two stages: first it takes nothing new and tells its sockets to come back elsewhere, then it
//! waits for what is under way, and only then lets go of the database.

use std::time::Duration;

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::{App, listener};

/// How long work under way may take to finish.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends when somebody presses Ctrl-C or the system asks the program to end.
pub async fn shutdown_signal() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
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
        self.gateway.close_all();
        stop.cancel();
        let finished = tokio::time::timeout(PATIENCE, async {
            if accepting.await.is_err() {
                tracing::error!("listener.died");
            }
            self.tasks.stop().await;
        })
        .await;
        if finished.is_err() {
            tracing::warn!("node.stopped_with_work_left");
        }
        self.store.close().await;
        stopped
    }
}
