//! A line to somebody who listens elsewhere. It can be cut as a broken switch cuts it: nobody is told, nothing arrives any more,
//! and both ends keep their connections.

use std::{future::pending, io, net::SocketAddr, path::PathBuf, pin::pin};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// Where a line leads.
#[derive(Clone)]
pub enum End {
    /// To an address, such as `127.0.0.1:1234`.
    Address(String),
    /// To a socket in the file system.
    Socket(PathBuf),
}

/// A line. It ends with the test's runtime.
pub struct Line {
    /// Where it begins.
    pub address: SocketAddr,
    cut: watch::Sender<bool>,
}

impl Line {
    /// One that leads there.
    pub async fn to(end: End) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self { address: listener.local_addr().unwrap(), cut: watch::Sender::new(false) };
        let cut = line.cut.clone();
        #[expect(clippy::disallowed_methods, reason = "a test has no tasks of its own to be stopped")]
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, end.clone(), cut.subscribe()));
            }
        });
        line
    }

    /// Nothing arrives from now on.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// New connections are carried again. Those from before stay silent for ever, as if the other end had died meanwhile.
    pub fn mend(&self) {
        self.cut.send_replace(false);
    }
}

async fn carry(mut client: TcpStream, end: End, mut cut: watch::Receiver<bool>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut carried = pin!(async {
        match end {
            End::Address(address) => {
                let mut there = TcpStream::connect(address).await?;
                there.set_nodelay(true)?;
                copy_bidirectional(&mut client, &mut there).await
            }
            End::Socket(path) => copy_bidirectional(&mut client, &mut UnixStream::connect(path).await?).await,
        }
    });
    let ended = tokio::select! {
        biased;
        _ = cut.wait_for(|cut| *cut) => None,
        ended = carried.as_mut() => Some(ended),
    };
    match ended {
        Some(ended) => ended.map(drop),
        // What was carried is kept, and nobody looks after it any more.
        None => pending().await,
    }
}
