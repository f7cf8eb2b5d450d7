//! Bad input: a clear 4xx in the contract's shape, whatever it is and wherever it comes.

use std::path::Path;

use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use crate::support::{TestApp, new_id};

#[tokio::test]
async fn nasty_requests_are_refused_in_the_contracts_shape() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let json = [("content-type", "application/json")];
    let deep = format!("{}1{}", "[".repeat(40_000), "]".repeat(40_000));
    let huge = format!("{{\"email\": \"{}\"}}", "a".repeat(100_001));
    let login = "/api/v1/auth/login";
    let unknown = format!("/api/v1/conversations/{}/messages", new_id());
    for (method, path, headers, body, status, code, field) in [
        (Method::POST, login, &json[..], "{", 400, "VALIDATION_ERROR", "body"),
        (Method::POST, login, &json[..], "[]", 400, "VALIDATION_ERROR", "body"),
        (Method::POST, login, &json[..], "{}", 400, "VALIDATION_ERROR", "email"),
        (Method::POST, login, &json[..], deep.as_str(), 400, "VALIDATION_ERROR", "body"),
        (Method::POST, login, &json[..], "{\"email\": \"a\\u0000\"}", 400, "VALIDATION_ERROR", "body"),
        (Method::POST, login, &json[..], "{\"email\": \"\\ud800\"}", 400, "VALIDATION_ERROR", "body"),
        (Method::POST, login, &json[..], "{\"email\": 1}", 400, "VALIDATION_ERROR", "email"),
        (Method::POST, login, &json[..], huge.as_str(), 413, "PAYLOAD_TOO_LARGE", ""),
        (Method::POST, login, &[("content-type", "text/plain")][..], "{}", 415, "UNSUPPORTED_MEDIA_TYPE", ""),
        (Method::DELETE, login, &json[..], "", 405, "METHOD_NOT_ALLOWED", ""),
        (Method::GET, "/api/v1/nothing", &json[..], "", 404, "NOT_FOUND", ""),
        (Method::POST, "/nothing", &json[..], "{}", 404, "NOT_FOUND", ""),
        (Method::GET, "/api/v1/conversations/x", &json[..], "", 400, "VALIDATION_ERROR", "id"),
        (Method::GET, "/api/v1/conversations?limit=-1", &json[..], "", 400, "VALIDATION_ERROR", "limit"),
        (Method::GET, "/api/v1/conversations?limit=0", &json[..], "", 400, "VALIDATION_ERROR", "limit"),
        (Method::GET, "/api/v1/conversations?limit=101", &json[..], "", 400, "VALIDATION_ERROR", "limit"),
        (Method::GET, "/api/v1/conversations?limit=1.5", &json[..], "", 400, "VALIDATION_ERROR", "limit"),
        (Method::GET, "/api/v1/conversations?limit=1&limit=2", &json[..], "", 400, "VALIDATION_ERROR", "limit"),
        (Method::GET, "/api/v1/conversations?cursor=zzzz", &json[..], "", 400, "VALIDATION_ERROR", "cursor"),
        (Method::GET, "/api/v1/users/search?q=a%00bc", &json[..], "", 400, "VALIDATION_ERROR", "query"),
        (Method::GET, "/api/v1/users/search", &json[..], "", 400, "VALIDATION_ERROR", "q"),
        (Method::GET, unknown.as_str(), &json[..], "", 404, "NOT_FOUND", ""),
    ] {
        let mut request = alice.request(method.clone(), path).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let shown = format!("{method} {path} {}", &body[..body.len().min(60)]);
        assert_eq!(response.status().as_u16(), status, "{shown}");
        let trace = response.headers()["x-trace-id"].to_str().unwrap().to_owned();
        let answer: Value = response.json().await.unwrap();
        let error = &answer["error"];
        assert_eq!((&error["code"], &error["traceId"]), (&json!(code), &json!(trace)), "{shown} {answer}");
        assert!(error["message"].is_string() && error["retryable"].is_boolean());
        assert!(field.is_empty() || error["details"][field].is_array(), "{shown} {answer}");
    }
}

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
async fn what_is_no_file_of_ours_is_not_there() {
    let app = TestApp::start().await;
    for path in
        ["/.env", "/assets/../Cargo.toml", "/assets/%2e%2e/x.js", "/assets/a.js.map", "/api/x", "/assets/.git/x"]
    {
        let response = app.client.get(format!("{}{path}", app.url)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
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
