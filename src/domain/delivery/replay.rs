//! What was missed, read back: changes as the rows say them, each row once and as it stands now, and messages; by pages.

use std::collections::HashMap;

use super::DeliveryService;
use crate::{
    error::Result,
    model::{
        conversation::{Participant, SharedConversation},
        event::{
            ConversationDeleted, ConversationUpdated, MessageDeleted, MessageReceived, ParticipantAdded,
            ParticipantRemoved, ServerEvent,
        },
        id::{ClientMessageId, ConversationId, SocketId},
    },
    store::replay::{Range, RowChange},
};

/// How much of a page of messages is read at once, in bytes (contract, section 2).
pub const PAGE: i64 = 256 * 1024;
/// How many changes are a page: a conversation with ten people on it has some 2 KiB.
const CHANGES: usize = 100;

/// A conversation's row that changed, by which change.
type Changed = (ConversationId, i64, RowChange);

/// Changes of one conversation, in the order of their numbers.
pub struct Replayed {
    /// As events.
    pub events: Vec<ServerEvent>,
    /// All that changed up to this number is in them.
    pub until: i64,
}

impl DeliveryService {
    /// The changes of a range, at most `limit` of them.
    pub(super) async fn changes_of(&self, range: Range, limit: usize) -> Result<Replayed> {
        if range.after >= range.until {
            return Ok(Replayed { events: Vec::new(), until: range.after });
        }
        let mut changes = self.store.changes_in(&[range], limit).await?;
        // What is beyond the limit is left for the next call.
        let until = if changes.len() > limit { changes[limit - 1].1 } else { range.until };
        changes.truncate(limit);
        let events = self.events(changes).await?.into_iter().map(|(_, event)| event).collect();
        Ok(Replayed { events, until })
    }

    /// Replays to a socket what changed within these ranges, at most `limit` of it, as it reads. Answers the conversations
    /// of which more is left; nothing when the socket is gone.
    pub(super) async fn replay_changes(
        &self,
        socket: SocketId,
        ranges: &[Range],
        limit: usize,
    ) -> Result<Option<Vec<ConversationId>>> {
        if ranges.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let mut changes = self.store.changes_in(ranges, limit).await?;
        let cut = changes.get(limit).map(|(id, ..)| *id);
        changes.truncate(limit);
        while !changes.is_empty() {
            let rest = changes.split_off(changes.len().min(CHANGES));
            for (id, event) in self.events(std::mem::replace(&mut changes, rest)).await? {
                if !self.replay(socket, id, &event).await {
                    return Ok(None);
                }
            }
        }
        let left = ranges.iter().map(|range| range.conversation_id).skip_while(|id| cut.is_some_and(|cut| cut != *id));
        Ok(Some(if cut.is_some() { left.collect() } else { Vec::new() }))
    }

    /// Replays to a socket the messages of these ranges, as it reads. Answers whether it is still there.
    pub(super) async fn replay_messages(&self, socket: SocketId, mut ranges: &mut [Range]) -> Result<bool> {
        while !ranges.is_empty() {
            let messages = self.store.messages_in(ranges, PAGE).await?;
            let Some(last) = messages.last() else { break };
            let (conversation, seq) = (last.conversation_id, last.seq);
            for message in messages {
                let id = message.conversation_id;
                self.answer_of(socket, message.client_message_id).await;
                if !self.replay(socket, id, &ServerEvent::MessageReceived(MessageReceived { message })).await {
                    return Ok(false);
                }
            }
            let at = ranges.iter().position(|range| range.conversation_id == conversation).unwrap_or(ranges.len());
            ranges = &mut ranges[at..];
            if let Some(range) = ranges.first_mut() {
                range.after = seq;
                if range.after >= range.until {
                    ranges = &mut ranges[1..];
                }
            }
        }
        Ok(true)
    }

    /// Ends when the socket has its answer to a message, if it sent it and waits for that.
    async fn answer_of(&self, socket: SocketId, message: ClientMessageId) {
        loop {
            let answer = self.answer.notified();
            if !self.rooms().awaits_answer(socket, message) {
                return;
            }
            answer.await;
        }
    }

    /// Replays an event as soon as the socket has read what was replayed before. Whoever was removed meanwhile gets no more
    /// of that conversation.
    async fn replay(&self, socket: SocketId, conversation: ConversationId, event: &ServerEvent) -> bool {
        let there = self.sockets.drained(socket).await;
        let rooms = self.rooms();
        if there && rooms.has_joined(socket, conversation) {
            self.sockets.replay(socket, event);
        }
        there
    }

    async fn events(&self, changes: Vec<Changed>) -> Result<Vec<(ConversationId, ServerEvent)>> {
        let is_shown = |change: &RowChange| matches!(change, RowChange::Conversation { deleted_at: None });
        let shown: Vec<_> =
            changes.iter().filter(|(.., change)| is_shown(change)).map(|(conversation, ..)| *conversation).collect();
        let mut shared = self.conversations.shared_all(&shown).await?;
        Ok(changes.into_iter().filter_map(|changed| Some((changed.0, event(changed, &mut shared)?))).collect())
    }
}

/// Nothing if the conversation was deleted since.
fn event(
    (conversation_id, rev, change): Changed,
    shared: &mut HashMap<ConversationId, SharedConversation>,
) -> Option<ServerEvent> {
    Some(match change {
        RowChange::Deleted { message_id, seq, deleted_at } => {
            ServerEvent::MessageDeleted(MessageDeleted { conversation_id, message_id, seq, rev, deleted_at })
        }
        RowChange::Joined { user, role } => {
            let participant = Participant { user, role, presence: None };
            ServerEvent::ParticipantAdded(ParticipantAdded { conversation_id, participant, rev })
        }
        RowChange::Left { user_id } => {
            ServerEvent::ParticipantRemoved(ParticipantRemoved { conversation_id, user_id, rev })
        }
        RowChange::Conversation { deleted_at: Some(timestamp) } => {
            ServerEvent::ConversationDeleted(ConversationDeleted { conversation_id, timestamp, rev })
        }
        RowChange::Conversation { deleted_at: None } => {
            let conversation = shared.remove(&conversation_id)?;
            ServerEvent::ConversationUpdated(ConversationUpdated { conversation, rev })
        }
    })
}
