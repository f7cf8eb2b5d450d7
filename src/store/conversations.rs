//! Conversations: made, listed, looked at.

use crate::{
    error::Result,
    model::{
        conversation::{ConversationType, Role},
        id::{ConversationId, MessageId, UserId},
        time::Timestamp,
    },
    store::{
        Store, Transaction,
        query::{Timed as _, series},
    },
};

/// A conversation to be made.
pub struct NewConversation {
    /// The new conversation.
    pub id: ConversationId,
    /// Two people, or a group.
    pub kind: ConversationType,
    /// A group's name.
    pub title: Option<String>,
    /// Who makes it, and owns it.
    pub created_by: UserId,
    /// The other people, each once.
    pub others: Vec<UserId>,
}

/// What came of it.
pub enum Made {
    /// It is new.
    New,
    /// These two people have a direct conversation already.
    Existing(ConversationId),
    /// Some of the people do not exist (any more).
    Unknown,
}

/// A conversation as one of its members has it, without the people and the last message.
pub struct ConversationRow {
    /// Which.
    pub id: ConversationId,
    /// Two people, or a group.
    pub kind: ConversationType,
    /// A group's name.
    pub title: Option<String>,
    /// A group's picture.
    pub avatar_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last message, or when it was made.
    pub updated_at: Timestamp,
    /// The newest message's number.
    pub last_seq: i64,
    /// The newest other change's number.
    pub last_rev: i64,
    /// How many people take part.
    pub participant_count: i64,
    /// How many messages this member has not read.
    pub unread_count: i64,
    /// The newest message that this member has read.
    pub last_read_message_id: Option<MessageId>,
    /// What lists are ordered by: the last message, or when this member joined.
    pub active_at: Timestamp,
}

impl Store {
    /// Makes a conversation with all its people, in one transaction. Two people have one direct conversation, also when
    /// both make it at once.
    pub async fn create_conversation(&self, conversation: &NewConversation) -> Result<Made> {
        let users: Vec<_> = conversation.others.iter().chain([&conversation.created_by]).map(|id| id.0).collect();
        let mut transaction = Transaction::begin(&self.requests).await?;

        // Locked, so that nobody is in it who deletes the account meanwhile, its maker included. With `share`, which that
        // waits for: it would pass by `key share`, because no key that others refer to changes in it.
        let known = sqlx::query_scalar!(
            r#"
            select id from users where id = any($1) and deleted_at is null and is_active
            order by id for share
            "#,
            &users,
        )
        .fetch_all(&mut *transaction)
        .timed(series!("select", "users"))
        .await?;
        if known.len() < users.len() {
            transaction.commit().await?;
            return Ok(Made::Unknown);
        }

        let direct_key = (conversation.kind == ConversationType::Direct)
            .then(|| conversation.others.first().map(|other| direct_key(conversation.created_by, *other)))
            .flatten();
        // One that is there is changed to what it is: that waits for whoever is deleting it, and then makes another.
        let id = sqlx::query_scalar!(
            r#"
            insert into conversations (id, type, title, created_by, direct_key)
            values ($1, $2, $3, $4, $5)
            on conflict (direct_key) where deleted_at is null do update set direct_key = excluded.direct_key
            returning id as "id: ConversationId"
            "#,
            conversation.id.0,
            conversation.kind as ConversationType,
            conversation.title,
            conversation.created_by.0,
            direct_key,
        )
        .fetch_one(&mut *transaction)
        .timed(series!("insert", "conversations"))
        .await?;
        if id != conversation.id {
            transaction.commit().await?;
            return Ok(Made::Existing(id));
        }

        let ids: Vec<_> = std::iter::repeat_with(uuid).take(users.len()).collect();
        sqlx::query!(
            r#"
            insert into conversation_participants (id, conversation_id, user_id, role)
            select p.id, $1, p.user_id, case when p.user_id = $4 then $5 else $6 end
            from unnest($2::uuid[], $3::uuid[]) as p (id, user_id)
            "#,
            conversation.id.0,
            &ids,
            &users,
            conversation.created_by.0,
            Role::Owner as Role,
            Role::Member as Role,
        )
        .execute(&mut *transaction)
        .timed(series!("insert", "conversation_participants"))
        .await?;
        transaction.commit().await?;
        Ok(Made::New)
    }

    /// A member's conversations, the newest activity first, those after `after` (its activity and id). Where the member stands in
    /// them is told by [`Self::read_states`].
    pub async fn conversations(
        &self,
        user: UserId,
        after: Option<(Timestamp, ConversationId)>,
        limit: i64,
    ) -> Result<Vec<ConversationRow>> {
        Ok(sqlx::query_as!(
            ConversationRow,
            r#"
            select
                c.id as "id: ConversationId", c.type as "kind: ConversationType", c.title, c.avatar_url,
                c.created_at as "created_at: Timestamp", c.updated_at as "updated_at: Timestamp",
                c.last_seq, c.last_rev, null::uuid as "last_read_message_id: MessageId",
                c.active_at as "active_at!: Timestamp",
                (
                    select count(*) from conversation_participants o where o.conversation_id = c.id and o.is_active
                ) as "participant_count!",
                0::bigint as "unread_count!"
            from (
                select c.*, greatest(c.updated_at, p.joined_at) as active_at
                from conversation_participants p
                join conversations c on c.id = p.conversation_id
                where p.user_id = $1 and p.is_active and c.deleted_at is null
                    and ($2::timestamptz is null or (greatest(c.updated_at, p.joined_at), c.id) < ($2, $3))
                order by greatest(c.updated_at, p.joined_at) desc, c.id desc
                limit $4
            ) c
            order by c.active_at desc, c.id desc
            "#,
            user.0,
            after.map(|(at, _)| at.0),
            after.map(|(_, id)| id.0),
            limit,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?)
    }

    /// The numbers of the newest message and the newest other change of each of these conversations.
    pub async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<(ConversationId, i64, i64)>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"select id as "id: ConversationId", last_seq, last_rev from conversations where id = any($1)"#,
            &ids,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "conversations"))
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.last_seq, row.last_rev)).collect())
    }

    /// The same of everything that somebody takes part in.
    pub async fn heads_of(&self, user: UserId) -> Result<Vec<(ConversationId, i64, i64)>> {
        let rows = sqlx::query!(
            r#"
            select c.id as "id: ConversationId", c.last_seq, c.last_rev
            from conversation_participants p join conversations c on c.id = p.conversation_id
            where p.user_id = $1 and p.is_active and c.deleted_at is null
            "#,
            user.0,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.last_seq, row.last_rev)).collect())
    }

    /// Conversations as nobody in particular has them.
    pub async fn shared_conversations(&self, ids: &[ConversationId]) -> Result<Vec<ConversationRow>> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        Ok(sqlx::query_as!(
            ConversationRow,
            r#"
            select
                c.id as "id: ConversationId", c.type as "kind: ConversationType", c.title, c.avatar_url,
                c.created_at as "created_at: Timestamp", c.updated_at as "updated_at: Timestamp",
                c.last_seq, c.last_rev, null::uuid as "last_read_message_id: MessageId",
                c.updated_at as "active_at!: Timestamp",
                (
                    select count(*) from conversation_participants o where o.conversation_id = c.id and o.is_active
                ) as "participant_count!",
                0::bigint as "unread_count!"
            from conversations c
            where c.id = any($1) and c.deleted_at is null
            "#,
            &ids,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?)
    }

    /// One conversation of a member's.
    /// `waiting` says how far they have read by what waits to be stored.
    pub async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
        waiting: i64,
    ) -> Result<Option<ConversationRow>> {
        Ok(sqlx::query_as!(
            ConversationRow,
            r#"
            select
                c.id as "id: ConversationId", c.type as "kind: ConversationType", c.title, c.avatar_url,
                c.created_at as "created_at: Timestamp", c.updated_at as "updated_at: Timestamp",
                c.last_seq, c.last_rev,
                case when read.seq = p.last_read_seq then p.last_read_message_id else (
                    select m.id from messages m where m.conversation_id = c.id and m.seq = read.seq
                ) end as "last_read_message_id: MessageId",
                greatest(c.updated_at, p.joined_at) as "active_at!: Timestamp",
                (
                    select count(*) from conversation_participants o where o.conversation_id = c.id and o.is_active
                ) as "participant_count!",
                greatest(c.last_seq - read.seq, 0) - (
                    select count(*) from messages m
                    where m.conversation_id = c.id and m.deleted_at is not null and m.seq > read.seq
                ) as "unread_count!"
            from conversation_participants p
            join conversations c on c.id = p.conversation_id
            cross join lateral (select greatest(p.last_read_seq, $3::bigint) as seq) read
            where p.user_id = $1 and p.is_active and c.id = $2 and c.deleted_at is null
            "#,
            user.0,
            id.0,
            waiting,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?)
    }
}

/// What two people's direct conversation is known by, whoever of them asks.
pub fn direct_key(one: UserId, other: UserId) -> String {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    format!("{first}:{second}")
}

#[expect(clippy::disallowed_methods, reason = "a participant's own id is known to the database alone")]
pub(super) fn uuid() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_have_one_key() {
        let (one, other) = (UserId::new(), UserId::new());
        assert_eq!(direct_key(one, other), direct_key(other, one));
    }
}
