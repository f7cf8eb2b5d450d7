//! What it costs to store messages: a transaction for each, one statement for each, and the way of `MessageService`, which
//! stores together what queues. Compared within one run, on a database that writes through to the disk:
//! `scripts/with-postgres --durable cargo bench --bench send_path`. Figures stand in `docs/performance.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark"
)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::PgPool;
use trice::{
    config::{database::DatabaseConfig, secret::Secret},
    domain::{cursor::Cursors, messages::MessageService},
    engine::Engine,
    model::{
        id::{ClientMessageId, ConversationId, MessageId, UserId},
        message::ContentType,
        socket::MessageSendInput,
    },
    runtime::tasks::Tasks,
    store::{
        Store,
        messages::{NewMessage, Stored},
    },
};
use uuid::Uuid;

use crate::support::{Database, caller, database_cpu};

/// Two in each conversation.
const PEOPLE: &[&str] = &[
    "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
     select gen_random_uuid(), n || '@x.org', n || '@x.org', 'user' || n, 'user' || n, '', 'User ' || n
     from generate_series(1, 2000) n",
    "insert into conversations (id, type, title, created_by)
     select gen_random_uuid(), 'group', 'Group', (select id from users limit 1) from generate_series(1, 1000)",
    "insert into conversation_participants (id, conversation_id, user_id)
     select gen_random_uuid(), c.id, u.id
     from (select id, row_number() over () as n from conversations) c
     join (select id, row_number() over () as n from users) u on u.n in (2 * c.n - 1, 2 * c.n)",
    "analyze",
];
/// How long each way is measured.
const WHILE: Duration = Duration::from_secs(3);
const CONVERSATIONS: usize = 1000;
const TEXT: &str = "See you at eight, at the usual place. Bring the others, if they want to come.";

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Transaction,
    Statement,
    Service,
}

struct Bench {
    pool: PgPool,
    store: Store,
    service: MessageService,
    people: Vec<(ConversationId, UserId)>,
}

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(compare());
}

async fn compare() {
    let bench = Arc::new(prepare().await);
    println!("{:<38} {:>12} {:>12} {:>16} {:>20}", "", "", "messages/s", "p50 ms · p99 ms", "PostgreSQL CPU µs");
    for (name, conversations, senders) in [
        ("one hot conversation, 64 senders", 1, 64),
        ("1,000 conversations, 1 sender", CONVERSATIONS, 1),
        ("1,000 conversations, 16 senders", CONVERSATIONS, 16),
        ("1,000 conversations, 64 senders", CONVERSATIONS, 64),
        ("1,000 conversations, 256 senders", CONVERSATIONS, 256),
    ] {
        for (way, word) in [(Way::Transaction, "transaction"), (Way::Statement, "statement"), (Way::Service, "Trice")] {
            let cpu = database_cpu(&bench.pool).await;
            let mut times = run(&bench, way, conversations, senders).await;
            let cpu = (database_cpu(&bench.pool).await - cpu) / times.len() as f64;
            times.sort_unstable();
            let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
            println!(
                "{name:<38} {word:>12} {:>12.0} {:>16} {cpu:>20.0}",
                times.len() as f64 / WHILE.as_secs_f64(),
                format!("{:.1} · {:.1}", at(50), at(99)),
            );
        }
    }
}

async fn prepare() -> Bench {
    let database = Database::with("send_path", PEOPLE).await;
    let (service, pool) = (database.store().await, database.pool);
    let config = DatabaseConfig { writers: 64, ..database.config };
    let store = Store::connect(&config, false).await.unwrap();
    let people: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select conversation_id, user_id from conversation_participants order by conversation_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    let people = people.into_iter().map(|(room, user)| (ConversationId(room), UserId(user))).collect();
    let cursors = Cursors::new(&Secret::new("a secret of at least 32 bytes: 0123")).unwrap();
    let service = MessageService::new(service, Engine::memory(), cursors, Tasks::default());
    Bench { pool, store, service, people }
}

/// Sends for a while with so many senders at once, each one message after the other; answers how long each took.
async fn run(bench: &Arc<Bench>, way: Way, conversations: usize, senders: usize) -> Vec<Duration> {
    let next = Arc::new(AtomicUsize::new(0));
    let end = Instant::now() + WHILE;
    let at_work: Vec<_> = (0..senders)
        .map(|_| {
            let (bench, next) = (Arc::clone(bench), Arc::clone(&next));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    // Each conversation's two people in turn, spread over all conversations.
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let place = 2 * (n.wrapping_mul(7919) % conversations) + n % 2;
                    let begun = Instant::now();
                    bench.send(way, bench.people[place]).await;
                    times.push(begun.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for sender in at_work {
        times.extend(sender.await.unwrap());
    }
    times
}

impl Bench {
    async fn send(&self, way: Way, (conversation_id, sender_id): (ConversationId, UserId)) {
        let client_message_id = ClientMessageId::new();
        match way {
            Way::Transaction => self.transaction(conversation_id, sender_id).await.unwrap(),
            Way::Statement => {
                let new = NewMessage {
                    id: MessageId::new(),
                    conversation_id,
                    sender_id,
                    content: TEXT.to_owned(),
                    content_type: ContentType::Text,
                    client_message_id,
                    reply_to_id: None,
                };
                assert!(matches!(self.store.store_message(&new).await.unwrap(), Stored::New(..)));
            }
            Way::Service => {
                let input = MessageSendInput {
                    conversation_id,
                    content: TEXT.to_owned(),
                    client_message_id,
                    content_type: ContentType::Text,
                    reply_to_id: None,
                };
                self.service.send(&caller(sender_id.0, Uuid::nil()), input, tokio::time::Instant::now()).await.unwrap();
            }
        }
    }

    /// How most servers do it.
    async fn transaction(&self, conversation: ConversationId, sender: UserId) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "select 1 from conversation_participants where conversation_id = $1 and user_id = $2 and is_active",
        )
        .bind(conversation.0)
        .bind(sender.0)
        .fetch_one(&mut *transaction)
        .await?;
        let seq: i64 = sqlx::query_scalar(
            "update conversations set last_seq = last_seq + 1, updated_at = now() where id = $1 returning last_seq",
        )
        .bind(conversation.0)
        .fetch_one(&mut *transaction)
        .await?;
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, now(), now())",
        )
        .bind(id)
        .bind(conversation.0)
        .bind(seq)
        .bind(sender.0)
        .bind(TEXT)
        .bind(Uuid::new_v4())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "update conversation_participants set last_read_seq = $3, last_read_message_id = $4, last_read_at = now()
             where conversation_id = $1 and user_id = $2",
        )
        .bind(conversation.0)
        .bind(sender.0)
        .bind(seq)
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}
