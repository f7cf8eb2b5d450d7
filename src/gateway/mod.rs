//! The sockets: Socket.IO on `/chat`. A handler reads its event, calls one service and answers; it decides nothing.

mod auth;
mod conversations;
mod emit;
pub mod engineio;
mod error;
mod inbox;
mod messages;
mod packet;
mod presence;
pub mod protocol;
mod receipts;
mod reply;
mod session;
mod socket;
mod transport;
mod typing;

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until, timeout};

pub use self::{emit::Emitter, engineio::Cut};
use self::{
    engineio::EngineIo,
    protocol::ClientEvent,
    reply::Reply,
    transport::{SETTINGS, Transport},
};
use crate::{
    domain::{Services, caller::Caller},
    error::{Error, ErrorCode, Result},
    model::id::ClientMessageId,
    observability::metrics,
    runtime::tasks::Tasks,
};

/// The one namespace.
const NAMESPACE: &str = "/chat";

/// Where requests to the sockets go.
pub const PATH: &str = "/socket.io/";

/// How far apart sockets are told to leave, so that they do not all come back at once.
const APART: Duration = Duration::from_millis(2);
/// How long that may take for all of them.
const FAREWELLS: Duration = Duration::from_secs(5);
/// How long their answers may take after that.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The sockets of this node.
pub struct Gateway {
    engine: EngineIo,
    emitter: Arc<Emitter>,
}

impl Gateway {
    /// Over these services; `emitter` is where they send events.
    pub fn new(services: Services, emitter: Arc<Emitter>, tasks: Tasks) -> Self {
        let transport = Transport { services, emitter: Arc::clone(&emitter), tasks: tasks.clone() };
        Self { engine: EngineIo::new(Arc::new(transport), SETTINGS, tasks), emitter }
    }

    /// Answers the requests to [`PATH`].
    pub fn engine(&self) -> EngineIo {
        self.engine.clone()
    }

    /// Has every socket leave, one after the other and in no order, and waits until they have. Clients come back by
    /// themselves, to whoever serves then.
    pub async fn leave(&self) {
        let sockets = self.emitter.all();
        let apart = u32::try_from(sockets.len()).map_or(Duration::ZERO, |count| APART.min(FAREWELLS / count.max(1)));
        let begun = Instant::now();
        for (socket, place) in sockets.iter().zip(0..) {
            sleep_until(begun + apart * place).await;
            socket.leave();
        }
        let ended = async {
            for socket in &sockets {
                socket.ended().await;
            }
        };
        if timeout(LAST_WORDS, ended).await.is_err() {
            for socket in sockets {
                socket.close_to_retry();
            }
        }
    }
}

/// Hands an event to whoever knows its meaning. `auth` never comes here: the session takes it. What is done before it first
/// waits is done in the order of the socket's events: limits are spent, and messages put into their queue.
async fn dispatch(services: Services, caller: Caller, reply: Reply, argument: Option<Box<RawValue>>) {
    let argument = argument.as_deref();
    let Some(event) = ClientEvent::named(&reply.event) else {
        metrics::unknown_event();
        // Without an answer wanted, an unknown event is nothing to us.
        if reply.ack.is_some() {
            reply.failure(&Error::new(ErrorCode::ValidationError, "There is no such event."));
        }
        return;
    };
    let refuse = |error: &Error| match event {
        ClientEvent::MessageSend => {
            metrics::message_failed(error.code);
            reply.message_failure(client_message_id(argument), error);
        }
        _ => reply.failure(error),
    };
    if let Some(action) = event.limit()
        && let Err(error) = services.limits.spend(action, caller.user_id)
    {
        if services.limits.is_flood(action, caller.user_id) {
            metrics::socket_cut(metrics::CutReason::Flood);
            tracing::info!(socket.id = %reply.socket.id, user.id = %caller.user_id, "websocket.flood");
            return reply.socket.close_to_retry();
        }
        return refuse(&error);
    }
    let outcome = match event {
        ClientEvent::Auth => Ok(()),
        ClientEvent::Subscribe => match input(argument) {
            // It needs several times what a message does.
            Ok(input) => conversations::subscribe(&services, &caller, &reply, input).boxed().await,
            Err(error) => Err(error),
        },
        ClientEvent::Unsubscribe => match input(argument) {
            Ok(input) => {
                conversations::unsubscribe(&services, &reply, &input).await;
                Ok(())
            }
            Err(error) => Err(error),
        },
        ClientEvent::MessageSend => match input(argument) {
            Ok(input) => {
                messages::send(&services, &caller, &reply, input).boxed().await;
                Ok(())
            }
            Err(error) => Err(error),
        },
        ClientEvent::ReceiptRead => match input(argument) {
            Ok(input) => receipts::read(&services, &caller, &reply, input).boxed().await,
            Err(error) => Err(error),
        },
        ClientEvent::TypingStart | ClientEvent::TypingStop => match input(argument) {
            Ok(input) => {
                let starts = event == ClientEvent::TypingStart;
                typing::typing(&services, &caller, &reply, &input, starts).await
            }
            Err(error) => Err(error),
        },
        ClientEvent::PresenceHeartbeat => {
            input(argument).map(|input| presence::heartbeat(&services, &caller, &reply, &input))
        }
    };
    if let Err(error) = outcome {
        refuse(&error);
    }
}

/// Reads an event's argument.
fn input<T: DeserializeOwned>(argument: Option<&RawValue>) -> Result<T> {
    // A derived reader would also take an array of the fields in their order.
    let argument = argument
        .filter(|argument| argument.get().starts_with('{'))
        .ok_or_else(|| Error::new(ErrorCode::ValidationError, "This event needs an object."))?;
    serde_json::from_str(argument.get())
        .map_err(|_| Error::new(ErrorCode::ValidationError, "The event's argument is not what it must be."))
}

/// The name of a message that cannot be read otherwise, so that its sender knows which one it was.
fn client_message_id(argument: Option<&RawValue>) -> Option<ClientMessageId> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        client_message_id: ClientMessageId,
    }
    serde_json::from_str::<Named>(argument?.get()).ok().map(|named| named.client_message_id)
}
