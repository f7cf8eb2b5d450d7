//! What a socket sends: it learns of its message by the answer, and of what came later after the answer, also while it
//! catches up.

use std::{collections::VecDeque, sync::Arc};

use super::{Outgoing, Rooms};
use crate::model::{
    event::ServerEvent,
    id::{ClientMessageId, ConversationId, SocketId, UserId},
};

/// How far a message is that a socket sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// Nothing is known of it.
    Begun,
    /// It passed by, and is not answered.
    Passed,
    /// It is answered, and will pass by.
    Answered,
}

/// Live events of a room for one socket: what waits for the answers to the socket's own messages before it, or for the end of
/// a replay.
#[derive(Debug, Default)]
pub(super) struct Behind(VecDeque<(Arc<ServerEvent>, Option<ClientMessageId>)>);

impl Behind {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// An event comes last; with a name it is the socket's own message, which is not answered yet.
    pub(super) fn push(&mut self, event: Arc<ServerEvent>, unanswered: Option<ClientMessageId>) {
        self.0.push_back((event, unanswered));
    }

    /// The socket's own message is answered; it was stored by this try, or is to be told as everybody else's is.
    fn answered(&mut self, name: ClientMessageId, stored: bool) {
        if stored {
            self.0.retain(|(_, unanswered)| *unanswered != Some(name));
        }
        for (_, unanswered) in &mut self.0 {
            unanswered.take_if(|unanswered| *unanswered == name);
        }
    }

    /// Leaves out what is known already.
    pub(super) fn retain(&mut self, mut is_new: impl FnMut(&ServerEvent) -> bool) {
        self.0.retain(|(event, _)| is_new(event));
    }

    /// Takes what waits for no answer any more.
    pub(super) fn ready(&mut self) -> Vec<Arc<ServerEvent>> {
        let ready = self.0.iter().take_while(|(_, unanswered)| unanswered.is_none()).count();
        self.0.drain(..ready).map(|(event, _)| event).collect()
    }

    /// Takes everything but what answers will tell.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = Arc<ServerEvent>> {
        self.0.drain(..).filter_map(|(event, unanswered)| unanswered.is_none().then_some(event))
    }
}

impl Rooms {
    /// A socket is about to send this message.
    pub fn sending(&mut self, socket: SocketId, message: ClientMessageId) {
        if let Some(connected) = self.sockets.get_mut(&socket) {
            connected.sending.insert(message, Sending::Begun);
        }
    }

    /// A send was answered. If it stored the message and the socket listens to the room, the message will pass by (or has):
    /// then it is forgotten there, else here. Answers what waited for that.
    pub fn answered(
        &mut self,
        socket: SocketId,
        room: ConversationId,
        message: ClientMessageId,
        stored: bool,
    ) -> Vec<Outgoing> {
        let passes_by = stored && self.has_joined(socket, room);
        let Some(connected) = self.sockets.get_mut(&socket) else { return Vec::new() };
        match connected.sending.get_mut(&message) {
            Some(sending @ Sending::Begun) if passes_by => *sending = Sending::Answered,
            _ => drop(connected.sending.remove(&message)),
        }
        let listener = self.by_id.get_mut(&room).and_then(|state| state.listeners.get_mut(&socket));
        let Some(listener) = listener else { return Vec::new() };
        let before = listener.behind.len();
        listener.behind.answered(message, stored);
        // While the socket catches up, all of it waits for the end of that.
        let ready = if listener.catches_up { Vec::new() } else { listener.behind.ready() };
        connected.held -= before - listener.behind.len();
        ready.into_iter().map(|event| Outgoing { event, to: vec![socket] }).collect()
    }

    /// Whether a socket sent this message and waits for the answer.
    pub fn awaits_answer(&self, socket: SocketId, message: ClientMessageId) -> bool {
        let sending = self.sockets.get(&socket).and_then(|connected| connected.sending.get(&message));
        sending.is_some_and(|sending| *sending != Sending::Answered)
    }

    /// The sockets that a message was sent by, and whether they have their answer.
    pub(super) fn sent_by(&mut self, sender: UserId, name: ClientMessageId) -> Vec<(SocketId, bool)> {
        let Some(person) = self.people.get(&sender) else { return Vec::new() };
        let sent = person.sockets.iter().filter_map(|socket| {
            let sending = &mut self.sockets.get_mut(socket)?.sending;
            let answered = sending.get(&name)? == &Sending::Answered;
            if answered {
                sending.remove(&name);
            } else {
                sending.insert(name, Sending::Passed);
            }
            Some((*socket, answered))
        });
        sent.collect()
    }
}
