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

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::time::{MissedTickBehavior, interval, sleep};
use trice::{
    config::{Config, Source, database::DatabaseConfig, secret::Secret},
    domain::{Services, caller::Caller, delivery::Sockets},
    engine::Engine,
    model::{
        event::ServerEvent,
        id::{SessionId, SocketId, UserId},
        presence::Activity,
        time::Timestamp,
    },
    runtime::tasks::Tasks,
    store::Store,
};
use uuid::Uuid;

const PEOPLE: usize = 10_000;
/// How often each of them says so.
const ROUND: Duration = Duration::from_secs(15);
/// So many of them go away and come back.
const CHANGING: usize = 1000;

/// Counts what sockets would get.
#[derive(Default)]
struct Counter {
    events: AtomicU64,
    told: AtomicU64,
}

impl Sockets for Counter {
    fn emit(&self, to: &[SocketId], event: &ServerEvent) {
        if matches!(event, ServerEvent::PresenceUpdate(_)) {
            self.events.fetch_add(1, Ordering::Relaxed);
            self.told.fetch_add(to.len() as u64, Ordering::Relaxed);
        }
    }

    fn replay(&self, _: SocketId, _: &ServerEvent) {}

    fn drained(&self, _: SocketId) -> BoxFuture<'_, bool> {
        Box::pin(std::future::ready(true))
    }

    fn close_all(&self) {}

    fn revoke(&self, _: SocketId) {}
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
    let (pool, url) = database().await;
    let redis = Secret::new(std::env::var("REDIS_URL").expect("run within scripts/with-redis"));
    println!("{:<44} {:>10} {:>10} {:>14}", "CPU µs for each", "Trice", "Redis", "PostgreSQL");
    for conversations in [1, 50] {
        befriend(&pool, conversations).await;
        for engine in ["memory", "redis"] {
            let node = Node::start(&pool, &url, (engine == "redis").then_some(&redis)).await;
            let idle = Cpu::of(&pool, &redis, sleep(ROUND)).await;
            node.arrive().await;
            let beating = Cpu::of(&pool, &redis, node.beat()).await.less(&idle);
            let each = format!("heartbeat, {conversations} conversations, {engine}");
            beating.print(&each, PEOPLE);
            let (events, told) =
                (node.sockets.events.load(Ordering::Relaxed), node.sockets.told.load(Ordering::Relaxed));
            let changing = Cpu::of(&pool, &redis, node.change()).await;
            let changes = 2 * CHANGING;
            changing.print(&format!("change, {conversations} conversations, {engine}"), changes);
            let per_change =
                |before: u64, counter: &AtomicU64| (counter.load(Ordering::Relaxed) - before) as f64 / changes as f64;
            println!(
                "{:<44} {:.2} events to {:.2} sockets",
                "  for each change",
                per_change(events, &node.sockets.events),
                per_change(told, &node.sockets.told),
            );
            let stopping = Cpu::of(&pool, &redis, node.tasks.stop()).await;
            stopping.print(&format!("leaving and storing it, {engine}"), PEOPLE);
        }
    }
}

impl Node {
    /// A node with everybody connected.
    async fn start(pool: &PgPool, url: &str, redis: Option<&Secret>) -> Self {
        let store = Store::connect(&DatabaseConfig::new(Secret::new(url.to_owned())), false).await.unwrap();
        let tasks = Tasks::default();
        let engine = match redis {
            Some(url) => Engine::redis(url, &tasks).await.unwrap().0,
            None => Engine::memory(),
        };
        let folder = std::env::temp_dir().join(format!("trice-presence-{}", std::process::id()));
        let config = Source::from([("DATA_DIR".to_owned(), folder.to_string_lossy().into_owned())]);
        let config = Config::load(&config).unwrap();
        let epoch = store.epoch().await.unwrap();
        let sockets = Arc::new(Counter::default());
        let services = Services::new(&config, &store, &engine, epoch, sockets.clone(), &tasks).unwrap();
        let users: Vec<Uuid> =
            sqlx::query_scalar("select id from users order by username").fetch_all(pool).await.unwrap();
        let people: Vec<_> = users.into_iter().map(|user| (UserId(user), SocketId::new())).collect();
        for (user_id, socket) in &people {
            let caller = Caller {
                user_id: *user_id,
                username: String::new(),
                session_id: SessionId::new(),
                expires_at: Timestamp(chrono::Utc::now()),
            };
            // They have no sessions; they are connected all the same.
            assert!(services.delivery.connect(*socket, &caller).await.is_err());
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

    /// Everybody says once that they are here, evenly within a round.
    async fn beat(&self) {
        self.each(ROUND / u32::try_from(PEOPLE).unwrap(), PEOPLE, Activity::Online).await;
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
        Self { own: ticks("self").unwrap_or_default(), redis, postgres: database_cpu(pool).await }
    }

    fn less(&self, other: &Self) -> Self {
        let [own, redis, postgres] =
            [(self.own, other.own), (self.redis, other.redis), (self.postgres, other.postgres)].map(|(a, b)| a - b);
        Self { own, redis, postgres }
    }

    fn print(&self, what: &str, count: usize) {
        let [own, redis, postgres] = [self.own, self.redis, self.postgres].map(|cpu| cpu / count as f64);
        println!("{what:<44} {own:>10.1} {redis:>10.1} {postgres:>14.1}");
    }
}

/// A migrated database with people who know nobody.
async fn database() -> (PgPool, String) {
    let server = std::env::var("DATABASE_URL").expect("run within scripts/with-postgres");
    let (base, query) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    let url = format!("{host}/trice_presence_{}?{query}", std::process::id());
    Store::connect(&DatabaseConfig::new(Secret::new(url.clone())), true).await.unwrap().migrate().await.unwrap();
    let pool = PgPool::connect(&url).await.unwrap();
    let people = format!(
        "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
         select gen_random_uuid(), n || '@x.org', n || '@x.org', 'user' || lpad(n::text, 5, '0'), 'user' || n, '', 'User'
         from generate_series(0, {PEOPLE} - 1) n"
    );
    sqlx::query(AssertSqlSafe(people)).execute(&pool).await.unwrap();
    (pool, url)
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

/// CPU time of the database server's processes that live, in µs. Only Linux tells it; elsewhere it is 0.
async fn database_cpu(pool: &PgPool) -> f64 {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(pool).await.unwrap();
    let Some(postmaster) = stat(&backend.to_string()).and_then(|fields| fields.get(1).cloned()) else { return 0.0 };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let of_server = names.filter(|name| stat(name).is_some_and(|fields| fields.get(1) == Some(&postmaster)));
    of_server.filter_map(|name| ticks(&name)).sum()
}

fn stat(process: &str) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// CPU time of a process in µs.
fn ticks(process: &str) -> Option<f64> {
    let fields = stat(process)?;
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) * 10_000.0)
}
