//! What a conversation's rows say that changed since some number: as events, each row once and as it stands now.

use super::DeliveryService;
use crate::{
    error::Result,
    model::{
        conversation::Participant,
        event::{
            ConversationDeleted, ConversationUpdated, MessageDeleted, ParticipantAdded, ParticipantRemoved, ServerEvent,
        },
        id::ConversationId,
    },
    store::replay::RowChange,
};

/// Changes, in the order of their numbers.
pub struct Replayed {
    /// As events.
    pub events: Vec<ServerEvent>,
    /// All that changed up to this number is in them.
    pub until: i64,
}

impl DeliveryService {
    /// The changes `after < rev <= until` of a conversation, at most `limit` of them.
    pub(super) async fn changes_of(
        &self,
        conversation_id: ConversationId,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<Replayed> {
        if after >= until || limit == 0 {
            return Ok(Replayed { events: Vec::new(), until: after });
        }
        let rows = self.store.changes_after(conversation_id, after, until, limit).await?;
        // What is beyond the limit is left for the next call.
        let until = if rows.len() > limit { rows[limit - 1].0 } else { until };
        let mut events = Vec::with_capacity(rows.len().min(limit));
        for (rev, change) in rows.into_iter().take(limit) {
            events.extend(match change {
                RowChange::Deleted { message_id, seq, deleted_at } => {
                    let deleted = MessageDeleted { conversation_id, message_id, seq, rev, deleted_at };
                    Some(ServerEvent::MessageDeleted(deleted))
                }
                RowChange::Joined { user, role } => {
                    let participant = Participant { user, role, presence: None };
                    Some(ServerEvent::ParticipantAdded(ParticipantAdded { conversation_id, participant, rev }))
                }
                RowChange::Left { user_id } => {
                    Some(ServerEvent::ParticipantRemoved(ParticipantRemoved { conversation_id, user_id, rev }))
                }
                RowChange::Conversation { deleted_at: Some(timestamp) } => {
                    Some(ServerEvent::ConversationDeleted(ConversationDeleted { conversation_id, timestamp, rev }))
                }
                RowChange::Conversation { deleted_at: None } => {
                    let shared = self.conversations.shared(conversation_id).await?;
                    shared
                        .map(|conversation| ServerEvent::ConversationUpdated(ConversationUpdated { conversation, rev }))
                }
            });
        }
        Ok(Replayed { events, until })
    }
}
