//! The servers that are measured: Trice, and a plain Node server that speaks the same protocol.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::{
    Result,
    fixtures::{ACCESS_SECRET, Fixtures},
};

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Trice,
    Node,
}

/// A running server. It ends with this.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Speaks HTTP to it, past any proxy.
    pub http: reqwest::Client,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts one on the database, and waits until it is ready.
    pub async fn start(kind: Kind, fixtures: &Fixtures) -> Result<Self> {
        // Free a moment ago: nobody else is at work in a benchmark.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let data = tempfile::tempdir()?;
        let mut command = match kind {
            Kind::Trice => Command::new(beside("trice")?),
            Kind::Node => {
                let mut command = Command::new("node");
                command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/node/server.mjs"));
                command
            }
        };
        let child = command
            .current_dir(data.path())
            .env("DATABASE_URL", &fixtures.url)
            .env("DATA_DIR", data.path())
            .env("JWT_ACCESS_SECRET", ACCESS_SECRET)
            .env("PORT", address.port().to_string())
            .env("RATE_LIMITS", "off")
            .env("MAX_SOCKETS_PER_ADDRESS", "20000")
            .env("LOG_LEVEL", "warn")
            .env("NODE_ENV", "production")
            .env_remove("REDIS_URL")
            .stdout(Stdio::null())
            .spawn()?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let mut server = Self { child, address, http, _data: data };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !server.is_ready().await {
            if Instant::now() > deadline || server.child.try_wait()?.is_some() {
                return Err(format!("{kind:?} did not start").into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("http://{}/health/ready", self.address)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; whoever measured it knows.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

/// A program that was built together with this one.
fn beside(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(|examples| examples.parent()).ok_or("this program is nowhere")?;
    Ok(folder.join(name))
}
