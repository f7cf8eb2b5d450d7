//! Who is connected to this node, and which rooms they listen to. Pure: it answers what is to be sent to whom.

mod heads;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::sequencer::{Head, Hole, Passed, Sequencer};
use crate::{
    domain::caller::Caller,
    model::{
        event::{MessageReceived, ServerEvent},
        id::{ClientMessageId, ConversationId, SessionId, SocketId, UserId},
        message::Message,
    },
};

/// How many live events are held back for a socket while it catches up.
const HELD: usize = 256;

/// Sockets of one person on this node (contract, section 2).
const MOST_SOCKETS: usize = 20;

/// An event, and the sockets that get it now.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What.
    pub event: Arc<ServerEvent>,
    /// To whom.
    pub to: Vec<SocketId>,
}

/// What came of something that arrived in a room.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// What listeners get, in this order.
    pub outgoing: Vec<Outgoing>,
    /// Changes that members who do not listen are to be told of.
    pub untold: Vec<Untold>,
    /// Nobody listens to the room any more.
    pub deserted: bool,
}

/// A change that all members hear of.
#[derive(Debug, PartialEq, Eq)]
pub struct Untold {
    /// Which.
    pub event: Arc<ServerEvent>,
    /// The sockets that hear of it in the room.
    pub heard: Vec<SocketId>,
}

/// A change on its way through a room.
#[derive(Debug)]
struct Change {
    event: ServerEvent,
    /// Members were told of it when it arrived.
    told: bool,
}

/// A channel nobody here needs any more.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Deserted {
    /// Rooms without a socket.
    pub rooms: Vec<ConversationId>,
    /// People without a socket.
    pub user: Option<UserId>,
}

/// Everybody and every room of this node.
#[derive(Debug, Default)]
pub struct Rooms {
    by_id: HashMap<ConversationId, Room>,
    sockets: HashMap<SocketId, Connected>,
    users: HashMap<UserId, HashSet<SocketId>>,
}

#[derive(Debug, Default)]
struct Room {
    sequencer: Sequencer<Arc<Message>, Change>,
    listeners: HashMap<SocketId, Listener>,
    filling: bool,
    /// Where it began: nothing up to here was ever passed on.
    begun: Option<Head>,
    /// Who was removed, by which change: a snapshot that is older does not know it.
    removed: HashMap<UserId, i64>,
}

#[derive(Debug, Default)]
struct Listener {
    /// Everything up to these numbers is known to the socket.
    position: Head,
    /// Live events, while the socket catches up.
    held: Option<Vec<Arc<ServerEvent>>>,
    /// More came than could be held.
    overflowed: bool,
}

#[derive(Debug)]
struct Connected {
    user: UserId,
    session: SessionId,
    rooms: HashSet<ConversationId>,
    /// What this socket sent and has not seen pass by: it learns of it by the answer.
    sending: HashSet<ClientMessageId>,
}

impl Rooms {
    /// A socket proved who it is. Answers whether it may stay: one person has at most [`MOST_SOCKETS`].
    pub fn connect(&mut self, socket: SocketId, caller: &Caller) -> bool {
        let others = self.users.get(&caller.user_id).map_or(0, HashSet::len);
        if others >= MOST_SOCKETS && !self.sockets.contains_key(&socket) {
            return false;
        }
        let connected = self.sockets.entry(socket).or_insert_with(|| Connected {
            user: caller.user_id,
            session: caller.session_id,
            rooms: HashSet::new(),
            sending: HashSet::new(),
        });
        // A renewed token may come from another session of the same person.
        connected.session = caller.session_id;
        self.users.entry(caller.user_id).or_default().insert(socket);
        true
    }

    /// A socket is gone.
    pub fn disconnect(&mut self, socket: SocketId) -> Deserted {
        let Some(connected) = self.sockets.remove(&socket) else { return Deserted::default() };
        let rooms = connected.rooms.into_iter().filter(|room| self.drop_listener(socket, *room)).collect();
        let user = self.users.get_mut(&connected.user).and_then(|sockets| {
            sockets.remove(&socket);
            sockets.is_empty().then_some(connected.user)
        });
        if let Some(user) = user {
            self.users.remove(&user);
        }
        Deserted { rooms, user }
    }

    /// A person's sockets.
    pub fn sockets_of_user(&self, user: UserId) -> Vec<SocketId> {
        self.users.get(&user).map(|sockets| sockets.iter().copied().collect()).unwrap_or_default()
    }

    /// A session's sockets.
    pub fn sockets_of_session(&self, session: SessionId) -> Vec<SocketId> {
        self.sockets.iter().filter(|(_, connected)| connected.session == session).map(|(socket, _)| *socket).collect()
    }

    /// Whose socket it is.
    pub fn user_of(&self, socket: SocketId) -> Option<UserId> {
        self.sockets.get(&socket).map(|connected| connected.user)
    }

    /// Whether a socket listens to a room, as a member: one that catches up may turn out to be none.
    pub fn listens(&self, socket: SocketId, room: ConversationId) -> bool {
        let listener = self.by_id.get(&room).and_then(|room| room.listeners.get(&socket));
        listener.is_some_and(|listener| listener.held.is_none())
    }

    /// The sockets of other members that listen to a room.
    pub fn others_listening(&self, room: ConversationId, user: UserId) -> Vec<SocketId> {
        let listeners = self.by_id.get(&room).map(|room| room.listeners.keys().copied());
        let others = listeners.into_iter().flatten().filter(|socket| self.user_of(*socket) != Some(user));
        others.filter(|socket| self.listens(*socket, room)).collect()
    }

    /// Everybody who is connected.
    pub fn users(&self) -> Vec<UserId> {
        self.users.keys().copied().collect()
    }

    /// Every session that has a socket.
    pub fn sessions(&self) -> HashSet<SessionId> {
        self.sockets.values().map(|connected| connected.session).collect()
    }

    /// A socket listens to a room from now on, and what is said is held back until [`Self::caught_up`]. Answers whether
    /// the socket is (still) connected.
    pub fn join(&mut self, socket: SocketId, room: ConversationId) -> bool {
        let Some(connected) = self.sockets.get_mut(&socket) else { return false };
        connected.rooms.insert(room);
        let listener = self.by_id.entry(room).or_default().listeners.entry(socket).or_default();
        listener.held = Some(Vec::new());
        listener.overflowed = false;
        true
    }

    /// A socket listens no more. Answers whether the room is deserted now.
    pub fn leave(&mut self, socket: SocketId, room: ConversationId) -> bool {
        if let Some(connected) = self.sockets.get_mut(&socket) {
            connected.rooms.remove(&room);
        }
        self.drop_listener(socket, room)
    }

    /// A snapshot showed the room at this head, and the socket knows everything up to it. Answers what others get because
    /// the room begins here, and what the socket missed meanwhile; nothing if it was removed meanwhile.
    pub fn caught_up(&mut self, socket: SocketId, room: ConversationId, head: Head) -> (Passing, Option<CaughtUp>) {
        let Some(state) = self.by_id.get_mut(&room) else { return (Passing::default(), None) };
        let begun = *state.begun.get_or_insert(head);
        let started = state.sequencer.start(head);
        let mut passing = self.pass(room, started);
        let user = self.sockets.get(&socket).map(|connected| connected.user);
        let removed = self.by_id.get(&room).zip(user).and_then(|(state, user)| state.removed.get(&user));
        if removed.is_some_and(|rev| *rev > head.rev) {
            passing.deserted |= self.leave(socket, room);
        }
        let listener = self.by_id.get_mut(&room).and_then(|state| state.listeners.get_mut(&socket));
        let caught_up = listener.map(|listener| {
            let live = listener.held.take().unwrap_or_default();
            listener.position = head;
            let missed: Vec<_> = live.into_iter().filter(|event| listener.position.advance(event)).collect();
            // Another socket's snapshot may be newer and was here first: what is between the two was held for nobody.
            let whole = head.seq >= begun.seq && head.rev >= begun.rev;
            CaughtUp { missed, complete: whole && !listener.overflowed }
        });
        (passing, caught_up)
    }

    /// A message of a room arrived, which was committed after the changes up to `rev`.
    pub fn offer_message(&mut self, message: Arc<Message>, rev: i64) -> Passing {
        let room = message.conversation_id;
        let Some(state) = self.by_id.get_mut(&room) else { return Passing::default() };
        let passed = state.sequencer.offer_message(message.seq, rev, message);
        self.pass(room, passed)
    }

    /// A change arrived. Members are told of it when it is passed on; at once when nobody listens here, or not yet.
    pub fn offer_change(&mut self, room: ConversationId, event: ServerEvent) -> Passing {
        let deserted = self.obey(room, &event);
        let (Some(state), Some(rev)) = (self.by_id.get_mut(&room), event.rev()) else {
            let untold = vec![Untold { event: Arc::new(event), heard: Vec::new() }];
            return Passing { untold, deserted, ..Passing::default() };
        };
        let told = state.sequencer.head().is_none();
        let about = if let ServerEvent::MessageDeleted(deleted) = &event { deleted.seq } else { 0 };
        let untold = told.then(|| Untold { event: Arc::new(event.clone()), heard: Vec::new() });
        let passed = state.sequencer.offer_change(rev, about, Change { event, told });
        let mut passing = self.pass(room, passed);
        passing.untold.extend(untold);
        passing.deserted |= deserted;
        passing
    }

    /// What was missing in a room was read: the changes up to `rev`, and messages committed before any change after that.
    pub fn offer_read(
        &mut self,
        room: ConversationId,
        changes: Vec<ServerEvent>,
        rev: i64,
        messages: Vec<Message>,
    ) -> Passing {
        let mut deserted = false;
        for event in &changes {
            deserted |= self.obey(room, event);
        }
        let Some(state) = self.by_id.get_mut(&room) else { return Passing { deserted, ..Passing::default() } };
        let changes = changes.into_iter().filter_map(|event| Some((event.rev()?, Change { event, told: false })));
        let messages = messages.into_iter().map(|message| (message.seq, Arc::new(message)));
        let passed = state.sequencer.offer_read(changes, rev, messages);
        let mut passing = self.pass(room, passed);
        passing.deserted |= deserted;
        passing
    }

    /// What is missing in a room, if nobody sees to it yet: whoever gets the answer does.
    pub fn begin_filling(&mut self, room: ConversationId) -> Option<Hole> {
        let state = self.by_id.get_mut(&room).filter(|state| !state.filling)?;
        let hole = state.sequencer.hole()?;
        state.filling = true;
        Some(hole)
    }

    /// What is still missing; nothing ends the filling.
    pub fn still_missing(&mut self, room: ConversationId) -> Option<Hole> {
        let state = self.by_id.get_mut(&room)?;
        let hole = state.sequencer.hole();
        state.filling = hole.is_some();
        hole
    }

    /// A socket is about to send this message.
    pub fn sending(&mut self, socket: SocketId, message: ClientMessageId) {
        if let Some(connected) = self.sockets.get_mut(&socket) {
            connected.sending.insert(message);
        }
    }

    /// A send ended. If it stored the message and the socket listens to the room, the message will pass by (or has):
    /// then it is forgotten there, else here.
    pub fn sent(&mut self, socket: SocketId, room: ConversationId, message: ClientMessageId, stored: bool) {
        let listens = self.by_id.get(&room).is_some_and(|room| room.listeners.contains_key(&socket));
        if (!stored || !listens)
            && let Some(connected) = self.sockets.get_mut(&socket)
        {
            connected.sending.remove(&message);
        }
    }

    fn drop_listener(&mut self, socket: SocketId, room: ConversationId) -> bool {
        let Some(state) = self.by_id.get_mut(&room) else { return false };
        state.listeners.remove(&socket);
        let deserted = state.listeners.is_empty();
        if deserted {
            self.by_id.remove(&room);
        }
        deserted
    }

    /// Whoever is removed listens no more, unless a later snapshot let them in again. Answers whether the room is deserted.
    fn obey(&mut self, room: ConversationId, event: &ServerEvent) -> bool {
        let ServerEvent::ParticipantRemoved(removed) = event else { return false };
        let Some(state) = self.by_id.get_mut(&room) else { return false };
        let rev = state.removed.entry(removed.user_id).or_default();
        *rev = removed.rev.max(*rev);
        let out: Vec<_> = state
            .listeners
            .iter()
            // Those who catch up are judged by their snapshot when they have.
            .filter(|(_, listener)| listener.held.is_none() && listener.position.rev < removed.rev)
            .map(|(socket, _)| *socket)
            .filter(|socket| self.sockets.get(socket).is_some_and(|connected| connected.user == removed.user_id))
            .collect();
        let mut deserted = false;
        for socket in out {
            deserted |= self.leave(socket, room);
        }
        deserted
    }

    fn pass(&mut self, room: ConversationId, passed: Vec<Passed<Arc<Message>, Change>>) -> Passing {
        let mut passing = Passing::default();
        let Some(state) = self.by_id.get_mut(&room) else { return passing };
        for item in passed {
            let (event, own, is_for_members) = match item {
                Passed::Change(Change { told: true, .. }) => continue,
                Passed::Change(Change { event, .. }) => {
                    let is_for_members = !matches!(event, ServerEvent::MessageDeleted(_));
                    (event, None, is_for_members)
                }
                Passed::Message(message) => {
                    let own = Some((message.sender_id, message.client_message_id));
                    let message = Arc::unwrap_or_clone(message);
                    (ServerEvent::MessageReceived(MessageReceived { message }), own, false)
                }
            };
            let event = Arc::new(event);
            let mut to = Vec::with_capacity(state.listeners.len());
            for (socket, listener) in &mut state.listeners {
                let sent_here = own.is_some_and(|(sender, name)| {
                    self.sockets
                        .get_mut(socket)
                        .is_some_and(|connected| connected.user == sender && connected.sending.remove(&name))
                });
                if sent_here {
                    continue;
                }
                match &mut listener.held {
                    Some(held) if held.len() < HELD => held.push(Arc::clone(&event)),
                    Some(_) => listener.overflowed = true,
                    None if listener.position.advance(&event) => to.push(*socket),
                    None => {}
                }
            }
            if is_for_members {
                let heard = state.listeners.keys().copied().collect();
                passing.untold.push(Untold { event: Arc::clone(&event), heard });
            }
            passing.outgoing.push(Outgoing { event, to });
        }
        passing
    }
}

impl Head {
    /// Moves on to an event. Answers whether it is new here.
    fn advance(&mut self, event: &ServerEvent) -> bool {
        let (here, number) = match event {
            ServerEvent::MessageReceived(received) => (&mut self.seq, received.message.seq),
            other => (&mut self.rev, other.rev().unwrap_or_default()),
        };
        let new = number > *here;
        *here = number.max(*here);
        new
    }
}

/// What a socket missed while it caught up.
#[derive(Debug, Default)]
pub struct CaughtUp {
    /// Events after the snapshot, in order.
    pub missed: Vec<Arc<ServerEvent>>,
    /// Whether that is all.
    pub complete: bool,
}

#[cfg(test)]
mod tests;
