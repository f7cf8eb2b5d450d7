//! Places for sockets: so many and no more, in all, for one address and for strangers, and each is free again in the end.

use reqwest::{Method, Response, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, net::TcpStream};

use crate::support::{Socket, TestApp};

/// Asks for a socket, as a client does that polls.
async fn open(app: &TestApp, headers: HeaderMap) -> Response {
    app.raw(Method::GET, "/socket.io/?EIO=4&transport=polling", headers, "").await
}

async fn status(app: &TestApp) -> StatusCode {
    open(app, HeaderMap::new()).await.status()
}

/// Asks until there is a place; that nobody leaves one fails by the test's patience.
async fn a_place_gets_free(app: &TestApp) {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while status(app).await != 200 {
        assert!(tokio::time::Instant::now() < deadline, "no place got free");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whoever_comes_to_a_full_server_is_told_when_to_come_back() {
    let app = TestApp::start_with(&[("MAX_SOCKETS", "2")]).await;
    let alice = app.register("alice").await;
    let (first, mut second) = (Socket::signed_in(&app, &alice).await, Socket::signed_in(&app, &alice).await);
    let refused = open(&app, HeaderMap::new()).await;
    assert_eq!(refused.status(), 503);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let trace = refused.headers()["x-trace-id"].clone();
    let body: Value = refused.json().await.unwrap();
    let error = &body["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("SERVICE_UNAVAILABLE"), &json!(true)));
    assert_eq!(error["traceId"], trace.to_str().unwrap());
    assert!(
        (1..=30).contains(&wait) && error["retryAfter"].as_f64().unwrap() <= f64::from(u32::try_from(wait).unwrap())
    );
    // Those who are in stay in, and what is no socket is answered.
    assert_eq!(second.ask("unsubscribe", &json!({"conversationId": alice.id})).await["ok"], true);
    assert_eq!(alice.get("/api/v1/users/me").await.0, 200);
    drop(first);
    a_place_gets_free(&app).await;
}

#[tokio::test]
async fn one_address_gets_so_many_and_others_get_theirs() {
    let app = TestApp::start_with(&[("MAX_SOCKETS_PER_ADDRESS", "50"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let from = |address: &str| HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), address.parse().unwrap())]);
    let opened = (0..500).map(|_| open(&app, from("203.0.113.1")));
    let answers = futures_util::future::join_all(opened).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 50);
    let refused = answers.into_iter().find(|answer| answer.status() != 200).unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["code"], "RATE_LIMITED");
    assert_eq!(open(&app, from("203.0.113.2")).await.status(), 200);
}

#[tokio::test]
async fn strangers_leave_places_to_those_who_say_who_they_are() {
    let app = TestApp::start_with(&[("MAX_SOCKETS", "8")]).await;
    let alice = app.register("alice").await;
    let mut signed_in = Vec::new();
    for _ in 0..3 {
        signed_in.push(Socket::signed_in(&app, &alice).await);
    }
    let mut strangers = [Socket::transport(&app, "").await, Socket::transport(&app, "").await];
    assert_eq!(status(&app).await, 503);
    // Whoever says so stands in nobody's way.
    strangers[0].raw(&format!("40/chat,{}", json!({"token": alice.token}))).await;
    strangers[0].event("auth:success").await;
    assert_eq!(status(&app).await, 200);
}

#[tokio::test]
async fn a_stranger_who_says_nothing_does_not_keep_a_place() {
    let app = TestApp::start_with(&[("MAX_SOCKETS_PER_ADDRESS", "1")]).await;
    assert_eq!(status(&app).await, 200);
    assert_eq!(status(&app).await, 429);
    a_place_gets_free(&app).await;
}

#[tokio::test]
async fn a_request_that_opens_nothing_keeps_no_place() {
    let app = TestApp::start_with(&[("MAX_SOCKETS_PER_ADDRESS", "1")]).await;
    for path in ["/socket.io/?EIO=3&transport=polling", "/socket.io/?EIO=4", "/socket.io/?EIO=4&transport=websocket"] {
        assert_eq!(app.raw(Method::GET, path, HeaderMap::new(), "").await.status(), 400, "{path}");
    }
    assert_eq!(status(&app).await, 200);
}

#[tokio::test]
async fn connections_of_one_address_are_bounded_although_they_say_nothing() {
    let app = TestApp::start_with(&[("MAX_SOCKETS_PER_ADDRESS", "2")]).await;
    let address = app.url.strip_prefix("http://").unwrap();
    let mut connections = Vec::new();
    for _ in 0..5 {
        connections.push(TcpStream::connect(address).await.unwrap());
    }
    let mut last = connections.pop().unwrap();
    // Closed by now, or cut with what it had not read.
    assert_eq!(last.read(&mut [0]).await.unwrap_or(0), 0);
}
