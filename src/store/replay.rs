//! The rows of conversations that changed since some number: deleted messages, people, and the conversation itself; of any
//! number of conversations in one statement.

use uuid::Uuid;

use crate::{
    error::Result,
    model::{
        conversation::Role,
        id::{ConversationId, MessageId, UserId},
        time::Timestamp,
        user::User,
    },
    store::{
        Store,
        query::{Timed as _, series},
    },
};

/// A row that changed, as it stands now.
pub enum RowChange {
    /// A message that is deleted.
    Deleted {
        /// Which.
        message_id: MessageId,
        /// Its number.
        seq: i64,
        /// When.
        deleted_at: Timestamp,
    },
    /// Somebody who takes part.
    Joined {
        /// Who.
        user: User,
        /// What they may do.
        role: Role,
    },
    /// Somebody who does no longer.
    Left {
        /// Who.
        user_id: UserId,
    },
    /// The conversation: its title, its picture, or its end.
    Conversation {
        /// When it was deleted.
        deleted_at: Option<Timestamp>,
    },
}

/// Numbers of a conversation, of its messages or of its other changes: `after < number <= until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Which.
    pub conversation_id: ConversationId,
    /// The last one that is not meant.
    pub after: i64,
    /// The last one that is.
    pub until: i64,
}

/// Ranges, as a statement takes them.
pub(super) struct Ranges {
    pub ids: Vec<Uuid>,
    pub after: Vec<i64>,
    pub until: Vec<i64>,
}

impl Ranges {
    pub fn of(ranges: &[Range]) -> Self {
        Self {
            ids: ranges.iter().map(|range| range.conversation_id.0).collect(),
            after: ranges.iter().map(|range| range.after).collect(),
            until: ranges.iter().map(|range| range.until).collect(),
        }
    }
}

impl Store {
    /// Rows that changed within these ranges, in their order and by number; one more than `limit` of them when there are
    /// more.
    pub async fn changes_in(&self, ranges: &[Range], limit: usize) -> Result<Vec<(ConversationId, i64, RowChange)>> {
        let Ranges { ids, after, until } = Ranges::of(ranges);
        let rows = sqlx::query!(
            r#"
            select
                wanted.id as "conversation_id!: ConversationId", changed.rev as "rev!",
                changed.message_id as "message_id: MessageId", changed.seq, changed.deleted_at as "deleted_at: Timestamp",
                changed.user_id as "user_id: UserId", changed.is_active, changed.role as "role: Role",
                u.username as "username?", u.display_name as "display_name?", u.avatar_url
            from unnest($1::uuid[], $2::bigint[], $3::bigint[]) with ordinality as wanted (id, after, until, place)
            cross join lateral (
                (
                    select
                        m.rev, m.id as message_id, m.seq, m.deleted_at, null::uuid as user_id,
                        null::boolean as is_active, null::text as role
                    from messages m
                    where m.conversation_id = wanted.id and m.rev > wanted.after and m.rev <= wanted.until
                        and m.deleted_at is not null
                    order by m.rev
                    limit $4
                ) union all (
                    select p.rev, null, null, null, p.user_id, p.is_active, p.role
                    from conversation_participants p
                    where p.conversation_id = wanted.id and p.rev > wanted.after and p.rev <= wanted.until
                    order by p.rev
                    limit $4
                ) union all (
                    select c.rev, null, null, c.deleted_at, null, null, null
                    from conversations c
                    where c.id = wanted.id and c.rev > wanted.after and c.rev <= wanted.until
                )
            ) changed
            left join users u on u.id = changed.user_id
            order by wanted.place, changed.rev
            limit $4
            "#,
            &ids,
            &after,
            &until,
            i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "messages"))
        .await?;
        let changes = rows.into_iter().filter_map(|row| {
            let change = if let Some(message_id) = row.message_id {
                RowChange::Deleted { message_id, seq: row.seq?, deleted_at: row.deleted_at? }
            } else if let Some(user_id) = row.user_id {
                if row.is_active? {
                    let (username, display_name) = (row.username?, row.display_name?);
                    let user = User { id: user_id, username, display_name, avatar_url: row.avatar_url };
                    RowChange::Joined { user, role: row.role? }
                } else {
                    RowChange::Left { user_id }
                }
            } else {
                RowChange::Conversation { deleted_at: row.deleted_at }
            };
            Some((row.conversation_id, row.rev, change))
        });
        Ok(changes.collect())
    }

    /// Those of these conversations whose message of that number is another one, or none.
    pub async fn mismatched(
        &self,
        conversations: &[ConversationId],
        seqs: &[i64],
        messages: &[MessageId],
    ) -> Result<Vec<ConversationId>> {
        let conversations: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let messages: Vec<_> = messages.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            r#"
            select said.conversation_id as "id!: ConversationId"
            from unnest($1::uuid[], $2::bigint[], $3::uuid[]) as said (conversation_id, seq, id)
            where not exists (
                select from messages m
                where m.conversation_id = said.conversation_id and m.seq = said.seq and m.id = said.id
            )
            "#,
            &conversations,
            seqs,
            &messages,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "messages"))
        .await?)
    }
}
