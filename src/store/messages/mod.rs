//! Messages: the one-round-trip write; `batch` writes many at once, `history` reads them back.

mod batch;
mod history;

pub use history::{Side, Snapshot};
use sqlx::PgConnection;

use crate::{
    error::Result,
    model::{
        conversation::ConversationType,
        id::{ClientMessageId, ConversationId, MessageId, UserId},
        message::{ContentType, Message, MessageStatus},
        time::Timestamp,
        user::User,
    },
    observability::stages::Subject,
    store::{
        Store,
        query::{Timed as _, series},
        violates,
    },
};

/// A message to be stored.
#[derive(Clone)]
pub struct NewMessage {
    /// The new message.
    pub id: MessageId,
    /// Where to.
    pub conversation_id: ConversationId,
    /// Who sends it.
    pub sender_id: UserId,
    /// As typed, and already found to be allowed.
    pub content: String,
    /// What the content is.
    pub content_type: ContentType,
    /// The sender's own name for it.
    pub client_message_id: ClientMessageId,
    /// The message it answers.
    pub reply_to_id: Option<MessageId>,
}

impl NewMessage {
    /// Which message it is, for logs.
    pub fn subject(&self) -> Subject {
        Subject { message: self.id, conversation: self.conversation_id, user: self.sender_id }
    }
}

/// What became of a message.
#[derive(Debug)]
pub enum Stored {
    /// It is stored, after the conversation's changes up to this number. The conversation's type is told with it, except
    /// where the answer was lost.
    New(Message, i64, Option<ConversationType>),
    /// An earlier try had stored it, perhaps in another conversation.
    Duplicate(Message),
    /// The sender is not a member, or there is no such conversation.
    NotAMember,
    /// There is no message to answer in this conversation.
    NoSuchReply,
    /// It is a direct conversation with somebody who deleted the account.
    ReadOnly,
}

/// A message and its sender, side by side.
struct MessageRow {
    id: MessageId,
    conversation_id: ConversationId,
    seq: i64,
    rev: Option<i64>,
    sender_id: UserId,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    content: String,
    content_type: ContentType,
    client_message_id: ClientMessageId,
    status: MessageStatus,
    reply_to_id: Option<MessageId>,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            conversation_id: row.conversation_id,
            seq: row.seq,
            rev: row.rev,
            sender_id: row.sender_id,
            sender: User {
                id: row.sender_id,
                username: row.username,
                display_name: row.display_name,
                avatar_url: row.avatar_url,
            },
            content: row.content,
            content_type: row.content_type,
            client_message_id: row.client_message_id,
            status: row.status,
            reply_to_id: row.reply_to_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// What is known of a message once it is stored.
struct StoredRow {
    kind: Option<ConversationType>,
    last_rev: i64,
    seq: i64,
    status: MessageStatus,
    created_at: Timestamp,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
}

impl StoredRow {
    fn stored(self, new: &NewMessage) -> Stored {
        let message = Message {
            id: new.id,
            conversation_id: new.conversation_id,
            seq: self.seq,
            rev: None,
            sender_id: new.sender_id,
            sender: User {
                id: new.sender_id,
                username: self.username,
                display_name: self.display_name,
                avatar_url: self.avatar_url,
            },
            content: new.content.clone(),
            content_type: new.content_type,
            client_message_id: new.client_message_id,
            status: self.status,
            reply_to_id: new.reply_to_id,
            created_at: self.created_at,
            updated_at: self.created_at,
            deleted_at: None,
        };
        Stored::New(message, self.last_rev, self.kind)
    }
}

impl Store {
    /// Stores a message in one round trip and one transaction: the sender's membership, the number, the message, the
    /// conversation's head and the sender's own read position.
    pub async fn store_message(&self, message: &NewMessage) -> Result<Stored> {
        let mut connection = self.writers.acquire().await?;
        let stored = insert_or_find(&mut connection, message).await;
        connection.settle(&stored);
        Ok(stored?)
    }
}

async fn insert_or_find(connection: &mut PgConnection, message: &NewMessage) -> sqlx::Result<Stored> {
    match insert(connection, message).await {
        // The same message was being stored by another request: the whole statement was undone, number and all.
        Err(error) if violates(&error, "messages_client_message_id") => {
            first(connection, message).await?.map(Stored::Duplicate).ok_or(error)
        }
        other => other,
    }
}

/// Locks first, looks then: the sender's row is locked before membership counts, and the conversation's row before
/// its number is taken, so a member who is being removed either stores before that or not at all. A number taken is
/// a number used: nothing here skips a row after `last_seq` moved, so there are no holes.
async fn insert(connection: &mut PgConnection, message: &NewMessage) -> sqlx::Result<Stored> {
    let row = sqlx::query!(
        r#"
        with member as materialized (
            select p.id, p.user_id
            from conversation_participants p
            where p.conversation_id = $2 and p.user_id = $3 and p.is_active
            for no key update
        ), first as (
            select m.id from messages m where m.sender_id = $3 and m.client_message_id = $6
        ), head as (
            update conversations c
            set last_seq = c.last_seq + 1, updated_at = greatest(clock_timestamp(), c.updated_at)
            from member
            where c.id = $2 and c.deleted_at is null and not c.is_read_only
                and not exists (select from first)
                and ($7::uuid is null or exists (
                    select from messages r where r.id = $7 and r.conversation_id = $2
                ))
            returning c.last_seq, c.last_rev, c.updated_at, c.type as kind
        ), stored as (
            insert into messages (
                id, conversation_id, seq, sender_id, content, content_type, client_message_id, reply_to_id,
                created_at, updated_at
            )
            select $1, $2, head.last_seq, $3, $4, $5, $6, $7, head.updated_at, head.updated_at
            from head
            returning seq, status, created_at
        ), position as (
            update conversation_participants p
            set last_read_seq = stored.seq, last_read_message_id = $1, last_read_at = stored.created_at
            from member, stored
            where p.id = member.id
        )
        select
            exists (select from member) as "member!",
            (select id from first) as "first: MessageId",
            stored.seq as "seq?", stored.status as "status?: MessageStatus",
            stored.created_at as "created_at?: Timestamp", (select last_rev from head) as last_rev,
            (select kind from head) as "kind: ConversationType",
            u.username, u.display_name, u.avatar_url
        from users u
        left join stored on true
        where u.id = $3
        "#,
        message.id.0,
        message.conversation_id.0,
        message.sender_id.0,
        message.content,
        message.content_type as ContentType,
        message.client_message_id.0,
        message.reply_to_id.map(|id| id.0),
    )
    .fetch_one(&mut *connection)
    .timed(series!("insert", "messages"))
    .await?;

    if let (Some(seq), Some(status), Some(created_at), Some(last_rev)) =
        (row.seq, row.status, row.created_at, row.last_rev)
    {
        let (username, display_name, avatar_url) = (row.username, row.display_name, row.avatar_url);
        let stored =
            StoredRow { kind: row.kind, last_rev, seq, status, created_at, username, display_name, avatar_url };
        return Ok(stored.stored(message));
    }
    if row.first.is_some()
        && let Some(first) = first(connection, message).await?
    {
        return Ok(Stored::Duplicate(first));
    }
    if !row.member {
        return Ok(Stored::NotAMember);
    }
    Ok(match is_read_only(connection, message.conversation_id).await? {
        Some(true) => Stored::ReadOnly,
        Some(false) if message.reply_to_id.is_some() => Stored::NoSuchReply,
        _ => Stored::NotAMember,
    })
}

/// Whether nothing can be sent to a conversation any more; nothing if it is not there.
async fn is_read_only(connection: &mut PgConnection, id: ConversationId) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!("select is_read_only from conversations where id = $1 and deleted_at is null", id.0)
        .fetch_optional(connection)
        .timed(series!("select", "conversations"))
        .await
}

/// What an earlier try stored.
async fn first(connection: &mut PgConnection, message: &NewMessage) -> sqlx::Result<Option<Message>> {
    let row = sqlx::query_as!(
        MessageRow,
        r#"
        select
            m.id as "id: MessageId", m.conversation_id as "conversation_id: ConversationId", m.seq, m.rev,
            m.sender_id as "sender_id: UserId", u.username, u.display_name, u.avatar_url,
            m.content, m.content_type as "content_type: ContentType",
            m.client_message_id as "client_message_id: ClientMessageId",
            case when c.type = 'direct' and exists (
                select from conversation_participants p
                where p.conversation_id = m.conversation_id and p.user_id <> m.sender_id
                    and p.last_receipt_seq >= m.seq
            ) then 'read' else m.status end as "status!: MessageStatus",
            m.reply_to_id as "reply_to_id: MessageId", m.created_at as "created_at: Timestamp",
            m.updated_at as "updated_at: Timestamp", m.deleted_at as "deleted_at: Timestamp"
        from messages m
        join conversations c on c.id = m.conversation_id
        join users u on u.id = m.sender_id
        where m.sender_id = $1 and m.client_message_id = $2
        "#,
        message.sender_id.0,
        message.client_message_id.0,
    )
    .fetch_optional(connection)
    .timed(series!("select", "messages"))
    .await?;
    Ok(row.map(Message::from))
}
