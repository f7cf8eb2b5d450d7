//! Messages read back: pages, runs of numbers, and the newest of each conversation.

use super::MessageRow;
use crate::{
    error::Result,
    model::{
        conversation::ConversationType,
        id::{ClientMessageId, ConversationId, MessageId, UserId},
        message::{ContentType, Message, MessageStatus},
        time::Timestamp,
        user::User,
    },
    store::{
        Store,
        replay::{Range, Ranges},
    },
};

/// What a message has in bytes besides its content, about, when it is written for a client.
const BESIDES_CONTENT: i32 = 600;

/// Which side of a number.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    /// Lower numbers; of the newest message, if there is no number.
    Before(Option<i64>),
    /// Higher ones.
    After(i64),
}

/// One page of history, and the heads at the same moment.
pub struct Snapshot {
    /// Two people, or a group.
    pub kind: ConversationType,
    /// Newest first.
    pub messages: Vec<Message>,
    /// The newest message's number.
    pub seq: i64,
    /// The newest other change's number.
    pub rev: i64,
}

impl Store {
    /// Messages on one side of a number, the nearest ones, newest first; with the heads of the same moment.
    pub async fn history(&self, conversation: ConversationId, side: Side, limit: i64) -> Result<Snapshot> {
        let (before, after) = match side {
            Side::Before(before) => (before, None),
            Side::After(after) => (None, Some(after)),
        };
        let rows = sqlx::query!(
            r#"
            select
                c.last_seq as head_seq, c.last_rev as head_rev,
                m.id as "id?: MessageId", m.seq as "seq?", m.rev, m.sender_id as "sender_id?: UserId",
                u.username as "username?", u.display_name as "display_name?", u.avatar_url,
                m.content as "content?", m.content_type as "content_type?: ContentType",
                m.client_message_id as "client_message_id?: ClientMessageId", m.status as "status?: MessageStatus",
                c.type as "kind: ConversationType", c.type = 'direct' and exists (
                    select from conversation_participants p
                    where p.conversation_id = c.id and p.user_id <> m.sender_id and p.last_receipt_seq >= m.seq
                ) as "read!",
                m.reply_to_id as "reply_to_id: MessageId", m.created_at as "created_at?: Timestamp",
                m.updated_at as "updated_at?: Timestamp", m.deleted_at as "deleted_at: Timestamp"
            from conversations c
            left join lateral (
                (
                    select * from messages
                    where conversation_id = c.id and $4::bigint is null and seq < coalesce($2, 9223372036854775807)
                    order by seq desc
                    limit $3
                ) union all (
                    select * from messages
                    where conversation_id = c.id and seq > $4
                    order by seq
                    limit $3
                )
            ) m on true
            left join users u on u.id = m.sender_id
            where c.id = $1
            order by m.seq desc
            "#,
            conversation.0,
            before,
            limit,
            after,
        )
        .fetch_all(&self.requests)
        .await?;
        let (seq, rev) = rows.first().map_or((0, 0), |row| (row.head_seq, row.head_rev));
        let kind = rows.first().map_or(ConversationType::Group, |row| row.kind);
        let messages = rows
            .into_iter()
            .filter_map(|row| {
                Some(Message {
                    id: row.id?,
                    conversation_id: conversation,
                    seq: row.seq?,
                    rev: row.rev,
                    sender_id: row.sender_id?,
                    sender: User {
                        id: row.sender_id?,
                        username: row.username?,
                        display_name: row.display_name?,
                        avatar_url: row.avatar_url,
                    },
                    content: row.content?,
                    content_type: row.content_type?,
                    client_message_id: row.client_message_id?,
                    status: if row.read { MessageStatus::Read } else { row.status? },
                    reply_to_id: row.reply_to_id,
                    created_at: row.created_at?,
                    updated_at: row.updated_at?,
                    deleted_at: row.deleted_at,
                })
            })
            .collect();
        Ok(Snapshot { kind, messages, seq, rev })
    }

    /// The number of the first message stored at a moment or later, or the next number to be. Time follows the numbers, so
    /// it is found by halves, in as many steps as the history's length has binary digits.
    pub async fn first_seq_at(&self, conversation: ConversationId, moment: Timestamp) -> Result<i64> {
        Ok(sqlx::query_scalar!(
            r#"
            with recursive search (low, high) as (
                select 1::bigint, last_seq + 1 from conversations where id = $1
                union all
                select
                    case when m.created_at < $2 then m.seq + 1 else s.low end,
                    case when m.created_at < $2 then s.high else m.seq end
                from search s
                join messages m on m.conversation_id = $1 and m.seq = (s.low + s.high) / 2
                where s.low < s.high
            )
            select low as "low!" from search where low = high
            "#,
            conversation.0,
            moment.0,
        )
        .fetch_optional(&self.requests)
        .await?
        .unwrap_or(1))
    }

    /// The messages of these ranges, in their order and by number, as far as they have about so many bytes.
    pub async fn messages_in(&self, ranges: &[Range], bytes: i64) -> Result<Vec<Message>> {
        let Ranges { ids, after, until } = Ranges::of(ranges);
        let rows = sqlx::query_as!(
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
            from (
                select m.*, wanted.place, sum(octet_length(m.content) + $5) over (order by wanted.place, m.seq) as bytes
                from unnest($1::uuid[], $2::bigint[], $3::bigint[]) with ordinality as wanted (id, after, until, place)
                join messages m on m.conversation_id = wanted.id and m.seq > wanted.after and m.seq <= wanted.until
            ) m
            join conversations c on c.id = m.conversation_id
            join users u on u.id = m.sender_id
            where m.bytes <= $4
            order by m.place, m.seq
            "#,
            &ids,
            &after,
            &until,
            bytes,
            BESIDES_CONTENT,
        )
        .fetch_all(&self.requests)
        .await?;
        Ok(rows.into_iter().map(Message::from).collect())
    }

    /// One message.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>> {
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
            where m.id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.requests)
        .await?;
        Ok(row.map(Message::from))
    }

    /// The message with number `seq` of each of these conversations.
    pub async fn messages_at(&self, conversations: &[ConversationId], seqs: &[i64]) -> Result<Vec<Message>> {
        let conversations: Vec<_> = conversations.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
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
            from unnest($1::uuid[], $2::bigint[]) as wanted (conversation_id, seq)
            join messages m on m.conversation_id = wanted.conversation_id and m.seq = wanted.seq
            join conversations c on c.id = m.conversation_id
            join users u on u.id = m.sender_id
            "#,
            &conversations,
            seqs,
        )
        .fetch_all(&self.requests)
        .await?;
        Ok(rows.into_iter().map(Message::from).collect())
    }
}
