//! What has no number: it may come twice or not at all, and is in no order with the rest.

use std::sync::Arc;

use super::{HELD, Outgoing, Passing, Rooms};
use crate::model::{
    event::ServerEvent,
    id::{ConversationId, UserId},
};

impl Rooms {
    /// Something is told that has no number: now, or to a socket that catches up when it has. Not to this person.
    pub fn tell(&mut self, room: ConversationId, event: ServerEvent, except: Option<UserId>) -> Passing {
        let Some(state) = self.by_id.get_mut(&room) else { return Passing::default() };
        let (event, mut to) = (Arc::new(event), Vec::with_capacity(state.listeners.len()));
        for (socket, listener) in &mut state.listeners {
            let user = self.sockets.get(socket).map(|connected| connected.user);
            match &mut listener.held {
                _ if user == except => {}
                Some(held) if held.len() < HELD => held.push(Arc::clone(&event)),
                Some(_) => listener.overflowed = true,
                None => to.push(*socket),
            }
        }
        Passing { outgoing: vec![Outgoing { event, to }], ..Passing::default() }
    }
}
