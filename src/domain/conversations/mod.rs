//! Conversations: make, list, look at; `participants` changes them.

mod participants;
mod rules;

use std::{collections::HashMap, sync::Arc};

pub use participants::UpdateConversationInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{caller::Caller, cursor::Cursors, presence::PresenceService, receipts::ReceiptService};
use crate::{
    engine::Engine,
    error::{Error, ErrorCode, Result, Violations},
    model::{
        conversation::{Conversation, ConversationType, Participant, SharedConversation},
        event::{Channel, ConversationCreated, Event},
        id::{ConversationId, UserId},
        message::Message,
        page::Page,
        text::Title,
        time::Timestamp,
    },
    store::{
        Store,
        conversations::{ConversationRow, Made, NewConversation},
        participants::Membership,
    },
};

/// How many participants lists and events show of each conversation.
const SHOWN_IN_LISTS: i64 = 10;
/// How many people a group has at most: details show them all.
const MOST_PARTICIPANTS: i64 = 2000;

/// A new conversation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateConversationInput {
    /// Two people, or a group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    #[schema(value_type = Option<Title>)]
    pub title: Option<String>,
    /// The other people; the caller is added.
    #[schema(min_items = 1, max_items = 100)]
    pub participant_ids: Vec<UserId>,
}

/// Make, list, look at.
pub struct ConversationService {
    store: Store,
    engine: Engine,
    receipts: Arc<ReceiptService>,
    cursors: Cursors,
    presence: Arc<PresenceService>,
}

impl ConversationService {
    /// On this database and bus.
    pub fn new(
        store: Store,
        engine: Engine,
        cursors: Cursors,
        presence: Arc<PresenceService>,
        receipts: Arc<ReceiptService>,
    ) -> Self {
        Self { store, engine, cursors, presence, receipts }
    }

    /// Makes a conversation and tells its people. Answers whether it is new: two people have one direct conversation.
    pub async fn create(&self, caller: &Caller, input: CreateConversationInput) -> Result<(Conversation, bool)> {
        let others = rules::check_new(&input, caller.user_id)?;
        let title = input.title.map(|title| title.trim().to_owned());
        loop {
            let new = NewConversation {
                id: ConversationId::new(),
                kind: input.kind,
                title: title.clone(),
                created_by: caller.user_id,
                others: others.clone(),
            };
            let (id, is_new) = match self.store.create_conversation(&new).await? {
                Made::New => (new.id, true),
                Made::Existing(id) => (id, false),
                Made::Unknown => return Err(Error::invalid("participantIds", "Some of these people do not exist.")),
            };
            let conversation = match self.one(caller, id, SHOWN_IN_LISTS).await {
                // The other one deleted it before it could be looked at.
                Err(error) if error.code == ErrorCode::NotFound => continue,
                found => found?,
            };
            if is_new {
                self.tell_new(&new, &conversation);
            }
            return Ok((conversation, is_new));
        }
    }

    fn tell_new(&self, new: &NewConversation, conversation: &Conversation) {
        tracing::info!(conversation.id = %new.id, user.id = %new.created_by, "conversation.created");
        for member in new.others.iter().chain([&new.created_by]) {
            let created =
                ConversationCreated { conversation: conversation.shared.clone(), rev: conversation.shared.last_rev };
            self.engine.bus.publish(Channel::User(*member), Event::ConversationCreated(created));
        }
    }

    /// The caller's conversations, newest activity first.
    pub async fn list(&self, caller: &Caller, cursor: Option<&str>, limit: u32) -> Result<Page<Conversation>> {
        let mut violations = Violations::default();
        violations.require((1..=100).contains(&limit), "limit", "Between 1 and 100.");
        violations.check()?;
        let scope = format!("conversations of {}", caller.user_id);
        let after = cursor.map(|cursor| self.cursors.read::<(i64, ConversationId)>(&scope, cursor)).transpose()?;
        let after = after
            .and_then(|(micros, id)| chrono::DateTime::from_timestamp_micros(micros).map(|at| (Timestamp(at), id)));
        let rows = self.store.conversations(caller.user_id, after, i64::from(limit) + 1).await?;
        let page = Page::from_one_more(rows, limit as usize, |last| {
            self.cursors.make(&scope, &(last.active_at.0.timestamp_micros(), last.id))
        });
        let mut items = self.complete(page.items, SHOWN_IN_LISTS).await?;
        self.add_read_states(caller.user_id, &mut items).await?;
        Ok(Page { items, meta: page.meta })
    }

    /// One conversation of the caller's, with everybody in it, and whether they are here.
    pub async fn get(&self, caller: &Caller, id: ConversationId) -> Result<Conversation> {
        let mut conversation = self.one(caller, id, MOST_PARTICIPANTS).await?;
        let participants = &mut conversation.shared.participants;
        let people: Vec<_> = participants.iter().map(|participant| participant.user.id).collect();
        let mut presence = self.presence.of(caller.user_id, self.store.sightings(&people).await?).await;
        for participant in participants {
            participant.presence = presence.remove(&participant.user.id);
        }
        Ok(conversation)
    }

    async fn one(&self, caller: &Caller, id: ConversationId, shown: i64) -> Result<Conversation> {
        let waiting = self.receipts.positions(caller.user_id, &[id]).await.first().copied().unwrap_or_default();
        let Some(row) = self.store.conversation(caller.user_id, id, waiting).await? else {
            return Err(refusal(self.store.membership(id, caller.user_id).await?));
        };
        let mut complete = self.complete(vec![row], shown).await?;
        complete.pop().ok_or_else(|| Error::internal("a conversation was lost while it was completed"))
    }

    /// Adds where a member stands, as of the newest messages shown.
    async fn add_read_states(&self, user: UserId, conversations: &mut [Conversation]) -> Result<()> {
        let ids: Vec<_> = conversations.iter().map(|one| one.shared.id).collect();
        let waiting = self.receipts.positions(user, &ids).await;
        let heads = conversations.iter().map(|one| (one.shared.id, one.shared.last_seq));
        let standing: Vec<_> = heads.zip(waiting).map(|((id, head), waiting)| (id, head, waiting)).collect();
        let mut states = self.store.read_states(user, &standing).await?;
        for one in conversations {
            if let Some(state) = states.remove(&one.shared.id) {
                (one.unread_count, one.last_read_message_id) = (state.unread_count, state.last_read_message_id);
            }
        }
        Ok(())
    }

    /// Adds the people and the last messages, with two statements for any number of conversations.
    async fn complete(&self, rows: Vec<ConversationRow>, shown: i64) -> Result<Vec<Conversation>> {
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let heads: Vec<_> = rows.iter().map(|row| row.last_seq).collect();
        let mut participants = self.store.participants(&ids, shown).await?;
        let mut messages: HashMap<_, _> = self
            .store
            .messages_at(&ids, &heads)
            .await?
            .into_iter()
            .map(|message| (message.conversation_id, message))
            .collect();
        Ok(rows
            .into_iter()
            .map(|row| {
                let people = participants.remove(&row.id).unwrap_or_default();
                let last_message = messages.remove(&row.id);
                conversation(row, people, last_message)
            })
            .collect())
    }
}

/// Why somebody gets nothing of a conversation.
pub(super) fn refusal(membership: Membership) -> Error {
    match membership {
        Membership::Unknown => Error::new(ErrorCode::NotFound, "There is no such conversation."),
        Membership::Stranger | Membership::Member => Error::not_in_conversation(),
    }
}

fn conversation(row: ConversationRow, participants: Vec<Participant>, last_message: Option<Message>) -> Conversation {
    Conversation {
        shared: SharedConversation {
            id: row.id,
            kind: row.kind,
            title: row.title,
            avatar_url: row.avatar_url,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_seq: row.last_seq,
            last_rev: row.last_rev,
            participant_count: row.participant_count,
            participants,
            last_message,
        },
        unread_count: row.unread_count,
        last_read_message_id: row.last_read_message_id,
    }
}
