//! What presence costs with 10,000 people who all send heartbeats, on both engines: CPU for each heartbeat, and what becomes
//! of a change. `scripts/with-postgres scripts/with-redis cargo bench --bench presence`; figures stand in
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
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{AssertSqlSafe, PgPool};
use tokio::time::{MissedTickBehavior, interval, sleep};
use trice::{
    config::secret::Secret,
    domain::Services,
    engine::Engine,
    model::{
        event::ServerEvent,
        id::{SocketId, UserId},
        presence::Activity,
    },
    runtime::tasks::Tasks,
};
use uuid::Uuid;

use crate::support::{Database, Emitted, caller, database_cpu, node, own_cpu};

const PEOPLE: usize = 10_000;
const PEOPLE_STATEMENTS: &[&str] =
    &["insert into users (id, email, email_key, username, username_key, password_hash, display_name)
     select gen_random_uuid(), n || '@x.org', n || '@x.org', 'user' || lpad(n::text, 5, '0'), 'user' || n, '', 'User'
     from generate_series(0, 9999) n"];
/// How long heartbeats are measured, and how many times each of them sends one: in earnest it is one in that time, but then
/// most of what is measured is what the node does besides.
const WHILE: Duration = Duration::from_secs(15);
const ROUNDS: usize = 20;
/// So many of them go away and come back.
const CHANGING: usize = 1000;

/// Counts what sockets would get.
#[derive(Default)]
struct Counter {
    events: AtomicU64,
    told: AtomicU64,
}

impl Counter {
    fn count(&self, to: &[SocketId], event: &ServerEvent) {
        if matches!(event, ServerEvent::PresenceUpdate(_)) {
            self.events.fetch_add(1, Ordering::Relaxed);
            self.told.fetch_add(to.len() as u64, Ordering::Relaxed);
        }
    }
}

struct Node {
    services: Services,
    sockets: Arc<Counter>,
    tasks: Tasks,
    people: Vec<(UserId, SocketId)>,
}

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(compare());
}

async fn compare() {
    let database = Database::with("presence", PEOPLE_STATEMENTS).await;
    let pool = &database.pool;
    let redis = Secret::new(std::env::var("REDIS_URL").expect("run within scripts/with-redis"));
    println!("{:<44} {:>10} {:>10} {:>14}", "CPU µs for each", "Trice", "Redis", "PostgreSQL");
    for conversations in [1, 50] {
        befriend(pool, conversations).await;
        for engine in ["memory", "redis"] {
            let node = Node::start(&database, (engine == "redis").then_some(&redis)).await;
            node.arrive().await;
            let idle = Cpu::of(pool, &redis, sleep(WHILE)).await;
            let case = format!("{conversations} conversations, {engine}");
            idle.print(&format!("idle second, {case}"), WHILE.as_secs_f64());
            let beating = Cpu::of(pool, &redis, node.beat()).await.less(&idle);
            beating.print(&format!("heartbeat, {case}"), (PEOPLE * ROUNDS) as f64);
            let (events, told) =
                (node.sockets.events.load(Ordering::Relaxed), node.sockets.told.load(Ordering::Relaxed));
            let changing = Cpu::of(pool, &redis, node.change()).await;
            let changes = (2 * CHANGING) as f64;
            changing.print(&format!("change, {case}"), changes);
            let per_change =
                |before: u64, counter: &AtomicU64| (counter.load(Ordering::Relaxed) - before) as f64 / changes;
            println!(
                "{:<44} {:.2} events to {:.2} sockets",
                "  for each change",
                per_change(events, &node.sockets.events),
                per_change(told, &node.sockets.told),
            );
            let stopping = Cpu::of(pool, &redis, node.tasks.stop()).await;
            stopping.print(&format!("leaving and storing it, {case}"), PEOPLE as f64);
        }
    }
}

impl Node {
    /// A node with everybody connected.
    async fn start(database: &Database, redis: Option<&Secret>) -> Self {
        let tasks = Tasks::default();
        let engine = match redis {
            Some(url) => Engine::redis(url, &tasks).await.unwrap().0,
            None => Engine::memory(),
        };
        let sockets = Arc::new(Counter::default());
        let counter = Arc::clone(&sockets);
        let emitted = Emitted(move |to: &[SocketId], event: &ServerEvent| counter.count(to, event));
        let services = node(database, &engine, &tasks, emitted).await;
        let users: Vec<Uuid> =
            sqlx::query_scalar("select id from users order by username").fetch_all(&database.pool).await.unwrap();
        let people: Vec<_> = users.into_iter().map(|user| (UserId(user), SocketId::new())).collect();
        for (user_id, socket) in &people {
            // They have no sessions; they are connected all the same.
            assert!(services.delivery.connect(*socket, &caller(user_id.0, Uuid::nil())).await.is_err());
        }
        Self { services, sockets, tasks, people }
    }

    /// Everybody is here. They say it again before their time runs out.
    async fn arrive(&self) {
        for people in self.people.chunks(1000) {
            for (user, socket) in people {
                self.services.presence.connect(*user, *socket);
            }
            sleep(Duration::from_millis(300)).await;
        }
        // Until all of them are announced.
        sleep(Duration::from_secs(3)).await;
    }

    /// Everybody says many times that they are here, evenly spread.
    async fn beat(&self) {
        let pause = WHILE / u32::try_from(ROUNDS * PEOPLE).unwrap();
        for _ in 0..ROUNDS {
            self.each(pause, PEOPLE, Activity::Online).await;
        }
    }

    /// Some go away and come back, two hundred a second.
    async fn change(&self) {
        for activity in [Activity::Away, Activity::Online] {
            self.each(Duration::from_millis(5), CHANGING, activity).await;
        }
        sleep(Duration::from_secs(1)).await;
    }

    async fn each(&self, pause: Duration, count: usize, activity: Activity) {
        let mut ticks = interval(pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for (user, socket) in &self.people[..count] {
            ticks.tick().await;
            self.services.presence.heartbeat(*user, *socket, activity);
        }
    }
}

/// CPU time in µs.
struct Cpu {
    own: f64,
    redis: f64,
    postgres: f64,
}

impl Cpu {
    async fn of(pool: &PgPool, redis: &Secret, work: impl Future<Output = ()>) -> Self {
        let before = Self::now(pool, redis).await;
        work.await;
        Self::now(pool, redis).await.less(&before)
    }

    async fn now(pool: &PgPool, redis: &Secret) -> Self {
        let client = redis::Client::open(redis.reveal()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let info: String = redis::cmd("INFO").arg("cpu").query_async(&mut connection).await.unwrap();
        let of = |name: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().parse::<f64>().unwrap() * 1e6
        };
        let redis = of("used_cpu_sys:") + of("used_cpu_user:");
        Self { own: own_cpu(), redis, postgres: database_cpu(pool).await }
    }

    fn less(&self, other: &Self) -> Self {
        let [own, redis, postgres] =
            [(self.own, other.own), (self.redis, other.redis), (self.postgres, other.postgres)].map(|(a, b)| a - b);
        Self { own, redis, postgres }
    }

    fn print(&self, what: &str, count: f64) {
        let [own, redis, postgres] = [self.own, self.redis, self.postgres].map(|cpu| cpu / count);
        println!("{what:<44} {own:>10.1} {redis:>10.1} {postgres:>14.1}");
    }
}

/// Each has this many direct conversations, with those next to them.
async fn befriend(pool: &PgPool, conversations: usize) {
    for statement in [
        "truncate conversations, conversation_participants, messages cascade".to_owned(),
        format!(
            "with people as (select id, row_number() over (order by username) - 1 as n from users),
             pairs as (
                 select gen_random_uuid() as id, a.id as a, b.id as b
                 from people a, generate_series(1, greatest({conversations} / 2, 1)) step
                 join people b on true
                 where b.n = (a.n + step) % {PEOPLE} and ({conversations} > 1 or a.n % 2 = 0)
             ), made as (
                 insert into conversations (id, type, direct_key, created_by)
                 select id, 'direct', least(a, b) || ':' || greatest(a, b), a from pairs
             )
             insert into conversation_participants (id, conversation_id, user_id)
             select gen_random_uuid(), id, a from pairs union all select gen_random_uuid(), id, b from pairs"
        ),
        "analyze".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(pool).await.unwrap();
    }
}
