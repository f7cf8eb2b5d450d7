//! A Redis of a test's own, which it can stop, kill and start again.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// A running Redis. It ends with the test.
pub struct TestRedis {
    folder: TempDir,
    process: Child,
}

/// What is said on some channels.
pub struct Overheard(redis::aio::PubSub);

impl Overheard {
    /// Waits until something is said, and answers where.
    pub async fn next(&mut self) -> String {
        let said = tokio::time::timeout(DEADLINE, self.0.on_message().next()).await.expect("nothing was said");
        said.unwrap().get_channel_name().to_owned()
    }
}

impl TestRedis {
    /// An empty one.
    pub async fn start() -> Self {
        // Short: a socket's path must not be long.
        let folder = tempfile::Builder::new().prefix("trice-redis").tempdir_in("/tmp").unwrap();
        let process = run(&folder);
        let redis = Self { folder, process };
        redis.answers().await;
        redis
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis+unix://{}/socket", self.folder.path().display())
    }

    /// The same, in the file system.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts another one in its place, which knows nothing.
    pub async fn start_again(&mut self) {
        self.process = run(&self.folder);
        self.answers().await;
    }

    /// It stands still: it keeps its connections, and takes new ones, but does nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// It goes on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// A connection to it.
    pub async fn connection(&self) -> MultiplexedConnection {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    /// Listens to channels, as one node more.
    pub async fn said_on(&self, channels: &[&str]) -> Overheard {
        let mut heard = redis::Client::open(self.url()).unwrap().get_async_pubsub().await.unwrap();
        heard.subscribe(channels).await.unwrap();
        Overheard(heard)
    }

    /// Waits until this many nodes listen to a channel.
    pub async fn listeners(&self, channel: &str, count: u64) {
        let mut redis = self.connection().await;
        let begun = Instant::now();
        loop {
            let asked = redis::cmd("PUBSUB").arg("NUMSUB").arg(channel).query_async(&mut redis).await;
            let (_, now): (String, u64) = asked.unwrap();
            if now == count {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "{now} nodes listen to {channel}, not {count}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn answers(&self) {
        let begun = Instant::now();
        let client = redis::Client::open(self.url()).unwrap();
        while client.get_multiplexed_async_connection().await.is_err() {
            assert!(begun.elapsed() < DEADLINE, "Redis does not answer");
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        self.process.kill().expect("the test's Redis can be ended");
        self.process.wait().expect("it has ended");
    }
}

fn run(folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket", "socket", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server can be started; `make test` or `scripts/setup test` installs it")
}
