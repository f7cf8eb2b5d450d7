//! Who is connected to this node, in which conversations they take part, and which they listen to. Pure: it answers what is
//! to be sent to whom, and notes which channels of the bus are needed for it.

mod heads;
mod listening;
mod passing;
mod sending;
mod tell;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

pub use self::passing::Outgoing;
use self::sending::{Behind, Sending};
use super::sequencer::{Head, Sequencer};
use crate::{
    domain::caller::Caller,
    model::{
        event::{Channel, ServerEvent},
        id::{ClientMessageId, ConversationId, SessionId, SocketId, UserId},
        message::Message,
    },
};

/// Sockets of one person on this node (contract, section 2).
const MOST_SOCKETS: usize = 20;

/// Everybody and every room of this node.
#[derive(Debug, Default)]
pub struct Rooms {
    by_id: HashMap<ConversationId, Room>,
    sockets: HashMap<SocketId, Connected>,
    people: HashMap<UserId, Person>,
    /// Channels that are needed from now on, or no longer.
    channels: Vec<(Channel, bool)>,
}

/// A conversation that somebody here takes part in or listens to.
#[derive(Debug, Default)]
struct Room {
    sequencer: Sequencer<Arc<Message>, ServerEvent>,
    /// Who of this node takes part, and knows of everything up to which change. Where there is one, the sequencer is started.
    members: HashMap<UserId, i64>,
    listeners: HashMap<SocketId, Listener>,
    filling: bool,
    /// Who was removed, by which change: a snapshot that is older does not know it.
    removed: HashMap<UserId, i64>,
}

#[derive(Debug, Default)]
struct Listener {
    /// Everything up to these numbers is known to the socket; nothing before its snapshot.
    position: Option<Head>,
    /// The socket catches up: until it has, everything live waits.
    catches_up: bool,
    /// Live events that wait for that, or for an answer.
    behind: Behind,
    /// More came than could be held.
    overflowed: bool,
}

#[derive(Debug)]
struct Connected {
    user: UserId,
    session: SessionId,
    /// What it listens to.
    rooms: HashSet<ConversationId>,
    /// How many live events are held back for it or wait for answers, in all its rooms.
    held: usize,
    /// What this socket sent, until it is answered and has passed by: it learns of it by the answer.
    sending: HashMap<ClientMessageId, Sending>,
}

#[derive(Debug, Default)]
struct Person {
    sockets: HashSet<SocketId>,
    /// What they take part in.
    rooms: HashSet<ConversationId>,
    /// All that they take part in is there, as the database had it at this moment or later.
    known: Option<Instant>,
}

impl Rooms {
    /// A socket proved who it is. Answers whether it may stay: one person has at most [`MOST_SOCKETS`].
    pub fn connect(&mut self, socket: SocketId, caller: &Caller) -> bool {
        let person = self.people.entry(caller.user_id).or_default();
        if person.sockets.len() >= MOST_SOCKETS && !person.sockets.contains(&socket) {
            return false;
        }
        if person.sockets.is_empty() {
            self.channels.push((Channel::User(caller.user_id), true));
        }
        person.sockets.insert(socket);
        let connected = self.sockets.entry(socket).or_insert_with(|| Connected {
            user: caller.user_id,
            session: caller.session_id,
            rooms: HashSet::new(),
            held: 0,
            sending: HashMap::new(),
        });
        // A renewed token may come from another session of the same person.
        connected.session = caller.session_id;
        true
    }

    /// A socket is gone.
    pub fn disconnect(&mut self, socket: SocketId) {
        let Some(connected) = self.sockets.remove(&socket) else { return };
        for room in connected.rooms {
            self.drop_listener(socket, room);
        }
        let Some(person) = self.people.get_mut(&connected.user) else { return };
        person.sockets.remove(&socket);
        if person.sockets.is_empty() {
            let rooms = std::mem::take(&mut person.rooms);
            self.people.remove(&connected.user);
            self.channels.push((Channel::User(connected.user), false));
            for room in rooms {
                self.drop_member(connected.user, room);
            }
        }
    }

    /// Nobody is connected any more.
    pub fn clear(&mut self) {
        let users = self.people.keys().map(|user| Channel::User(*user));
        let rooms = self.by_id.keys().map(|room| Channel::Chat(*room));
        let channels = users.chain(rooms).map(|channel| (channel, false)).collect();
        *self = Self { channels, ..Self::default() };
    }

    /// Whether it is known in what somebody who is connected takes part.
    pub fn knows(&self, user: UserId) -> bool {
        self.people.get(&user).is_none_or(|person| person.known.is_some())
    }

    /// Whether somebody began to take part in something so long ago, and after that was looked at last.
    pub fn joined_unseen(&self, user: UserId, ago: Duration) -> bool {
        self.people.get(&user).and_then(|person| person.known).is_some_and(|known| ago <= known.elapsed())
    }

    /// A snapshot, asked for at this moment, showed everything that somebody takes part in. Answers what others get because
    /// rooms begin here.
    pub fn know(&mut self, user: UserId, at: Instant, conversations: Vec<(ConversationId, Head)>) -> Vec<Outgoing> {
        let taking_part = conversations.into_iter().filter_map(|(room, head)| self.take_part(user, room, head));
        let passing = taking_part.flatten().collect();
        if let Some(person) = self.people.get_mut(&user) {
            person.known = Some(at);
        }
        passing
    }

    /// Somebody takes part in a conversation, and knows of everything up to this head. Answers what others get because the
    /// room begins here; nothing if they are not connected or were removed since.
    pub fn take_part(&mut self, user: UserId, room: ConversationId, head: Head) -> Option<Vec<Outgoing>> {
        let person = self.people.get_mut(&user)?;
        if self.by_id.get(&room).is_some_and(|state| state.knows_removal(user, head.rev)) {
            return None;
        }
        person.rooms.insert(room);
        let state = open(&mut self.by_id, &mut self.channels, room);
        state.members.entry(user).or_insert(head.rev);
        let started = state.sequencer.start(head);
        Some(self.pass(room, started))
    }

    /// Whether somebody here takes part in, or listens to, a conversation.
    pub fn has(&self, room: ConversationId) -> bool {
        self.by_id.contains_key(&room)
    }

    /// A person's sockets.
    pub fn sockets_of_user(&self, user: UserId) -> Vec<SocketId> {
        self.people.get(&user).map(|person| person.sockets.iter().copied().collect()).unwrap_or_default()
    }

    /// A session's sockets.
    pub fn sockets_of_session(&self, session: SessionId) -> Vec<SocketId> {
        self.sockets.iter().filter(|(_, connected)| connected.session == session).map(|(socket, _)| *socket).collect()
    }

    /// Whose socket it is.
    pub fn user_of(&self, socket: SocketId) -> Option<UserId> {
        self.sockets.get(&socket).map(|connected| connected.user)
    }

    /// Everybody who is connected.
    pub fn users(&self) -> Vec<UserId> {
        self.people.keys().copied().collect()
    }

    /// Every session that has a socket.
    pub fn sessions(&self) -> HashSet<SessionId> {
        self.sockets.values().map(|connected| connected.session).collect()
    }

    /// The channels that are needed since this was asked last, or no longer, in order.
    pub fn channels(&mut self) -> Vec<(Channel, bool)> {
        std::mem::take(&mut self.channels)
    }

    fn drop_member(&mut self, user: UserId, room: ConversationId) {
        if let Some(person) = self.people.get_mut(&user) {
            person.rooms.remove(&room);
        }
        if let Some(state) = self.by_id.get_mut(&room) {
            state.members.remove(&user);
            self.close_if_empty(room);
        }
    }

    fn close_if_empty(&mut self, room: ConversationId) {
        if self.by_id.get(&room).is_some_and(|state| state.members.is_empty() && state.listeners.is_empty()) {
            self.by_id.remove(&room);
            self.channels.push((Channel::Chat(room), false));
        }
    }
}

impl Room {
    /// Whether somebody was removed by a change that a snapshot with this number does not know.
    fn knows_removal(&self, user: UserId, rev: i64) -> bool {
        self.removed.get(&user).is_some_and(|removed| *removed > rev)
    }
}

/// A room, which begins here if it is not there.
fn open<'a>(
    rooms: &'a mut HashMap<ConversationId, Room>,
    channels: &mut Vec<(Channel, bool)>,
    room: ConversationId,
) -> &'a mut Room {
    rooms.entry(room).or_insert_with(|| {
        channels.push((Channel::Chat(room), true));
        Room::default()
    })
}

#[cfg(test)]
mod tests;
