//! Finding people.

use serde_json::Value;

use crate::support::TestApp;

fn usernames(body: &Value) -> Vec<&str> {
    body["data"]["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn people_are_found_by_username_and_name_and_exact_email() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let bob = app.register("bobby").await;
    for query in ["bob", "OBB", bob.email.as_str()] {
        let (status, body) = alice.get(&format!("/api/v1/users/search?q={query}")).await;
        assert_eq!(status, 200);
        assert_eq!(usernames(&body), [bob.username.as_str()], "{query}");
        assert!(!body.to_string().contains("example.org"), "an e-mail is shown to its owner alone");
    }
    let (_, body) = alice.get("/api/v1/users/search?q=example").await;
    assert!(usernames(&body).is_empty(), "by e-mail only exactly");
}

#[tokio::test]
async fn nobody_finds_themselves() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let (_, body) = alice.get("/api/v1/users/search?q=alice").await;
    assert!(usernames(&body).is_empty());
}

#[tokio::test]
async fn wildcards_are_literal_and_short_queries_refused() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    app.register("bobby").await;
    for query in ["%25%25%25", "b%25y", "___", "%5C%5C%5C"] {
        let (status, body) = alice.get(&format!("/api/v1/users/search?q={query}")).await;
        assert_eq!((status, usernames(&body).len()), (200, 0), "{query}");
    }
    for query in ["bo", "", "%20%20b%20%20"] {
        let (status, body) = alice.get(&format!("/api/v1/users/search?q={query}")).await;
        assert_eq!(status, 400, "{query}");
        assert!(body["error"]["details"]["q"].is_array());
    }
}

#[tokio::test]
async fn a_search_says_whether_there_is_more() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    for _ in 0..3 {
        app.register("twin").await;
    }
    let (_, body) = alice.get("/api/v1/users/search?q=twin&limit=2").await;
    assert_eq!(usernames(&body).len(), 2);
    assert_eq!(body["data"]["meta"]["hasMore"], true);
}
