//! What it costs to pass a message on to those who listen on a node: from the bus through the room's sequencer to the list of
//! sockets, without the sockets themselves. `scripts/with-postgres cargo bench --bench delivery`. Figures stand in
//! `docs/performance.md`.
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
use tokio::sync::Notify;
use trice::{
    domain::Services,
    engine::Engine,
    model::{
        event::{Channel, Event, ServerEvent},
        id::{ClientMessageId, ConversationId, MessageId, SocketId, UserId},
        message::{ContentType, Message, MessageStatus},
        socket::Subscription,
        time::Timestamp,
        user::User,
    },
    runtime::tasks::Tasks,
};
use uuid::Uuid;

use crate::support::{Database, Emitted, caller, node, own_cpu};

/// Each has one socket.
const PEOPLE: &[&str] = &[
    "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
     select gen_random_uuid(), n || '@x.org', n || '@x.org', 'user' || n, 'user' || n, '', 'User ' || n
     from generate_series(1, 1000) n",
    "insert into sessions (id, user_id) select gen_random_uuid(), id from users",
    "insert into conversations (id, type, title, created_by)
     select gen_random_uuid(), 'group', size, (select id from users limit 1) from unnest('{2,100,1000}'::text[]) size",
    "insert into conversation_participants (id, conversation_id, user_id, joined_at)
     select gen_random_uuid(), c.id, u.id, now() - interval '1 day'
     from conversations c
     join (select id, row_number() over () as n from users) u on u.n <= c.title::int",
];
/// How long each size is measured, and how many messages are under way at once: fewer than the bus holds.
const WHILE: Duration = Duration::from_secs(3);
const AT_ONCE: usize = 256;
const TEXT: &str = "See you at eight, at the usual place. Bring the others, if they want to come.";

/// Counts what is delivered, and says so when it is all.
#[derive(Default)]
struct Recorder {
    delivered: AtomicUsize,
    expected: AtomicUsize,
    all: Notify,
}

impl Recorder {
    fn record(&self, to: &[SocketId], event: &ServerEvent) {
        if matches!(event, ServerEvent::MessageReceived(_)) {
            let delivered = self.delivered.fetch_add(to.len(), Ordering::Relaxed) + to.len();
            if delivered == self.expected.load(Ordering::Relaxed) {
                self.all.notify_one();
            }
        }
    }
}

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    let recorder = Arc::new(Recorder::default());
    let sockets = Emitted({
        let recorder = recorder.clone();
        move |to: &[SocketId], event: &ServerEvent| recorder.record(to, event)
    });
    let (database, engine) = (Database::with("delivery", PEOPLE).await, Engine::memory());
    let node = node(&database, &engine, &Tasks::default(), sockets).await;
    println!(
        "{:>8} {:>14} {:>14} {:>18} {:>18}",
        "sockets", "messages/s", "deliveries/s", "CPU µs a message", "ns a delivery"
    );
    for size in [2_usize, 100, 1000] {
        let (room, callers) = listen(&database.pool, &node, size).await;
        let (begun, cpu, mut sent) = (Instant::now(), own_cpu(), 0);
        while begun.elapsed() < WHILE {
            recorder.delivered.store(0, Ordering::Relaxed);
            recorder.expected.store(AT_ONCE * size, Ordering::Relaxed);
            for _ in 0..AT_ONCE {
                sent += 1;
                let message = message(room, sent);
                engine.bus.publish(Channel::Chat(room), Event::Message { message, rev: 0 });
            }
            recorder.all.notified().await;
        }
        let (count, seconds, cpu) = (sent as f64, begun.elapsed().as_secs_f64(), own_cpu() - cpu);
        println!(
            "{size:>8} {:>14.0} {:>14.0} {:>18.2} {:>18.0}",
            count / seconds,
            count / seconds * size as f64,
            cpu / count,
            cpu * 1e3 / (count * size as f64),
        );
        for socket in callers {
            node.delivery.disconnect(socket);
        }
    }
}

/// As many people as that listen to a room of theirs.
async fn listen(pool: &PgPool, node: &Services, size: usize) -> (ConversationId, Vec<SocketId>) {
    let members: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
        "select c.id, s.user_id, s.id from conversations c
         join conversation_participants p on p.conversation_id = c.id
         join sessions s on s.user_id = p.user_id
         where c.title = $1",
    )
    .bind(size.to_string())
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(members.len(), size);
    let mut sockets = Vec::new();
    for (room, user, session) in &members {
        let (caller, socket) = (caller(*user, *session), SocketId::new());
        node.delivery.connect(socket, &caller).await.unwrap();
        let wanted = Subscription {
            conversation_id: ConversationId(*room),
            last_seq: None,
            last_message_id: None,
            last_rev: None,
        };
        node.delivery.subscribe(socket, &caller, vec![wanted], |_| {}).await.unwrap();
        sockets.push(socket);
    }
    (ConversationId(members[0].0), sockets)
}

fn message(conversation_id: ConversationId, seq: i64) -> Message {
    let (now, sender_id) = (Timestamp(chrono::Utc::now()), UserId::new());
    Message {
        id: MessageId::new(),
        conversation_id,
        seq,
        rev: None,
        sender_id,
        sender: User { id: sender_id, username: "alice".into(), display_name: "Alice".into(), avatar_url: None },
        content: TEXT.to_owned(),
        content_type: ContentType::Text,
        client_message_id: ClientMessageId::new(),
        status: MessageStatus::Delivered,
        reply_to_id: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}
