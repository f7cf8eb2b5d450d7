//! The program itself, started as an operator starts it.

use std::process::Command;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::support::{Person, Program, Socket, TestApp, TestRedis, empty_database, new_id};

#[tokio::test]
async fn an_operator_helps_somebody_who_is_locked_out() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let reset = |name: &str| Program::command(&app, &["user", "reset-password", name]).output().unwrap();
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
    let program = Program::start(&app, &[("LOG_LEVEL", "trace")]).await;
    let url = &program.url;
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

    let log = program.stop().await;
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
async fn one_event_is_one_line_whatever_clients_send() {
    let app = TestApp::start().await;
    let nasty = "\r\nforged\u{1b}[31m\u{9b}\u{7f}\u{2028}\",\"level\":\"ERROR";
    let name = format!("carol_{}", &new_id()[..8]);
    for format in ["json", "pretty"] {
        let settings = [("LOG_LEVEL", "trace"), ("LOG_FORMAT", format), ("NO_COLOR", "1")];
        let program = Program::start(&app, &settings).await;
        let url = &program.url;
        let encoded: String =
            nasty.bytes().flat_map(|byte| format!("%{byte:02x}").into_bytes()).map(char::from).collect();
        let account = json!({"email": format!("{format}{nasty}@example.org"), "username": nasty, "password": nasty, "displayName": nasty});
        let header =
            reqwest::header::HeaderValue::from_bytes("a\tforged\u{9b}\",\"level\":\"ERROR".as_bytes()).unwrap();
        for path in [
            "/api/v1/auth/register",
            "/api/v1/auth/login",
            &format!("/{encoded}"),
            &format!("/api/v1/users/{encoded}?q={encoded}"),
        ] {
            for method in [Method::POST, Method::GET, Method::from_bytes(b"FORGED'").unwrap()] {
                let mut request = app.client.request(method, format!("{url}{path}")).json(&account);
                for name in [
                    "user-agent",
                    "x-request-id",
                    "x-forwarded-for",
                    "origin",
                    "cookie",
                    "authorization",
                    "referer",
                    "idempotency-key",
                ] {
                    request = request.header(name, header.clone());
                }
                assert!(request.send().await.unwrap().status().is_client_error(), "{path}");
            }
        }
        // A sane name of a request is believed, and found again.
        let sane = format!("sane-{format}");
        let account = json!({
            "email": format!("{format}{name}@example.org"), "username": format!("{format}_{name}"), "password": Person::PASSWORD, "displayName": "Carol",
        });
        let register =
            app.client.post(format!("{url}/api/v1/auth/register")).header("x-request-id", &sane).json(&account);
        let carol = Person::signed_in(&app, register.send().await.unwrap()).await;
        let socket = format!(
            "{}/socket.io/?EIO=4&transport=websocket&token={}&x={encoded}",
            url.replacen("http", "ws", 1),
            carol.token
        );
        let (mut socket, _) = connect_async(socket).await.unwrap();
        for packet in [
            "40/chat,".to_owned(),
            format!("42/chat,7[{}]", json!(nasty)),
            format!("42/chat,8[\"auth\",{}]", json!({"token": nasty})),
            format!("42{nasty}"),
        ] {
            socket.send(Message::text(packet)).await.unwrap();
        }
        while socket.next().await.is_some_and(|packet| packet.is_ok()) {}

        let log = program.stop().await;
        assert!(log.contains(&sane), "too little was logged to tell: {log}");
        for line in log.lines() {
            assert!(!line.contains(|c: char| c.is_control() || c == '\u{2028}'), "{line:?}");
            assert!(!line.trim_start().starts_with("forged"), "{line:?}");
            // What is said at the start, to a person, is no event.
            if format == "json" && line.starts_with('{') {
                let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
                // The tests' database does not write through, and the test's own server works on it, too.
                let known = ["database.unsafe_setting", "node.not_alone"];
                let of_the_start =
                    event["message"].as_str().is_some_and(|text| known.iter().any(|it| text.starts_with(it)));
                assert!(event["timestamp"].is_string() && (event["level"] != "ERROR" || of_the_start), "{line}");
            }
        }
    }
}

#[tokio::test]
async fn production_says_at_each_start_what_is_risky() {
    let app = TestApp::start().await;
    let start = |client, limits| {
        let settings = [
            ("APP_ENV", "production"),
            ("HOST", "127.0.0.1"),
            ("CLIENT_URL", client),
            ("RATE_LIMITS", limits),
            ("JWT_ACCESS_SECRET", "an access secret of some length: 0123"),
            ("JWT_REFRESH_SECRET", "a refresh secret of some length: 4567"),
        ];
        let app = &app;
        async move { Program::start(app, &settings).await.stop().await }
    };
    let log = start("http://chat.example.org", "off").await;
    assert!(log.contains("production.plain_http") && log.contains("production.limits_lifted"), "{log}");
    let log = start("https://chat.example.org", "on").await;
    assert!(!log.contains("production."), "{log}");
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_the_remedy() {
    let (app, redis) = (TestApp::start().await, TestRedis::start().await);
    let doctor = |settings: &[(&str, &str)]| {
        let output = Program::command(&app, &["doctor"]).envs(settings.iter().copied()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (well, said) = doctor(&[]);
    assert!(well, "{said}");
    for line in ["well    configuration", "well    migrations", "well    clock", "well    redis: not used"] {
        assert!(said.contains(line), "{line}:\n{said}");
    }
    // The tests' database does not write through.
    assert!(said.contains("weak    database: PostgreSQL ") && said.contains("switched off fsync"), "{said}");
    assert!(said.contains("        Acknowledged messages can be lost in a power cut"), "{said}");
    remedies(&said);

    let (well, said) = doctor(&[("REDIS_URL", &redis.url())]);
    assert!(well && said.contains("weak    redis") && said.contains("notify-keyspace-events Ex"), "{said}");
    let mut connection = redis.connection().await;
    let mut set = redis::cmd("CONFIG");
    set.arg("SET").arg("notify-keyspace-events").arg("Ex");
    set.exec_async(&mut connection).await.unwrap();
    assert!(doctor(&[("REDIS_URL", &redis.url())]).1.contains("well    redis"));

    let empty = empty_database().await;
    let (well, said) = doctor(&[("DATABASE_URL", empty.url.reveal())]);
    assert!(well && said.contains("weak    migrations") && said.contains("`trice serve` applies them"), "{said}");
    for (name, value, part) in [
        ("DATABASE_URL", "postgres://nobody:hunter2@127.0.0.1:1/nowhere", "BROKEN  database: "),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1", "BROKEN  redis: "),
        ("PORT", "none", "BROKEN  configuration: PORT"),
    ] {
        let (well, said) = doctor(&[(name, value)]);
        assert!(!well && said.contains(part) && !said.contains("hunter2"), "{said}");
        remedies(&said);
    }
    for (name, value, part) in [
        ("RATE_LIMITS", "off", "weak    configuration: RATE_LIMITS=off"),
        ("CLIENT_URL", "http://chat.example.org", "weak    configuration: CLIENT_URL is plain http"),
    ] {
        let (well, said) = doctor(&[(name, value)]);
        assert!(well && said.contains(part), "{said}");
        remedies(&said);
    }
}

/// Each part that is not well is followed by what to do about it, and nothing else is.
fn remedies(said: &str) {
    let lines: Vec<_> = said.lines().collect();
    for pair in lines.windows(2) {
        let ill = !pair[0].starts_with("well") && !pair[0].starts_with(' ');
        assert_eq!(ill, pair[1].starts_with("        "), "{said}");
    }
}

#[tokio::test]
async fn the_doctor_counts_the_files_that_may_be_open() {
    let app = TestApp::start().await;
    let doctor = |limit: &str| {
        let doctor = Program::command(&app, &["doctor"]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "ulimit -S -n \"$0\" && exec \"$@\"", limit])
            .arg(doctor.get_program())
            .args(doctor.get_args());
        let settings = doctor.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let output = shell.env_clear().envs(settings).current_dir(app.data_dir()).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(doctor("4096").contains("well    file limit: 4096 open files"));
    let said = doctor("4095");
    assert!(said.contains("weak    file limit: 4095 open files") && said.contains("LimitNOFILE=65536"), "{said}");
}

/// What the program says when it is run like this, on the server's database.
async fn says(app: &TestApp, arguments: &[&str], port: &str) -> (bool, String) {
    let mut command = Program::command(app, arguments);
    command.env("PORT", port);
    let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_container_asks_its_own_node_how_it_is() {
    let mut app = TestApp::start().await;
    let port = app.url.rsplit_once(':').unwrap().1.to_owned();
    // A node gets its place a moment after it has started.
    while !says(&app, &["health"], &port).await.0 {}
    let (_, report) = says(&app, &["health"], &port).await;
    assert!(report.contains(r#""status":"ok""#), "{report}");
    app.stop().await;
    let (fine, report) = says(&app, &["health"], &port).await;
    assert!(!fine && report.contains("no answer"), "{report}");
}

#[tokio::test]
async fn a_node_that_is_not_ready_says_so_to_its_container() {
    let app = TestApp::start().await;
    // Without Redis the first node has the database to itself.
    let second = app.beside(&[]).await;
    let port = second.url.rsplit_once(':').unwrap().1;
    let (fine, report) = says(&app, &["health"], port).await;
    assert!(!fine && report.contains(r#"{"name":"place","ok":false,"#), "{report}");
}

#[tokio::test]
async fn a_volume_that_came_back_begins_a_new_epoch() {
    let mut app = TestApp::start().await;
    let alice = app.register("alice").await;
    let epoch = async |app: &TestApp| {
        let mut socket = Socket::open(app, "", &json!({"token": alice.token})).await;
        socket.event("auth:success").await["epoch"].as_str().unwrap().to_owned()
    };
    let before = epoch(&app).await;
    app.restart().await;
    assert_eq!(epoch(&app).await, before);
    let mut socket = Socket::signed_in(&app, &alice).await;
    let (done, said) = says(&app, &["restored"], "0").await;
    assert!(done, "{said}");
    // Nodes that run notice it, and send their sockets to fetch everything again.
    socket.end().await;
    assert_ne!(epoch(&app).await, before);
}

#[tokio::test]
async fn the_system_asks_the_program_to_end_and_it_does() {
    let app = TestApp::start().await;
    let program = Program::start(&app, &[]).await;
    let log = program.end().await;
    assert!(log.contains("node.stopping"), "{log}");
    assert!(!log.contains("work_left"), "{log}");
}
