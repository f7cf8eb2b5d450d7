//! Databases: one is migrated once per run, and every test gets a copy of it.

use std::{net::SocketAddr, path::PathBuf, str::FromStr as _};

use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;
use trice::{
    config::{database::DatabaseConfig, secret::Secret},
    store::{MIGRATIONS, Store},
};
use uuid::Uuid;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// The server that tests may make databases on.
#[expect(clippy::disallowed_methods, reason = "tests have no other configuration")]
fn server() -> String {
    std::env::var("DATABASE_URL").expect(
        "DATABASE_URL names the PostgreSQL for tests; `make test` or `scripts/with-postgres cargo test` sets it",
    )
}

/// The server's URL with another database.
fn url(database: &str) -> String {
    let server = server();
    let (base, query) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    format!("{host}/{database}?{query}")
}

async fn make(statement: String) {
    let mut connection = PgConnection::connect(&server()).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "any name will do, as long as it is new")]
fn new_name() -> String {
    format!("trice_test_{}", Uuid::new_v4().simple())
}

/// A database without anything in it.
pub async fn empty_database() -> DatabaseConfig {
    let name = new_name();
    make(format!("create database {name}")).await;
    config(&name)
}

/// A migrated database without anybody in it.
pub async fn database() -> DatabaseConfig {
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = new_name();
            make(format!("create database {name}")).await;
            let mut connection = PgConnection::connect(&url(&name)).await.unwrap();
            MIGRATIONS.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            name
        })
        .await;
    let name = new_name();
    make(format!("create database {name} template {template} strategy file_copy")).await;
    config(&name)
}

fn config(name: &str) -> DatabaseConfig {
    DatabaseConfig { writers: 4, requests: 4, workers: 2, ..DatabaseConfig::new(Secret::new(url(name))) }
}

/// Where the server behind a database listens, as scripts/with-postgres makes it.
pub fn database_socket(database: &DatabaseConfig) -> PathBuf {
    let options = PgConnectOptions::from_str(database.url.reveal()).unwrap();
    let folder = options.get_socket().expect("the tests' PostgreSQL listens at a Unix socket");
    folder.join(format!(".s.PGSQL.{}", options.get_port()))
}

/// The same database by way of this address.
pub fn database_at(database: &DatabaseConfig, address: SocketAddr) -> DatabaseConfig {
    let options = PgConnectOptions::from_str(database.url.reveal()).unwrap();
    let (user, name) = (options.get_username(), options.get_database().unwrap());
    let url = format!("postgres://{user}@{address}/{name}?sslmode=disable");
    DatabaseConfig { url: Secret::new(url), ..database.clone() }
}

/// The store of a running test, for looking behind the curtain.
pub async fn store(database: &DatabaseConfig) -> Store {
    Store::connect(database, false).await.unwrap()
}
