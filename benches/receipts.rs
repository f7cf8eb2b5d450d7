//! What it costs to read: a thousand people one message, and a hundred people a thousand messages, in a group on one node.
//! On a database that writes through to the disk: `scripts/with-postgres --durable cargo bench --bench receipts`. Figures stand
//! in `docs/performance.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark"
)]

mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use sqlx::PgPool;
use trice::{
    domain::{caller::Caller, receipts::ReceiptService},
    engine::{Engine, bus::Heard},
    model::{
        event::{Channel, Event},
        id::{ConversationId, MessageId, ReceiptId},
        receipt::Receipt,
        time::Timestamp,
    },
    runtime::tasks::Tasks,
    store::Store,
};
use uuid::Uuid;

use crate::support::{Database, caller, database_cpu};

/// How many read at the same time.
const AT_ONCE: usize = 16;

struct Group {
    id: ConversationId,
    readers: Vec<Caller>,
    messages: Vec<MessageId>,
}

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    let database = Database::with("receipts", &[]).await;
    let (store, pool) = (database.store().await, database.pool);
    for (readers, messages) in [(1000, 1), (100, 1000)] {
        let group = group(&pool, readers, messages).await;
        read(&store, &pool, &group).await;
    }
    for covered in [1, 10, 500] {
        transaction(&store, &pool, covered).await;
    }
}

/// A group with so many people, and so many messages of somebody else.
async fn group(pool: &PgPool, readers: i32, messages: i32) -> Group {
    let (id, sender) = (Uuid::new_v4(), Uuid::new_v4());
    let name = sender.simple().to_string();
    sqlx::query(
        "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
         select case n when 0 then $1 else gen_random_uuid() end, '', $2 || n, 'reader', $2 || n, '', 'Reader'
         from generate_series(0, $3) n",
    )
    .bind(sender)
    .bind(&name)
    .bind(readers)
    .execute(pool)
    .await
    .unwrap();
    let statements = [
        "insert into conversations (id, type, title, created_by, last_seq) values ($1, 'group', 'Group', $2, $3)",
        "insert into conversation_participants (id, conversation_id, user_id)
         select gen_random_uuid(), $1, u.id from users u, (values ($2::uuid, $3::int)) as v (sender, n)
         where u.username_key like replace(sender::text, '-', '') || '%'",
        "insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
         select gen_random_uuid(), $1, n, $2, 'Hello', gen_random_uuid(), now(), now() from generate_series(1, $3) n",
    ];
    for statement in statements {
        sqlx::query(statement).bind(id).bind(sender).bind(messages).execute(pool).await.unwrap();
    }
    sqlx::query("analyze").execute(pool).await.unwrap();
    let people: Vec<Uuid> = sqlx::query_scalar(
        "select user_id from conversation_participants where conversation_id = $1 and user_id <> $2",
    )
    .bind(id)
    .bind(sender)
    .fetch_all(pool)
    .await
    .unwrap();
    let messages: Vec<Uuid> = sqlx::query_scalar("select id from messages where conversation_id = $1 order by seq")
        .bind(id)
        .fetch_all(pool)
        .await
        .unwrap();
    Group {
        id: ConversationId(id),
        readers: people.into_iter().map(|user| caller(user, Uuid::nil())).collect(),
        messages: messages.into_iter().map(MessageId).collect(),
    }
}

/// Everybody reads everything: first the middle, then the end, as people do who scroll.
async fn read(store: &Store, pool: &PgPool, group: &Group) {
    let (engine, tasks) = (Engine::memory(), Tasks::default());
    let mut heard = engine.bus.heard();
    engine.bus.listen(Channel::Chat(group.id));
    let service = ReceiptService::start(store.clone(), engine.clone(), Duration::from_hours(1), tasks.clone());
    let (events, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new((0, Instant::now()))));
    let (counting, latest) = (Arc::clone(&events), Arc::clone(&last));
    tokio::spawn(async move {
        while let Some(Heard::Event(_, event)) = heard.recv().await {
            if let Event::ReceiptsCounted(counted) = &*event {
                counting.fetch_add(counted.counts.len(), Ordering::Relaxed);
                *latest.lock().unwrap() = (counted.counts.last().unwrap().read_count, Instant::now());
            }
        }
    });
    let newest = *group.messages.last().unwrap();
    let begun = Instant::now();
    let mut times: Vec<Duration> = stream::iter(&group.readers)
        .map(|reader| {
            let service = &service;
            async move {
                let begun = Instant::now();
                service.read(reader, group.id, newest, None).await.unwrap();
                begun.elapsed()
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let read = begun.elapsed();
    times.sort_unstable();
    let everybody = i64::try_from(group.readers.len()).unwrap();
    while last.lock().unwrap().0 < everybody {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = last.lock().unwrap().1 - begun;
    let (before, begun) = (statements(pool).await, Instant::now());
    tasks.stop().await;
    let (flushed, after) = (begun.elapsed(), statements(pool).await);
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from read_receipts r join messages m on m.id = r.message_id where m.conversation_id = $1",
    )
    .bind(group.id.0)
    .fetch_one(pool)
    .await
    .unwrap();
    println!(
        "{} readers of {} messages: read in {} ms (p50 {:.1} ms, p95 {:.1} ms each), counts told right after {} ms in {} \
         events; {rows} receipts stored in {} ms and {} transactions",
        group.readers.len(),
        group.messages.len(),
        read.as_millis(),
        times[times.len() / 2].as_secs_f64() * 1e3,
        times[times.len() * 95 / 100].as_secs_f64() * 1e3,
        told.as_millis(),
        events.load(Ordering::Relaxed),
        flushed.as_millis(),
        after - before,
    );
}

/// Transactions of this database until now; those of the question itself are not many.
async fn statements(pool: &PgPool) -> i64 {
    sqlx::query("select pg_stat_clear_snapshot()").execute(pool).await.unwrap();
    sqlx::query_scalar("select xact_commit from pg_stat_database where datname = current_database()")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Ten thousand receipts in one transaction, by readers who each cover so many messages.
async fn transaction(store: &Store, pool: &PgPool, covered: i32) {
    let readers = 10_000 / covered;
    let (mut times, mut cpu) = (Vec::new(), 0.0);
    for _ in 0..5 {
        let group = group(pool, readers, covered).await;
        let receipt = |reader: &Caller| Receipt {
            id: ReceiptId::new(),
            conversation_id: group.id,
            user_id: reader.user_id,
            message_id: *group.messages.last().unwrap(),
            seq: i64::from(covered),
            read_at: Timestamp(chrono::Utc::now()),
            shown: true,
            messages: group.messages.clone(),
        };
        let receipts: Vec<_> = group.readers.iter().map(receipt).collect();
        let (before, begun) = (database_cpu(pool).await, Instant::now());
        let counts = store.store_receipts(&receipts.iter().collect::<Vec<_>>()).await.unwrap();
        times.push(begun.elapsed());
        cpu += database_cpu(pool).await - before;
        assert!(counts.values().all(|count| *count == i64::from(readers)));
    }
    times.sort_unstable();
    println!(
        "one transaction, {readers} readers × {covered} messages: {:.0} ms (the slowest of five {:.0} ms), {:.0} ms CPU of PostgreSQL",
        times[2].as_secs_f64() * 1e3,
        times[4].as_secs_f64() * 1e3,
        cpu / 5e3,
    );
}
