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

use sqlx::PgPool;
use trice::{
    engine::Engine,
    model::{event::ServerEvent, id::SocketId},
    runtime::tasks::Tasks,
};
use uuid::Uuid;

use crate::support::{Database, Emitted, caller, database_cpu, node, own_cpu};

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

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    let told = Arc::new(AtomicUsize::new(0));
    let sockets = Emitted({
        let told = Arc::clone(&told);
        move |to: &[SocketId], _: &ServerEvent| {
            told.fetch_add(to.len(), Ordering::Relaxed);
        }
    });
    let database = Database::with("repair", PEOPLE).await;
    let pool = &database.pool;
    let node = node(&database, &Engine::memory(), &Tasks::default(), sockets).await;
    println!("{:<44} {:>16} {:>16}", "a turn of 2 s", "node CPU ms", "PostgreSQL CPU ms");
    turns(pool, "nobody is connected").await;
    let sessions: Vec<(Uuid, Uuid)> = sqlx::query_as("select user_id, id from sessions").fetch_all(pool).await.unwrap();
    let (begun, cpu, database) = (Instant::now(), own_cpu(), database_cpu(pool).await);
    for (user, session) in &sessions {
        node.delivery.connect(SocketId::new(), &caller(*user, *session)).await.unwrap();
    }
    let each = |cpu: f64| cpu / f64::from(u32::try_from(sessions.len()).unwrap());
    println!(
        "connecting, in 20 rooms: {:.2} ms, {:.0} µs CPU of the node, {:.0} µs of PostgreSQL",
        each(begun.elapsed().as_secs_f64() * 1e3),
        each(own_cpu() - cpu),
        each(database_cpu(pool).await - database),
    );
    turns(pool, "20,000 rooms, nothing happens").await;

    let (cpu, database) = (own_cpu(), database_cpu(pool).await);
    sqlx::query(
        "update conversations set title = 'Renamed', rev = 1, last_rev = 1
         where id in (select id from conversations order by id limit 2000)",
    )
    .execute(pool)
    .await
    .unwrap();
    let begun = Instant::now();
    while told.load(Ordering::Relaxed) < 2 * CHANGED {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!(
        "2,000 of them changed unheard: all told after {:.2} s; {:.0} ms CPU of the node, {:.0} ms of PostgreSQL",
        begun.elapsed().as_secs_f64(),
        (own_cpu() - cpu) / 1e3,
        (database_cpu(pool).await - database) / 1e3,
    );
}

async fn turns(pool: &PgPool, name: &str) {
    let (cpu, database) = (own_cpu(), database_cpu(pool).await);
    tokio::time::sleep(TURN * TURNS).await;
    let each = |cpu: f64| cpu / 1e3 / f64::from(TURNS);
    println!("{name:<44} {:>16.1} {:>16.1}", each(own_cpu() - cpu), each(database_cpu(pool).await - database));
}
