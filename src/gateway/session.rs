//! What one socket does, from its first packet to its last: its events are begun in the order in which they came, and none
//! after the end.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use super::{NAMESPACE, auth, dispatch, emit::Emitter, inbox::Work, packet, reply::Reply, socket::Socket};
use crate::{
    config::limits::LimitedAction,
    domain::{Services, caller::Caller},
    error::{Error, ErrorCode, socket::AuthErrorCode},
    model::socket::AuthInput,
    runtime::clock,
};

/// How long a connection may stay without a token (contract, section 2).
const AUTH_DEADLINE: Duration = Duration::from_secs(10);
/// How many events of one socket may be at work at once (contract, section 2).
const AT_WORK: usize = 64;

/// A socket and who it acts for.
pub struct Session {
    socket: Arc<Socket>,
    services: Services,
    emitter: Arc<Emitter>,
    joined: bool,
    leaving: bool,
    caller: Option<Caller>,
    deadline: Instant,
}

impl Drop for Session {
    /// However it ends, by a fault of ours or with the whole node, nobody takes the socket for one that is there.
    fn drop(&mut self) {
        self.socket.inbox().shut();
        self.services.delivery.disconnect(self.socket.id);
        self.services.presence.disconnect(self.socket.id);
        self.emitter.remove(self.socket.id);
        tracing::debug!(socket.id = %self.socket.id, "websocket.disconnected");
    }
}

impl Session {
    /// Nobody yet.
    pub fn new(socket: Arc<Socket>, services: Services, emitter: Arc<Emitter>) -> Self {
        let deadline = Instant::now() + AUTH_DEADLINE;
        Self { socket, services, emitter, joined: false, leaving: false, caller: None, deadline }
    }

    /// Works until the socket is closed. What was begun is finished, for it may be a message being stored.
    ///
    /// What waits here is kept for each socket as long as it lives, so whatever takes more is boxed.
    pub async fn run(mut self: Box<Self>) {
        let socket = Arc::clone(&self.socket);
        let mut closed = pin!(socket.closed().cancelled());
        let mut deadline = pin!(sleep_until(self.deadline));
        let mut at_work = FuturesUnordered::new();
        // A socket that leaves does so when nothing is left to be done.
        while !(self.leaving && at_work.is_empty() && socket.inbox().is_empty()) {
            tokio::select! {
                biased;
                () = &mut closed => break,
                () = &mut deadline => {
                    let code = if self.caller.is_some() { AuthErrorCode::TokenExpired } else { AuthErrorCode::TokenMissing };
                    socket.close_for_good(&auth::failure(code));
                    break;
                }
                Some(()) = at_work.next() => {}
                next = socket.inbox().take(), if at_work.len() < AT_WORK => {
                    at_work.extend(self.take_up(next).boxed().await);
                    if deadline.deadline() != self.deadline {
                        deadline.as_mut().reset(self.deadline);
                    }
                }
            }
        }
        while at_work.next().await.is_some() {}
        if self.leaving {
            socket.close_after_words();
        }
    }

    /// Takes up what the client sent. Answers what is left to be done.
    async fn take_up(&mut self, work: Work) -> Option<BoxFuture<'static, ()>> {
        match work {
            Work::Connect(payload) => {
                self.connect(&payload).boxed().await;
                None
            }
            Work::Event(ack, payload, arrived) => self.event(ack, &payload, arrived).await,
            Work::Leave => {
                self.leaving = true;
                None
            }
        }
    }

    /// The client wants into the namespace. Once is enough.
    async fn connect(&mut self, payload: &str) {
        if self.joined {
            return;
        }
        self.joined = true;
        self.socket.send(packet::connected(NAMESPACE, &self.socket.id.to_string()));
        let in_request = self.socket.request_token();
        if let Some(token) = auth::packet_token(payload).or(in_request) {
            self.authenticate(&token, None).await;
        }
    }

    /// Begins with an event, so that it takes effect after those before it. Answers what is left to be done.
    async fn event(&mut self, ack: Option<u64>, payload: &str, arrived: Instant) -> Option<BoxFuture<'static, ()>> {
        if !self.joined {
            return None;
        }
        let Some((event, argument)) = packet::parse_event(payload) else {
            let reply = Reply { socket: Arc::clone(&self.socket), ack, event: String::new(), arrived };
            reply.failure(&Error::new(ErrorCode::ValidationError, "This is not an event."));
            return None;
        };
        let reply = Reply { socket: Arc::clone(&self.socket), ack, event, arrived };
        if reply.event == "auth" {
            self.renew(argument, &reply).boxed().await;
            return None;
        }
        let Some(caller) = self.caller.clone() else {
            reply.failure(&Error::new(ErrorCode::Unauthorized, "Send a token first: auth {token}."));
            return None;
        };
        let mut work = dispatch(self.services.clone(), caller, reply, argument.map(RawValue::to_owned)).boxed();
        (&mut work).now_or_never().is_none().then_some(work)
    }

    async fn renew(&mut self, argument: Option<&RawValue>, reply: &Reply) {
        match argument.map(|argument| serde_json::from_str::<AuthInput>(argument.get())) {
            Some(Ok(AuthInput { token })) if !token.is_empty() => self.authenticate(&token, Some(reply)).await,
            _ => self.turn_away(AuthErrorCode::TokenMissing, Some(reply)),
        }
    }

    /// Lets the socket in, or longer in, for the owner of a token; nobody else's token does for a socket that is in.
    async fn authenticate(&mut self, token: &str, reply: Option<&Reply>) {
        let caller = match self.services.auth.authenticate(token).await {
            Ok(caller) => caller,
            Err(error) => return self.refuse(&error, reply),
        };
        if self.caller.as_ref().is_some_and(|before| before.user_id != caller.user_id) {
            return self.turn_away(AuthErrorCode::TokenInvalid, reply);
        }
        if self.caller.is_none()
            && let Err(error) = self.services.limits.spend(LimitedAction::Connect, caller.user_id)
        {
            return self.refuse(&error, reply);
        }
        if let Err(error) = self.services.delivery.connect(self.socket.id, &caller).await {
            return self.refuse(&error, reply);
        }
        self.socket.known();
        let left = (caller.expires_at.0 - clock::now().0).to_std().unwrap_or_default();
        self.deadline = Instant::now() + left;
        let success = auth::success(&self.services, &caller);
        tracing::debug!(socket.id = %self.socket.id, userId = %caller.user_id, "websocket.connected");
        if self.caller.is_none() {
            self.services.presence.connect(caller.user_id, self.socket.id);
        }
        self.caller = Some(caller);
        match reply {
            Some(reply) => reply.success("auth:success", &success),
            None => self.socket.emit("auth:success", &success),
        }
    }

    fn refuse(&self, error: &Error, reply: Option<&Reply>) {
        if error.code == ErrorCode::RateLimited {
            let socket = Arc::clone(&self.socket);
            let event = "auth".to_owned();
            let unasked = Reply { socket, ack: None, event, arrived: Instant::now() };
            reply.unwrap_or(&unasked).failure(error);
            return self.socket.close_after_words();
        }
        let code = auth::code(error);
        if code == AuthErrorCode::ServiceUnavailable {
            let why = auth::failure(code);
            if let Some(reply) = reply {
                reply.auth_failure(&why);
            }
            self.socket.emit("auth:error", &why);
            self.socket.close_after_words();
        } else {
            self.turn_away(code, reply);
        }
    }

    fn turn_away(&self, code: AuthErrorCode, reply: Option<&Reply>) {
        let why = auth::failure(code);
        if let Some(reply) = reply {
            reply.auth_failure(&why);
        }
        self.socket.close_for_good(&why);
    }
}
