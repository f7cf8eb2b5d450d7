//! The sockets of this node by id, and how delivered events get to them: encoded once, however many they are.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{NAMESPACE, auth, packet, socket::Socket};
use crate::{
    domain::delivery::Sockets,
    error::socket::AuthErrorCode,
    model::{
        event::{Payload, ServerEvent},
        id::SocketId,
    },
    observability::metrics,
};

/// The sockets of this node.
#[derive(Debug, Default)]
pub struct Emitter(RwLock<HashMap<SocketId, Arc<Socket>>>);

impl Emitter {
    /// A socket is there.
    pub fn add(&self, socket: Arc<Socket>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(socket.id, socket);
        metrics::socket_opened();
    }

    /// A socket is gone.
    pub fn remove(&self, socket: SocketId) {
        if self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&socket).is_some() {
            metrics::socket_closed();
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Socket>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn get(&self, socket: SocketId) -> Option<Arc<Socket>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&socket).cloned()
    }
}

impl Sockets for Emitter {
    fn emit(&self, to: &[SocketId], event: &ServerEvent) {
        let packet = packet::event(NAMESPACE, event.name(), &Payload(event));
        // Sending waits for nothing, so the lock is held for as long as a look at each would take.
        let sockets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for socket in to.iter().filter_map(|socket| sockets.get(socket)) {
            socket.send(packet.clone());
        }
    }

    fn replay(&self, socket: SocketId, event: &ServerEvent) {
        if let Some(socket) = self.get(socket) {
            socket.replay(packet::event(NAMESPACE, event.name(), &Payload(event)));
        }
    }

    fn drained(&self, socket: SocketId) -> BoxFuture<'_, bool> {
        async move {
            match self.get(socket) {
                Some(socket) => socket.drained().await,
                None => false,
            }
        }
        .boxed()
    }

    fn close_all(&self) {
        for socket in self.all() {
            socket.close_to_retry();
        }
    }

    fn revoke(&self, socket: SocketId) {
        if let Some(socket) = self.get(socket) {
            socket.revoke(&auth::failure(AuthErrorCode::TokenRevoked));
        }
    }
}
