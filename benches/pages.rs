//! The conversation list and the history at size: what they cost, and by which plans. Prints both, for a person to judge;
//! fails only when a plan reads a whole table that grows. Run it with: `scripts/with-postgres cargo bench --bench pages`
//!
//! The plans are those of the statements that the server itself sends, with its parameters and after it has sent them often
//! enough for PostgreSQL to think of a generic plan: auto_explain says them to the connection, and the driver to the log.
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
    fmt,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _, registry::LookupSpan};
use trice::{
    app::{App, Stopped},
    config::{Config, Source, database::DatabaseConfig, secret::Secret},
};

/// Requests of each kind that are timed.
const SAMPLES: usize = 300;
/// Requests of each kind before that; the driver prepares, and PostgreSQL plans for good after five.
const WARM: usize = 20;
/// What makes PostgreSQL say its plans, in the form of a connection's URL.
const EXPLAIN: &str = "&options[session_preload_libraries]=auto_explain&options[auto_explain.log_min_duration]=0\
    &options[auto_explain.log_analyze]=on&options[auto_explain.log_buffers]=on&options[client_min_messages]=log";

fn main() {
    let seen = Seen::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(seen.clone())).unwrap();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure(seen));
}

async fn measure(seen: Seen) {
    let url = support::url("pages");
    let mut node = Node::start(&url).await;
    let account = json!({
        "email": "reader@example.org", "username": "reader", "password": "Correct7Horse", "displayName": "Reader",
    });
    let answer = node.client.post(node.address("/auth/register")).json(&account).send().await.unwrap();
    let answer = answer.json::<Value>().await.unwrap();
    answer["data"]["accessToken"].as_str().unwrap().clone_into(&mut node.token);

    let begun = Instant::now();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for statement in include_str!("pages.sql").split(";\n") {
        connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }
    println!("Seeded in {:.0?}.\n", begun.elapsed());

    let pages = pages(&node, &mut connection).await;
    println!(
        "{SAMPLES} requests each, one after another, in ms: over HTTP p50 / p95 / p99, in the server p50 / p95 / p99"
    );
    for (name, path) in &pages {
        let (mut whole, mut inside) = (Vec::new(), Vec::new());
        for n in 0..WARM + SAMPLES {
            seen.requests.lock().unwrap().clear();
            let begun = Instant::now();
            node.get(path).await;
            if n >= WARM {
                whole.push(begun.elapsed());
                inside.extend(seen.requests.lock().unwrap().drain(..));
            }
        }
        println!("  {name:32}{}   {}", percentiles(whole), percentiles(inside));
    }

    let (token, data) = node.stop().await;
    let node = Node { token, ..Node::start_in(&format!("{url}{EXPLAIN}"), data).await };
    let mut whole_tables = Vec::new();
    for (name, path) in &pages {
        for _ in 0..WARM {
            seen.plans.lock().unwrap().clear();
            node.get(path).await;
        }
        println!("\n== {name}");
        for plan in seen.plans.lock().unwrap().drain(..).filter(|plan| !plan.contains("from sessions")) {
            println!("{}\n", shortened(&plan));
            for table in ["conversations", "conversation_participants", "messages", "users"] {
                if plan.contains(&format!("Seq Scan on {table} ")) {
                    whole_tables.push(format!("{name}: {table}"));
                }
            }
        }
    }
    node.stop().await;
    assert!(whole_tables.is_empty(), "whole tables are read: {whole_tables:?}");
}

/// What is asked for, by name.
async fn pages(node: &Node, connection: &mut PgConnection) -> Vec<(&'static str, String)> {
    let list = "/conversations?limit=50";
    let mut deep = String::new();
    for _ in 0..60 {
        let page = node.get(&format!("{list}{deep}")).await;
        deep = format!("&cursor={}", page["meta"]["cursor"].as_str().unwrap());
    }
    let endless = "select id::text from conversations order by last_seq desc limit 1";
    let endless: String = sqlx::query_scalar(endless).fetch_one(&mut *connection).await.unwrap();
    let moment = format!(
        "select to_char(created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')
         from messages where conversation_id = '{endless}' and seq = 500000"
    );
    let moment: String = sqlx::query_scalar(AssertSqlSafe(moment)).fetch_one(&mut *connection).await.unwrap();
    let history = format!("/conversations/{endless}/messages?limit=50");
    let middle = node.get(&format!("{history}&before={moment}")).await;
    let cursor = middle["meta"]["cursor"].as_str().unwrap().to_owned();
    vec![
        ("list, first page", list.to_owned()),
        ("list, after 3,000", format!("{list}{deep}")),
        ("history, first page", history.clone()),
        ("history, cursor at 500,000", format!("{history}&cursor={cursor}")),
        ("history, before a moment", format!("{history}&before={moment}")),
        ("history, after 500,000", format!("{history}&after=500000")),
    ]
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("{:6.2} / {:6.2} / {:6.2}", at(50), at(95), at(99))
}

/// A plan without its statement, but for the line that tells which one it is.
fn shortened(plan: &str) -> String {
    let table = plan.lines().find(|line| line.contains("from ")).unwrap_or_default();
    let tree: Vec<_> = plan.lines().skip_while(|line| !line.contains("(cost=")).collect();
    let took = plan.split("  plan:").next().unwrap_or_default();
    format!("… {} …\n{took}\n{}", table.trim(), tree.join("\n"))
}

/// A running server.
struct Node {
    url: String,
    client: Client,
    token: String,
    data: tempfile::TempDir,
    stop: CancellationToken,
    running: JoinHandle<Stopped>,
}

impl Node {
    async fn start(database: &str) -> Self {
        Self::start_in(database, tempfile::tempdir().unwrap()).await
    }

    async fn start_in(database: &str, data: tempfile::TempDir) -> Self {
        let source = Source::from([
            ("DATA_DIR".to_owned(), data.path().to_string_lossy().into_owned()),
            ("RATE_LIMITS".to_owned(), "off".to_owned()),
        ]);
        let database = DatabaseConfig::new(Secret::new(database));
        let app = App::build(Config::load(&source).unwrap(), database).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let running = tokio::spawn(app.serve(listener, async move { stopping.cancelled().await }));
        let client = Client::builder().no_proxy().build().unwrap();
        Self { url, client, token: String::new(), data, stop, running }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn request(&self, path: &str) -> RequestBuilder {
        self.client.get(self.address(path)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.request(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json::<Value>().await.unwrap()["data"].take()
    }

    /// Answers what another one needs to go on: the token and the secrets.
    async fn stop(self) -> (String, tempfile::TempDir) {
        self.stop.cancel();
        self.running.await.unwrap();
        (self.token, self.data)
    }
}

/// What the log tells: how long requests took in the server, and PostgreSQL's plans.
#[derive(Clone, Default)]
struct Seen {
    requests: Arc<Mutex<Vec<Duration>>>,
    plans: Arc<Mutex<Vec<String>>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if attributes.metadata().name() == "request" {
            context.span(id).unwrap().extensions_mut().insert(Instant::now());
        }
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        if let Some(begun) = context.span(&id).unwrap().extensions().get::<Instant>() {
            self.requests.lock().unwrap().push(begun.elapsed());
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            let mut plan = Text(String::new());
            event.record(&mut plan);
            let Text(plan) = plan;
            if plan.contains("Query Text") {
                self.plans.lock().unwrap().push(plan);
            }
        }
    }
}

/// An event's message.
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
