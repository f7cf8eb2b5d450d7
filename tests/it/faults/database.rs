//! A PostgreSQL that dies, ends, stands still, is slow, and holds a row.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::timeout;

use super::{
    plan::Shape,
    scene::{Scene, Setup},
};
use crate::support::{DatabaseProxy, TestApp, TestPostgres, database, new_id};

/// F7.
#[tokio::test]
async fn the_database_ends_in_every_way() {
    let mut postgres = TestPostgres::start().await;
    let mut scene = Scene::begin(Setup { database: Some(postgres.database()), ..Setup::default() }).await;
    for (percent, signal) in [(20, "-INT"), (40, "-QUIT"), (60, "-KILL")] {
        scene.stored(percent).await;
        postgres.end(signal);
        postgres.start_again().await;
    }
    scene.end().await;
}

/// F8.
#[tokio::test]
async fn the_database_stands_still_and_goes_on() {
    let postgres = TestPostgres::start().await;
    let setup = Setup { database: Some(postgres.database()), shape: Shape::small(), ..Setup::default() };
    let mut scene = Scene::begin(setup).await;
    scene.stored(30).await;
    postgres.pause();
    scene.refused_more(5).await;
    postgres.resume();
    scene.end().await;
}

/// F10.
#[tokio::test]
async fn the_database_is_slow() {
    let proxy = DatabaseProxy::before(&database().await).await;
    let setup = Setup { database: Some(proxy.database()), shape: Shape::small(), ..Setup::default() };
    let mut scene = Scene::begin(setup).await;
    for (percent, delay) in [(20, 50), (40, 300), (60, 0)] {
        scene.stored(percent).await;
        proxy.slow_down(Duration::from_millis(delay));
    }
    scene.end().await;
}

/// F11.
#[tokio::test]
async fn a_row_is_held() {
    let mut scene = Scene::begin(Setup::default()).await;
    scene.stored(20).await;
    let mut holding = PgConnection::connect(scene.database.url.reveal()).await.unwrap();
    let hot = scene.world.conversations[0].clone();
    let hold = format!("begin; select from conversations where id = '{hot}' for update");
    holding.execute(sqlx::AssertSqlSafe(hold)).await.unwrap();
    scene.stored_more(100).await;
    scene.refused_more(1).await;
    holding.execute("rollback").await.unwrap();
    let refused = scene.refused_in();
    assert_eq!(refused, [hot.clone()].into());
    scene.end().await;
}

/// F12.
#[tokio::test]
async fn the_messages_are_held() {
    let mut scene = Scene::begin(Setup { shape: Shape::small(), ..Setup::default() }).await;
    scene.stored(30).await;
    let mut holding = PgConnection::connect(scene.database.url.reveal()).await.unwrap();
    holding.execute("begin; lock table messages in access exclusive mode").await.unwrap();
    scene.refused_more(5).await;
    holding.execute("rollback").await.unwrap();
    scene.end().await;
}

/// F14, as a node sees it: what it is connected to only reads, and when that is over somebody else is to be connected to.
#[tokio::test]
async fn the_database_only_reads() {
    let mut scene = Scene::begin(Setup { shape: Shape::small(), ..Setup::default() }).await;
    scene.stored(30).await;
    let mut administrator = PgConnection::connect(scene.database.url.reveal()).await.unwrap();
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&mut administrator).await.unwrap();
    let set = |what: &str| sqlx::AssertSqlSafe(format!("alter database \"{name}\" {what}"));
    administrator.execute(set("set default_transaction_read_only = on")).await.unwrap();
    let others = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'trice %'";
    administrator.execute(others).await.unwrap();
    scene.refused_more(5).await;
    administrator.execute(set("reset default_transaction_read_only")).await.unwrap();
    scene.end().await;
}

/// F9: whoever asks goes away before the answer.
#[tokio::test]
async fn hundreds_go_away_while_they_are_served() {
    let database = database().await;
    let proxy = DatabaseProxy::before(&database).await;
    let app = TestApp::start_on(proxy.database()).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let message = || json!({"content": "Gone", "clientMessageId": new_id()});
    proxy.slow_down(Duration::from_millis(300));
    let mut answered = 0;
    for _ in 0..5 {
        let left = join_all((0..100).map(|n| {
            let (path, message, alice) = (&path, message(), &alice);
            // Each leaves at another moment of its request.
            timeout(Duration::from_millis(4 * n), async move {
                if n % 3 == 0 { alice.get(path).await } else { alice.post(path, &message).await }
            })
        }));
        answered += left.await.iter().filter(|left| left.is_ok()).count();
    }
    assert!(answered < 250, "{answered} were answered before they left");
    proxy.slow_down(Duration::ZERO);

    let statuses = join_all((0..200).map(|_| async { alice.post(&path, &message()).await.0 })).await;
    let bad: Vec<_> = statuses.iter().filter(|status| **status != 201).collect();
    // What waits for a connection that the storm left behind may be told to come again, and nothing else.
    assert!(bad.iter().all(|status| **status == 503), "{bad:?}");
    assert_eq!(alice.post(&path, &message()).await.0, 201);
    let mut behind = PgConnection::connect(database.url.reveal()).await.unwrap();
    let open = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in tr%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(open).fetch_one(&mut behind).await.unwrap(), 0);
    let dense = "select max(seq) = count(*) and max(seq) = (select last_seq from conversations) from messages";
    assert!(sqlx::query_scalar::<_, bool>(dense).fetch_one(&mut behind).await.unwrap());
}
