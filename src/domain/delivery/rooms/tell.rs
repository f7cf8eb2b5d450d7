//! What has no number: it may come twice or not at all, and is in no order with the rest.

use std::sync::Arc;

use super::{Outgoing, Rooms, listening::HELD};
use crate::model::{
    event::ServerEvent,
    id::{ConversationId, UserId},
};

impl Rooms {
    /// Something is told that has no number: now, or to a socket that catches up when it has. Not to this person.
    pub fn tell(&mut self, room: ConversationId, event: ServerEvent, except: Option<UserId>) -> Vec<Outgoing> {
        let Some(state) = self.by_id.get_mut(&room) else { return Vec::new() };
        let (event, mut to) = (Arc::new(event), Vec::with_capacity(state.listeners.len()));
        for (socket, listener) in &mut state.listeners {
            let Some(connected) = self.sockets.get_mut(socket).filter(|one| Some(one.user) != except) else { continue };
            if !listener.catches_up {
                to.push(*socket);
            } else if connected.held < HELD {
                connected.held += 1;
                listener.behind.push(Arc::clone(&event), None);
            } else {
                listener.overflowed = true;
            }
        }
        vec![Outgoing { event, to }]
    }
}
