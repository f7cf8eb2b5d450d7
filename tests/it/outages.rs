//! A database that goes away, and comes back: what was sent meanwhile is stored once, or its sender knows that it is not.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::Instant;
use trice::config::database::DatabaseConfig;

use crate::support::{DatabaseProxy, Person, Socket, TestApp, answer, database, new_id};

/// Alice, who sends, and Bob, who listens, on a node whose database is behind a door.
struct Scene {
    app: TestApp,
    database: DatabaseConfig,
    proxy: DatabaseProxy,
    alices: Socket,
    bobs: Socket,
    bob: Person,
    conversation: String,
}

async fn scene() -> Scene {
    let database = database().await;
    let proxy = DatabaseProxy::before(&database).await;
    let app = TestApp::start_on(proxy.database()).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut sockets = Vec::new();
    for person in [&alice, &bob] {
        let mut socket = Socket::signed_in(&app, person).await;
        socket.ask("subscribe", &json!({"conversationId": conversation})).await;
        sockets.push(socket);
    }
    let (bobs, alices) = (sockets.pop().unwrap(), sockets.pop().unwrap());
    Scene { app, database, proxy, alices, bobs, bob, conversation }
}

impl Scene {
    fn message(&self) -> Value {
        json!({"conversationId": self.conversation, "content": "Hold on", "clientMessageId": new_id()})
    }

    /// Every number of the conversation, as Bob's history has them. A request that meets a broken connection is told to come
    /// again, and does.
    async fn stored(&self) -> Vec<i64> {
        let path = format!("/api/v1/conversations/{}/messages", self.conversation);
        let mut answer = self.bob.get(&path).await;
        while answer.0 == 503 && answer.1["error"]["retryable"] == true {
            answer = self.bob.get(&path).await;
        }
        let body = answer.1;
        body["data"]["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()).collect()
    }
}

#[tokio::test]
async fn a_short_outage_is_waited_out() {
    let mut scene = scene().await;
    let messages: Vec<_> = (0..20).map(|_| scene.message()).collect();
    scene.proxy.shut();
    for (id, message) in messages.iter().enumerate() {
        scene.alices.raw(&format!("42/chat,{id}[\"message:send\",{message}]")).await;
    }
    scene.proxy.refuses().await;
    scene.proxy.open();
    for id in 0..messages.len() {
        let answer = scene.alices.answer(id as u64).await;
        assert_eq!((&answer["ok"], &answer["seq"]), (&json!(true), &json!(id + 1)), "{answer}");
    }
    for message in &messages {
        let received = scene.bobs.event("message:received").await;
        assert_eq!(received["message"]["clientMessageId"], message["clientMessageId"]);
    }
    assert_eq!(scene.stored().await, (1..=20).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_stored_and_told_once() {
    let mut scene = scene().await;
    let message = scene.message();
    scene.proxy.mute_at("insert into messages");
    scene.alices.raw(&format!("42/chat,1[\"message:send\",{message}]")).await;
    // It is committed, and the server does not know.
    let mut behind = PgConnection::connect(scene.database.url.reveal()).await.unwrap();
    let stored = "select count(*) from messages";
    let deadline = Instant::now() + Duration::from_secs(20);
    while sqlx::query_scalar::<_, i64>(stored).fetch_one(&mut behind).await.unwrap() == 0 {
        assert!(Instant::now() < deadline, "it was not stored");
        tokio::task::yield_now().await;
    }
    scene.proxy.shut();
    scene.proxy.open();
    let answer = scene.alices.answer(1).await;
    assert_eq!((&answer["ok"], &answer["seq"], &answer["duplicate"]), (&json!(true), &json!(1), &json!(false)));
    assert_eq!(scene.bobs.event("message:received").await["message"]["seq"], 1);
    let next = scene.message();
    assert_eq!(scene.alices.ask("message:send", &next).await["seq"], 2);
    assert_eq!(scene.bobs.event("message:received").await["message"]["seq"], 2);
    assert_eq!(scene.stored().await, [2, 1]);
}

#[tokio::test]
async fn a_long_outage_is_said_and_the_message_can_be_sent_again() {
    let mut scene = scene().await;
    let message = scene.message();
    scene.proxy.shut();
    let answer = scene.alices.ask("message:send", &message).await;
    assert_eq!((&answer["error"]["code"], &answer["error"]["retryable"]), (&json!("DB_ERROR"), &json!(true)));
    let ready = scene.app.client.get(format!("{}/health/ready", scene.app.url)).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    let (status, body) = scene.bob.get("/api/v1/conversations").await;
    assert_eq!((status, &body["error"]["code"]), (503, &json!("DB_ERROR")));
    scene.proxy.open();
    assert_eq!(scene.alices.ask("message:send", &message).await["seq"], 1);
    assert_eq!(scene.bobs.event("message:received").await["message"]["seq"], 1);
    assert_eq!(scene.stored().await, [1]);
}

#[tokio::test]
async fn what_waits_is_bounded_and_whoever_goes_on_is_cut() {
    let mut scene = scene().await;
    scene.proxy.shut();
    // 64 are at work, 256 wait, and four times as many are told that it is too much.
    for id in 0..64 + 256 {
        let message = scene.message();
        scene.alices.raw(&format!("42/chat,{id}[\"message:send\",{message}]")).await;
    }
    let message = scene.message();
    // Many at a time, for it must be done before the first 64 are given up.
    for _ in 0..8 {
        for id in 1000..1128 {
            scene.alices.raw(&format!("42/chat,{id}[\"message:send\",{message}]")).await;
        }
        for answer in answers(&mut scene, 128).await {
            assert_eq!(answer["error"]["code"], "RATE_LIMITED");
        }
    }
    scene.alices.raw(&format!("42/chat,9999[\"message:send\",{message}]")).await;
    let packets = scene.alices.end().await;
    assert!(packets.iter().all(|packet| !packet.starts_with("41")), "it may come back");
    scene.proxy.open();
    assert_eq!(scene.bobs.ask("message:send", &message).await["ok"], true);
}

/// Alice sends one message, which waits for a row that is held until the connection ends, and so many that queue behind it.
async fn behind_a_held_row(scene: &mut Scene, messages: &[Value]) -> PgConnection {
    let mut holding = PgConnection::connect(scene.database.url.reveal()).await.unwrap();
    let hold = format!("begin; select from conversations where id = '{}' for update", scene.conversation);
    holding.execute(sqlx::AssertSqlSafe(hold)).await.unwrap();
    scene.alices.raw(&format!("42/chat,0[\"message:send\",{}]", scene.message())).await;
    scene.app.waits_for_lock(1).await;
    scene.proxy.executed();
    for (n, message) in messages.iter().enumerate() {
        scene.alices.raw(&format!("42/chat,{}[\"message:send\",{message}]", n + 1)).await;
    }
    // Answered in its turn, so they are all in the queue.
    scene.alices.ask("unsubscribe", &json!({"conversationId": new_id()})).await;
    holding
}

/// So many answers to Alice, in whatever order they come.
async fn answers(scene: &mut Scene, count: usize) -> Vec<Value> {
    let mut answers = Vec::new();
    while answers.len() < count {
        let packet = scene.alices.packet().await.unwrap();
        if let Some((_, answer)) = packet.strip_prefix("43/chat,").and_then(|rest| rest.split_once('[')) {
            answers.push(serde_json::from_str(answer.strip_suffix(']').unwrap()).unwrap());
        }
    }
    answers
}

/// How many statements stored one message, and how many stored several.
fn stored_by(scene: &Scene) -> (usize, usize) {
    let executed = scene.proxy.executed();
    let count = |part: &str| executed.iter().filter(|(_, statement)| statement.contains(part)).count();
    (count("insert into messages"), count("store_messages"))
}

#[tokio::test]
async fn a_message_sent_twice_does_not_keep_others_from_being_stored_together() {
    let mut scene = scene().await;
    let mut messages: Vec<_> = (0..40).map(|_| scene.message()).collect();
    messages[5] = messages[2].clone();
    let mut holding = behind_a_held_row(&mut scene, &messages).await;
    holding.execute("rollback").await.unwrap();
    for answer in answers(&mut scene, messages.len() + 1).await {
        assert_eq!(answer["ok"], true, "{answer}");
    }
    let (alone, together) = stored_by(&scene);
    // The second one of the two, and what is left in the end.
    assert!(alone <= 5 && together >= 2, "{alone} statements for one message, {together} for several");
}

#[tokio::test]
async fn whoever_waited_too_long_is_told_and_keeps_nobody_waiting() {
    let mut scene = scene().await;
    let messages: Vec<_> = (0..40).map(|_| scene.message()).collect();
    let mut holding = behind_a_held_row(&mut scene, &messages).await;
    for answer in answers(&mut scene, messages.len() + 1).await {
        assert_eq!(answer["error"]["retryable"], true, "{answer}");
    }
    // Nobody tries what nobody waits for any more, although the row is still held.
    let waiting = "select count(*)::text from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    while scene.app.text(waiting).await != "0" {
        tokio::task::yield_now().await;
    }
    stored_by(&scene);
    scene.alices.ask("unsubscribe", &json!({"conversationId": new_id()})).await;
    assert_eq!(stored_by(&scene), (0, 0));
    holding.execute("rollback").await.unwrap();
    // What was at work when patience ended may be stored now; whoever sends again is told so, or stores it.
    for message in &messages {
        assert_eq!(scene.alices.ask("message:send", message).await["ok"], true);
    }
    let in_order = "select (count(*) between 40 and 41 and count(*) = max(seq))::text from messages";
    assert_eq!(scene.app.text(in_order).await, "true");
}

#[tokio::test]
async fn a_transaction_that_was_given_up_at_its_begin_is_nobodys() {
    let one_each = DatabaseConfig { writers: 1, requests: 1, workers: 1, ..database().await };
    let proxy = DatabaseProxy::before(&one_each).await;
    let app = TestApp::start_on(proxy.database()).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    proxy.mute_at("begin");
    let new = json!({"type": "direct", "participantIds": [bob.id]});
    let (status, body) = answer(alice.request(Method::POST, "/api/v1/conversations").json(&new)).await;
    assert_eq!((status, &body["error"]["retryable"]), (503, &json!(true)), "{body}");
    proxy.open();
    // On the connection that comes next, and not within anything.
    let name = json!({"displayName": "Alice B."});
    loop {
        let (status, body) = answer(alice.request(Method::PATCH, "/api/v1/users/me").json(&name)).await;
        if status == 200 {
            break;
        }
        assert_eq!((status, &body["error"]["retryable"]), (503, &json!(true)), "{body}");
    }
    let stored = format!("select display_name from users where id = '{}'", alice.id);
    assert_eq!(app.text(&stored).await, "Alice B.");
}
