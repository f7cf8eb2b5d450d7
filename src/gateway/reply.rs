//! Answers: on the acknowledgement when the client asked for one, else as the event that the contract names.

use std::sync::Arc;

use serde::Serialize;
use tokio::time::Instant;

use super::{NAMESPACE, engineio::Text, error::failure, packet, socket::Socket};
use crate::{
    error::{
        Error,
        socket::{AuthError, ErrorContext, EventError, MessageError},
    },
    model::id::ClientMessageId,
    runtime::clock,
};

/// Where the answer to one event goes.
#[derive(Clone)]
pub struct Reply {
    /// The socket that asked.
    pub socket: Arc<Socket>,
    /// The acknowledgement that it asked for.
    pub ack: Option<u64>,
    /// The event it sent.
    pub event: String,
    /// When that came to this node.
    pub arrived: Instant,
}

#[derive(Serialize)]
struct Success<'a, T> {
    ok: bool,
    #[serde(flatten)]
    payload: &'a T,
}

#[derive(Serialize)]
struct Refusal<T> {
    ok: bool,
    error: T,
}

impl Reply {
    /// It is done; without an acknowledgement the event of that name says so.
    pub fn success(&self, name: &str, payload: &impl Serialize) {
        self.socket.send(self.answer(name, payload));
    }

    /// It is done; without an acknowledgement that goes without saying.
    pub fn done(&self) {
        #[derive(Serialize)]
        struct Done {
            ok: bool,
        }
        if let Some(id) = self.ack {
            self.socket.send(packet::ack(NAMESPACE, id, &Done { ok: true }));
        }
    }

    /// It cannot be done; without an acknowledgement `error` says so.
    pub fn failure(&self, error: &Error) {
        self.socket.send(self.refusal(error));
    }

    /// The same as [`Self::success`], after a replay and like it.
    pub fn success_after_replay(&self, name: &str, payload: &impl Serialize) {
        self.socket.replay(self.answer(name, payload));
    }

    /// The same as [`Self::failure`], after a replay and like it.
    pub fn failure_after_replay(&self, error: &Error) {
        self.socket.replay(self.refusal(error));
    }

    fn answer(&self, name: &str, payload: &impl Serialize) -> Text {
        match self.ack {
            Some(id) => packet::ack(NAMESPACE, id, &Success { ok: true, payload }),
            None => packet::event(NAMESPACE, name, payload),
        }
    }

    fn refusal(&self, error: &Error) -> Text {
        let failure = failure(error);
        match self.ack {
            Some(id) => packet::ack(NAMESPACE, id, &Refusal { ok: false, error: failure }),
            None => packet::event(NAMESPACE, "error", &EventError { failure, context: self.context() }),
        }
    }

    /// The token is of no use; besides this `auth:error` says so, before the socket is closed.
    pub fn auth_failure(&self, why: &AuthError) {
        if let Some(id) = self.ack {
            self.socket.send(packet::ack(NAMESPACE, id, &Refusal { ok: false, error: why }));
        }
    }

    /// A message cannot be stored; without an acknowledgement `message:error` says so.
    pub fn message_failure(&self, client_message_id: Option<ClientMessageId>, error: &Error) {
        let failure = failure(error);
        match self.ack {
            Some(id) => self.socket.send(packet::ack(NAMESPACE, id, &Refusal { ok: false, error: failure })),
            None => {
                self.socket
                    .emit("message:error", &MessageError { client_message_id, failure, context: self.context() });
            }
        }
    }

    fn context(&self) -> ErrorContext {
        ErrorContext { event: self.event.clone(), timestamp: clock::now() }
    }
}
