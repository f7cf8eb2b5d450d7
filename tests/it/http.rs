//! What every answer carries, and what is not there.

use std::path::Path;

use reqwest::{Method, header::HeaderMap};
use serde_json::json;

use crate::support::{TestApp, TestRedis, answer};

#[tokio::test]
async fn without_a_token_nothing_but_the_doors_opens() {
    let app = TestApp::start().await;
    for path in ["/api/v1/users/me", "/api/v1/users/search?q=abc", "/api/v1/conversations"] {
        let response = app.raw(Method::GET, path, HeaderMap::new(), "").await;
        assert_eq!(response.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/api/docs",
        "/api/v1/nothing",
        "/health/live",
        "/health/ready",
        "/socket.io/?EIO=4&transport=polling",
        "/x.js",
    ] {
        let response =
            app.client.get(format!("{}{path}", app.url)).header("x-request-id", "my-id").send().await.unwrap();
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-request-id"], "my-id", "{path}");
        assert!(!headers["content-security-policy"].to_str().unwrap().contains("unsafe"), "{path}");
    }
}

#[tokio::test]
async fn health_says_that_it_lives_that_it_started_and_what_it_stands_on() {
    let (app, redis) = (TestApp::start().await, TestRedis::start().await);
    let node = app.beside(&[("REDIS_URL", &redis.url())]).await;
    for path in ["live", "startup"] {
        let (status, said) = answer(node.client.get(format!("{}/health/{path}", node.url))).await;
        assert_eq!((status, said), (200, json!({"status": "ok"})), "{path}");
    }
    let (_, report) = answer(node.client.get(format!("{}/health/ready", node.url))).await;
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["accepting", "database", "place", "redis"]);
    for check in checks {
        assert!(check["ok"].is_boolean() && check["tookMs"].is_u64(), "{check}");
    }
}

#[tokio::test]
async fn what_is_no_file_of_ours_is_not_there() {
    let app = TestApp::start().await;
    for path in
        ["/.env", "/assets/../Cargo.toml", "/assets/%2e%2e/x.js", "/assets/a.js.map", "/api/x", "/assets/.git/x"]
    {
        let response = app.client.get(format!("{}{path}", app.url)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    assert_eq!(app.raw(Method::POST, "/nothing", HeaderMap::new(), "{}").await.status(), 404);
}

#[tokio::test]
async fn the_page_for_the_api_is_part_of_the_web_app_or_clearly_missing() {
    let app = TestApp::start().await;
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/api/docs.html").exists();
    for path in ["/api/docs", "/api/docs/"] {
        let response = app.raw(Method::GET, path, HeaderMap::new(), "").await;
        assert_eq!(response.status(), if built { 200 } else { 404 }, "{path}");
        assert!(response.headers().contains_key("x-ratelimit-limit"), "{path}");
        let kind = if built { "text/html" } else { "application/json" };
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        let text = response.text().await.unwrap();
        assert!(text.contains(if built { "<title>Trice API</title>" } else { "npm --prefix web run build" }), "{text}");
    }
    // It stands nowhere else.
    assert_eq!(app.raw(Method::GET, "/api/docs.html", HeaderMap::new(), "").await.status(), 404);
}
