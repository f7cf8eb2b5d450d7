//! A connection with a third handle on it: by it the connection can be cut whatever its reader and writer do.

use std::{
    io,
    net::Shutdown,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::gateway::Cut;

/// A connection. Its writing half is shared with whoever may cut it: a second file descriptor for that would halve what a
/// system can carry.
pub struct Connection {
    read: OwnedReadHalf,
    write: Arc<Mutex<OwnedWriteHalf>>,
}

impl Connection {
    /// On a stream, and how to cut it.
    pub fn new(stream: TcpStream) -> (Self, Cut) {
        let (read, write) = stream.into_split();
        let write = Arc::new(Mutex::new(write));
        let handle = Arc::clone(&write);
        let cut = Cut::new(move || {
            let ended = SockRef::from(lock(&handle).as_ref()).shutdown(Shutdown::Both);
            if let Err(error) = ended {
                tracing::debug!(%error, "listener.cut_before");
            }
        });
        (Self { read, write }, cut)
    }
}

/// Held while something is handed to the system, which waits for nothing.
fn lock(write: &Mutex<OwnedWriteHalf>) -> MutexGuard<'_, OwnedWriteHalf> {
    write.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *lock(&self.write)).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *lock(&self.write)).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *lock(&self.write)).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *lock(&self.write)).poll_shutdown(context)
    }
}
