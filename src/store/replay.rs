//! The rows of a conversation that changed since some number: deleted messages, people, and the conversation itself.

use crate::{
    error::Result,
    model::{
        conversation::Role,
        id::{ConversationId, MessageId, UserId},
        time::Timestamp,
        user::User,
    },
    store::Store,
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

impl Store {
    /// Rows that changed `after < rev <= until`, in the order of their numbers; more than `limit` of them when there are.
    pub async fn changes_after(
        &self,
        conversation: ConversationId,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<Vec<(i64, RowChange)>> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let messages = sqlx::query!(
            r#"
            select id as "id: MessageId", seq, rev as "rev!", deleted_at as "deleted_at!: Timestamp"
            from messages
            where conversation_id = $1 and rev > $2 and rev <= $3 and deleted_at is not null
            order by rev
            limit $4
            "#,
            conversation.0,
            after,
            until,
            most,
        )
        .fetch_all(&self.workers)
        .await?;
        let people = sqlx::query!(
            r#"
            select
                p.rev as "rev!", p.is_active, p.role as "role: Role", u.id as "id: UserId", u.username, u.display_name,
                u.avatar_url
            from conversation_participants p join users u on u.id = p.user_id
            where p.conversation_id = $1 and p.rev > $2 and p.rev <= $3
            order by p.rev
            limit $4
            "#,
            conversation.0,
            after,
            until,
            most,
        )
        .fetch_all(&self.workers)
        .await?;
        let itself = sqlx::query!(
            r#"
            select rev as "rev!", deleted_at as "deleted_at: Timestamp" from conversations
            where id = $1 and rev > $2 and rev <= $3
            "#,
            conversation.0,
            after,
            until,
        )
        .fetch_optional(&self.workers)
        .await?;

        let mut changes: Vec<_> = messages
            .into_iter()
            .map(|row| (row.rev, RowChange::Deleted { message_id: row.id, seq: row.seq, deleted_at: row.deleted_at }))
            .collect();
        changes.extend(people.into_iter().map(|row| {
            let user =
                User { id: row.id, username: row.username, display_name: row.display_name, avatar_url: row.avatar_url };
            let change = if row.is_active {
                RowChange::Joined { user, role: row.role }
            } else {
                RowChange::Left { user_id: row.id }
            };
            (row.rev, change)
        }));
        changes.extend(itself.map(|row| (row.rev, RowChange::Conversation { deleted_at: row.deleted_at })));
        changes.sort_by_key(|(rev, _)| *rev);
        Ok(changes)
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
        .await?)
    }
}
