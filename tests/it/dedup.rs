//! A send that is repeated while the database is slow to store: what is remembered of the first one is a hint, and the
//! database decides.

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::{Duration, Instant, sleep};

use crate::support::{Person, Socket, TestApp, TestRedis, answer, new_id};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// Whatever this person sends is stored after this transaction only.
async fn hold_up<'a>(connection: &'a mut PgConnection, person: &Person) -> sqlx::Transaction<'a, sqlx::Postgres> {
    let mut transaction = connection.begin().await.unwrap();
    let lock = format!("select from conversation_participants where user_id = '{}' for update", person.id);
    transaction.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
    transaction
}

async fn stored(app: &TestApp) -> String {
    app.text("select count(*)::text from messages").await
}

/// The first send, and the second one over another way while nothing can be stored.
async fn repeats(app: &TestApp, other: &TestApp, alice: &Person, conversation: &str) {
    let message = json!({"conversationId": conversation, "content": "once", "clientMessageId": new_id()});
    let mut socket = Socket::signed_in(app, alice).await;
    let first = socket.ask("message:send", &message).await;
    assert_eq!((&first["ok"], &first["duplicate"]), (&json!(true), &json!(false)), "{first}");
    let mut connection = app.connection().await;
    let held = hold_up(&mut connection, alice).await;
    let again = socket.ask("message:send", &message).await;
    assert_eq!((&again["duplicate"], &again["messageId"]), (&json!(true), &first["messageId"]), "{again}");
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let body = json!({"content": "once", "clientMessageId": message["clientMessageId"]});
    let request = || other.client.post(format!("{}{path}", other.url)).bearer_auth(&alice.token).json(&body);
    let (status, body) = answer(request()).await;
    assert_eq!((status, &body["data"]["id"]), (200, &first["messageId"]), "{body}");
    held.rollback().await.unwrap();
    assert_eq!(stored(app).await, "1");
}

#[tokio::test]
async fn what_was_stored_is_answered_while_nothing_can_be_stored() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    repeats(&app, &app, &alice, &conversation).await;
    // What is new waits its turn, and is stored once.
    let mut connection = app.connection().await;
    let held = hold_up(&mut connection, &alice).await;
    let message = json!({"conversationId": conversation, "content": "new", "clientMessageId": new_id()});
    let mut socket = Socket::signed_in(&app, &alice).await;
    socket.raw(&format!("42/chat,7[\"message:send\",{message}]")).await;
    socket.raw(&format!("42/chat,8[\"message:send\",{message}]")).await;
    app.waits_for_lock(1).await;
    held.rollback().await.unwrap();
    let answers: [Value; 2] = [socket.answer(7).await, socket.answer(8).await];
    assert_eq!((&answers[0]["duplicate"], &answers[1]["duplicate"]), (&json!(false), &json!(true)), "{answers:?}");
    assert_eq!(stored(&app).await, "2");
}

#[tokio::test]
async fn what_is_remembered_wrongly_swallows_nothing() {
    let mut redis = TestRedis::start().await;
    let url = redis.url();
    let here = TestApp::start_with(&[("REDIS_URL", &url)]).await;
    let there = here.beside(&[("REDIS_URL", &url)]).await;
    let (alice, bob) = (here.register("alice").await, here.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut direct = redis.connection().await;
    repeats(&here, &there, &alice, &conversation).await;
    let begun = Instant::now();
    let keys: Vec<String> = loop {
        let keys: Vec<String> = redis::cmd("KEYS").arg("dedup:*").query_async(&mut direct).await.unwrap();
        if keys.len() == 1 {
            break keys;
        }
        assert!(begun.elapsed() < DEADLINE, "{keys:?}");
        sleep(Duration::from_millis(5)).await;
    };
    let left: i64 = redis::cmd("PTTL").arg(&keys).query_async(&mut direct).await.unwrap();
    assert!((1..=300_000).contains(&left), "{left}");
    let others: String = redis::cmd("GET").arg(&keys).query_async(&mut direct).await.unwrap();

    let of_bob = bob.say(&conversation, "mine").await["id"].as_str().unwrap().to_owned();
    let mut socket = Socket::signed_in(&here, &alice).await;
    // Nothing, a message that is not there, one of the same person, one of somebody else.
    for wrong in ["nonsense", &new_id(), &others, &of_bob] {
        let name = new_id();
        let key = format!("dedup:{}:{name}", alice.id);
        redis::cmd("SET").arg(&key).arg(wrong).exec_async(&mut direct).await.unwrap();
        let mut connection = here.connection().await;
        let held = hold_up(&mut connection, &alice).await;
        let message = json!({"conversationId": conversation, "content": wrong, "clientMessageId": name});
        socket.raw(&format!("42/chat,9[\"message:send\",{message}]")).await;
        here.waits_for_lock(1).await;
        // Longer than it takes to be asked.
        let asked: Instant = Instant::now();
        while asked.elapsed() < Duration::from_millis(200) {
            sleep(Duration::from_millis(20)).await;
        }
        held.rollback().await.unwrap();
        let sent = socket.answer(9).await;
        assert_eq!((&sent["ok"], &sent["duplicate"]), (&json!(true), &json!(false)), "{sent}");
    }
    // Without Redis the database knows.
    redis.pause();
    let message = json!({"conversationId": conversation, "content": "again", "clientMessageId": new_id()});
    for duplicate in [false, true] {
        let sent = socket.ask("message:send", &message).await;
        assert_eq!((&sent["ok"], &sent["duplicate"]), (&json!(true), &json!(duplicate)), "{sent}");
    }
    redis.resume();
    redis.kill();
    assert_eq!(socket.ask("message:send", &message).await["duplicate"], true);
    assert_eq!(stored(&here).await, "7");
}
