//! Who takes part in what, and how far they have read.

use std::{collections::HashMap, time::Duration};

use crate::{
    error::Result,
    model::{
        conversation::{ConversationType, Participant, Role},
        id::{ConversationId, UserId},
        receipt::ReadPosition,
        time::Timestamp,
        user::User,
    },
    store::{
        Store,
        query::{Timed as _, series},
    },
};

/// Somebody who began to take part in a conversation.
pub struct Joined {
    /// Who.
    pub user_id: UserId,
    /// In which.
    pub conversation_id: ConversationId,
    /// The number of that change.
    pub rev: i64,
    /// How long ago.
    pub ago: Duration,
}

/// What a member's client needs to know to be up to date.
pub struct Standing {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Two people, or a group.
    pub kind: ConversationType,
    /// The newest message's number.
    pub seq: i64,
    /// The newest other change's number.
    pub rev: i64,
    /// How far this member has read.
    pub last_read_seq: i64,
    /// How many messages this member has not read.
    pub unread_count: i64,
    /// How many people take part.
    pub participant_count: i64,
}

/// What somebody is to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// They take part.
    Member,
    /// They do not.
    Stranger,
    /// There is no such conversation.
    Unknown,
}

impl Store {
    /// The groups that somebody takes part in.
    pub async fn groups_of(&self, user: UserId) -> Result<Vec<ConversationId>> {
        Ok(sqlx::query_scalar!(
            r#"
            select c.id as "id: ConversationId"
            from conversation_participants p join conversations c on c.id = p.conversation_id
            where p.user_id = $1 and p.is_active and c.type = 'group' and c.deleted_at is null
            order by c.id
            "#,
            user.0,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?)
    }

    /// What somebody is to a conversation.
    pub async fn membership(&self, conversation: ConversationId, user: UserId) -> Result<Membership> {
        let member = sqlx::query_scalar!(
            r#"
            select exists (
                select from conversation_participants p
                where p.conversation_id = c.id and p.user_id = $2 and p.is_active
            ) as "member!"
            from conversations c
            where c.id = $1 and c.deleted_at is null
            "#,
            conversation.0,
            user.0,
        )
        .fetch_optional(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        Ok(match member {
            Some(true) => Membership::Member,
            Some(false) => Membership::Stranger,
            None => Membership::Unknown,
        })
    }

    /// Where a member stands in each of these conversations; those they do not take part in are left out.
    /// `waiting` says of each how far they have read by what waits to be stored.
    pub async fn standings(
        &self,
        user: UserId,
        conversations: &[ConversationId],
        waiting: &[i64],
    ) -> Result<Vec<Standing>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        Ok(sqlx::query_as!(
            Standing,
            r#"
            select
                c.id as "conversation_id: ConversationId", c.type as "kind: ConversationType", c.last_seq as seq, c.last_rev as rev,
                read.seq as "last_read_seq!",
                greatest(c.last_seq - read.seq, 0) - (
                    select count(*) from messages m
                    where m.conversation_id = c.id and m.deleted_at is not null and m.seq > read.seq
                ) as "unread_count!",
                (
                    select count(*) from conversation_participants o where o.conversation_id = c.id and o.is_active
                ) as "participant_count!"
            from unnest($2::uuid[], $3::bigint[]) as wanted (id, waiting)
            join conversation_participants p on p.conversation_id = wanted.id and p.user_id = $1
            join conversations c on c.id = p.conversation_id
            cross join lateral (select greatest(p.last_read_seq, wanted.waiting) as seq) read
            where p.is_active and c.deleted_at is null
            "#,
            user.0,
            &ids,
            waiting,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "messages"))
        .await?)
    }

    /// How far the other members of these conversations have read, as far as they let it be seen. `waiting` are receipts that
    /// wait to be stored.
    pub async fn read_positions(
        &self,
        except: UserId,
        conversations: &[ConversationId],
        waiting: &[(ConversationId, UserId, i64, Timestamp)],
    ) -> Result<HashMap<ConversationId, Vec<ReadPosition>>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let waiting_ids: Vec<_> = waiting.iter().map(|(id, ..)| id.0).collect();
        let users: Vec<_> = waiting.iter().map(|(_, user, ..)| user.0).collect();
        let seqs: Vec<_> = waiting.iter().map(|(.., seq, _)| *seq).collect();
        let moments: Vec<_> = waiting.iter().map(|(.., at)| at.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                p.conversation_id as "conversation_id: ConversationId", p.user_id as "user_id: UserId",
                greatest(p.last_receipt_seq, r.seq) as "seq!",
                case when r.seq > coalesce(p.last_receipt_seq, 0) then r.read_at else p.last_receipt_at end as "read_at!: Timestamp"
            from conversation_participants p
            join users u on u.id = p.user_id
            left join unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[]) as r (id, user_id, seq, read_at)
                on r.id = p.conversation_id and r.user_id = p.user_id
                and r.read_at >= date_trunc('milliseconds', p.joined_at)
            where p.conversation_id = any($2) and p.user_id <> $1 and p.is_active and u.read_receipts_enabled
                and (p.last_receipt_seq is not null or r.seq is not null)
            "#,
            except.0,
            &ids,
            &waiting_ids,
            &users,
            &seqs,
            &moments,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        let mut positions: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            positions.entry(row.conversation_id).or_default().push(ReadPosition {
                user_id: row.user_id,
                last_read_seq: row.seq,
                read_at: row.read_at,
            });
        }
        Ok(positions)
    }

    /// Those of these people who take part in a conversation, as everybody sees them.
    pub async fn participants_among(&self, conversation: ConversationId, among: &[UserId]) -> Result<Vec<Participant>> {
        let ids: Vec<_> = among.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select p.role as "role: Role", u.id as "id: UserId", u.username, u.display_name, u.avatar_url
            from conversation_participants p join users u on u.id = p.user_id
            where p.conversation_id = $1 and p.user_id = any($2) and p.is_active
            "#,
            conversation.0,
            &ids,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Participant {
                user: User {
                    id: row.id,
                    username: row.username,
                    display_name: row.display_name,
                    avatar_url: row.avatar_url,
                },
                role: row.role,
                presence: None,
            })
            .collect())
    }

    /// Which of these people joined which conversation within this time, and the number of that change.
    pub async fn joined_since(&self, ago: Duration, among: &[UserId]) -> Result<Vec<Joined>> {
        let ids: Vec<_> = among.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                user_id as "user_id: UserId", conversation_id as "conversation_id: ConversationId",
                coalesce(rev, 0) as "rev!", extract(epoch from now() - joined_at)::float8 as "ago!"
            from conversation_participants
            where is_active and joined_at > now() - make_interval(secs => $1) and user_id = any($2)
            "#,
            ago.as_secs_f64(),
            &ids,
        )
        .fetch_all(&self.workers)
        .timed(series!("select", "conversation_participants"))
        .await?;
        let joined = rows.into_iter().map(|row| Joined {
            user_id: row.user_id,
            conversation_id: row.conversation_id,
            rev: row.rev,
            ago: Duration::try_from_secs_f64(row.ago).unwrap_or_default(),
        });
        Ok(joined.collect())
    }

    /// The participants of these conversations, the longest-serving first, at most `each` of one conversation.
    pub async fn participants(
        &self,
        conversations: &[ConversationId],
        each: i64,
    ) -> Result<HashMap<ConversationId, Vec<Participant>>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                p.conversation_id as "conversation_id: ConversationId", p.role as "role: Role",
                u.id as "id: UserId", u.username, u.display_name, u.avatar_url
            from unnest($1::uuid[]) as wanted (id)
            cross join lateral (
                select conversation_id, user_id, role, joined_at
                from conversation_participants
                where conversation_id = wanted.id and is_active
                order by joined_at, user_id
                limit $2
            ) p
            join users u on u.id = p.user_id
            order by p.joined_at, p.user_id
            "#,
            &ids,
            each,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        let mut participants: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            participants.entry(row.conversation_id).or_default().push(Participant {
                user: User {
                    id: row.id,
                    username: row.username,
                    display_name: row.display_name,
                    avatar_url: row.avatar_url,
                },
                role: row.role,
                presence: None,
            });
        }
        Ok(participants)
    }
}
