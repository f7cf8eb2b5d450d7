//! The program itself, started as an operator starts it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use reqwest::{Method, header::HeaderMap};
use serde_json::json;
use tokio_tungstenite::connect_async;

use crate::support::{Person, TestApp, new_id};

/// The program, in a folder of its own and with the server's database.
pub fn trice(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trice"));
    command
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", app.database.url.reveal())
        .env("DATA_DIR", app.data_dir())
        .env("PORT", "0")
        .env("LOG_FORMAT", "json")
        .current_dir(app.data_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The server as a program of its own. It ends with the test, however that ends.
struct Running {
    child: Child,
    url: String,
    log: Vec<tokio::task::JoinHandle<String>>,
}

impl Running {
    /// Starts it and waits until it is ready.
    async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        // Both are read all the while, or a full pipe would stop the program.
        let (ready, url) = mpsc::channel();
        let log = tokio::task::spawn_blocking(move || {
            let (mut log, mut line) = (String::new(), String::new());
            while out.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some((_, url)) = line.trim().split_once("Trice is ready: ") {
                    ready.send(url.to_owned()).unwrap();
                }
                log.push_str(&line);
                line.clear();
            }
            log
        });
        let error_log = tokio::task::spawn_blocking(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        let url = tokio::task::spawn_blocking(move || url.recv_timeout(Duration::from_mins(1)).unwrap()).await.unwrap();
        Self { child, url, log: vec![log, error_log] }
    }

    /// Ends it and answers all that it printed.
    async fn log(mut self) -> String {
        let parts = std::mem::take(&mut self.log);
        drop(self);
        let mut log = String::new();
        for part in parts {
            log += &part.await.unwrap();
        }
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn an_operator_helps_somebody_who_is_locked_out() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let reset = |name: &str| trice(&app, &["user", "reset-password", name]).output().unwrap();
    assert!(!reset("nobody").status.success());
    for name in [&alice.username.to_uppercase(), &alice.email] {
        let output = reset(name);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        let password = printed.lines().find_map(|line| line.split_once(" is: ")).unwrap().1;
        let body = json!({"email": alice.email, "password": password}).to_string();
        let response = app.raw(Method::POST, "/api/v1/auth/login", HeaderMap::new(), body).await;
        assert_eq!(response.status(), 200);
    }
    let refresh = app.client.post(format!("{}/api/v1/auth/refresh", app.url)).header("cookie", &alice.cookie);
    assert_eq!(refresh.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_log_keeps_secrets_and_words_to_itself_at_every_level() {
    let app = TestApp::start().await;
    let mut command = trice(&app, &[]);
    command.env("LOG_LEVEL", "trace");
    let running = Running::start(command).await;
    let url = running.url.clone();

    let words = "what nobody but Bob may read";
    let post = |path: &str| app.client.post(format!("{url}{path}"));
    let name = format!("carol_{}", &new_id()[..8]);
    let account = json!({
        "email": format!("{name}@example.org"), "username": name, "password": Person::PASSWORD, "displayName": "Carol",
    });
    let response = post("/api/v1/auth/register").json(&account).send().await.unwrap();
    let carol = Person::signed_in(&app, response).await;
    let bob = app.register("bob").await;
    post("/api/v1/auth/login").json(&json!({"email": carol.email, "password": "Wrong7Password"})).send().await.unwrap();
    let body = json!({"type": "direct", "participantIds": [bob.id]});
    let response = post("/api/v1/conversations").bearer_auth(&carol.token).json(&body).send().await.unwrap();
    let conversation = response.json::<serde_json::Value>().await.unwrap()["data"]["id"].as_str().unwrap().to_owned();
    let body = json!({"content": words, "clientMessageId": new_id()});
    let path = format!("/api/v1/conversations/{conversation}/messages");
    assert_eq!(post(&path).bearer_auth(&carol.token).json(&body).send().await.unwrap().status(), 201);
    let socket =
        format!("{}/socket.io/?EIO=4&transport=websocket&token={}", url.replacen("http", "ws", 1), carol.token);
    connect_async(socket).await.unwrap();
    let renewed = post("/api/v1/auth/refresh").header("cookie", &carol.cookie).send().await.unwrap();
    let successor = crate::support::cookie(&renewed).unwrap();

    let log = running.log().await;
    assert!(log.contains("session.created") && log.contains("TRACE"), "too little was logged to tell: {log}");
    for secret in [
        words,
        Person::PASSWORD,
        "Wrong7Password",
        &carol.token,
        carol.token.rsplit('.').next().unwrap(),
        carol.cookie.split_once('=').unwrap().1,
        successor.split_once('=').unwrap().1,
        &carol.email,
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} stands in the log: {}", line.unwrap_or_default());
    }
}

#[tokio::test]
async fn production_says_at_each_start_what_is_risky() {
    let app = TestApp::start().await;
    let production = |client: &str, limits: &str| {
        let mut command = trice(&app, &[]);
        command
            .env("APP_ENV", "production")
            .env("HOST", "127.0.0.1")
            .env("CLIENT_URL", client)
            .env("RATE_LIMITS", limits)
            .env("JWT_ACCESS_SECRET", "an access secret of some length: 0123")
            .env("JWT_REFRESH_SECRET", "a refresh secret of some length: 4567");
        command
    };
    let log = Running::start(production("http://chat.example.org", "off")).await.log().await;
    assert!(log.contains("production.plain_http") && log.contains("production.limits_lifted"), "{log}");
    let log = Running::start(production("https://chat.example.org", "on")).await.log().await;
    assert!(!log.contains("production."), "{log}");
}
