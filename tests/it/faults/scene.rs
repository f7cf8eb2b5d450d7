//! Real programs under a load, and somebody who breaks things meanwhile.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use trice::config::database::DatabaseConfig;

use super::{
    checker::{Verdict, judge},
    client::Client,
    history::{Case, Dump, Entry, What},
    plan::{Plan, Shape},
    world::World,
};
use crate::support::{Program, TestRedis, database};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_mins(2);

/// What a scene is made of.
pub struct Setup {
    /// How many nodes.
    pub nodes: usize,
    /// Whether they share a Redis.
    pub redis: bool,
    /// Another database than one of the tests' server.
    pub database: Option<DatabaseConfig>,
    /// The load.
    pub shape: Shape,
    /// A place at which the first node dies.
    pub fail_at: Option<&'static str>,
    /// How long clients wait for an answer, and whether a node may keep silent for longer.
    pub patience: (Duration, bool),
}

impl Default for Setup {
    fn default() -> Self {
        let patience = (Duration::from_secs(20), false);
        Self { nodes: 1, redis: false, database: None, shape: Shape::default(), fail_at: None, patience }
    }
}

impl Setup {
    /// Two nodes and a Redis.
    pub fn two() -> Self {
        Self { nodes: 2, redis: true, ..Self::default() }
    }
}

/// A load in motion.
pub struct Scene {
    /// What the clients have in common.
    pub world: Arc<World>,
    /// The database.
    pub database: DatabaseConfig,
    /// The Redis, if there is one.
    pub redis: Option<TestRedis>,
    seed: u64,
    patience: (Duration, bool),
    nodes: Vec<Option<Program>>,
    logs: String,
    clients: JoinSet<()>,
    folder: TempDir,
    messages: usize,
}

/// The seed of this run: `FAULTS_SEED`, or a new one.
#[expect(clippy::disallowed_methods, reason = "a failure is played again by it")]
pub fn seed() -> u64 {
    std::env::var("FAULTS_SEED")
        .map_or_else(|_| u64::from(uuid::Uuid::new_v4().as_fields().0), |seed| seed.parse().unwrap())
}

impl Scene {
    /// Starts the nodes, makes the people, and lets the load begin.
    pub async fn begin(setup: Setup) -> Self {
        let seed = seed();
        let plan = Plan::new(seed, setup.shape);
        let folder = tempfile::tempdir().unwrap();
        let database = match setup.database {
            Some(database) => database,
            None => database().await,
        };
        let redis = if setup.redis { Some(TestRedis::start().await) } else { None };
        let mut nodes = Vec::new();
        for n in 0..setup.nodes {
            let mut settings = settings(redis.as_ref());
            settings.extend(setup.fail_at.filter(|_| n == 0).map(|place| ("FAIL_AT", place.to_owned())));
            nodes.push(Some(Program::start_on(&database, folder.path(), &settings).await));
        }
        let urls = nodes.iter().flatten().map(|node| node.url.clone()).collect();
        let world = Arc::new(World::new(&plan, setup.shape.users, urls, setup.patience.0).await);
        let messages = setup.shape.users * setup.shape.devices * setup.shape.steps;
        let mut clients = JoinSet::new();
        for (index, steps) in plan.clients.into_iter().enumerate() {
            clients.spawn(Client::new(Arc::clone(&world), index, steps).run());
        }
        let (patience, logs) = (setup.patience, String::new());
        Self { world, database, redis, seed, patience, nodes, logs, clients, folder, messages }
    }

    /// A node that runs.
    pub fn node(&self, at: usize) -> &Program {
        self.nodes[at].as_ref().expect("this node runs")
    }

    /// Waits until this part of the load is stored, in hundredths.
    pub async fn stored(&mut self, percent: usize) {
        let world = Arc::clone(&self.world);
        let (clients, aim) = (self.clients.len(), self.messages * percent / 100);
        self.wait("the load goes on", async || world.history.stored() >= aim || world.all_idle(clients)).await;
    }

    /// Waits until so many more messages are stored.
    pub async fn stored_more(&mut self, count: usize) {
        let world = Arc::clone(&self.world);
        let (clients, aim) = (self.clients.len(), world.history.stored() + count);
        self.wait("the load goes on", async || world.history.stored() >= aim || world.all_idle(clients)).await;
    }

    /// Waits until so many more messages are refused.
    pub async fn refused_more(&mut self, count: usize) {
        let world = Arc::clone(&self.world);
        let aim = world.history.refused() + count;
        self.wait("the fault is told", async || world.history.refused() >= aim).await;
    }

    /// The conversations in which something was refused because it could not be stored.
    pub fn refused_in(&self) -> HashSet<String> {
        let (mut sent, mut refused) = (HashMap::new(), HashSet::new());
        for entry in self.world.history.entries() {
            match entry.what {
                What::Sending { message, conversation, .. } => drop(sent.insert(message, conversation)),
                What::Refused { message, retryable: true, .. } => refused.extend(sent.get(&message).cloned()),
                _ => {}
            }
        }
        refused
    }

    /// How much has happened so far.
    pub fn position(&self) -> usize {
        self.world.history.entries().len()
    }

    /// How long an answer took in the middle, of those that were asked for and came since that much had happened.
    pub fn answer_time(&self, from: usize) -> Duration {
        let (mut asked, mut times) = (HashMap::new(), Vec::new());
        for Entry { at, client, what, .. } in self.world.history.entries().into_iter().skip(from) {
            match what {
                What::Sending { message, .. } => drop(asked.entry((client, message)).or_insert(at)),
                What::Stored { message, .. } => {
                    times.extend(asked.remove(&(client, message)).map(|asked| at.saturating_sub(asked)));
                }
                _ => {}
            }
        }
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// Ends a node without a word.
    pub async fn kill(&mut self, at: usize) {
        self.logs += &self.nodes[at].take().expect("this node runs").stop().await;
    }

    /// Waits until a node has died of itself.
    pub async fn dies(&mut self, at: usize) {
        self.logs += &self.nodes[at].take().expect("this node runs").died().await;
    }

    /// Asks a node to end, and waits until it has, in good order.
    pub async fn ends(&mut self, at: usize) {
        self.logs += &self.nodes[at].take().expect("this node runs").end().await;
    }

    /// Starts a node again where it was.
    pub async fn start_again(&mut self, at: usize) {
        let mut settings = settings(self.redis.as_ref());
        let url = self.world.node(at);
        settings.push(("PORT", url.rsplit_once(':').unwrap().1.to_owned()));
        self.nodes[at] = Some(Program::start_on(&self.database, self.folder.path(), &settings).await);
    }

    /// Waits for what must happen; the clients must not fall meanwhile.
    pub async fn wait(&mut self, what: &str, mut happened: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !happened().await {
            if let Some(ended) = self.clients.try_join_next() {
                ended.unwrap();
            }
            if begun.elapsed() > DEADLINE {
                let kept = self.keep(&self.case(Dump::default()));
                panic!("seed {}: {what} was waited for in vain; all of it: {}", self.seed, kept.display());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until all is said and everybody has it, ends everything, and judges.
    #[expect(clippy::print_stdout, reason = "what came of it is worth seeing")]
    pub async fn end(mut self) -> Verdict {
        let (world, clients) = (Arc::clone(&self.world), self.clients.len());
        self.wait("the end of the load", async || world.all_idle(clients)).await;
        let mut connection = PgConnection::connect(self.database.url.reveal()).await.unwrap();
        let dump = dump(&mut connection).await;
        // What does not come is found by the judge, who says more about it.
        let begun = Instant::now();
        while !world.all_know(&dump) && begun.elapsed() < DEADLINE / 3 {
            sleep(Duration::from_millis(20)).await;
        }
        self.quiet_database(&mut connection).await;
        world.over.cancel();
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
        for at in 0..self.nodes.len() {
            if self.nodes[at].is_some() {
                self.ends(at).await;
            }
        }
        // That the database is gone or slow may be said; so may that the tests' PostgreSQL does not write through to the disk.
        let fault = |line: &&str| line.contains("panicked") || line.contains("\"level\":\"ERROR\"");
        let known = |line: &str| {
            ["DB_ERROR", "SERVICE_UNAVAILABLE", "database.unsafe_setting"].iter().any(|word| line.contains(word))
        };
        let said = self.logs.lines().filter(fault).find(|line| !known(line));
        assert!(said.is_none(), "seed {}: {said:?}", self.seed);
        match self.judged(dump) {
            Ok(verdict) => {
                println!("seed {}: {verdict}", self.seed);
                verdict
            }
            Err(told) => panic!("seed {} (FAULTS_SEED={} plays it again)\n{told}", self.seed, self.seed),
        }
    }

    /// No connection of the nodes is left within a transaction.
    async fn quiet_database(&self, connection: &mut PgConnection) {
        let begun = Instant::now();
        let open = "select count(*) from pg_stat_activity
            where datname = current_database() and application_name like 'trice %' and state like 'idle in transaction%'";
        while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut *connection).await.unwrap() > 0 {
            assert!(begun.elapsed() < DEADLINE, "seed {}: a transaction is left open", self.seed);
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn case(&self, dump: Dump) -> Case {
        let (entries, users) = (self.world.history.entries(), self.world.users.iter().cycle());
        let users =
            users.take(entries.iter().map(|entry| entry.client + 1).max().unwrap_or_default()).cloned().collect();
        Case { entries, users, dump, may_be_silent: self.patience.1 }
    }

    /// Judges; a history that is not in order is kept.
    fn judged(&self, dump: Dump) -> Result<Verdict, String> {
        let case = self.case(dump);
        judge(&case).map_err(|violation| {
            let mut told = violation.told(&case);
            writeln!(told, "all of it: {}", self.keep(&case).display()).unwrap();
            told
        })
    }

    /// Writes down what happened, beside the tests.
    fn keep(&self, case: &Case) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.log", self.seed));
        let history: Vec<_> = case.entries.iter().map(ToString::to_string).collect();
        std::fs::write(&path, format!("{}\n{:#?}\n{}", history.join("\n"), case.dump, self.logs)).unwrap();
        path
    }
}

fn settings(redis: Option<&TestRedis>) -> Vec<(&'static str, String)> {
    let mut settings = vec![("RATE_LIMITS", "off".to_owned())];
    settings.extend(redis.map(|redis| ("REDIS_URL", redis.url())));
    settings
}

/// What the database says.
async fn dump(connection: &mut PgConnection) -> Dump {
    let text: String = sqlx::query_scalar(
        "select json_build_object(
            'rows', (select coalesce(json_agg(json_build_object(
                'conversation', conversation_id, 'seq', seq, 'id', id, 'sender', sender_id,
                'message', client_message_id, 'content', content)), '[]') from messages),
            'heads', (select coalesce(json_agg(json_build_object(
                'conversation', id, 'seq', last_seq, 'members', (
                    select coalesce(json_agg(user_id), '[]') from conversation_participants
                    where conversation_id = conversations.id and is_active))), '[]') from conversations)
        )::text",
    )
    .fetch_one(connection)
    .await
    .unwrap();
    serde_json::from_str(&text).unwrap()
}
