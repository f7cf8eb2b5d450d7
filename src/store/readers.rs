//! Who has read a message, and how many there could be.

use std::collections::HashMap;

use crate::{
    error::Result,
    model::{
        id::{ConversationId, MessageId, UserId},
        receipt::Reader,
        time::Timestamp,
        user::User,
    },
    store::Store,
};

/// Where a message stands, for somebody who asks about it.
pub struct Place {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its number.
    pub seq: i64,
    /// Who sent it.
    pub sender_id: UserId,
    /// Whether whoever asks takes part.
    pub member: bool,
    /// How many people there are besides its sender.
    pub total_participants: i64,
}

impl Store {
    /// Where a message stands; nothing if there is none, or its conversation is gone.
    pub async fn place_of(&self, message: MessageId, asker: UserId) -> Result<Option<Place>> {
        Ok(sqlx::query_as!(
            Place,
            r#"
            select
                m.conversation_id as "conversation_id: ConversationId", m.seq, m.sender_id as "sender_id: UserId",
                exists (
                    select from conversation_participants p
                    where p.conversation_id = m.conversation_id and p.user_id = $2 and p.is_active
                ) as "member!",
                (
                    select count(*) from conversation_participants p
                    where p.conversation_id = m.conversation_id and p.user_id <> m.sender_id and p.is_active
                ) as "total_participants!"
            from messages m
            join conversations c on c.id = m.conversation_id
            where m.id = $1 and c.deleted_at is null
            "#,
            message.0,
            asker.0,
        )
        .fetch_optional(&self.requests)
        .await?)
    }

    /// Who has read a message, the first one first. `waiting` are those whose receipts wait to be stored. In a direct
    /// conversation the other one's position counts: it may have left more behind than there are rows.
    pub async fn readers(
        &self,
        message: MessageId,
        place: &Place,
        waiting: &HashMap<UserId, Timestamp>,
    ) -> Result<Vec<Reader>> {
        let users: Vec<_> = waiting.keys().map(|user| user.0).collect();
        let moments: Vec<_> = waiting.values().map(|at| at.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                u.id as "id: UserId", u.username, u.display_name, u.avatar_url, min(r.read_at) as "read_at!: Timestamp"
            from (
                select user_id, read_at from read_receipts where message_id = $1
                union all
                select * from unnest($2::uuid[], $3::timestamptz[])
                union all
                select p.user_id, p.last_receipt_at from conversation_participants p
                join conversations c on c.id = p.conversation_id
                where c.id = $4 and c.type = 'direct' and p.user_id <> $5 and p.last_receipt_seq >= $6
            ) as r (user_id, read_at)
            join users u on u.id = r.user_id
            group by u.id
            order by min(r.read_at), u.id
            "#,
            message.0,
            &users,
            &moments,
            place.conversation_id.0,
            place.sender_id.0,
            place.seq,
        )
        .fetch_all(&self.requests)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Reader {
                user: User {
                    id: row.id,
                    username: row.username,
                    display_name: row.display_name,
                    avatar_url: row.avatar_url,
                },
                read_at: row.read_at,
            })
            .collect())
    }

    /// How many people each of these conversations has, and which of these senders are among them.
    pub async fn audiences(
        &self,
        conversations: &[ConversationId],
        senders: &[UserId],
    ) -> Result<HashMap<ConversationId, (i64, Vec<UserId>)>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let senders: Vec<_> = senders.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                conversation_id as "id: ConversationId", count(*) as "count!",
                coalesce(array_agg(user_id) filter (where user_id = any($2)), '{}') as "senders!: Vec<UserId>"
            from conversation_participants
            where conversation_id = any($1) and is_active
            group by conversation_id
            "#,
            &ids,
            &senders,
        )
        .fetch_all(&self.workers)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, (row.count, row.senders))).collect())
    }
}
