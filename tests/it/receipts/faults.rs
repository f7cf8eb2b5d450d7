//! What can go wrong between counting and storing: nothing is lost that a client does not say again by itself, nothing counts
//! twice, and what cannot be stored is found by the operator.

use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::{Instant, sleep};

use super::{DEADLINE, NEVER, SOON, counts, id, read, readers, rows, stands, stored, try_read};
use crate::support::{DatabaseProxy, TestApp, database};

#[tokio::test]
async fn what_the_database_refuses_is_set_aside_alone() {
    let mut app = TestApp::start_with(&[NEVER]).await;
    let alice = app.register("alice").await;
    let mut readers = Vec::new();
    for name in ["bob", "carol", "dave", "erin"] {
        readers.push(app.register(name).await);
    }
    let group = alice.group(&readers.iter().collect::<Vec<_>>()).await;
    let other = alice.group(&readers.iter().collect::<Vec<_>>()).await;
    let (good, bad) = (alice.say(&group, "1").await, alice.say(&other, "2").await);
    for reader in &readers {
        read(reader, &group, &good).await;
    }
    read(&readers[2], &other, &bad).await;
    app.execute(&format!("delete from messages where id = '{}'", id(&bad))).await;
    app.restart().await;
    assert_eq!(rows(&app).await, 4);
    let aside = "select string_agg(concat_ws(' ', user_id, conversation_id, seq, message_ids[1], reason), ',')
        from receipts_set_aside";
    let aside = app.text(aside).await;
    assert!(aside.starts_with(&format!("{} {other} 1 {}", readers[2].id, id(&bad))), "{aside}");
    assert!(aside.contains("read_receipts_message_id_fkey"), "{aside}");
    // It does not come back, nor do those beside it suffer.
    let alice = alice.moved(&app);
    assert_eq!(counts(&alice, &group).await, [4]);
    app.stop().await;
    assert_eq!(app.text("select count(*)::text from receipts_set_aside").await, "1");
}

#[tokio::test]
async fn what_is_refused_alone_is_tried_five_times() {
    let proxy = DatabaseProxy::before(&database().await).await;
    let mut app = TestApp::start_with_database(proxy.database(), &[NEVER]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let message = alice.say(&group, "1").await;
    read(&bob, &group, &message).await;
    app.execute(&format!("delete from messages where id = '{}'", id(&message))).await;
    proxy.executed();
    app.stop().await;
    let executed = proxy.executed();
    let tries = executed.iter().filter(|(_, statement)| statement.contains("insert into read_receipts"));
    assert_eq!(tries.count(), 5, "{executed:#?}");
    assert_eq!(app.text("select count(*)::text from receipts_set_aside").await, "1");
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_counts_once() {
    let database = database().await;
    let proxy = DatabaseProxy::before(&database).await;
    let app = TestApp::start_with_database(proxy.database(), &[SOON]).await;
    let mut behind = PgConnection::connect(database.url.reveal()).await.unwrap();
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = alice.group(&[&bob, &carol]).await;
    let message = alice.say(&group, "1").await;
    read(&bob, &group, &message).await;
    all_stored(&mut behind, 1).await;
    proxy.mute_at("COMMIT");
    // It is committed, and the server does not know. What she is told may be lost with it.
    let committed = async {
        all_stored(&mut behind, 2).await;
        proxy.shut();
        proxy.open();
    };
    tokio::join!(try_read(&carol, &group, &message["id"]), committed);
    let begun = Instant::now();
    while try_counts(&alice, &group).await != Some(vec![2]) {
        assert!(begun.elapsed() < DEADLINE, "it does not come back");
    }
    // Stored again, it is what it was.
    let third = alice.say(&group, "2").await;
    read(&carol, &group, &third).await;
    all_stored(&mut behind, 3).await;
    assert_eq!(counts(&alice, &group).await, [2, 1]);
    assert_eq!(readers(&alice, &message).await, [bob.id.as_str(), carol.id.as_str()]);
    assert_eq!(app.text("select count(*)::text from receipts_set_aside").await, "0");
}

/// What a history says, if the server has found the database again.
async fn try_counts(person: &crate::support::Person, conversation: &str) -> Option<Vec<i64>> {
    let (status, body) = person.get(&format!("/api/v1/conversations/{conversation}/messages?after=0")).await;
    let messages = (status == 200).then(|| body["data"]["messages"].as_array().unwrap().clone())?;
    Some(messages.iter().map(|message| message["readCount"].as_i64().unwrap()).collect())
}

/// Waits until this many receipts are stored, as seen from behind the proxy.
async fn all_stored(behind: &mut PgConnection, wanted: i64) {
    let begun = Instant::now();
    while stored_now(behind).await != wanted {
        assert!(begun.elapsed() < DEADLINE, "they are never stored");
        sleep(std::time::Duration::from_millis(10)).await;
    }
}

async fn stored_now(behind: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from read_receipts").fetch_one(behind).await.unwrap()
}

#[tokio::test]
async fn while_the_database_is_away_everything_waits() {
    let database = database().await;
    let mut proxy = DatabaseProxy::before(&database).await;
    let app = TestApp::start_with_database(proxy.database(), &[("RECEIPTS_FLUSH_MS", "2000")]).await;
    let mut behind = PgConnection::connect(database.url.reveal()).await.unwrap();
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let message = alice.say(&group, "1").await;
    read(&bob, &group, &message).await;
    proxy.shut();
    proxy.refuses().await;
    assert_eq!(stored_now(&mut behind).await, 0);
    proxy.open();
    all_stored(&mut behind, 1).await;
    let mut known = try_counts(&alice, &group).await;
    // A request that meets a broken connection is told to come again.
    while known.is_none() {
        known = try_counts(&alice, &group).await;
    }
    assert_eq!(known, Some(vec![1]));
}

#[tokio::test]
async fn what_somebody_holds_waits_and_the_rest_does_not() {
    let app = TestApp::start_with(&[SOON]).await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = alice.group(&[&bob, &carol]).await;
    let message = alice.say(&group, "1").await;
    let mut holder = app.connection().await;
    let mut held = holder.begin().await.unwrap();
    let lock = format!("select from conversation_participants where user_id = '{}' for update", bob.id);
    held.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
    read(&bob, &group, &message).await;
    app.waits_for_lock(1).await;
    read(&carol, &group, &message).await;
    stored(&app, 1).await;
    assert_eq!(counts(&alice, &group).await, [2]);
    held.rollback().await.unwrap();
    stored(&app, 2).await;
    assert_eq!(counts(&alice, &group).await, [2]);
    assert_eq!(app.text("select count(*)::text from receipts_set_aside").await, "0");
}

#[tokio::test]
async fn what_a_crash_of_the_only_node_loses_its_clients_say_again() {
    let mut crashed = TestApp::start_with(&[NEVER]).await;
    let (alice, bob) = (crashed.register("alice").await, crashed.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let (first, second) = (alice.say(&group, "1").await, alice.say(&group, "2").await);
    read(&bob, &group, &second).await;
    assert_eq!(counts(&alice, &group).await, [1, 1]);
    // Another one starts on the same database, and knows nothing of it.
    let mut app = crashed.beside(&[NEVER]).await;
    let (alice, bob) = (alice.moved(&app), bob.moved(&app));
    assert_eq!(counts(&alice, &group).await, [0, 0]);
    assert_eq!(stands(&app, &bob, &group).await.0, 2);
    // A client that comes back says how far it is, in one go, by its newest message.
    let state = read(&bob, &group, &second).await;
    assert_eq!(state, json!({"lastReadMessageId": second["id"], "lastReadSeq": 2, "unreadCount": 0}));
    assert_eq!(counts(&alice, &group).await, [1, 1]);
    assert_eq!(readers(&alice, &first).await, [bob.id.as_str()]);
    app.stop().await;
    assert_eq!(rows(&app).await, 2);
    // Had it not crashed but stood still, it would say the same.
    crashed.stop().await;
    assert_eq!(rows(&app).await, 2);
}
