//! From the bus to the sockets; what the bus lost is read from the database.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, sleep},
};

use super::{
    DeliveryService,
    replay::PAGE,
    rooms::{Outgoing, Rooms},
    sequencer::{Head, Hole},
};
use crate::{
    engine::bus::Heard,
    error::{Error, Result},
    model::{
        event::{Channel, ConversationCreated, Event, ServerEvent, UserUpdated},
        id::{ConversationId, UserId},
    },
    observability::metrics,
    store::replay::Range,
};

/// How long a missing message may still be on its way.
const LATE: Duration = Duration::from_millis(50);
/// How long to wait before a failed read is repeated.
const RETRY: Duration = Duration::from_secs(1);
/// How many missing messages are read at once: much fewer than may wait for a reader, who would be given up otherwise.
const MESSAGES_READ: i64 = 64;
/// How long readers get for them.
const PACE: Duration = Duration::from_millis(20);
/// How many missing changes are read at once.
const CHANGES_READ: usize = 64;

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
                self.pass(message.conversation_id, |rooms| rooms.offer_message(Arc::new(message), rev));
            }
            (Channel::User(user), Event::ConversationCreated(created)) => {
                self.told().insert((user, created.conversation.id), Instant::now());
                self.welcome(user, created);
            }
            (_, Event::ReceiptUpdated(updated)) => {
                let (conversation, reader) = (updated.conversation_id, updated.read_by.user_id);
                self.pass(conversation, |rooms| {
                    rooms.tell(conversation, ServerEvent::ReceiptUpdated(updated), Some(reader))
                });
            }
            (_, Event::ReceiptsCounted(counted)) => self.count(counted),
            (Channel::User(user), Event::ReadSynced { synced, by }) => {
                let rooms = self.rooms();
                let mut sockets = rooms.sockets_of_user(user);
                sockets.retain(|socket| Some(*socket) != by);
                self.sockets.emit(&sockets, &ServerEvent::ReadSynced(synced));
            }
            // What is lost is found when it is compared.
            (_, Event::PresenceUpdate(update)) => {
                if self.seen.try_send(update).is_err() {
                    tracing::warn!("delivery.presence_full");
                }
            }
            (_, Event::TypingStarted(typing)) => self.tell_typing(&ServerEvent::TypingStarted(typing)),
            (_, Event::TypingStopped(typing)) => self.tell_typing(&ServerEvent::TypingStopped(typing)),
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
    fn tell_typing(&self, event: &ServerEvent) {
        let (ServerEvent::TypingStarted(typing) | ServerEvent::TypingStopped(typing)) = event else { return };
        let rooms = self.rooms();
        self.sockets.emit(&rooms.others_listening(typing.conversation_id, typing.user_id), event);
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

    /// Somebody here takes part in a conversation that is new to them. Where it is new to the node as well, nothing of it was
    /// heard until now: the database is asked.
    pub(super) fn welcome(self: &Arc<Self>, user: UserId, created: ConversationCreated) {
        let id = created.conversation.id;
        // The change itself is told as well, by its number.
        let head = Head { seq: created.conversation.last_seq, rev: (created.rev - 1).max(0) };
        let mut rooms = self.rooms();
        let is_new = !rooms.has(id);
        let Some(passing) = rooms.take_part(user, id, head) else { return };
        self.sockets.emit(&rooms.sockets_of_user(user), &ServerEvent::ConversationCreated(created));
        self.emit(passing);
        drop(rooms);
        if is_new {
            let delivery = Arc::clone(self);
            self.tasks.spawn(async move { delivery.look(id).await });
        }
    }

    /// Compares one room with the database. What cannot be read now is found when its turn comes.
    async fn look(self: Arc<Self>, conversation: ConversationId) {
        match self.store.heads(&[conversation]).await {
            Ok(heads) => heads.into_iter().for_each(|(id, seq, rev)| self.expect(id, Head { seq, rev })),
            Err(error) => tracing::warn!(conversation.id = %conversation, %error, "delivery.head_unread"),
        }
    }

    /// The database has a room's messages and changes up to these.
    pub(super) fn expect(self: &Arc<Self>, conversation: ConversationId, head: Head) {
        self.pass(conversation, |rooms| rooms.expect(conversation, head));
    }

    /// Something arrived in a room: passes on what can be, and sees to what is missing.
    pub(super) fn pass(
        self: &Arc<Self>,
        conversation: ConversationId,
        arrived: impl FnOnce(&mut Rooms) -> Vec<Outgoing>,
    ) {
        let mut rooms = self.rooms();
        let passing = arrived(&mut rooms);
        self.emit(passing);
        let missing = rooms.begin_filling(conversation).is_some();
        drop(rooms);
        if missing {
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
                Ok(true) => PACE,
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
        let range = |after, until| Range { conversation_id: conversation, after, until };
        let changes = self.changes_of(range(hole.after.rev, rev), CHANGES_READ).await?;
        let is_heard = self.rooms().is_heard(conversation);
        let messages = if changes.until < rev || !is_heard {
            Vec::new()
        } else {
            self.store.messages_in(&[range(hole.after.seq, seq.min(hole.after.seq + MESSAGES_READ))], PAGE).await?
        };
        let (count, of_changes) = (messages.len(), changes.events.len());
        tracing::info!(conversation.id = %conversation, count, changes = of_changes, "delivery.hole_filled");
        metrics::repaired(count + of_changes);
        let found = count > 0 || changes.until > hole.after.rev;
        self.pass(conversation, |rooms| rooms.offer_read(conversation, changes.events, changes.until, messages));
        if !is_heard {
            self.expect(conversation, Head { seq, rev });
        }
        Ok(found)
    }
}
