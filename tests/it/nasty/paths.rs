//! Paths that lead nowhere, and methods that a path does not know.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;

use super::{Stage, refused};
use crate::support::api::operations;

#[tokio::test]
async fn a_path_is_known_or_not() {
    let stage = Stage::set().await;
    a_path_tells_which_methods_it_knows(&stage).await;
    a_path_that_leads_nowhere_is_404(&stage).await;
}

async fn a_path_tells_which_methods_it_knows(stage: &Stage) {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        let methods = known.entry(stage.path(&operation)).or_default();
        methods.insert(operation.method.to_string());
        if operation.method == Method::GET {
            methods.insert("HEAD".into());
        }
    }
    for (path, known) in known {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "BREW", "get"] {
            if known.contains(method) && method != "HEAD" {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let shown = format!("{method} {path}");
            let response = stage.alice.request(method.clone(), &path).body("{}").send().await.unwrap();
            if known.contains(method.as_str()) {
                // As the GET, without its body.
                let get = stage.alice.request(Method::GET, &path).send().await.unwrap();
                assert_eq!(response.status(), get.status(), "{shown}");
                assert_eq!(response.headers()["content-type"], "application/json", "{shown}");
                assert!(response.headers().contains_key("x-ratelimit-limit"), "{shown}");
                assert!(response.bytes().await.unwrap().is_empty(), "{shown}");
                continue;
            }
            let allow: BTreeSet<_> =
                response.headers()["allow"].to_str().unwrap().split(',').map(|one| one.trim().to_owned()).collect();
            assert_eq!((response.status().as_u16(), &allow), (405, &known), "{shown}");
            if method == Method::HEAD {
                assert!(response.bytes().await.unwrap().is_empty(), "{shown}");
            } else {
                refused(response, 405, "METHOD_NOT_ALLOWED", "", &shown).await;
            }
        }
        // Asked by a browser on another host, before it asks in earnest.
        let request = stage.alice.request(Method::OPTIONS, &path).header("origin", "https://evil.example");
        let preflight = request.header("access-control-request-method", "DELETE").send().await.unwrap();
        assert_eq!(preflight.status(), 204, "{path}");
        assert!(!preflight.headers().contains_key("access-control-allow-origin"), "{path}");
    }
}

async fn a_path_that_leads_nowhere_is_404(stage: &Stage) {
    let group = &stage.group;
    for path in [
        "/api/v1".into(),
        "/api/v1/".into(),
        "/api/v2/users/me".into(),
        "/api/v1/Users/me".into(),
        "/api/v1/users/me/".into(),
        "/api/v1/users/me/../me/x".into(),
        "/api/v1/users//me".into(),
        "/api/v1/users/me%2Fprivacy/x".into(),
        format!("/api/v1/conversations/{group}/"),
        format!("/api/v1/conversations/{group}/messages/"),
        format!("/api/v1/conversations/{group}%2Fmessages/x"),
        format!("/api/v1/conversations/{group};x=1/messages.json"),
        format!("/api/v1/{}", "x".repeat(20_000)),
        "/api/v1/%00".into(),
        "/api/v1/%ff%fe".into(),
        "/api/v1/%zz".into(),
        "/api/v1/<script>".into(),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            let response = stage.alice.request(method.clone(), &path).body("{}").send().await.unwrap();
            let shown = format!("{method} {}", &path[..path.len().min(80)]);
            refused(response, 404, "NOT_FOUND", "", &shown).await;
        }
    }
    let response = stage.alice.request(Method::HEAD, "/api/v1/nothing").send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert!(response.bytes().await.unwrap().is_empty());
}
