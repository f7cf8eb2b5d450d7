//! How far each room has come on this node, to be compared with the database.

use super::{Outgoing, Rooms};
use crate::{domain::delivery::sequencer::Head, model::id::ConversationId};

/// So many rooms are compared in turn; where there are more, only those that somebody listens to (contract, "Delivery").
const COMPARED: usize = 50_000;

impl Rooms {
    /// The rooms of one slice out of so many, without those that no snapshot has shown yet.
    pub fn slice(&self, slice: u128, of: u128) -> Vec<(ConversationId, Head)> {
        let all = self.by_id.len() <= COMPARED;
        let rooms = self.by_id.iter().filter(|(id, _)| id.0.as_u128() % of == slice);
        let rooms = rooms.filter(|(_, room)| all || !room.listeners.is_empty());
        rooms.filter_map(|(id, room)| Some((*id, room.sequencer.head()?))).collect()
    }

    /// The database has a room's messages and changes up to these. Answers what can be passed on because nobody waits for the
    /// messages.
    pub fn expect(&mut self, room: ConversationId, head: Head) -> Vec<Outgoing> {
        let Some(state) = self.by_id.get_mut(&room) else { return Vec::new() };
        state.sequencer.expect(head);
        if !state.listeners.is_empty() {
            return Vec::new();
        }
        let passed = state.sequencer.skip(head.seq);
        self.pass(room, passed)
    }
}
