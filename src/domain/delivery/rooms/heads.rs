//! How far each room has come on this node, to be compared with the database.

use super::Rooms;
use crate::{domain::delivery::sequencer::Head, model::id::ConversationId};

impl Rooms {
    /// The rooms of one slice out of so many, without those that no snapshot has shown yet.
    pub fn slice(&self, slice: u128, of: u128) -> Vec<(ConversationId, Head)> {
        let rooms = self.by_id.iter().filter(|(id, _)| id.0.as_u128() % of == slice);
        rooms.filter_map(|(id, room)| Some((*id, room.sequencer.head()?))).collect()
    }

    /// The database has a room's messages and changes up to these.
    pub fn expect(&mut self, room: ConversationId, head: Head) {
        if let Some(room) = self.by_id.get_mut(&room) {
            room.sequencer.expect(head);
        }
    }
}
