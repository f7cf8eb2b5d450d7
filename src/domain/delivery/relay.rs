//! From the bus to the sockets; what the bus lost is read from the database.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc::Receiver, time::sleep};

use super::DeliveryService;
use crate::{
    engine::bus::Heard,
    model::{
        event::{Channel, Event, ServerEvent, UserUpdated},
        id::ConversationId,
        message::Message,
    },
};

/// How long a missing message may still be on its way.
const LATE: Duration = Duration::from_millis(50);
/// How long to wait before a failed read is repeated.
const RETRY: Duration = Duration::from_secs(1);
/// How many missing messages are read at once.
const READ: i64 = 256;

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
    /// Events may have been lost: rooms find their holes with their next message.
    fn notice_gap(&self) {
        tracing::info!(epoch = %self.epoch, "delivery.gap");
    }

    fn obey(self: &Arc<Self>, channel: Channel, event: Event) {
        match (channel, event) {
            (_, Event::MessageReceived(received)) => self.offer([received.message]),
            (Channel::User(user), Event::ConversationCreated(created)) => {
                let rooms = self.rooms();
                self.sockets.emit(&rooms.sockets_of_user(user), &ServerEvent::ConversationCreated(created));
            }
            (_, Event::SessionRevoked { session_id }) => {
                self.auth.forget(session_id);
                let sockets = self.rooms().sockets_of_session(session_id);
                for socket in sockets {
                    self.sockets.revoke(socket);
                }
            }
            (_, Event::Changed(changed)) => {
                self.remove(changed.conversation_id, &changed.left);
                if self.changes.try_send(changed).is_err() {
                    tracing::warn!("delivery.changes_full");
                }
            }
            (Channel::Chat(conversation), Event::MessageDeleted(deleted)) => {
                let rooms = self.rooms();
                self.sockets.emit(&rooms.listeners(conversation), &ServerEvent::MessageDeleted(deleted));
            }
            (_, Event::UserUpdated(updated)) => {
                let delivery = Arc::clone(self);
                self.tasks.spawn(async move { delivery.tell_acquaintances(updated).await });
            }
            (_, event) => tracing::warn!(?event, "bus.misplaced_event"),
        }
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

    fn offer(self: &Arc<Self>, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            let conversation = message.conversation_id;
            let mut rooms = self.rooms();
            self.emit(rooms.offer(Arc::new(message)));
            if rooms.begin_filling(conversation).is_some() {
                let delivery = Arc::clone(self);
                self.tasks.spawn(async move { delivery.fill(conversation).await });
            }
        }
    }

    /// Reads what is missing in a room, until nothing is or the node stops.
    async fn fill(self: Arc<Self>, conversation: ConversationId) {
        let stopping = self.tasks.stopping();
        let mut wait = LATE;
        while stopping.run_until_cancelled(sleep(wait)).await.is_some() {
            let Some(hole) = self.rooms().still_missing(conversation) else { return };
            wait = match self.store.messages_after(conversation, hole.after, hole.until, READ).await {
                Ok(messages) => {
                    tracing::info!(conversation.id = %conversation, count = messages.len(), "delivery.hole_filled");
                    self.offer(messages);
                    Duration::ZERO
                }
                Err(error) => {
                    tracing::warn!(conversation.id = %conversation, %error, "delivery.hole_unread");
                    RETRY
                }
            };
        }
    }
}
