//! Changes of a conversation that are numbered by `rev`: its people, their roles, its title, its end, a message's deletion.
//! Each is one transaction, which locks first, shows what is there, and does what was decided about it.

use chrono::{DateTime, Utc};

use crate::{
    error::{Error, Result},
    model::{
        conversation::{ConversationType, Role},
        event::MessageDeleted,
        id::{ConversationId, MessageId, UserId},
        time::Timestamp,
    },
    store::{
        Store, Transaction,
        query::{Timed as _, series},
    },
};

/// A conversation as it stands while nobody else can change it.
pub struct Standing {
    /// Two people, or a group.
    pub kind: ConversationType,
    /// Those who take part.
    pub members: Vec<Member>,
}

/// Somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

/// One change; each takes one number. A row changes once at most in what is decided together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody takes part from now on, with everything read that is there.
    Join(UserId),
    /// Somebody does no longer.
    Leave(UserId),
    /// Somebody may do other things.
    Role(UserId, Role),
    /// The title or picture is another; what is `None` stays.
    Appearance {
        /// A group's name.
        title: Option<String>,
        /// Its picture; `Some(None)` takes it away.
        avatar_url: Option<Option<String>>,
    },
    /// It is gone.
    Delete,
}

impl Store {
    /// Decides about a conversation and does it, as one, in as many statements for a hundred people as for one. Answers each
    /// change with its number; `None` if there is no such conversation. People who are to join must exist.
    ///
    /// Locks all participants, in the order of their ids, and then the conversation: as sending does, so that a message
    /// of somebody who is being removed is stored either before that or not at all. Accounts that join come last: nobody who
    /// holds an account's lock waits for a group.
    pub async fn change(
        &self,
        id: ConversationId,
        decide: impl FnOnce(&Standing) -> Result<Vec<Change>> + Send,
    ) -> Result<Option<Vec<(Change, i64)>>> {
        let Some((mut transaction, standing, last_rev)) = self.standing(id).await? else { return Ok(None) };
        let changes = match decide(&standing) {
            Ok(changes) if !changes.is_empty() => changes,
            nothing => {
                transaction.commit().await?;
                return nothing.map(|_| Some(Vec::new()));
            }
        };
        let numbered: Vec<_> = changes.into_iter().zip(last_rev + 1..).collect();
        join(&mut transaction, id, &numbered).await?;
        change_members(&mut transaction, id, &numbered).await?;
        change_conversation(&mut transaction, id, &numbered).await?;
        transaction.commit().await?;
        Ok(Some(numbered))
    }

    /// A conversation as it stands, the number of its last change, and the transaction that keeps both as they are.
    async fn standing(&self, id: ConversationId) -> Result<Option<(Transaction, Standing, i64)>> {
        loop {
            let mut transaction = Transaction::begin(&self.requests).await?;
            let locked = sqlx::query_scalar!(
                r#"
                select user_id as "user_id: UserId" from conversation_participants
                where conversation_id = $1 and is_active
                order by user_id
                for no key update
                "#,
                id.0,
            )
            .fetch_all(&mut *transaction)
            .timed(series!("select", "conversation_participants"))
            .await?;
            let conversation = sqlx::query!(
                r#"
                select type as "kind: ConversationType", last_rev from conversations
                where id = $1 and deleted_at is null
                for no key update
                "#,
                id.0,
            )
            .fetch_optional(&mut *transaction)
            .timed(series!("select", "conversations"))
            .await?;
            let Some(conversation) = conversation else {
                transaction.commit().await?;
                return Ok(None);
            };
            // Looked at only now: while the locks were waited for, others may have changed who is in it.
            let members = sqlx::query_as!(
                Member,
                r#"
                select user_id as "user_id: UserId", role as "role: Role", joined_at
                from conversation_participants
                where conversation_id = $1 and is_active
                order by user_id
                "#,
                id.0,
            )
            .fetch_all(&mut *transaction)
            .timed(series!("select", "conversation_participants"))
            .await?;
            // Who joined meanwhile is not locked, and may be waiting for the conversation with a message: then once more.
            if members.iter().all(|member| locked.contains(&member.user_id)) {
                return Ok(Some((transaction, Standing { kind: conversation.kind, members }, conversation.last_rev)));
            }
            transaction.commit().await?;
        }
    }

    /// Deletes a message, if `may` allows it to a member of this role who did, or did not, send it. It stays as a tombstone.
    /// Answers what became of it; `None` if there is no such message, or no longer.
    pub async fn delete_message(
        &self,
        id: MessageId,
        user: UserId,
        may: impl FnOnce(ConversationType, Option<Role>, bool) -> Result<()> + Send,
    ) -> Result<Option<MessageDeleted>> {
        let mut transaction = Transaction::begin(&self.requests).await?;
        let deleted = Self::delete(&mut transaction, id, user, may).await?;
        transaction.commit().await?;
        Ok(deleted)
    }

    async fn delete(
        transaction: &mut Transaction,
        id: MessageId,
        user: UserId,
        may: impl FnOnce(ConversationType, Option<Role>, bool) -> Result<()> + Send,
    ) -> Result<Option<MessageDeleted>> {
        let found = sqlx::query!(
            r#"
            select m.conversation_id as "conversation_id: ConversationId", m.seq, m.sender_id as "sender_id: UserId"
            from messages m where m.id = $1
            "#,
            id.0,
        )
        .fetch_optional(&mut **transaction)
        .timed(series!("select", "messages"))
        .await?;
        let Some(found) = found else { return Ok(None) };
        // Locked in everybody's order: the participant first, the conversation then, the message last.
        let role = sqlx::query_scalar!(
            r#"
            select role as "role: Role" from conversation_participants
            where conversation_id = $1 and user_id = $2 and is_active
            for no key update
            "#,
            found.conversation_id.0,
            user.0,
        )
        .fetch_optional(&mut **transaction)
        .timed(series!("select", "conversation_participants"))
        .await?;
        let head = sqlx::query!(
            r#"
            select last_rev, type as "kind: ConversationType" from conversations
            where id = $1 and deleted_at is null
            for no key update
            "#,
            found.conversation_id.0,
        )
        .fetch_optional(&mut **transaction)
        .timed(series!("select", "conversations"))
        .await?;
        let Some(head) = head else { return Ok(None) };
        may(head.kind, role, found.sender_id == user)?;
        let rev = head.last_rev + 1;
        let deleted_at = sqlx::query_scalar!(
            r#"
            update messages set content = '', rev = $2, updated_at = now(), deleted_at = now()
            where id = $1 and deleted_at is null
            returning deleted_at as "deleted_at!: Timestamp"
            "#,
            id.0,
            rev,
        )
        .fetch_optional(&mut **transaction)
        .timed(series!("update", "messages"))
        .await?;
        let Some(deleted_at) = deleted_at else { return Ok(None) };
        sqlx::query!("update conversations set last_rev = $2 where id = $1", found.conversation_id.0, rev)
            .execute(&mut **transaction)
            .timed(series!("update", "conversations"))
            .await?;
        Ok(Some(MessageDeleted {
            conversation_id: found.conversation_id,
            message_id: id,
            seq: found.seq,
            rev,
            deleted_at,
        }))
    }
}

/// Everybody who joins, in one statement. Their accounts are locked in the order of their ids, and with `share`, which an
/// account's deletion waits for: `key share` would let it pass, because no key that others refer to changes in it.
async fn join(transaction: &mut Transaction, id: ConversationId, changes: &[(Change, i64)]) -> Result<()> {
    let (users, revs): (Vec<_>, Vec<_>) = changes
        .iter()
        .filter_map(|(change, rev)| if let Change::Join(user) = change { Some((user.0, *rev)) } else { None })
        .unzip();
    if users.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = std::iter::repeat_with(super::conversations::uuid).take(users.len()).collect();
    let joined = sqlx::query!(
        r#"
        with account as materialized (
            select u.id from users u
            where u.id = any($3) and u.deleted_at is null and u.is_active
            order by u.id
            for share
        )
        insert into conversation_participants as p (
            id, conversation_id, user_id, role, last_read_message_id, last_read_seq, receipts_from_seq, rev
        )
        select joining.id, c.id, account.id, 'member', m.id, c.last_seq, c.last_seq, joining.rev
        from account
        join unnest($2::uuid[], $3::uuid[], $4::bigint[]) as joining (id, user_id, rev) on joining.user_id = account.id
        join conversations c on c.id = $1
        left join messages m on m.conversation_id = c.id and m.seq = c.last_seq
        on conflict on constraint conversation_participants_once do update set
            role = excluded.role, joined_at = now(), is_active = true, last_read_seq = excluded.last_read_seq,
            last_read_message_id = excluded.last_read_message_id, receipts_from_seq = excluded.receipts_from_seq,
            last_receipt_seq = null, rev = excluded.rev
        "#,
        id.0,
        &ids,
        &users,
        &revs,
    )
    .execute(&mut **transaction)
    .timed(series!("insert", "conversation_participants"))
    .await?;
    if joined.rows_affected() < users.len() as u64 {
        return Err(Error::invalid("userIds", "Some of these people do not exist."));
    }
    Ok(())
}

/// Everybody who leaves or may do other things, in one statement.
async fn change_members(transaction: &mut Transaction, id: ConversationId, changes: &[(Change, i64)]) -> Result<()> {
    let (mut users, mut roles, mut revs) = (Vec::new(), Vec::new(), Vec::new());
    for (change, rev) in changes {
        let (user, role) = match change {
            Change::Leave(user) => (user, None),
            Change::Role(user, role) => (user, Some(*role)),
            _ => continue,
        };
        users.push(user.0);
        roles.push(role);
        revs.push(*rev);
    }
    if users.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        update conversation_participants p
        set is_active = changed.role is not null, role = coalesce(changed.role, p.role), rev = changed.rev
        from unnest($2::uuid[], $3::text[], $4::bigint[]) as changed (user_id, role, rev)
        where p.conversation_id = $1 and p.user_id = changed.user_id
        "#,
        id.0,
        &users,
        &roles as &[Option<Role>],
        &revs,
    )
    .execute(&mut **transaction)
    .timed(series!("update", "conversation_participants"))
    .await?;
    Ok(())
}

/// The conversation's own changes, and its newest number, in one statement.
async fn change_conversation(
    transaction: &mut Transaction,
    id: ConversationId,
    changes: &[(Change, i64)],
) -> Result<()> {
    let (mut title, mut avatar_url, mut deleted, mut own_rev) = (None, None, false, None);
    for (change, rev) in changes {
        match change {
            Change::Appearance { title: new, avatar_url: picture } => {
                (title, avatar_url, own_rev) = (new.as_deref(), picture.as_ref(), Some(*rev));
            }
            Change::Delete => (deleted, own_rev) = (true, Some(*rev)),
            Change::Join(_) | Change::Leave(_) | Change::Role(..) => {}
        }
    }
    sqlx::query!(
        r#"
        update conversations set
            title = coalesce($2, title), avatar_url = case when $3 then $4 else avatar_url end,
            deleted_at = case when $5 then now() else deleted_at end, rev = coalesce($6, rev), last_rev = $7
        where id = $1
        "#,
        id.0,
        title,
        avatar_url.is_some(),
        avatar_url.and_then(Option::as_deref),
        deleted,
        own_rev,
        changes.last().map(|(_, rev)| *rev),
    )
    .execute(&mut **transaction)
    .timed(series!("update", "conversations"))
    .await?;
    Ok(())
}
