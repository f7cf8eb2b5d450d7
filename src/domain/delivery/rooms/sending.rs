//! What a socket sends: it learns of its message by the answer, and of what came later after the answer.

use std::{collections::VecDeque, sync::Arc};

use super::{Outgoing, Rooms};
use crate::model::{
    event::ServerEvent,
    id::{ClientMessageId, ConversationId, SocketId, UserId},
};

/// What waits for the answers to the socket's own messages before it.
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

    /// Takes what waits for nothing any more.
    fn ready(&mut self) -> Vec<Arc<ServerEvent>> {
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
            connected.sending.insert(message, false);
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
            Some(answered) if passes_by => *answered = true,
            _ => drop(connected.sending.remove(&message)),
        }
        let listener = self.by_id.get_mut(&room).and_then(|state| state.listeners.get_mut(&socket));
        let Some(listener) = listener else { return Vec::new() };
        let before = listener.behind.len();
        listener.behind.answered(message, stored);
        let ready = listener.behind.ready();
        connected.held -= before - listener.behind.len();
        ready.into_iter().map(|event| Outgoing { event, to: vec![socket] }).collect()
    }

    /// The sockets that a message was sent by, and whether they have their answer.
    pub(super) fn sent_by(&mut self, sender: UserId, name: ClientMessageId) -> Vec<(SocketId, bool)> {
        let Some(person) = self.people.get(&sender) else { return Vec::new() };
        let sent = person
            .sockets
            .iter()
            .filter_map(|socket| Some((*socket, self.sockets.get_mut(socket)?.sending.remove(&name)?)));
        sent.collect()
    }
}
