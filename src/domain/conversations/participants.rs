//! Who takes part, what they may do, what the conversation is called, and its end: decided by the rules on what is there
//! while nobody else can change it, and told to everybody concerned afterwards.

use std::collections::HashMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::{ConversationService, MOST_PARTICIPANTS, SHOWN_IN_LISTS, refusal, rules};
use crate::{
    domain::{caller::Caller, text},
    error::{Error, ErrorCode, Result, Violations},
    model::{
        conversation::{Conversation, Participant, Role, SharedConversation},
        event::{
            Changed, Channel, ConversationCreated, ConversationDeleted, ConversationUpdated, Event, ParticipantAdded,
            ParticipantRemoved, ParticipantUpdated, ServerEvent,
        },
        id::{ConversationId, UserId},
        text::Title,
    },
    runtime::clock,
    store::{
        changes::{Change, Standing},
        participants::Membership,
    },
};

/// What is to be changed of a group; what is not given stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateConversationInput {
    /// The group's name.
    #[schema(value_type = Option<Title>)]
    pub title: Option<String>,
    /// The address of a picture, beginning with https; null takes it away.
    #[serde(default, deserialize_with = "text::given")]
    #[schema(value_type = Option<String>, format = "uri", pattern = "^[Hh][Tt][Tt][Pp][Ss]://[^/?#@]+([/?#].*)?$", max_length = 2048, example = "https://example.org/group.png")]
    pub avatar_url: Option<Option<String>>,
}

impl ConversationService {
    /// Changes a group's title or picture.
    pub async fn update(
        &self,
        caller: &Caller,
        id: ConversationId,
        input: UpdateConversationInput,
    ) -> Result<Conversation> {
        let mut violations = Violations::default();
        if let Some(title) = &input.title {
            violations.require(text::is_visible_line(title), "title", "Enter a title, on one line.");
            violations.require(text::length(title) <= 100, "title", "At most 100 characters.");
        }
        if let Some(Some(url)) = &input.avatar_url {
            text::check_picture(url, &mut violations);
        }
        violations.check()?;
        let appearance = Change::Appearance {
            title: input.title.map(|title| title.trim().to_owned()),
            avatar_url: input.avatar_url,
        };
        self.change(caller, id, |standing| rules::update(standing, caller.user_id, appearance)).await?;
        self.get(caller, id).await
    }

    /// Deletes a conversation for everybody.
    pub async fn delete(&self, caller: &Caller, id: ConversationId) -> Result<()> {
        self.change(caller, id, |standing| rules::delete(standing, caller.user_id)).await
    }

    /// Adds people to a group. Answers everybody in it.
    pub async fn add(&self, caller: &Caller, id: ConversationId, users: &[UserId]) -> Result<Vec<Participant>> {
        let mut violations = Violations::default();
        violations.require((1..=100).contains(&users.len()), "userIds", "Between 1 and 100 people.");
        violations.check()?;
        self.change(caller, id, |standing| rules::add(standing, caller.user_id, users)).await?;
        Ok(self.store.participants(&[id], MOST_PARTICIPANTS).await?.remove(&id).unwrap_or_default())
    }

    /// Takes somebody out of a group, oneself perhaps.
    pub async fn remove(&self, caller: &Caller, id: ConversationId, user: UserId) -> Result<()> {
        self.change(caller, id, |standing| rules::remove(standing, caller.user_id, user)).await
    }

    /// Lets somebody do other things in a group.
    pub async fn set_role(&self, caller: &Caller, id: ConversationId, user: UserId, role: Role) -> Result<Participant> {
        self.change(caller, id, |standing| rules::set_role(standing, caller.user_id, user, role)).await?;
        let found = self.store.participants_among(id, &[user]).await?.pop();
        found.ok_or_else(|| Error::not_found("This person is not in the group."))
    }

    /// Takes somebody who deletes the account out of all groups.
    pub async fn leave_all(&self, user: UserId) -> Result<()> {
        for group in self.store.groups_of(user).await? {
            let left = self.store.change(group, |standing| rules::remove(standing, user, user)).await;
            match left {
                Ok(Some(changes)) => self.tell(group, changes).await,
                Ok(None) => {}
                // They were removed, or the group deleted, meanwhile.
                Err(error) if matches!(error.code, ErrorCode::NotInConversation | ErrorCode::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn change(
        &self,
        caller: &Caller,
        id: ConversationId,
        decide: impl FnOnce(&Standing) -> Result<Vec<Change>> + Send,
    ) -> Result<()> {
        let changes = self.store.change(id, decide).await?.ok_or_else(|| refusal(Membership::Unknown))?;
        tracing::info!(conversation.id = %id, user.id = %caller.user_id, count = changes.len(), "conversation.changed");
        self.tell(id, changes).await;
        Ok(())
    }

    /// Tells all nodes, in the order of the numbers. Who is new gets the conversation first. The change is made: what cannot
    /// be read to be told is left out, and clients find it by its number.
    async fn tell(&self, id: ConversationId, changes: Vec<(Change, i64)>) {
        if changes.is_empty() {
            return;
        }
        let (mut shown, mut people) = (false, Vec::new());
        for (change, _) in &changes {
            match change {
                Change::Join(user) | Change::Role(user, _) => people.push(*user),
                Change::Leave(_) | Change::Appearance { .. } | Change::Delete => {}
            }
            shown |= matches!(change, Change::Join(_) | Change::Appearance { .. });
        }
        let shared = if shown { readable(id, self.shared(id).await) } else { None };
        let mut participants = HashMap::new();
        if !people.is_empty() {
            let found = readable(id, self.store.participants_among(id, &people).await);
            participants.extend(found.into_iter().map(|participant| (participant.user.id, participant)));
        }
        let mut told = Changed { conversation_id: id, events: Vec::new() };
        for (change, rev) in changes {
            let event = match change {
                Change::Join(user) => {
                    if let Some(conversation) = shared.clone() {
                        let created = Event::ConversationCreated(ConversationCreated { conversation, rev });
                        self.engine.bus.publish(Channel::User(user), created);
                    }
                    participants.remove(&user).map(|participant| {
                        ServerEvent::ParticipantAdded(ParticipantAdded { conversation_id: id, participant, rev })
                    })
                }
                Change::Leave(user) => Some(ServerEvent::ParticipantRemoved(ParticipantRemoved {
                    conversation_id: id,
                    user_id: user,
                    rev,
                })),
                Change::Role(user, _) => participants.remove(&user).map(|participant| {
                    ServerEvent::ParticipantUpdated(ParticipantUpdated { conversation_id: id, participant, rev })
                }),
                Change::Appearance { .. } => shared
                    .clone()
                    .map(|conversation| ServerEvent::ConversationUpdated(ConversationUpdated { conversation, rev })),
                Change::Delete => Some(ServerEvent::ConversationDeleted(ConversationDeleted {
                    conversation_id: id,
                    timestamp: clock::now(),
                    rev,
                })),
            };
            told.events.extend(event);
        }
        self.engine.bus.publish(Channel::Chat(id), Event::Changed(told));
    }

    /// A conversation as nobody in particular has it.
    pub async fn shared(&self, id: ConversationId) -> Result<Option<SharedConversation>> {
        Ok(self.shared_all(&[id]).await?.remove(&id))
    }

    /// Conversations as nobody in particular has them, with as many statements for many as for one.
    pub async fn shared_all(&self, ids: &[ConversationId]) -> Result<HashMap<ConversationId, SharedConversation>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.store.shared_conversations(ids).await?;
        let complete = self.complete(rows, SHOWN_IN_LISTS).await?;
        Ok(complete.into_iter().map(|conversation| (conversation.shared.id, conversation.shared)).collect())
    }
}

/// What there is to tell; nothing if it cannot be read.
fn readable<T: Default>(id: ConversationId, read: Result<T>) -> T {
    read.unwrap_or_else(|error| {
        tracing::warn!(conversation.id = %id, %error, "conversation.untold");
        T::default()
    })
}
