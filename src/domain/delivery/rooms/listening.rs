//! Listening: a socket joins a room, catches up with it while what is said there is held back, and leaves.

use std::sync::Arc;

use super::{Behind, Outgoing, Rooms, open};
use crate::{
    domain::delivery::sequencer::Head,
    model::{
        event::ServerEvent,
        id::{ConversationId, SocketId, UserId},
    },
};

/// How many live events are held back for a socket while it catches up, in all its rooms.
pub(super) const HELD: usize = 256;

/// What a socket missed while it caught up.
#[derive(Debug, Default)]
pub struct CaughtUp {
    /// Events after the snapshot, in order.
    pub missed: Vec<Arc<ServerEvent>>,
    /// Whether that is all.
    pub complete: bool,
}

impl Rooms {
    /// A socket listens to a room from now on, and what is said is held back until [`Self::caught_up`]. Answers whether
    /// the socket is (still) connected.
    pub fn join(&mut self, socket: SocketId, room: ConversationId) -> bool {
        let Some(connected) = self.sockets.get_mut(&socket) else { return false };
        connected.rooms.insert(room);
        let listener = open(&mut self.by_id, &mut self.channels, room).listeners.entry(socket).or_default();
        connected.held -= listener.behind.len();
        listener.catches_up = true;
        listener.behind = Behind::default();
        listener.position = None;
        listener.overflowed = false;
        true
    }

    /// A snapshot showed a room, in which the socket's person takes part, at this head: everything up to it is known to the
    /// socket, or will be when it has caught up. Answers what others get because the room begins here, and whether the
    /// socket listens: whoever was removed since the snapshot does not.
    pub fn show(&mut self, socket: SocketId, room: ConversationId, head: Head) -> (Vec<Outgoing>, bool) {
        let Some(user) = self.sockets.get(&socket).map(|connected| connected.user) else { return (Vec::new(), false) };
        let Some(mut passing) = self.take_part(user, room, head) else { return (Vec::new(), false) };
        let Some(state) = self.by_id.get_mut(&room) else { return (passing, false) };
        // Nobody else waits for the messages before it.
        if state.listeners.len() == 1 {
            let passed = state.sequencer.skip(head.seq);
            passing.extend(self.pass(room, passed));
        }
        let listener = self.by_id.get_mut(&room).and_then(|state| state.listeners.get_mut(&socket));
        let listens = listener.map(|listener| listener.position = Some(head)).is_some();
        (passing, listens)
    }

    /// A socket has caught up. Answers what it missed meanwhile, up to the first message of its own that it has no answer to;
    /// nothing if it does not listen any more.
    pub fn caught_up(&mut self, socket: SocketId, room: ConversationId) -> Option<CaughtUp> {
        let listener = self.by_id.get_mut(&room)?.listeners.get_mut(&socket)?;
        let before = listener.behind.len();
        let position = listener.position.get_or_insert_default();
        listener.behind.retain(|event| position.advance(event));
        listener.catches_up = false;
        let missed = listener.behind.ready();
        if let Some(connected) = self.sockets.get_mut(&socket) {
            connected.held -= before - listener.behind.len();
        }
        Some(CaughtUp { missed, complete: !listener.overflowed })
    }

    /// Whether a socket listens to a room, or catches up with it.
    pub fn has_joined(&self, socket: SocketId, room: ConversationId) -> bool {
        self.by_id.get(&room).is_some_and(|state| state.listeners.contains_key(&socket))
    }

    /// Whether a socket listens to a room, as a member: one that catches up may turn out to be none.
    pub fn listens(&self, socket: SocketId, room: ConversationId) -> bool {
        let listener = self.by_id.get(&room).and_then(|room| room.listeners.get(&socket));
        listener.is_some_and(|listener| !listener.catches_up)
    }

    /// The sockets of other members that listen to a room.
    pub fn others_listening(&self, room: ConversationId, user: UserId) -> Vec<SocketId> {
        let listeners = self.by_id.get(&room).map(|room| room.listeners.keys().copied());
        let others = listeners.into_iter().flatten().filter(|socket| self.user_of(*socket) != Some(user));
        others.filter(|socket| self.listens(*socket, room)).collect()
    }

    /// Whether anybody listens to a room.
    pub fn is_heard(&self, room: ConversationId) -> bool {
        self.by_id.get(&room).is_some_and(|state| !state.listeners.is_empty())
    }

    /// A socket listens no more.
    pub fn leave(&mut self, socket: SocketId, room: ConversationId) {
        if let Some(connected) = self.sockets.get_mut(&socket) {
            connected.rooms.remove(&room);
        }
        self.drop_listener(socket, room);
    }

    pub(super) fn drop_listener(&mut self, socket: SocketId, room: ConversationId) {
        let Some(state) = self.by_id.get_mut(&room) else { return };
        let Some(listener) = state.listeners.remove(&socket) else { return };
        if let Some(connected) = self.sockets.get_mut(&socket) {
            connected.held -= listener.behind.len();
        }
        self.close_if_empty(room);
    }
}

impl Head {
    /// Moves on to an event. Answers whether it is new here.
    pub(super) fn advance(&mut self, event: &ServerEvent) -> bool {
        let (here, number) = match event {
            ServerEvent::MessageReceived(received) => (&mut self.seq, received.message.seq),
            other => match other.rev() {
                Some(rev) => (&mut self.rev, rev),
                None => return true,
            },
        };
        let new = number > *here;
        *here = number.max(*here);
        new
    }
}
