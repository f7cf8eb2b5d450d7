//! From the bus to the sockets; what the bus lost is read from the database.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, sleep},
};

use super::{
    DeliveryService,
    rooms::{Passing, Rooms},
    sequencer::Hole,
};
use crate::{
    engine::bus::Heard,
    error::{Error, Result},
    model::{
        event::{Channel, Event, ServerEvent, UserUpdated},
        id::ConversationId,
    },
};

/// How long a missing message may still be on its way.
const LATE: Duration = Duration::from_millis(50);
/// How long to wait before a failed read is repeated.
const RETRY: Duration = Duration::from_secs(1);
/// How many missing messages are read at once.
const READ: i64 = 256;
/// How many missing changes.
const CHANGES_READ: usize = 256;

/// Passes on what the bus brings, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>, mut heard: Receiver<Heard>) {
    while let Some(heard) = heard.recv().await {
        match heard {
            Heard::Event(channel, event) => delivery.obey(channel, Arc::unwrap_or_clone(event)),
            Heard::Gap => delivery.notice_gap(),
        }
    }
}

impl DeliveryService {
    /// Events may have been lost: all rooms are compared with the database at once.
    fn notice_gap(&self) {
        tracing::info!("delivery.gap");
        self.gap.notify_one();
    }

    fn obey(self: &Arc<Self>, channel: Channel, event: Event) {
        match (channel, event) {
            (_, Event::Message { message, rev }) => {
                let conversation = message.conversation_id;
                self.pass(conversation, |rooms| rooms.offer_message(Arc::new(message), rev));
            }
            (Channel::User(user), Event::ConversationCreated(created)) => {
                self.told().insert((user, created.conversation.id), Instant::now());
                let rooms = self.rooms();
                self.sockets.emit(&rooms.sockets_of_user(user), &ServerEvent::ConversationCreated(created));
            }
            (_, Event::TypingStarted(typing)) => self.tell_typing(ServerEvent::TypingStarted(typing)),
            (_, Event::TypingStopped(typing)) => self.tell_typing(ServerEvent::TypingStopped(typing)),
            (_, Event::SessionRevoked { session_id }) => {
                self.auth.forget(session_id);
                let sockets = self.rooms().sockets_of_session(session_id);
                for socket in sockets {
                    self.sockets.revoke(socket);
                }
            }
            (_, Event::Changed(changed)) => {
                for event in changed.events {
                    self.pass(changed.conversation_id, |rooms| rooms.offer_change(changed.conversation_id, event));
                }
            }
            (_, Event::UserUpdated(updated)) => {
                let delivery = Arc::clone(self);
                self.tasks.spawn(async move { delivery.tell_acquaintances(updated).await });
            }
            (_, event) => tracing::warn!(?event, "bus.misplaced_event"),
        }
    }

    /// Tells the others in the conversation who types.
    fn tell_typing(&self, event: ServerEvent) {
        let (ServerEvent::TypingStarted(typing) | ServerEvent::TypingStopped(typing)) = &event else { return };
        let rooms = self.rooms();
        self.sockets.emit(&rooms.others_listening(typing.conversation_id, typing.user_id), &event);
    }

    /// Tells everybody here who shares a conversation with that person. Not told is not lost: clients ask again.
    async fn tell_acquaintances(&self, updated: UserUpdated) {
        let connected = self.rooms().users();
        match self.store.acquaintances(updated.user.id, &connected).await {
            Ok(concerned) => {
                let rooms = self.rooms();
                let sockets: Vec<_> = concerned.into_iter().flat_map(|user| rooms.sockets_of_user(user)).collect();
                self.sockets.emit(&sockets, &ServerEvent::UserUpdated(updated));
            }
            Err(error) => tracing::warn!(%error, "delivery.acquaintances_unread"),
        }
    }

    /// Something arrived in a room: passes on what can be, and sees to what is missing.
    fn pass(self: &Arc<Self>, conversation: ConversationId, arrived: impl FnOnce(&mut Rooms) -> Passing) {
        let mut rooms = self.rooms();
        let passing = arrived(&mut rooms);
        self.emit(conversation, passing);
        drop(rooms);
        self.fill_soon(conversation);
    }

    /// Sees to what is missing in a room, unless somebody does.
    pub(super) fn fill_soon(self: &Arc<Self>, conversation: ConversationId) {
        if self.rooms().begin_filling(conversation).is_some() {
            let delivery = Arc::clone(self);
            self.tasks.spawn(async move { delivery.fill(conversation).await });
        }
    }

    /// Reads what is missing in a room, until nothing is or the node stops.
    async fn fill(self: Arc<Self>, conversation: ConversationId) {
        let stopping = self.tasks.stopping();
        let mut wait = LATE;
        while stopping.run_until_cancelled(sleep(wait)).await.is_some() {
            let Some(hole) = self.rooms().still_missing(conversation) else { return };
            wait = match self.read(conversation, hole).await {
                Ok(true) => Duration::ZERO,
                // The database does not have it, or not yet.
                Ok(false) => RETRY,
                Err(error) => {
                    tracing::warn!(conversation.id = %conversation, %error, "delivery.hole_unread");
                    RETRY
                }
            };
        }
    }

    /// Reads the head first, and then the changes and messages up to it: no message comes without the changes before it.
    /// Answers whether anything came of it.
    async fn read(self: &Arc<Self>, conversation: ConversationId, hole: Hole) -> Result<bool> {
        let head = self.store.heads(&[conversation]).await?.into_iter().next();
        let Some((_, seq, rev)) = head else { return Err(Error::internal("a room's conversation is gone")) };
        let changes = self.changes_of(conversation, hole.after.rev, rev, CHANGES_READ).await?;
        let messages = if changes.until < rev {
            Vec::new()
        } else {
            self.store.messages_after(conversation, hole.after.seq, seq, READ).await?
        };
        let (count, of_changes) = (messages.len(), changes.events.len());
        tracing::info!(conversation.id = %conversation, count, changes = of_changes, "delivery.hole_filled");
        let found = count > 0 || changes.until > hole.after.rev;
        self.pass(conversation, |rooms| rooms.offer_read(conversation, changes.events, changes.until, messages));
        Ok(found)
    }
}
