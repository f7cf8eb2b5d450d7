//! How far each room has come on this node, to be compared with the database.

use super::Rooms;
use crate::model::id::{ConversationId, UserId};

/// The numbers of a room's newest message and its newest other change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Of the message.
    pub seq: i64,
    /// Of the change.
    pub rev: i64,
}

impl Rooms {
    /// The rooms of one slice out of so many, without those that no snapshot has shown yet.
    pub fn slice(&self, slice: u128, of: u128) -> Vec<(ConversationId, Head)> {
        let rooms = self.by_id.iter().filter(|(id, _)| id.0.as_u128() % of == slice);
        rooms.filter_map(|(id, room)| Some((*id, Head { seq: room.sequencer.head()?, rev: room.rev? }))).collect()
    }

    /// The database has a room's messages up to this one.
    pub fn expect(&mut self, room: ConversationId, seq: i64) {
        if let Some(room) = self.by_id.get_mut(&room) {
            room.sequencer.expect(seq);
        }
    }

    /// The changes with these numbers have taken effect, if nothing before them is missing.
    pub fn changed(&mut self, room: ConversationId, first: i64, last: i64) {
        if let Some(room) = self.by_id.get_mut(&room)
            && room.rev.is_some_and(|rev| rev + 1 >= first)
        {
            room.rev = room.rev.max(Some(last));
        }
    }

    /// Whatever happened up to this change has taken effect.
    pub fn settled(&mut self, room: ConversationId, rev: i64) {
        if let Some(room) = self.by_id.get_mut(&room) {
            room.rev = room.rev.max(Some(rev));
        }
    }

    /// The people whose sockets listen to a room.
    pub fn listening(&self, room: ConversationId) -> Vec<UserId> {
        let Some(room) = self.by_id.get(&room) else { return Vec::new() };
        let mut people: Vec<_> =
            room.listeners.keys().filter_map(|socket| Some(self.sockets.get(socket)?.user)).collect();
        people.sort_unstable();
        people.dedup();
        people
    }
}
