//! Changes of conversations, told to those of this node's people who take part and do not listen.

use std::sync::Arc;

use tokio::sync::mpsc::Receiver;

use super::{DeliveryService, rooms::Untold};
use crate::model::{event::ServerEvent, id::ConversationId};

/// Tells, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>, mut changes: Receiver<(ConversationId, Untold)>) {
    while let Some((conversation, untold)) = changes.recv().await {
        delivery.tell_members(conversation, untold).await;
    }
}

impl DeliveryService {
    async fn tell_members(&self, conversation: ConversationId, Untold { event, heard }: Untold) {
        // Of a message's deletion those hear who listen.
        if matches!(*event, ServerEvent::MessageDeleted(_)) {
            return;
        }
        let connected = self.rooms().users();
        let mut people = match self.store.members_among(conversation, &connected).await {
            Ok(members) => members,
            Err(error) => return tracing::warn!(conversation.id = %conversation, %error, "delivery.members_unread"),
        };
        // Whoever is out hears of that, and of nothing else.
        if let ServerEvent::ParticipantRemoved(removed) = &*event
            && !people.contains(&removed.user_id)
        {
            people.push(removed.user_id);
        }
        let rooms = self.rooms();
        let mut sockets: Vec<_> = people.into_iter().flat_map(|user| rooms.sockets_of_user(user)).collect();
        sockets.retain(|socket| !heard.contains(socket));
        self.sockets.emit(&sockets, &event);
    }
}
