//! What arrives in a room, and whom it is passed on to: messages and deletions to those who listen, other changes to
//! everybody here who takes part.

use std::sync::Arc;

use super::{Room, Rooms, listening::HELD};
use crate::{
    domain::delivery::sequencer::{Head, Hole, Passed},
    model::{
        event::{MessageReceived, ServerEvent},
        id::{ConversationId, SocketId, UserId},
        message::Message,
    },
};

/// An event, and the sockets that get it now.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What.
    pub event: Arc<ServerEvent>,
    /// To whom.
    pub to: Vec<SocketId>,
}

impl Rooms {
    /// A message of a room arrived, which was committed after the changes up to `rev`.
    pub fn offer_message(&mut self, message: Arc<Message>, rev: i64) -> Vec<Outgoing> {
        let room = message.conversation_id;
        let Some(state) = self.by_id.get_mut(&room) else { return Vec::new() };
        let passed = if state.listeners.is_empty() {
            state.sequencer.expect(Head { seq: 0, rev });
            state.sequencer.skip(message.seq)
        } else {
            state.sequencer.offer_message(message.seq, rev, message)
        };
        self.pass(room, passed)
    }

    /// A change of a room arrived.
    pub fn offer_change(&mut self, room: ConversationId, event: ServerEvent) -> Vec<Outgoing> {
        self.obey(room, &event);
        let (Some(state), Some(rev)) = (self.by_id.get_mut(&room), event.rev()) else { return Vec::new() };
        let about = match &event {
            ServerEvent::MessageDeleted(deleted) if !state.listeners.is_empty() => deleted.seq,
            _ => 0,
        };
        let passed = state.sequencer.offer_change(rev, about, event);
        self.pass(room, passed)
    }

    /// What was missing in a room was read: the changes up to `rev`, and messages committed before any change after that.
    pub fn offer_read(
        &mut self,
        room: ConversationId,
        changes: Vec<ServerEvent>,
        rev: i64,
        messages: Vec<Message>,
    ) -> Vec<Outgoing> {
        for event in &changes {
            self.obey(room, event);
        }
        let Some(state) = self.by_id.get_mut(&room) else { return Vec::new() };
        let changes = changes.into_iter().filter_map(|event| Some((event.rev()?, event)));
        let messages = messages.into_iter().map(|message| (message.seq, Arc::new(message)));
        let passed = state.sequencer.offer_read(changes, rev, messages);
        self.pass(room, passed)
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

    /// Whoever is removed listens no more as soon as that is known, whatever is missing before it; unless a later snapshot
    /// let them in again. Those who catch up and have no snapshot yet are judged by it.
    fn obey(&mut self, room: ConversationId, event: &ServerEvent) {
        let ServerEvent::ParticipantRemoved(removed) = event else { return };
        let Some(state) = self.by_id.get_mut(&room) else { return };
        let rev = state.removed.entry(removed.user_id).or_default();
        *rev = removed.rev.max(*rev);
        let person = self.people.get(&removed.user_id);
        let out: Vec<_> = person.into_iter().flat_map(|person| &person.sockets).copied().collect();
        for socket in out {
            let position = self.by_id.get(&room).and_then(|state| state.listeners.get(&socket)?.position);
            if position.is_some_and(|position| position.rev < removed.rev) {
                self.leave(socket, room);
            }
        }
    }

    pub(super) fn pass(
        &mut self,
        room: ConversationId,
        passed: Vec<Passed<Arc<Message>, ServerEvent>>,
    ) -> Vec<Outgoing> {
        let mut passing = Vec::with_capacity(passed.len());
        for item in passed {
            let (event, own) = match item {
                Passed::Change(event) => (event, None),
                Passed::Message(message) => {
                    let own = Some((message.sender_id, message.client_message_id));
                    (ServerEvent::MessageReceived(MessageReceived { message: Arc::unwrap_or_clone(message) }), own)
                }
            };
            let event = Arc::new(event);
            let sent_here = own.map(|(sender, name)| self.sent_by(sender, name)).unwrap_or_default();
            let Some(state) = self.by_id.get_mut(&room) else { break };
            let mut to = Vec::with_capacity(state.listeners.len());
            for (socket, listener) in &mut state.listeners {
                let answered = sent_here.iter().find(|(sender, _)| sender == socket).map(|(_, answered)| *answered);
                let Some(connected) = self.sockets.get_mut(socket).filter(|_| answered != Some(true)) else { continue };
                let unanswered = own.filter(|_| answered.is_some()).map(|(_, name)| name);
                if listener.catches_up {
                    if connected.held < HELD {
                        connected.held += 1;
                        listener.behind.push(Arc::clone(&event), unanswered);
                    } else {
                        listener.overflowed = true;
                    }
                    continue;
                }
                if !listener.position.get_or_insert_default().advance(&event) {
                    continue;
                }
                if unanswered.is_none() && listener.behind.is_empty() {
                    to.push(*socket);
                } else if connected.held < HELD && !ends(&event, connected.user) {
                    connected.held += 1;
                    listener.behind.push(Arc::clone(&event), unanswered);
                } else {
                    // Nothing is lost, but its place after the answer.
                    connected.held -= listener.behind.len();
                    passing.extend(listener.behind.give_up().map(|event| Outgoing { event, to: vec![*socket] }));
                    to.extend(unanswered.is_none().then_some(*socket));
                }
            }
            to.extend(self.members_beside(room, &event));
            self.take_effect(room, &event);
            passing.push(Outgoing { event, to });
        }
        passing
    }

    /// The sockets that hear of a change because their people take part, and not because they listen.
    fn members_beside(&self, room: ConversationId, event: &ServerEvent) -> Vec<SocketId> {
        let (Some(Room { members, listeners, .. }), Some(rev)) = (self.by_id.get(&room), event.rev()) else {
            return Vec::new();
        };
        if matches!(event, ServerEvent::MessageDeleted(_)) {
            return Vec::new();
        }
        let concerned = members.iter().filter(|(_, known)| **known < rev);
        let people = concerned.filter_map(|(user, _)| self.people.get(user));
        people.flat_map(|person| &person.sockets).filter(|socket| !listeners.contains_key(socket)).copied().collect()
    }

    /// Whoever left, and everybody when it is deleted, heard the last of a conversation.
    fn take_effect(&mut self, room: ConversationId, event: &ServerEvent) {
        match event {
            ServerEvent::ParticipantRemoved(removed) => self.leave_for_good(room, removed.user_id, removed.rev),
            ServerEvent::ConversationDeleted(deleted) => {
                let Some(state) = self.by_id.get(&room) else { return };
                let members: Vec<_> = state.members.keys().copied().collect();
                let live = state.listeners.iter().filter(|(_, listener)| !listener.catches_up);
                for socket in live.map(|(socket, _)| *socket).collect::<Vec<_>>() {
                    self.leave(socket, room);
                }
                for user in members {
                    self.leave_for_good(room, user, deleted.rev);
                }
            }
            _ => {}
        }
    }

    fn leave_for_good(&mut self, room: ConversationId, user: UserId, rev: i64) {
        if self.by_id.get(&room).and_then(|state| state.members.get(&user)).is_some_and(|known| *known < rev) {
            self.drop_member(user, room);
        }
    }
}

/// Whether somebody hears nothing of a conversation after this.
fn ends(event: &ServerEvent, user: UserId) -> bool {
    match event {
        ServerEvent::ParticipantRemoved(removed) => removed.user_id == user,
        ServerEvent::ConversationDeleted(_) => true,
        _ => false,
    }
}
