//! Many messages stored at once. The statement is a function of the schema (`migrations/0008_create_store_messages`).

use sqlx::PgConnection;

use super::{NewMessage, Stored, StoredRow, first};
use crate::{
    error::{Error, Result},
    model::{conversation::ConversationType, message::MessageStatus, time::Timestamp},
    store::{
        Store,
        error::{cause, is_lost},
        query::{Timed as _, series},
    },
};

impl Store {
    /// Stores messages in one round trip and one transaction, and answers what became of each, in their order. One that
    /// cannot be stored keeps no other from it; a failure of the statement stores none of them.
    pub async fn store_messages(&self, messages: &[&NewMessage]) -> Result<Vec<Stored>> {
        let mut connection = self.writers.acquire().await?;
        let stored = insert(&mut connection, messages).await;
        if !stored.as_ref().is_err_and(|error| cause(error).is_none_or(is_lost)) {
            connection.keep();
        }
        stored
    }
}

async fn insert(connection: &mut PgConnection, messages: &[&NewMessage]) -> Result<Vec<Stored>> {
    let ids: Vec<_> = messages.iter().map(|message| message.id.0).collect();
    let conversations: Vec<_> = messages.iter().map(|message| message.conversation_id.0).collect();
    let senders: Vec<_> = messages.iter().map(|message| message.sender_id.0).collect();
    let contents: Vec<_> = messages.iter().map(|message| message.content.as_str()).collect();
    let content_types: Vec<_> = messages.iter().map(|message| message.content_type).collect();
    let client_message_ids: Vec<_> = messages.iter().map(|message| message.client_message_id.0).collect();
    let replies: Vec<_> = messages.iter().map(|message| message.reply_to_id.map(|id| id.0)).collect();
    let rows = sqlx::query!(
        r#"
        select
            outcome as "outcome!", last_rev, seq, status as "status: MessageStatus", created_at as "created_at: Timestamp",
            username as "username!", display_name as "display_name!", avatar_url,
            (select c.type from conversations c where c.id = ($2::uuid[])[place]) as "kind: ConversationType"
        from store_messages($1, $2, $3, $4, $5, $6, $7)
        order by place
        "#,
        &ids,
        &conversations,
        &senders,
        &contents as _,
        &content_types as _,
        &client_message_ids,
        &replies as _,
    )
    .fetch_all(&mut *connection)
    .timed(series!("insert", "messages"))
    .await?;
    if rows.len() != messages.len() {
        return Err(Error::internal("a batch answered for fewer messages than it had"));
    }
    let mut outcomes = Vec::with_capacity(messages.len());
    for (row, message) in rows.into_iter().zip(messages) {
        let (username, display_name, avatar_url) = (row.username, row.display_name, row.avatar_url);
        outcomes.push(match (row.outcome.as_str(), row.last_rev, row.seq, row.status, row.created_at) {
            ("new", Some(last_rev), Some(seq), Some(status), Some(created_at)) => {
                let kind = row.kind;
                StoredRow { kind, last_rev, seq, status, created_at, username, display_name, avatar_url }
                    .stored(message)
            }
            ("duplicate", ..) => {
                let first = first(connection, message).await?;
                Stored::Duplicate(first.ok_or_else(|| Error::internal("a duplicate has no first message"))?)
            }
            ("not_a_member", ..) => Stored::NotAMember,
            ("read_only", ..) => Stored::ReadOnly,
            ("no_such_reply", ..) => Stored::NoSuchReply,
            (outcome, ..) => return Err(Error::internal(format!("a batch answered {outcome}"))),
        });
    }
    Ok(outcomes)
}
