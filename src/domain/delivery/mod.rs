//! Delivery: who is connected to this node and what they hear, each message once and in order.
//!
//! The way of a message: bus → `relay` → `sequencer` → sockets. Nothing here waits for a socket.

mod changes;
mod relay;
mod repair;
mod replay;
mod revoked;
mod rooms;
mod sequencer;
mod subscribe;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, mpsc};

use self::rooms::{Outgoing, Passing, Rooms, Untold};
pub use self::subscribe::Answers;
use super::{auth::AuthService, caller::Caller, conversations::ConversationService, typing::TypingService};
use crate::{
    engine::Engine,
    error::{Error, ErrorCode, Result},
    model::{
        event::{Channel, ServerEvent},
        id::{ClientMessageId, ConversationId, Epoch, SocketId},
    },
    runtime::tasks::Tasks,
    store::Store,
};

/// Changes of conversations that may wait to be told. One that is lost is found by whoever asks the database again.
const CHANGES: usize = 1024;
/// How long somebody with too many sockets should wait before the next one.
const CROWDED: Duration = Duration::from_secs(30);

/// Where delivered events go. Implemented by the gateway, and by recorders in tests. Nothing here waits.
pub trait Sockets: Send + Sync + 'static {
    /// Queues an event on each of these sockets, in the order of the calls; it is encoded once. A socket that is gone is
    /// skipped; one whose queue is full is cut, and recovers by `lastSeq`.
    fn emit(&self, to: &[SocketId], event: &ServerEvent);

    /// The socket's session is over: it is told, and cut for good.
    fn revoke(&self, socket: SocketId);
}

/// Who is connected to this node and what they hear.
pub struct DeliveryService {
    store: Store,
    engine: Engine,
    auth: Arc<AuthService>,
    conversations: Arc<ConversationService>,
    typing: Arc<TypingService>,
    sockets: Arc<dyn Sockets>,
    epoch: Epoch,
    tasks: Tasks,
    rooms: Mutex<Rooms>,
    told: Mutex<repair::Told>,
    gap: Notify,
    changes: mpsc::Sender<(ConversationId, Untold)>,
}

impl DeliveryService {
    /// Starts to listen to the bus.
    #[expect(clippy::too_many_arguments, reason = "it stands on most of the others")]
    pub fn start(
        store: Store,
        engine: Engine,
        auth: Arc<AuthService>,
        conversations: Arc<ConversationService>,
        typing: Arc<TypingService>,
        sockets: Arc<dyn Sockets>,
        epoch: Epoch,
        tasks: Tasks,
    ) -> Arc<Self> {
        let (changes, told) = mpsc::channel(CHANGES);
        let service = Arc::new(Self {
            store,
            engine,
            auth,
            conversations,
            typing,
            sockets,
            epoch,
            tasks,
            rooms: Mutex::default(),
            told: Mutex::default(),
            gap: Notify::new(),
            changes,
        });
        service.tasks.supervise("changes", changes::run(Arc::clone(&service), told));
        let heard = service.engine.bus.heard();
        service.engine.bus.listen(Channel::Audience);
        service.tasks.supervise("relay", relay::run(Arc::clone(&service), heard));
        service.tasks.supervise("revoked", revoked::run(Arc::clone(&service)));
        service.tasks.supervise("repair", repair::run(Arc::clone(&service)));
        service
    }

    /// The database's incarnation.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// A socket proved who it is: it hears its person's events from now on. It is registered first and its session asked
    /// after that, so that an end of the session cannot slip through between the two.
    pub async fn connect(&self, socket: SocketId, caller: &Caller) -> Result<()> {
        if !self.rooms().connect(socket, caller) {
            return Err(Error::new(ErrorCode::RateLimited, "Too many connections of one person.").retry_after(CROWDED));
        }
        self.engine.bus.listen(Channel::User(caller.user_id));
        if self.store.session_revoked(caller.session_id).await? {
            return Err(Error::new(ErrorCode::TokenRevoked, "This session has ended. Please sign in again."));
        }
        Ok(())
    }

    /// A socket is gone.
    pub fn disconnect(&self, socket: SocketId) {
        let mut rooms = self.rooms();
        let deserted = rooms.disconnect(socket);
        self.typing.disconnect(socket);
        // Under the lock, so that nobody who arrives meanwhile loses the channel.
        for room in deserted.rooms {
            self.engine.bus.ignore(Channel::Chat(room));
        }
        if let Some(user) = deserted.user {
            self.engine.bus.ignore(Channel::User(user));
        }
    }

    /// A socket listens to a conversation no more.
    pub fn unsubscribe(&self, socket: SocketId, conversation: ConversationId) {
        self.leave(&mut self.rooms(), socket, conversation);
    }

    /// Somebody types at a socket, which listens to the conversation, or types no more.
    pub fn typing(&self, socket: SocketId, caller: &Caller, conversation: ConversationId, starts: bool) -> Result<()> {
        // The lock is held to the end: when the socket leaves, that ends the typing.
        let rooms = self.rooms();
        if !rooms.listens(socket, conversation) {
            return Err(Error::not_in_conversation());
        }
        if starts {
            self.typing.start(caller, socket, conversation);
        } else {
            self.typing.stop(caller.user_id, socket, conversation);
        }
        Ok(())
    }

    fn leave(&self, rooms: &mut Rooms, socket: SocketId, conversation: ConversationId) {
        if let Some(user) = rooms.user_of(socket) {
            self.typing.stop(user, socket, conversation);
        }
        if rooms.leave(socket, conversation) {
            self.engine.bus.ignore(Channel::Chat(conversation));
        }
    }

    /// This socket is about to send a message: it is not delivered back to it, however it is learned of.
    pub fn sending(&self, socket: SocketId, message: ClientMessageId) {
        self.rooms().sending(socket, message);
    }

    /// The send ended; `stored` if it stored the message, not if it failed or an earlier one had.
    pub fn sent(&self, socket: SocketId, conversation: ConversationId, message: ClientMessageId, stored: bool) {
        self.rooms().sent(socket, conversation, message, stored);
    }

    /// The lock is held for moments, and while events are queued on sockets: that keeps a room's order.
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> MutexGuard<'_, repair::Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called under the lock.
    fn emit(&self, conversation_id: ConversationId, passing: Passing) {
        for Outgoing { event, to } in passing.outgoing {
            if !to.is_empty() {
                self.sockets.emit(&to, &event);
            }
            match &*event {
                ServerEvent::MessageReceived(received) => {
                    self.typing.end(received.message.sender_id, conversation_id);
                }
                ServerEvent::ParticipantRemoved(removed) => self.typing.end(removed.user_id, conversation_id),
                _ => {}
            }
        }
        if passing.deserted {
            self.engine.bus.ignore(Channel::Chat(conversation_id));
        }
        for untold in passing.untold {
            if self.changes.try_send((conversation_id, untold)).is_err() {
                tracing::warn!("delivery.changes_full");
            }
        }
    }
}
