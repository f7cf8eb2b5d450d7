//! Many rows at once, for a demo or a load test: each table in a few statements, all in one transaction.

use serde::Serialize;
use uuid::Uuid;

use crate::{
    error::{Error, ErrorCode, Result},
    model::{conversation::Role, time::Timestamp},
    store::{Store, Transaction, violates},
};

/// How many rows one statement inserts.
const BATCH: usize = 5000;

/// Everything there is to insert.
#[derive(Default)]
pub struct Seed {
    /// Accounts.
    pub people: Vec<Person>,
    /// What they talk in.
    pub conversations: Vec<Conversation>,
    /// Who takes part.
    pub participants: Vec<Participant>,
    /// What they said, each conversation's in its order.
    pub messages: Vec<Message>,
}

/// An account.
#[derive(Serialize)]
#[expect(missing_docs, reason = "a row of users")]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub username: String,
    pub password_hash: String,
    pub display_name: String,
    pub created_at: Timestamp,
}

/// A conversation; one without a title is direct.
#[derive(Serialize)]
#[expect(missing_docs, reason = "a row of conversations")]
pub struct Conversation {
    pub id: Uuid,
    pub title: Option<String>,
    pub created_by: Uuid,
    pub direct_key: Option<String>,
    pub last_seq: i64,
    pub last_rev: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Somebody in a conversation.
#[derive(Serialize)]
#[expect(missing_docs, reason = "a row of conversation_participants")]
pub struct Participant {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub user_id: Uuid,
    pub role: Role,
    pub joined_at: Timestamp,
    pub last_read_message_id: Option<Uuid>,
    pub last_read_seq: i64,
    pub last_read_at: Option<Timestamp>,
    pub last_receipt_seq: Option<i64>,
    pub receipts_from_seq: i64,
}

/// A message; a deleted one is without words.
#[derive(Serialize)]
#[expect(missing_docs, reason = "a row of messages")]
pub struct Message {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub seq: i64,
    pub rev: Option<i64>,
    pub sender_id: Uuid,
    pub content: String,
    pub client_message_id: Uuid,
    pub reply_to_id: Option<Uuid>,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

impl Store {
    /// Whether anybody has an account.
    pub async fn has_people(&self) -> Result<bool> {
        Ok(sqlx::query_scalar!(r#"select exists (select from users) as "any!""#).fetch_one(&self.requests).await?)
    }

    /// Inserts everything, or nothing. Read receipts follow from the participants' positions.
    pub async fn seed(&self, seed: &Seed) -> Result<()> {
        let mut transaction = Transaction::begin(&self.requests).await?;
        // It may take longer than any request.
        sqlx::query("set local statement_timeout = 0").execute(&mut *transaction).await?;
        insert_people(&mut transaction, &seed.people).await?;
        for rows in batches(&seed.conversations) {
            sqlx::query!(
                r#"
                insert into conversations (
                    id, type, title, created_by, direct_key, last_seq, last_rev, created_at, updated_at
                )
                select
                    id, case when title is null then 'direct' else 'group' end, title, created_by, direct_key, last_seq,
                    last_rev, created_at, updated_at
                from json_to_recordset($1::text::json) as c (
                    id uuid, title text, created_by uuid, direct_key text, last_seq bigint, last_rev bigint,
                    created_at timestamptz, updated_at timestamptz
                )
                "#,
                rows?,
            )
            .execute(&mut *transaction)
            .await?;
        }
        for rows in batches(&seed.participants) {
            sqlx::query!(
                r#"
                insert into conversation_participants (
                    id, conversation_id, user_id, role, joined_at, last_read_message_id, last_read_seq, last_read_at,
                    last_receipt_seq, receipts_from_seq, last_receipt_at
                )
                select *, case when last_receipt_seq is not null then last_read_at end
                from json_to_recordset($1::text::json) as p (
                    id uuid, conversation_id uuid, user_id uuid, role text, joined_at timestamptz,
                    last_read_message_id uuid, last_read_seq bigint, last_read_at timestamptz, last_receipt_seq bigint,
                    receipts_from_seq bigint
                )
                "#,
                rows?,
            )
            .execute(&mut *transaction)
            .await?;
        }
        for rows in batches(&seed.messages) {
            sqlx::query!(
                r#"
                insert into messages (
                    id, conversation_id, seq, rev, sender_id, content, client_message_id, reply_to_id, created_at,
                    updated_at, deleted_at
                )
                select
                    id, conversation_id, seq, rev, sender_id, content, client_message_id, reply_to_id, created_at,
                    coalesce(deleted_at, created_at), deleted_at
                from json_to_recordset($1::text::json) as m (
                    id uuid, conversation_id uuid, seq bigint, rev bigint, sender_id uuid, content text,
                    client_message_id uuid, reply_to_id uuid, created_at timestamptz, deleted_at timestamptz
                )
                "#,
                rows?,
            )
            .execute(&mut *transaction)
            .await?;
        }
        let conversations: Vec<_> = seed.conversations.iter().map(|conversation| conversation.id).collect();
        sqlx::query!(
            r#"
            insert into read_receipts (message_id, user_id, read_at)
            select m.id, p.user_id, p.last_read_at
            from conversation_participants p
            join messages m on m.conversation_id = p.conversation_id
                and m.seq > p.receipts_from_seq and m.seq <= p.last_receipt_seq
            where p.conversation_id = any($1) and m.sender_id <> p.user_id and m.deleted_at is null
            "#,
            &conversations,
        )
        .execute(&mut *transaction)
        .await?;
        // Nor has its end the time of others'.
        sqlx::query("commit").execute(&mut *transaction).await?;
        Ok(())
    }
}

async fn insert_people(transaction: &mut Transaction, people: &[Person]) -> Result<()> {
    for rows in batches(people) {
        sqlx::query!(
            r#"
            insert into users (
                id, email, email_key, username, username_key, password_hash, display_name, created_at, updated_at
            )
            select id, email, email, username, username, password_hash, display_name, created_at, created_at
            from json_to_recordset($1::text::json) as p (
                id uuid, email text, username text, password_hash text, display_name text, created_at timestamptz
            )
            "#,
            rows?,
        )
        .execute(&mut **transaction)
        .await
        .map_err(|error| {
            if violates(&error, "users_email_key") || violates(&error, "users_username_key") {
                Error::new(ErrorCode::Conflict, "Some of these people are there already.")
            } else {
                error.into()
            }
        })?;
    }
    Ok(())
}

/// Rows as the database reads them, so many at a time.
fn batches<T: Serialize>(rows: &[T]) -> impl Iterator<Item = Result<String>> {
    rows.chunks(BATCH).map(|rows| serde_json::to_string(rows).map_err(Error::internal))
}
