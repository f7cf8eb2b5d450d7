//! Read receipts, and the positions that they move.

use std::collections::{BTreeMap, HashMap};

use crate::{
    error::Result,
    model::{
        conversation::ConversationType,
        id::{ConversationId, MessageId, UserId},
        receipt::{ReadState, Receipt},
        time::Timestamp,
    },
    store::{
        Store, Transaction,
        query::{Timed as _, series},
    },
};

/// What somebody who reads sees, and how it stands.
pub struct Reading {
    /// Two people, or a group.
    pub kind: ConversationType,
    /// Whether the reader lets it be seen.
    pub shown: bool,
    /// The number of the message up to which everything is read; nothing if the conversation has no such message.
    pub seq: Option<i64>,
    /// The conversation's newest message.
    pub head: i64,
    /// How far the reader had read before.
    pub last_read_seq: i64,
    /// Up to which message there are receipts, or are to be none.
    pub receipts_until: i64,
    /// What is newly covered: others' messages that are not deleted, the newest first, at most so many.
    pub covered: Vec<Covered>,
    /// The database's clock.
    pub now: Timestamp,
}

/// A message that is newly covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Which.
    pub id: MessageId,
    /// Its number.
    pub seq: i64,
    /// Who sent it.
    pub sender_id: UserId,
}

impl Store {
    /// What a member is about to have read, if they are one. `waiting` is up to where receipts of theirs wait to be stored.
    pub async fn reading(
        &self,
        user: UserId,
        conversation: ConversationId,
        message: MessageId,
        waiting: i64,
        most: i64,
    ) -> Result<Option<Reading>> {
        let rows = sqlx::query!(
            r#"
            select
                c.type as "kind: ConversationType", c.last_seq as head, u.read_receipts_enabled as shown,
                p.last_read_seq, until.seq as "receipts_until!", target.seq as "seq?", clock_timestamp() as "now!: Timestamp",
                covered.id as "covered_id?: MessageId", covered.seq as "covered_seq?",
                covered.sender_id as "sender_id?: UserId"
            from conversation_participants p
            join conversations c on c.id = p.conversation_id
            join users u on u.id = p.user_id
            cross join lateral (
                select greatest(p.receipts_from_seq, p.last_receipt_seq, $4::bigint) as seq
            ) until
            left join messages target on target.id = $3 and target.conversation_id = c.id
            left join lateral (
                select m.id, m.seq, m.sender_id from messages m
                where u.read_receipts_enabled and m.conversation_id = c.id and m.seq > until.seq and m.seq <= target.seq
                    and m.sender_id <> p.user_id and m.deleted_at is null
                order by m.seq desc
                limit $5
            ) covered on true
            where p.conversation_id = $2 and p.user_id = $1 and p.is_active and c.deleted_at is null
            order by covered.seq desc
            "#,
            user.0,
            conversation.0,
            message.0,
            waiting,
            most,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "conversation_participants"))
        .await?;
        let mut reading = None;
        for row in rows {
            let reading = reading.get_or_insert_with(|| Reading {
                kind: row.kind,
                shown: row.shown,
                seq: row.seq,
                head: row.head,
                last_read_seq: row.last_read_seq,
                receipts_until: row.receipts_until,
                covered: Vec::new(),
                now: row.now,
            });
            if let (Some(id), Some(seq), Some(sender_id)) = (row.covered_id, row.covered_seq, row.sender_id) {
                reading.covered.push(Covered { id, seq, sender_id });
            }
        }
        Ok(reading)
    }

    /// Stores one receipt. Answers whether it moved its reader on.
    pub async fn store_receipt(&self, receipt: &Receipt) -> Result<bool> {
        let mut transaction = Transaction::begin(&self.requests).await?;
        insert_rows(&mut transaction, &[receipt]).await?;
        let moved = move_readers(&mut transaction, &[receipt]).await?;
        transaction.commit().await?;
        Ok(moved > 0)
    }

    /// Stores receipts, all or none, each once however often it comes. Answers how many rows each message now has.
    pub async fn store_receipts(&self, receipts: &[&Receipt]) -> Result<HashMap<MessageId, i64>> {
        let mut transaction = Transaction::begin(&self.workers).await?;
        insert_rows(&mut transaction, receipts).await?;
        move_readers(&mut transaction, receipts).await?;
        let mut messages: Vec<_> =
            receipts.iter().flat_map(|receipt| &receipt.messages).map(|message| message.0).collect();
        messages.sort_unstable();
        messages.dedup();
        let counts = sqlx::query!(
            r#"
            select message_id as "message_id: MessageId", count(*) as "count!" from read_receipts
            where message_id = any($1)
            group by message_id
            "#,
            &messages,
        )
        .fetch_all(&mut *transaction)
        .timed(series!("select", "read_receipts"))
        .await?;
        transaction.commit().await?;
        Ok(counts.into_iter().map(|row| (row.message_id, row.count)).collect())
    }

    /// Keeps a receipt that the database refuses for the operator. Once, whoever meets it.
    pub async fn set_aside(&self, receipt: &Receipt, reason: &str) -> Result<()> {
        let messages: Vec<_> = receipt.messages.iter().map(|message| message.0).collect();
        sqlx::query!(
            r#"
            insert into receipts_set_aside (id, conversation_id, user_id, message_id, seq, read_at, message_ids, reason)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict do nothing
            "#,
            receipt.id.0,
            receipt.conversation_id.0,
            receipt.user_id.0,
            receipt.message_id.0,
            receipt.seq,
            receipt.read_at.0,
            &messages,
            reason,
        )
        .execute(&self.workers)
        .timed(series!("insert", "receipts_set_aside"))
        .await?;
        Ok(())
    }

    /// Whether the database answers to what works in the background.
    pub async fn reachable(&self) -> bool {
        sqlx::query("select 1").execute(&self.workers).timed(series!("select", "none")).await.is_ok()
    }

    /// How many rows each of these messages has.
    pub async fn read_counts(&self, messages: &[MessageId]) -> Result<HashMap<MessageId, i64>> {
        let ids: Vec<_> = messages.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select m.id as "id!: MessageId", (select count(*) from read_receipts r where r.message_id = m.id) as "count!"
            from unnest($1::uuid[]) as m (id)
            "#,
            &ids,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "read_receipts"))
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
    }

    /// Where a member stands in conversations, each with its newest message and with how far they have read by what waits to be
    /// stored.
    pub async fn read_states(
        &self,
        user: UserId,
        conversations: &[(ConversationId, i64, i64)],
    ) -> Result<HashMap<ConversationId, ReadState>> {
        let ids: Vec<_> = conversations.iter().map(|(id, ..)| id.0).collect();
        let heads: Vec<_> = conversations.iter().map(|(_, head, _)| *head).collect();
        let waiting: Vec<_> = conversations.iter().map(|(.., waiting)| *waiting).collect();
        let rows = sqlx::query!(
            r#"
            select
                p.conversation_id as "id: ConversationId", read.seq as "seq!",
                case when read.seq = p.last_read_seq then p.last_read_message_id else (
                    select m.id from messages m where m.conversation_id = p.conversation_id and m.seq = read.seq
                ) end as "message_id: MessageId",
                greatest(here.head - read.seq, 0) - (
                    select count(*) from messages m
                    where m.conversation_id = p.conversation_id and m.deleted_at is not null
                        and m.seq > read.seq and m.seq <= here.head
                ) as "unread!"
            from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as here (id, head, waiting)
            join conversation_participants p on p.conversation_id = here.id and p.user_id = $1
            cross join lateral (select greatest(p.last_read_seq, here.waiting) as seq) read
            "#,
            user.0,
            &ids,
            &heads,
            &waiting,
        )
        .fetch_all(&self.requests)
        .timed(series!("select", "messages"))
        .await?;
        let state = |seq, message, unread| ReadState {
            last_read_message_id: message,
            last_read_seq: seq,
            unread_count: unread,
        };
        Ok(rows.into_iter().map(|row| (row.id, state(row.seq, row.message_id, row.unread))).collect())
    }
}

/// Before the positions: whoever moves positions first and waits for these rows would hold up who sends.
async fn insert_rows(transaction: &mut Transaction, receipts: &[&Receipt]) -> Result<()> {
    let (mut messages, mut users, mut moments) = (Vec::new(), Vec::new(), Vec::new());
    for receipt in receipts {
        for message in &receipt.messages {
            messages.push(message.0);
            users.push(receipt.user_id.0);
            moments.push(receipt.read_at.0);
        }
    }
    // In one order, so that two who insert the same rows do not wait for each other.
    sqlx::query!(
        r#"
        insert into read_receipts (message_id, user_id, read_at)
        select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as r (message_id, user_id, read_at)
        order by message_id, user_id, read_at
        on conflict do nothing
        "#,
        &messages,
        &users,
        &moments,
    )
    .execute(&mut **transaction)
    .timed(series!("insert", "read_receipts"))
    .await?;
    Ok(())
}

/// Moves readers on, never back, each to the newest that their receipts say. Answers how many it moved.
async fn move_readers(transaction: &mut Transaction, receipts: &[&Receipt]) -> Result<i64> {
    // Sorted, for they are locked in this order.
    let mut newest: BTreeMap<_, (&Receipt, Option<&Receipt>)> = BTreeMap::new();
    for receipt in receipts {
        let shown = receipt.shown.then_some(*receipt);
        let reader = newest.entry((receipt.conversation_id, receipt.user_id)).or_insert((receipt, shown));
        if receipt.seq > reader.0.seq {
            reader.0 = receipt;
        }
        if shown.is_some_and(|shown| reader.1.is_none_or(|before| shown.seq > before.seq)) {
            reader.1 = shown;
        }
    }
    let (conversations, users): (Vec<_>, Vec<_>) = newest.keys().map(|(id, user)| (id.0, user.0)).unzip();
    let seqs: Vec<_> = newest.values().map(|(read, _)| read.seq).collect();
    let messages: Vec<_> = newest.values().map(|(read, _)| read.message_id.0).collect();
    let moments: Vec<_> = newest.values().map(|(read, _)| read.read_at.0).collect();
    let shown_seqs: Vec<_> = newest.values().map(|(_, shown)| shown.map(|shown| shown.seq)).collect();
    let shown_moments: Vec<_> = newest.values().map(|(_, shown)| shown.map(|shown| shown.read_at.0)).collect();
    let moved = sqlx::query_scalar!(
        r#"select move_readers($1, $2, $3, $4, $5, $6, $7) as "moved!""#,
        &conversations,
        &users,
        &seqs,
        &messages,
        &moments,
        &shown_seqs as &[Option<i64>],
        &shown_moments as _,
    )
    .fetch_one(&mut **transaction)
    .timed(series!("update", "conversation_participants"))
    .await?;
    Ok(moved)
}
