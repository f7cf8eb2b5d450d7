//! The second entry point, started as Shuttle's runtime is: by variables, with the database and the secrets asked for over
//! HTTP. What answers here plays Shuttle; nothing of Shuttle is contacted.

use std::{
    net::TcpListener as Ports,
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{JoinSet, spawn_blocking},
    time::{Duration, Instant, sleep},
};

use crate::support::{Socket, TestApp, answer, new_id};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// Answers what a program asks Shuttle before it starts: its secrets, and in production the database that an annotation
/// names.
struct Platform {
    url: String,
    asked: JoinSet<()>,
}

impl Platform {
    async fn with(database: &str, secrets: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let database = database.to_owned();
        let mut asked = JoinSet::new();
        asked.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let head = head(&mut stream).await;
                let (kind, output) = if head.starts_with("GET ") && head.contains("/resources/secrets") {
                    ("secrets", secrets.clone())
                } else {
                    assert!(head.starts_with("POST /projects/trice-test/resources"), "{head}");
                    ("database::shared::postgres", json!(database))
                };
                let body = json!({"type": kind, "state": "ready", "config": null, "output": output}).to_string();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, asked }
    }
}

/// Reads a request: its head, and its body if it says how long that is.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let mut more = [0; 1024];
        let count = stream.read(&mut more).await.unwrap();
        assert!(count > 0, "the request ended early");
        read.extend_from_slice(&more[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map(|rest| rest.split("\r\n").next().unwrap_or_default().trim().parse::<usize>().unwrap());
        if body.len() >= length.unwrap_or(0) {
            return head.to_owned();
        }
    }
}

/// Starts the program, lets Alice write to Bob on it, asks it to end in the middle of a message, and sees it end in order.
async fn chats_and_ends(environment: &str, database: &TestApp, secrets: Value) {
    let platform = Platform::with(database.database.url.reveal(), secrets).await;
    let port = Ports::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new(env!("CARGO_BIN_EXE_trice-shuttle"))
        .env_clear()
        .envs([
            ("SHUTTLE_ENV", environment),
            ("SHUTTLE_PROJECT_ID", "trice-test"),
            ("SHUTTLE_PROJECT_NAME", "trice"),
            ("SHUTTLE_RUNTIME_IP", "127.0.0.1"),
            ("SHUTTLE_API", &platform.url),
            ("SHUTTLE_API_KEY", "not asked for"),
        ])
        .env("SHUTTLE_RUNTIME_PORT", port.to_string())
        .current_dir(database.data_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let process = child.id().to_string();
    let ended = spawn_blocking(move || child.wait_with_output().unwrap());

    let url = format!("http://127.0.0.1:{port}");
    let begun = Instant::now();
    while !database.client.get(format!("{url}/health/ready")).send().await.is_ok_and(|it| it.status().is_success()) {
        assert!(begun.elapsed() < DEADLINE && !ended.is_finished(), "it did not start: {:?}", ended.await);
        sleep(Duration::from_millis(20)).await;
    }
    let app = database.at(&url);
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut socket = Socket::signed_in(&app, &bob).await;
    socket.ask("subscribe", &json!({"conversationId": conversation})).await;
    alice.say(&conversation, "Hello Bob").await;
    assert_eq!(socket.event("message:received").await["message"]["content"], "Hello Bob");

    let mut held = app.connection().await;
    sqlx::Executor::execute(&mut held, "begin; lock table conversations in share mode").await.unwrap();
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let message = json!({"content": "Wait for me", "clientMessageId": new_id()});
    let posting = answer(alice.request(Method::POST, &path).json(&message));
    let ending = async {
        app.waits_for_lock(1).await;
        assert!(Command::new("kill").arg(&process).status().unwrap().success());
        socket.end().await;
        sqlx::Connection::close(held).await.unwrap();
    };
    let ((status, body), ()) = tokio::join!(posting, ending);
    assert_eq!(status, 201, "{body}");
    let output = ended.await.unwrap();
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    assert!(!platform.asked.is_empty(), "the platform died");
}

#[tokio::test]
async fn shuttles_production_is_ours() {
    let mut database = TestApp::start().await;
    database.stop().await;
    let secrets = json!({
        // The annotation's `local_uri` is filled in here, too, and then not used.
        "DATABASE_URL": "none",
        "JWT_ACCESS_SECRET": "an access secret of some length: 0123",
        "JWT_REFRESH_SECRET": "a refresh secret of some length: 4567",
        "CLIENT_URL": "https://chat.example.org",
        "RATE_LIMITS": "off",
    });
    chats_and_ends("production", &database, secrets).await;
}

#[tokio::test]
async fn shuttle_run_uses_the_database_that_its_secrets_name() {
    let mut database = TestApp::start().await;
    database.stop().await;
    let secrets = json!({"DATABASE_URL": database.database.url.reveal(), "RATE_LIMITS": "off"});
    chats_and_ends("local", &database, secrets).await;
}

/// What is missing stops the start, and is named.
#[tokio::test]
async fn a_secret_that_is_missing_is_named() {
    let mut database = TestApp::start().await;
    database.stop().await;
    let platform = Platform::with(
        database.database.url.reveal(),
        json!({"DATABASE_URL": "none", "CLIENT_URL": "https://chat.example.org"}),
    )
    .await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_trice-shuttle"));
    command
        .env_clear()
        .envs([
            ("SHUTTLE_ENV", "production"),
            ("SHUTTLE_PROJECT_ID", "trice-test"),
            ("SHUTTLE_PROJECT_NAME", "trice"),
            ("SHUTTLE_RUNTIME_IP", "127.0.0.1"),
            ("SHUTTLE_RUNTIME_PORT", "0"),
            ("SHUTTLE_API", &platform.url),
        ])
        .current_dir(database.data_dir());
    let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!output.status.success() && said.contains("JWT_ACCESS_SECRET"), "{said}");
}
