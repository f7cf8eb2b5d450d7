//! What it costs to compare a node's rooms with the database, turn by turn: nothing else happens meanwhile, and then a tenth
//! of the rooms changed behind the node's back. `scripts/with-postgres cargo bench --bench repair`. Figures stand in
//! `docs/performance.md`.
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
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use trice::{
    domain::{caller::Caller, delivery::Sockets},
    model::{
        event::ServerEvent,
        id::{SessionId, SocketId, UserId},
        time::Timestamp,
    },
};
use uuid::Uuid;

use crate::support::{Node, database_cpu, own_cpu};

/// Each takes part in twenty conversations of two: 20,000 rooms, all of them of connected people.
const PEOPLE: &[&str] = &[
    "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
     select gen_random_uuid(), n || '@x.org', n || '@x.org', 'user' || n, 'user' || n, '', 'User ' || n
     from generate_series(1, 2000) n",
    "insert into sessions (id, user_id) select gen_random_uuid(), id from users",
    "insert into conversations (id, type, title, created_by)
     select gen_random_uuid(), 'group', 'Group', (select id from users limit 1) from generate_series(1, 20000)",
    "insert into conversation_participants (id, conversation_id, user_id, joined_at)
     select gen_random_uuid(), c.id, u.id, now() - interval '1 day'
     from (select id, row_number() over () as n from conversations) c
     join (select id, row_number() over () as n from users) u
         on u.n = c.n % 2000 + 1 or u.n = (c.n + 1 + c.n / 2000) % 2000 + 1",
    "analyze",
];
/// How long each turn lasts, and how many are measured.
const TURN: Duration = Duration::from_secs(2);
const TURNS: u32 = 10;
/// How many rooms change behind the node's back.
const CHANGED: usize = 2000;

/// Counts what is delivered.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Sockets for Counter {
    fn emit(&self, to: &[SocketId], _: &ServerEvent) {
        self.0.fetch_add(to.len(), Ordering::Relaxed);
    }

    fn replay(&self, _: SocketId, _: &ServerEvent) {}

    fn drained(&self, _: SocketId) -> BoxFuture<'_, bool> {
        std::future::ready(true).boxed()
    }

    fn close_all(&self) {}

    fn revoke(&self, _: SocketId) {}
}

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    let counter = Arc::new(Counter::default());
    let node = Node::start("repair", PEOPLE, counter.clone()).await;
    println!("{:<44} {:>16} {:>16}", "a turn of 2 s", "node CPU ms", "PostgreSQL CPU ms");
    turns(&node, "nobody is connected").await;
    let sessions: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select user_id, id from sessions").fetch_all(&node.pool).await.unwrap();
    let (begun, cpu, database) = (Instant::now(), own_cpu(), database_cpu(&node.pool).await);
    for (user, session) in &sessions {
        let expires_at = Timestamp(chrono::Utc::now() + chrono::TimeDelta::days(1));
        let caller =
            Caller { user_id: UserId(*user), username: String::new(), session_id: SessionId(*session), expires_at };
        node.services.delivery.connect(SocketId::new(), &caller).await.unwrap();
    }
    let each = |cpu: f64| cpu / f64::from(u32::try_from(sessions.len()).unwrap());
    println!(
        "connecting, in 20 rooms: {:.2} ms, {:.0} µs CPU of the node, {:.0} µs of PostgreSQL",
        each(begun.elapsed().as_secs_f64() * 1e3),
        each(own_cpu() - cpu),
        each(database_cpu(&node.pool).await - database),
    );
    turns(&node, "20,000 rooms, nothing happens").await;

    let (cpu, database) = (own_cpu(), database_cpu(&node.pool).await);
    sqlx::query(
        "update conversations set title = 'Renamed', rev = 1, last_rev = 1
         where id in (select id from conversations order by id limit 2000)",
    )
    .execute(&node.pool)
    .await
    .unwrap();
    let begun = Instant::now();
    while counter.0.load(Ordering::Relaxed) < 2 * CHANGED {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!(
        "2,000 of them changed unheard: all told after {:.2} s; {:.0} ms CPU of the node, {:.0} ms of PostgreSQL",
        begun.elapsed().as_secs_f64(),
        (own_cpu() - cpu) / 1e3,
        (database_cpu(&node.pool).await - database) / 1e3,
    );
}

async fn turns(node: &Node, name: &str) {
    let (cpu, database) = (own_cpu(), database_cpu(&node.pool).await);
    tokio::time::sleep(TURN * TURNS).await;
    let each = |cpu: f64| cpu / 1e3 / f64::from(TURNS);
    println!("{name:<44} {:>16.1} {:>16.1}", each(own_cpu() - cpu), each(database_cpu(&node.pool).await - database));
}
