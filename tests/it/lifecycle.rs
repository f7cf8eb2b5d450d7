//! A node that is asked to stop: who asked for something before is answered, and everybody else is sent on.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{Duration, Instant, sleep},
};

use crate::support::{Person, Socket, TestApp, answer, new_id};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// A node, Alice on it, and her conversation with Bob.
async fn scene() -> (TestApp, Person, String) {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    (app, alice, conversation)
}

/// Whoever holds this keeps messages of the conversation from being stored.
async fn hold(app: &TestApp, conversation: &str) -> PgConnection {
    let mut connection = app.connection().await;
    connection.execute("begin").await.unwrap();
    let lock = format!("select from conversations where id = '{conversation}' for update");
    connection.execute(AssertSqlSafe(lock)).await.unwrap();
    connection
}

/// Asks the node to stop, and waits until it says that it is not ready.
async fn begins_to_stop(app: &TestApp) {
    app.ask_to_stop();
    let begun = Instant::now();
    loop {
        let (status, report) = answer(app.client.get(format!("{}/health/ready", app.url))).await;
        if status == 503 {
            assert_eq!(report["checks"][0], json!({"name": "accepting", "ok": false, "tookMs": 0}));
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "{report}");
        sleep(Duration::from_millis(5)).await;
    }
}

fn message(conversation: &str) -> Value {
    json!({"conversationId": conversation, "content": "Wait for me", "clientMessageId": new_id()})
}

#[tokio::test]
async fn what_was_asked_before_the_end_is_answered() {
    let (mut app, alice, conversation) = scene().await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    let held = hold(&app, &conversation).await;
    for id in 0..10 {
        socket.raw(&format!("42/chat,{id}[\"message:send\",{}]", message(&conversation))).await;
    }
    // Answered at once, and begun after those before it: the node has them all.
    socket.ask("unsubscribe", &json!({"conversationId": conversation})).await;
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let body = json!({"content": "Me, too", "clientMessageId": new_id()});
    let posting = alice.request(Method::POST, &path).json(&body).send();
    let scene = async {
        app.waits_for_lock(1).await;
        begins_to_stop(&app).await;
        // New sockets are for the next node; requests are still served.
        let handshake = app.client.get(format!("{}/socket.io/?EIO=4&transport=polling", app.url)).send().await.unwrap();
        assert_eq!(handshake.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(handshake.headers()["retry-after"], "1");
        assert_eq!(alice.get("/api/v1/users/me").await.0, 200);
        held.close().await.unwrap();
    };
    let (posted, ()) = tokio::join!(posting, scene);
    assert_eq!(posted.unwrap().status(), StatusCode::CREATED);
    for id in 0..10 {
        let answer = socket.answer(id).await;
        assert_eq!(answer["ok"], true, "{answer}");
    }
    // Without a goodbye in the namespace, so that official clients come back by themselves.
    let last = socket.end().await;
    assert!(last.iter().all(|packet| !packet.starts_with("41")), "{last:?}");
    app.stop().await;
    assert!(app.client.get(&app.url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn clients_that_poll_are_answered_too() {
    let (mut app, alice, conversation) = scene().await;
    // Polling makes a new connection whenever it likes.
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let url = format!("{}/socket.io/?EIO=4&transport=polling", app.url);
    let opened = client.get(&url).send().await.unwrap().text().await.unwrap();
    let opened: Value = serde_json::from_str(&opened[1..]).unwrap();
    let url = format!("{url}&sid={}", opened["sid"].as_str().unwrap());
    let poll = async || client.get(&url).send().await.unwrap().text().await.unwrap();
    let post = async |packet: String| {
        let posted = client.post(&url).header("content-type", "text/plain").body(packet).send().await.unwrap();
        assert_eq!(posted.status(), 200);
    };
    post(format!("40/chat,{}", json!({"token": alice.token}))).await;
    let mut heard = String::new();
    while !heard.contains("auth:success") {
        heard += &poll().await;
    }
    let held = hold(&app, &conversation).await;
    post(format!("42/chat,7[\"message:send\",{}]", message(&conversation))).await;
    app.waits_for_lock(1).await;
    begins_to_stop(&app).await;
    held.close().await.unwrap();
    let mut heard = String::new();
    while !heard.contains("43/chat,7[") {
        heard += &poll().await;
    }
    assert!(heard.contains("\"ok\":true"), "{heard}");
    app.stop().await;
}

/// Comes again and again, over a new connection each time as a proxy does, until nobody is let in any more. Answers how often.
async fn knock(address: String) -> u32 {
    let mut answered = 0;
    while let Ok(mut stream) = TcpStream::connect(&address).await {
        // At a port where nobody listens, the system may connect a connection with itself.
        if stream.local_addr().unwrap() == stream.peer_addr().unwrap() {
            break;
        }
        let asked = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answered += 1;
    }
    answered
}

/// A proxy sends a request to the next node only when this one does not let it in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_let_in_is_answered() {
    let mut app = TestApp::start().await;
    let address = app.url.trim_start_matches("http://");
    let mut callers: JoinSet<_> = (0..100).map(|_| knock(address.to_owned())).collect();
    // Others were answered meanwhile.
    assert_eq!(answer(app.client.get(format!("{}/health/live", app.url))).await.0, 200);
    app.stop().await;
    let mut answered = 0;
    while let Some(caller) = callers.join_next().await {
        answered += caller.unwrap();
    }
    assert!(answered > 0);
}
