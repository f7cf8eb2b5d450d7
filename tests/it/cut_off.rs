//! Two nodes, one of which is cut off from Redis or from the database alone, without a word: what it is connected to is silent
//! from then on, for ever, and only new connections are answered when the fault is over.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::{Duration, Instant, sleep, timeout};

use crate::support::{
    End, Line, Person, Socket, TestApp, TestRedis, answer, database, database_at, database_socket, new_id,
};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// Alice on the node that is cut off, Bob on the other one.
struct Scene {
    far: TestApp,
    near: TestApp,
    alice: Person,
    of_alice: Socket,
    of_bob: Socket,
    conversation: String,
    _redis: TestRedis,
}

async fn scene(redis: TestRedis, far: TestApp, near: TestApp) -> Scene {
    let (alice, bob) = (far.register("alice").await, near.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let of_alice = subscribed(&far, &alice, &conversation).await;
    let of_bob = subscribed(&near, &bob, &conversation).await;
    redis.listeners(&format!("chat:{conversation}"), 2).await;
    let mut scene = Scene { far, near, alice, of_alice, of_bob, conversation, _redis: redis };
    scene.talk(1).await;
    scene
}

async fn subscribed(app: &TestApp, person: &Person, conversation: &str) -> Socket {
    let mut socket = Socket::signed_in(app, person).await;
    let answer = socket.ask("subscribe", &json!({"conversationId": conversation, "lastSeq": 0})).await;
    assert_eq!(answer["ok"], true, "{answer}");
    socket
}

impl Scene {
    fn message(&self, content: &str) -> Value {
        json!({"conversationId": self.conversation, "content": content, "clientMessageId": new_id()})
    }

    /// Ten messages from each of the two, in turns, from this number on. They hear each other.
    async fn talk(&mut self, from: i64) {
        for seq in from..from + 20 {
            let message = self.message(&seq.to_string());
            let socket = if seq % 2 == 1 { &mut self.of_alice } else { &mut self.of_bob };
            let answer = socket.ask("message:send", &message).await;
            assert_eq!((&answer["ok"], &answer["seq"]), (&json!(true), &json!(seq)), "{answer}");
        }
        hears(&mut self.of_bob, (from..from + 20).step_by(2)).await;
        hears(&mut self.of_alice, (from + 1..from + 20).step_by(2)).await;
    }
}

async fn hears(socket: &mut Socket, seqs: impl IntoIterator<Item = i64>) {
    for seq in seqs {
        let heard = socket.event("message:received").await;
        let (number, content) = (&heard["message"]["seq"], &heard["message"]["content"]);
        assert_eq!((number, content), (&json!(seq), &json!(seq.to_string())));
    }
}

/// Waits until a node says this of itself. Answers the parts that it misses.
async fn reports(app: &TestApp, status: &str) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let (code, report) = answer(app.client.get(format!("{}/health/ready", app.url))).await;
        if report["status"] == status {
            assert_eq!(code, if status == "unavailable" { 503 } else { 200 }, "{report}");
            let missed = report["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false);
            return missed.map(|check| check["name"].as_str().unwrap().to_owned()).collect();
        }
        assert!(begun.elapsed() < DEADLINE, "{report}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn whoever_is_cut_off_from_redis_alone_hears_and_is_heard() {
    let redis = TestRedis::start().await;
    let line = Line::to(End::Socket(redis.socket())).await;
    let far = TestApp::start_with(&[("REDIS_URL", &format!("redis://{}", line.address))]).await;
    let near = far.beside(&[("REDIS_URL", &redis.url())]).await;
    let mut scene = scene(redis, far, near).await;
    line.cut();
    scene.talk(21).await;
    assert_eq!(reports(&scene.far, "degraded").await, ["redis"]);
    assert_eq!(reports(&scene.near, "ok").await, [""; 0]);
    scene.talk(41).await;
    line.mend();
    reports(&scene.far, "ok").await;
    scene.talk(61).await;
}

#[tokio::test]
async fn whoever_is_cut_off_from_the_database_alone_says_so_and_comes_back_by_itself() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let database = database().await;
    let line = Line::to(End::Socket(database_socket(&database))).await;
    let settings = [("REDIS_URL", url.as_str())];
    let mut far = TestApp::start_with_database(database_at(&database, line.address), &settings).await;
    far.database = database.clone();
    let near = far.beside(&settings).await;
    let mut scene = scene(redis, far, near).await;

    // Requests are in the middle of it, and a message is: their answers will not come.
    let mut holding = PgConnection::connect(database.url.reveal()).await.unwrap();
    holding.execute("begin; lock table conversation_participants in access exclusive mode").await.unwrap();
    let message = scene.message("21");
    scene.of_alice.raw(&format!("42/chat,1[\"message:send\",{message}]")).await;
    let path = format!("/api/v1/conversations/{}", scene.conversation);
    let reading = join_all((0..4).map(|_| scene.alice.get(&path)));
    let cut = async {
        scene.near.waits_for_lock(5).await;
        line.cut();
        holding.execute("rollback").await.unwrap();
    };
    let (read, ()) = timeout(DEADLINE, join(reading, cut)).await.expect("everybody is answered");
    for (status, body) in read {
        assert_eq!(
            (status, &body["error"]["code"], &body["error"]["retryable"]),
            (503, &json!("DB_ERROR"), &json!(true))
        );
    }
    let refused = scene.of_alice.answer(1).await;
    assert_eq!((&refused["ok"], &refused["error"]["retryable"]), (&json!(false), &json!(true)), "{refused}");
    assert!(reports(&scene.far, "unavailable").await.contains(&"database".to_owned()));
    assert_eq!(reports(&scene.near, "ok").await, [""; 0]);
    let (status, body) = timeout(DEADLINE, scene.alice.get(&path)).await.expect("an answer");
    assert_eq!((status, &body["error"]["retryable"]), (503, &json!(true)));
    // It may have been stored when its answer was cut off.
    let question = scene.message("Are you there?");
    let first = scene.of_bob.ask("message:send", &question).await["seq"].as_i64().unwrap();
    assert!((21..=22).contains(&first), "{first}");

    line.mend();
    assert_eq!(reports(&scene.far, "ok").await, [""; 0]);
    let begun = Instant::now();
    let stored = loop {
        let answer = scene.of_alice.ask("message:send", &message).await;
        if answer["ok"] == true {
            break answer;
        }
        assert!(answer["error"]["retryable"] == true && begun.elapsed() < DEADLINE, "{answer}");
    };
    assert_eq!((&stored["seq"], &stored["duplicate"]), (&json!(43 - first), &json!(first == 22)), "{stored}");
    // Each has what the other one said, once.
    let heard = scene.of_bob.event("message:received").await;
    assert_eq!(heard["message"]["clientMessageId"], message["clientMessageId"]);
    // Alice hears her own, too, if it was stored when she was told that it was not.
    while scene.of_alice.event("message:received").await["message"]["content"] != "Are you there?" {}
    scene.talk(23).await;
    let in_order = "select (count(*) = 42 and count(*) = max(seq))::text from messages";
    assert_eq!(scene.near.text(in_order).await, "true");
}
