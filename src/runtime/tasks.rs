//! Tasks: spawned through here, so that all of them are known and a node stops only when they are done.

use std::future::Future;

use tokio::task::JoinHandle;
pub use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of one node.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    failed: CancellationToken,
}

impl Tasks {
    /// Runs a task to its end. Nobody cancels it: dropping the handle only stops waiting for it.
    pub fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tracker.spawn(task)
    }

    /// Runs a worker until the node stops. A worker that ends before that, or panics, stops the node:
    /// better a restart than a node that looks alive and does half its work.
    pub fn supervise(&self, name: &'static str, worker: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.supervise_to_the_end(name, async move {
            stopping.run_until_cancelled(worker).await;
        });
    }

    /// The same for a worker that has something to finish: it is not cut off, and ends by itself when the node stops.
    pub fn supervise_to_the_end(&self, name: &'static str, worker: impl Future<Output = ()> + Send + 'static) {
        let guard = Guard { name, stopping: self.stopping.clone(), failed: self.failed.clone() };
        self.spawn(async move {
            let _guard = guard;
            worker.await;
        });
    }

    /// Ends when the node begins to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Ends when a worker died.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Tells workers to end, and waits for them and for every task still at work.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Notices the end of a worker, however it ends.
struct Guard {
    name: &'static str,
    stopping: CancellationToken,
    failed: CancellationToken,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.stopping.is_cancelled() {
            tracing::error!(worker = self.name, "worker.died");
            self.failed.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_that_ends_fails_the_node() {
        let tasks = Tasks::default();
        tasks.supervise("short", async {});
        tasks.failed().await;
    }

    #[tokio::test]
    async fn stopping_waits_for_tasks_and_ends_workers() {
        let tasks = Tasks::default();
        tasks.supervise("endless", std::future::pending());
        let (done, finished) = tokio::sync::oneshot::channel();
        tasks.spawn(async move {
            tokio::task::yield_now().await;
            done.send(()).unwrap();
        });
        tasks.stop().await;
        finished.await.unwrap();
        assert!(!tasks.failed.is_cancelled());
    }
}
