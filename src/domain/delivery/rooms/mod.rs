//! Who is connected to this node, and which rooms they listen to. Pure: it answers what is to be sent to whom.

mod heads;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

pub use self::heads::Head;
use super::sequencer::{Hole, Sequencer};
use crate::{
    domain::caller::Caller,
    model::{
        id::{ClientMessageId, ConversationId, SessionId, SocketId, UserId},
        message::Message,
    },
};

/// How many live messages are held back for a socket while it catches up.
const HELD: usize = 256;

/// Sockets of one person on this node (contract, section 2).
const MOST_SOCKETS: usize = 20;

/// A message, and the sockets that get it now.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What.
    pub message: Arc<Message>,
    /// To whom.
    pub to: Vec<SocketId>,
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
    sequencer: Sequencer<Arc<Message>>,
    listeners: HashMap<SocketId, Listener>,
    filling: bool,
    /// Every change up to this number has taken effect on the listeners.
    rev: Option<i64>,
}

#[derive(Debug, Default)]
struct Listener {
    /// Everything up to this number is known to the socket.
    position: i64,
    /// Live messages, while the socket catches up.
    held: Option<Vec<Arc<Message>>>,
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

    /// The sockets that listen to a room.
    pub fn listeners(&self, room: ConversationId) -> Vec<SocketId> {
        self.by_id.get(&room).map(|room| room.listeners.keys().copied().collect()).unwrap_or_default()
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
    /// the room begins here, and what the socket missed meanwhile and whether that is all.
    pub fn caught_up(&mut self, socket: SocketId, room: ConversationId, at: Head) -> (Vec<Outgoing>, CaughtUp) {
        let Some(state) = self.by_id.get_mut(&room) else { return (Vec::new(), CaughtUp::default()) };
        let head = at.seq;
        // Of a listener whose snapshot is older, what happened between the two is yet to be looked at.
        state.rev = Some(state.rev.map_or(at.rev, |rev| rev.min(at.rev)));
        let ready = state.sequencer.start(head);
        let outgoing = self.pass(room, ready);
        let caught_up = self.by_id.get_mut(&room).and_then(|state| state.listeners.get_mut(&socket)).map(|listener| {
            let live = listener.held.take().unwrap_or_default();
            let missed: Vec<_> = live.into_iter().filter(|message| message.seq > head).collect();
            listener.position = missed.last().map_or(head, |last| last.seq).max(listener.position);
            CaughtUp { missed, complete: !listener.overflowed }
        });
        (outgoing, caught_up.unwrap_or_default())
    }

    /// A message of a room arrived. Answers what is passed on now.
    pub fn offer(&mut self, message: Arc<Message>) -> Vec<Outgoing> {
        let room = message.conversation_id;
        let Some(state) = self.by_id.get_mut(&room) else { return Vec::new() };
        let ready = state.sequencer.offer(message.seq, message);
        self.pass(room, ready)
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

    fn pass(&mut self, room: ConversationId, messages: Vec<Arc<Message>>) -> Vec<Outgoing> {
        let Some(state) = self.by_id.get_mut(&room) else { return Vec::new() };
        let mut outgoing = Vec::with_capacity(messages.len());
        for message in messages {
            let mut to = Vec::with_capacity(state.listeners.len());
            for (socket, listener) in &mut state.listeners {
                let own = self.sockets.get_mut(socket).is_some_and(|connected| {
                    connected.user == message.sender_id && connected.sending.remove(&message.client_message_id)
                });
                if own || message.seq <= listener.position {
                    continue;
                }
                match &mut listener.held {
                    Some(held) if held.len() < HELD => held.push(Arc::clone(&message)),
                    Some(_) => listener.overflowed = true,
                    None => {
                        listener.position = message.seq;
                        to.push(*socket);
                    }
                }
            }
            outgoing.push(Outgoing { message, to });
        }
        outgoing
    }
}

/// What a socket missed while it caught up.
#[derive(Debug, Default)]
pub struct CaughtUp {
    /// Messages after the snapshot, in order.
    pub missed: Vec<Arc<Message>>,
    /// Whether that is all.
    pub complete: bool,
}

#[cfg(test)]
mod tests;
