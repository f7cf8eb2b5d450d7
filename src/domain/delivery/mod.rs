//! Delivery: who is connected to this node and what they hear, each message once and in order.
//!
//! The way of a message: bus → `relay` → `sequencer` → sockets. Nothing here waits for a socket.

mod counts;
mod presence;
mod relay;
mod repair;
mod replay;
mod revoked;
mod rooms;
mod sequencer;
mod subscribe;

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

pub use self::subscribe::Answers;
use self::{
    rooms::{Outgoing, Rooms},
    sequencer::Head,
};
use super::{
    auth::AuthService, caller::Caller, conversations::ConversationService, presence::PresenceService,
    receipts::ReceiptService, typing::TypingService,
};
use crate::{
    engine::{Bus, Engine},
    error::{Error, ErrorCode, Result},
    model::{
        event::{Channel, MessageReceived, PresenceUpdate, ServerEvent},
        id::{ClientMessageId, ConversationId, Epoch, SocketId},
        message::Message,
    },
    observability::{
        metrics,
        stages::{self, Stage, Subject},
    },
    runtime::{clock, tasks::Tasks},
    store::Store,
};

/// Changes of presence that may wait to be told. One that is lost is found by comparing with the engine.
const SEEN: usize = 1024;
/// How long somebody with too many sockets should wait before the next one.
const CROWDED: Duration = Duration::from_secs(30);

/// Where delivered events go. Implemented by the gateway, and by recorders in tests. Nothing waits here but a replay.
pub trait Sockets: Send + Sync + 'static {
    /// Queues an event on each of these sockets, in the order of the calls; it is encoded once. A socket that is gone is
    /// skipped; one whose queue is full is cut, and recovers by `lastSeq`.
    fn emit(&self, to: &[SocketId], event: &ServerEvent);

    /// Queues an event of a replay on a socket, behind what is queued there: it is not cut for it.
    fn replay(&self, socket: SocketId, event: &ServerEvent);

    /// Ends when there is room on a socket for the next page of a replay. Answers whether it is still there.
    fn drained(&self, socket: SocketId) -> BoxFuture<'_, bool>;

    /// Every socket is closed, so that clients come back by themselves.
    fn close_all(&self);

    /// The socket's session is over: it is told, and cut for good.
    fn revoke(&self, socket: SocketId);
}

/// Who is connected to this node and what they hear.
pub struct DeliveryService {
    store: Store,
    engine: Engine,
    auth: Arc<AuthService>,
    conversations: Arc<ConversationService>,
    presence: Arc<PresenceService>,
    receipts: Arc<ReceiptService>,
    typing: Arc<TypingService>,
    sockets: Arc<dyn Sockets>,
    epoch: Mutex<Epoch>,
    tasks: Tasks,
    rooms: Mutex<Rooms>,
    told: Mutex<repair::Told>,
    gap: Notify,
    /// Some message was answered.
    answer: Notify,
    counts: counts::Counts,
    seen: mpsc::Sender<PresenceUpdate>,
}

impl DeliveryService {
    /// Starts to listen to the bus.
    #[expect(clippy::too_many_arguments, reason = "it stands on most of the others")]
    pub fn start(
        store: Store,
        engine: Engine,
        auth: Arc<AuthService>,
        conversations: Arc<ConversationService>,
        presence: Arc<PresenceService>,
        receipts: Arc<ReceiptService>,
        typing: Arc<TypingService>,
        sockets: Arc<dyn Sockets>,
        epoch: Epoch,
        tasks: Tasks,
    ) -> Arc<Self> {
        let (seen, updates) = mpsc::channel(SEEN);
        let service = Arc::new(Self {
            store,
            engine,
            auth,
            conversations,
            presence,
            receipts,
            typing,
            sockets,
            epoch: Mutex::new(epoch),
            tasks,
            rooms: Mutex::default(),
            told: Mutex::default(),
            gap: Notify::new(),
            answer: Notify::new(),
            counts: counts::Counts::default(),
            seen,
        });
        service.tasks.supervise("receipt-counts", counts::run(Arc::clone(&service)));
        let heard = service.engine.bus.heard();
        service.engine.bus.listen(Channel::Audience);
        service.tasks.supervise("relay", relay::run(Arc::clone(&service), heard));
        service.tasks.supervise("presence", presence::run(Arc::clone(&service), updates));
        service.tasks.supervise("revoked", revoked::run(Arc::clone(&service)));
        service.tasks.supervise("repair", repair::run(Arc::clone(&service)));
        service
    }

    /// The database's incarnation.
    pub fn epoch(&self) -> Epoch {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database is another one than before: what is known of its conversations is not true any more, and clients are
    /// to start afresh.
    fn start_over(&self, epoch: Epoch) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = epoch;
        self.rooms().clear();
        self.told().clear();
        self.sockets.close_all();
    }

    /// A socket proved who it is: it hears its person's events from now on, and what changes in their conversations. It is
    /// registered first and its session asked after that, so that an end of the session cannot slip through between the two.
    pub async fn connect(self: &Arc<Self>, socket: SocketId, caller: &Caller) -> Result<()> {
        if !self.rooms().connect(socket, caller) {
            return Err(Error::new(ErrorCode::RateLimited, "Too many connections of one person.").retry_after(CROWDED));
        }
        if self.store.session_revoked(caller.session_id).await? {
            return Err(Error::new(ErrorCode::TokenRevoked, "This session has ended. Please sign in again."));
        }
        if !self.rooms().knows(caller.user_id) {
            let asked = Instant::now();
            let heads = self.store.heads_of(caller.user_id).await?;
            let heads = heads.into_iter().map(|(id, seq, rev)| (id, Head { seq, rev })).collect();
            let mut rooms = self.rooms();
            let passing = rooms.know(caller.user_id, asked, heads);
            self.emit(passing);
        }
        Ok(())
    }

    /// A socket is gone.
    pub fn disconnect(&self, socket: SocketId) {
        let mut rooms = self.rooms();
        rooms.disconnect(socket);
        self.typing.disconnect(socket);
    }

    /// A socket listens to a conversation no more.
    pub fn unsubscribe(&self, socket: SocketId, conversation: ConversationId) {
        let mut rooms = self.rooms();
        if let Some(user) = rooms.user_of(socket) {
            self.typing.stop(user, socket, conversation);
        }
        rooms.leave(socket, conversation);
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

    /// This socket is about to send a message: it is not delivered back to it, however it is learned of.
    pub fn sending(&self, socket: SocketId, message: ClientMessageId) {
        self.rooms().sending(socket, message);
    }

    /// The send was answered; `stored` if it stored the message, not if it failed or an earlier one had. What came later
    /// follows.
    pub fn answered(&self, socket: SocketId, conversation: ConversationId, message: ClientMessageId, stored: bool) {
        let mut rooms = self.rooms();
        let passing = rooms.answered(socket, conversation, message, stored);
        self.emit(passing);
        self.answer.notify_waiters();
    }

    /// The lock is held for moments, and while events are queued on sockets: that keeps a room's order.
    fn rooms(&self) -> Locked<'_> {
        Locked { rooms: self.rooms.lock().unwrap_or_else(PoisonError::into_inner), bus: &*self.engine.bus }
    }

    fn told(&self) -> MutexGuard<'_, repair::Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called under the lock.
    fn emit(&self, passing: Vec<Outgoing>) {
        for Outgoing { event, to } in passing {
            if !to.is_empty() {
                self.sockets.emit(&to, &event);
            }
            match &*event {
                ServerEvent::MessageReceived(MessageReceived { message }) => {
                    if !to.is_empty() {
                        fanned_out(message);
                    }
                    self.typing.end(message.sender_id, message.conversation_id);
                }
                ServerEvent::ParticipantRemoved(removed) => {
                    self.typing.end(removed.user_id, removed.conversation_id);
                    // Whoever comes back is told again.
                    self.told().remove(&(removed.user_id, removed.conversation_id));
                }
                _ => {}
            }
        }
    }
}

/// A message is on its way to the last of the sockets here. Its commit was told by the database's clock, so that this counts
/// on every node, and also what came late.
fn fanned_out(message: &Message) {
    let took = (clock::now().0 - message.created_at.0).to_std().unwrap_or_default();
    metrics::fanned_out(took);
    let subject = Subject { message: message.id, conversation: message.conversation_id, user: message.sender_id };
    stages::passed(Stage::FannedOut, subject, took);
}

/// The rooms, for one thing to be done with them. What the bus is to bring for it is said to the bus before anybody else has
/// them: so nobody who arrives meanwhile loses a channel.
struct Locked<'a> {
    rooms: MutexGuard<'a, Rooms>,
    bus: &'a dyn Bus,
}

impl Deref for Locked<'_> {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.rooms
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Rooms {
        &mut self.rooms
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        for (channel, needed) in self.rooms.channels() {
            if needed {
                self.bus.listen(channel);
            } else {
                self.bus.ignore(channel);
            }
        }
    }
}
