//! A whole Trice in this process, on a port and a database of its own.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use reqwest::{Client, Method, Response, header::HeaderMap};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use trice::{
    app::{App, Stopped},
    config::{Config, Source, database::DatabaseConfig},
};

use super::{Person, database::database};

/// A running server. It stops when the test ends.
pub struct TestApp {
    /// Where it is, such as `http://127.0.0.1:1234`.
    pub url: String,
    /// Its database.
    pub database: DatabaseConfig,
    /// Speaks HTTP to it.
    pub client: Client,
    stop: CancellationToken,
    running: Option<JoinHandle<Stopped>>,
    data: Arc<TempDir>,
    people: AtomicU32,
}

impl TestApp {
    /// A server with an empty database.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with an empty database and some settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let data = Arc::new(tempfile::tempdir().unwrap());
        Self::on(database().await, data, settings).await
    }

    /// A server on this database.
    pub async fn start_on(database: DatabaseConfig) -> Self {
        Self::on(database, Arc::new(tempfile::tempdir().unwrap()), &[]).await
    }

    /// The same database, as another server at this address serves it. That one is not ours to stop.
    pub fn at(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            database: self.database.clone(),
            client: self.client.clone(),
            stop: CancellationToken::new(),
            running: None,
            data: Arc::clone(&self.data),
            people: AtomicU32::new(0),
        }
    }

    /// A server on this database, with some settings.
    pub async fn start_with_database(database: DatabaseConfig, settings: &[(&str, &str)]) -> Self {
        Self::on(database, Arc::new(tempfile::tempdir().unwrap()), settings).await
    }

    /// A second node beside this one: the same database and secrets.
    pub async fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::on(self.database.clone(), Arc::clone(&self.data), settings).await
    }

    async fn on(database: DatabaseConfig, data: Arc<TempDir>, settings: &[(&str, &str)]) -> Self {
        let mut app = Self {
            url: String::new(),
            database,
            client: Client::builder().no_proxy().build().unwrap(),
            stop: CancellationToken::new(),
            running: None,
            data,
            people: AtomicU32::new(0),
        };
        app.run(settings).await;
        app
    }

    /// Stops the server, if it still runs, and starts another one on the same database, with the same secrets.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.run(&[]).await;
    }

    /// Asks the server to stop, and waits for nothing.
    pub fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Stops the server and waits until it has.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            assert_eq!(running.await.unwrap(), Stopped::Asked);
        }
    }

    async fn run(&mut self, settings: &[(&str, &str)]) {
        let mut source = Source::from([
            ("DATA_DIR".to_owned(), self.data.path().to_string_lossy().into_owned()),
            ("RATE_LIMITS".to_owned(), "off".to_owned()),
        ]);
        source.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = Config::load(&source).unwrap();
        let app = App::build(config, self.database.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        self.stop = CancellationToken::new();
        let stop = self.stop.clone();
        #[expect(clippy::disallowed_methods, reason = "a test has no tasks of its own to be stopped")]
        let running = tokio::spawn(app.serve(listener, async move { stop.cancelled().await }));
        self.running = Some(running);
    }

    /// A new account of that name, signed in.
    pub async fn register(&self, name: &str) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let response = self
            .raw(
                Method::POST,
                "/api/v1/auth/register",
                HeaderMap::new(),
                json!({
                    "email": format!("{name}{number}@example.org"),
                    "username": format!("{name}_{number}"),
                    "password": Person::PASSWORD,
                    "displayName": name,
                })
                .to_string(),
            )
            .await;
        assert_eq!(response.status(), 201);
        Person::signed_in(self, response).await
    }

    /// Where it keeps its secrets.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// A connection to the database, past the server.
    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(self.database.url.reveal()).await.unwrap()
    }

    /// Waits until this many statements wait for somebody else's lock.
    pub async fn waits_for_lock(&self, count: i64) {
        let mut connection = self.connection().await;
        let waiting =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut connection).await.unwrap() < count {
            assert!(tokio::time::Instant::now() < deadline, "nobody waits for a lock");
            tokio::task::yield_now().await;
        }
    }

    /// Does something to the database behind the server's back.
    pub async fn execute(&self, statement: &str) {
        let mut connection = self.connection().await;
        connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
    }

    /// One text out of the database.
    pub async fn text(&self, query: &str) -> String {
        let mut connection = self.connection().await;
        sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap()
    }

    /// A request as it stands, with a JSON content type unless the headers say otherwise.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.url)).headers(headers.clone()).body(body);
        let request = if headers.contains_key("content-type") {
            request
        } else {
            request.header("content-type", "application/json")
        };
        request.send().await.unwrap()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
