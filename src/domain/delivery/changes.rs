//! Changes of conversations, told to those of this node's people who take part, subscribed or not, in their order.

use std::sync::Arc;

use tokio::sync::mpsc::Receiver;

use super::DeliveryService;
use crate::model::event::{Changed, ServerEvent};

/// Tells, until the node stops.
pub async fn run(delivery: Arc<DeliveryService>, mut told: Receiver<Changed>) {
    while let Some(changed) = told.recv().await {
        delivery.tell_members(changed).await;
    }
}

impl DeliveryService {
    async fn tell_members(&self, mut changed: Changed) {
        // Of a message's deletion those hear who listen.
        changed.events.retain(|event| !matches!(event, ServerEvent::MessageDeleted(_)));
        if changed.events.is_empty() {
            return;
        }
        let connected = self.rooms().users();
        let members = match self.store.members_among(changed.conversation_id, &connected).await {
            Ok(members) => members,
            Err(error) => {
                return tracing::warn!(conversation.id = %changed.conversation_id, %error, "delivery.members_unread");
            }
        };
        let rooms = self.rooms();
        let sockets: Vec<_> = members.into_iter().flat_map(|user| rooms.sockets_of_user(user)).collect();
        for event in &changed.events {
            self.sockets.emit(&sockets, event);
            // Whoever is out hears of that, and of nothing else.
            if let ServerEvent::ParticipantRemoved(removed) = event {
                self.sockets.emit(&rooms.sockets_of_user(removed.user_id), event);
            }
        }
    }
}
