//! Who takes part in what, and how far they have read.

use std::collections::HashMap;

use crate::{
    error::Result,
    model::{
        conversation::{ConversationType, Participant, Role},
        id::{ConversationId, UserId},
        receipt::ReadPosition,
        time::Timestamp,
        user::User,
    },
    store::Store,
};

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

/// What came of somebody's leaving.
#[derive(Debug, PartialEq, Eq)]
pub enum Left {
    /// They are out.
    Left {
        /// The number of that change.
        rev: i64,
        /// Who owns the group now, if its last owner left, and the number of that change.
        heir: Option<(UserId, i64)>,
    },
    /// They were the last one: the group is gone with them.
    Deleted {
        /// The number of that change.
        rev: i64,
    },
    /// They were not in it.
    NotAMember,
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
        .await?)
    }

    /// Takes somebody out of a group. Its last owner hands over to the longest-serving admin, or else member; the last
    /// person takes the group along. Locks all participants first and the conversation then, as everybody does who
    /// changes memberships, so that a message is stored either before this or not at all.
    pub async fn leave(&self, conversation: ConversationId, user: UserId) -> Result<Left> {
        let mut transaction = self.requests.begin().await?;
        let members = sqlx::query!(
            r#"
            select user_id as "user_id: UserId", role as "role: Role", joined_at
            from conversation_participants
            where conversation_id = $1 and is_active
            order by user_id
            for no key update
            "#,
            conversation.0,
        )
        .fetch_all(&mut *transaction)
        .await?;
        let head = sqlx::query_scalar!(
            "select last_rev from conversations where id = $1 and deleted_at is null for no key update",
            conversation.0,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let (Some(head), true) = (head, members.iter().any(|member| member.user_id == user)) else {
            return Ok(Left::NotAMember);
        };
        let rev = head + 1;
        sqlx::query!(
            "update conversation_participants set is_active = false, rev = $3 where conversation_id = $1 and user_id = $2",
            conversation.0,
            user.0,
            rev,
        )
        .execute(&mut *transaction)
        .await?;
        let others = || members.iter().filter(|member| member.user_id != user);
        let owned = others().any(|member| member.role == Role::Owner);
        let heir = others().min_by_key(|member| (member.role != Role::Admin, member.joined_at, member.user_id));
        let left = match heir {
            None => Left::Deleted { rev: rev + 1 },
            Some(_) if owned => Left::Left { rev, heir: None },
            Some(heir) => Left::Left { rev, heir: Some((heir.user_id, rev + 1)) },
        };
        let mut last = rev;
        if let Left::Left { heir: Some((heir, rev)), .. } = left {
            sqlx::query!(
                "update conversation_participants set role = $3, rev = $4 where conversation_id = $1 and user_id = $2",
                conversation.0,
                heir.0,
                Role::Owner as Role,
                rev,
            )
            .execute(&mut *transaction)
            .await?;
            last = rev;
        }
        let deleted = matches!(left, Left::Deleted { .. });
        if deleted {
            last = rev + 1;
        }
        sqlx::query!(
            r#"
            update conversations
            set last_rev = $2, deleted_at = case when $3 then now() end, rev = case when $3 then $2 else rev end
            where id = $1
            "#,
            conversation.0,
            last,
            deleted,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(left)
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
        .await?;
        Ok(match member {
            Some(true) => Membership::Member,
            Some(false) => Membership::Stranger,
            None => Membership::Unknown,
        })
    }

    /// Where a member stands in each of these conversations; those they do not take part in are left out.
    pub async fn standings(&self, user: UserId, conversations: &[ConversationId]) -> Result<Vec<Standing>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        Ok(sqlx::query_as!(
            Standing,
            r#"
            select
                c.id as "conversation_id: ConversationId", c.type as "kind: ConversationType", c.last_seq as seq, c.last_rev as rev, p.last_read_seq,
                greatest(c.last_seq - p.last_read_seq, 0) - (
                    select count(*) from messages m
                    where m.conversation_id = c.id and m.deleted_at is not null and m.seq > p.last_read_seq
                ) as "unread_count!",
                (
                    select count(*) from conversation_participants o where o.conversation_id = c.id and o.is_active
                ) as "participant_count!"
            from conversation_participants p
            join conversations c on c.id = p.conversation_id
            where p.user_id = $1 and p.is_active and c.id = any($2) and c.deleted_at is null
            "#,
            user.0,
            &ids,
        )
        .fetch_all(&self.requests)
        .await?)
    }

    /// How far the other members of these conversations have read, as far as they let it be seen.
    pub async fn read_positions(
        &self,
        except: UserId,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Vec<ReadPosition>>> {
        let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                p.conversation_id as "conversation_id: ConversationId", p.user_id as "user_id: UserId",
                p.last_receipt_seq as "last_receipt_seq!", p.last_read_at as "last_read_at!: Timestamp"
            from conversation_participants p
            join users u on u.id = p.user_id
            where p.conversation_id = any($2) and p.user_id <> $1 and p.is_active and u.read_receipts_enabled
                and p.last_receipt_seq is not null and p.last_read_at is not null
            "#,
            except.0,
            &ids,
        )
        .fetch_all(&self.requests)
        .await?;
        let mut positions: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            positions.entry(row.conversation_id).or_default().push(ReadPosition {
                user_id: row.user_id,
                last_read_seq: row.last_receipt_seq,
                read_at: row.last_read_at,
            });
        }
        Ok(positions)
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
            });
        }
        Ok(participants)
    }
}
