//! An account's owner: devices, password, profile, and the way out.

use reqwest::{Method, Response, header::HeaderMap};
use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp, answer};

async fn login(app: &TestApp, email: &str, password: &str, user_agent: &str) -> Response {
    let headers = HeaderMap::from_iter([("user-agent".parse().unwrap(), user_agent.parse().unwrap())]);
    let body = json!({"email": email, "password": password}).to_string();
    app.raw(Method::POST, "/api/v1/auth/login", headers, body).await
}

async fn device(app: &TestApp, person: &Person, user_agent: &str) -> Person {
    Person::signed_in(app, login(app, &person.email, Person::PASSWORD, user_agent).await).await
}

async fn revoked(person: &Person) -> bool {
    let (status, body) = person.get("/api/v1/users/me").await;
    status == 401 && body["error"]["code"] == "TOKEN_REVOKED"
}

async fn delete(person: &Person, path: &str, body: Value) -> (u16, Value) {
    answer(person.request(Method::DELETE, path).json(&body)).await
}

async fn patch(person: &Person, path: &str, body: Value) -> (u16, Value) {
    answer(person.request(Method::PATCH, path).json(&body)).await
}

#[tokio::test]
async fn devices_are_listed_and_ended_one_by_one_or_all_others() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let (phone, laptop) = (device(&app, &alice, "Phone/1").await, device(&app, &alice, "Laptop/2").await);
    let (status, body) = phone.get("/api/v1/auth/sessions").await;
    assert_eq!(status, 200);
    assert_eq!(body["data"]["meta"], json!({"cursor": null, "hasMore": false}));
    let sessions = body["data"]["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["userAgent"], "Phone/1");
    let of_laptop = sessions.iter().find(|session| session["userAgent"] == "Laptop/2").unwrap()["id"].as_str().unwrap();

    // One: at once, its sockets too, and nobody else's.
    let mut socket = Socket::signed_in(&app, &laptop).await;
    let path = format!("/api/v1/auth/sessions/{of_laptop}");
    assert_eq!(delete(&bob, &path, json!({})).await.0, 404);
    assert_eq!(delete(&phone, &path, json!({})).await.0, 204);
    assert!(revoked(&laptop).await);
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
    assert_eq!(delete(&phone, &path, json!({})).await.0, 404);
    assert_eq!(delete(&phone, "/api/v1/auth/sessions/nonsense", json!({})).await.0, 400);

    // All others.
    let mut socket = Socket::signed_in(&app, &alice).await;
    assert_eq!(delete(&phone, "/api/v1/auth/sessions", json!({})).await.0, 204);
    assert!(revoked(&alice).await && !revoked(&phone).await && !revoked(&bob).await);
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let other = device(&app, &alice, "Other").await;
    let mut socket = Socket::signed_in(&app, &other).await;
    let change = |current: &str, new: &str| {
        let body = json!({"currentPassword": current, "newPassword": new});
        let alice = &alice;
        async move { alice.post("/api/v1/auth/change-password", &body).await }
    };
    let (status, body) = change("Wrong7Password", "Battery8Staple").await;
    assert_eq!((status, body["error"]["details"]["currentPassword"].is_array()), (400, true), "{body}");
    for weak in ["short", "alllower1", &alice.username, "Password1"] {
        let (status, body) = change(Person::PASSWORD, weak).await;
        assert_eq!((status, body["error"]["details"]["newPassword"].is_array()), (400, true), "{weak}: {body}");
    }
    assert!(!revoked(&other).await);

    assert_eq!(change(Person::PASSWORD, "Battery8Staple").await.0, 200);
    assert!(revoked(&other).await && !revoked(&alice).await);
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
    assert_eq!(login(&app, &alice.email, Person::PASSWORD, "x").await.status(), 401);
    assert_eq!(login(&app, &alice.email, "Battery8Staple", "x").await.status(), 200);
}

#[tokio::test]
async fn a_revocation_reaches_the_other_node_by_the_database_alone() {
    // Two nodes under the memory engine hear nothing from each other: the worst case, as with the bus down.
    let app = TestApp::start().await;
    let other = app.beside(&[]).await;
    let alice = app.register("alice").await;
    let me = || answer(app.client.get(format!("{}/api/v1/users/me", other.url)).bearer_auth(&alice.token));
    assert_eq!(me().await.0, 200);
    let mut socket = Socket::signed_in(&other, &alice).await;
    assert_eq!(alice.post("/api/v1/auth/logout", &json!({})).await.0, 200);
    let begun = std::time::Instant::now();
    while me().await.0 == 200 {
        assert!(begun.elapsed().as_secs() < 30, "the other node still lets the session in");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    // The sweep closes its socket within its 30 seconds; the test waits a little longer than a sweep.
    let mut told = false;
    while let Some(packet) = socket.packet_within(std::time::Duration::from_secs(45)).await {
        told |= packet.contains("TOKEN_REVOKED");
    }
    assert!(told, "the socket of an ended session ended without being told");
}

#[tokio::test]
async fn a_profile_changes_and_those_concerned_hear_of_it() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    alice.direct(&bob).await;
    let (mut bobs, mut carols) = (Socket::signed_in(&app, &bob).await, Socket::signed_in(&app, &carol).await);
    let change = json!({"displayName": "  Alice Liddell ", "avatarUrl": "https://example.org/a.png"});
    let (status, body) = patch(&alice, "/api/v1/users/me", change).await;
    assert_eq!((status, &body["data"]["displayName"]), (200, &json!("Alice Liddell")));
    assert_eq!(body["data"]["avatarUrl"], "https://example.org/a.png");
    let heard = bobs.event("user:updated").await;
    assert_eq!((&heard["user"]["displayName"], heard["user"].get("email")), (&json!("Alice Liddell"), None));

    // What is not given stays, and null takes away.
    let (_, body) = patch(&alice, "/api/v1/users/me", json!({})).await;
    assert_eq!(body["data"]["avatarUrl"], "https://example.org/a.png");
    let (_, body) = patch(&alice, "/api/v1/users/me", json!({"avatarUrl": null})).await;
    assert_eq!((&body["data"]["avatarUrl"], &body["data"]["displayName"]), (&Value::Null, &json!("Alice Liddell")));
    for (field, value) in [
        ("displayName", json!("")),
        ("displayName", json!("a\nb")),
        ("displayName", json!("x".repeat(101))),
        ("displayName", json!(7)),
        ("avatarUrl", json!("http://example.org/a.png")),
        ("avatarUrl", json!("javascript:alert(1)")),
        ("avatarUrl", json!(format!("https://example.org/{}", "x".repeat(2048)))),
    ] {
        let (status, body) = patch(&alice, "/api/v1/users/me", json!({field: value})).await;
        assert_eq!((status, body["error"]["details"][field].is_array()), (400, true), "{field}: {body}");
    }
    // A stranger heard nothing: the next thing that Carol hears is her own.
    assert_eq!(patch(&carol, "/api/v1/users/me", json!({"displayName": "Carol"})).await.0, 200);
    assert_eq!(carols.event("user:updated").await["user"]["id"], carol.id.as_str());
}

#[tokio::test]
async fn privacy_is_switched_one_by_one() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let (status, body) = patch(&alice, "/api/v1/users/me/privacy", json!({"readReceiptsEnabled": false})).await;
    assert_eq!(status, 200);
    let switches =
        |body: &Value| (body["data"]["readReceiptsEnabled"].clone(), body["data"]["presenceEnabled"].clone());
    assert_eq!(switches(&body), (json!(false), json!(true)));
    let (_, body) = patch(&alice, "/api/v1/users/me/privacy", json!({"presenceEnabled": false})).await;
    assert_eq!(switches(&body), (json!(false), json!(false)));
    assert_eq!(patch(&alice, "/api/v1/users/me/privacy", json!({"presenceEnabled": "no"})).await.0, 400);
}

#[tokio::test]
async fn a_deleted_account_leaves_its_words_and_frees_its_names() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let direct = alice.direct(&bob).await;
    alice.say(&direct, "I was here").await;
    let group = json!({"type": "group", "title": "Tea", "participantIds": [bob.id, carol.id]});
    let (_, body) = alice.post("/api/v1/conversations", &group).await;
    let group = body["data"]["id"].as_str().unwrap().to_owned();
    let mut socket = Socket::signed_in(&app, &alice).await;
    let mut bobs = Socket::signed_in(&app, &bob).await;

    let (status, body) = delete(&alice, "/api/v1/users/me", json!({"password": "Wrong7Password"})).await;
    assert_eq!((status, body["error"]["details"]["password"].is_array()), (400, true), "{body}");
    assert_eq!(delete(&alice, "/api/v1/users/me", json!({"password": Person::PASSWORD})).await.0, 204);

    assert!(revoked(&alice).await);
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
    assert_eq!(login(&app, &alice.email, Person::PASSWORD, "x").await.status(), 401);
    assert_eq!(bobs.event("user:updated").await["user"]["displayName"], "Deleted account");

    // What they wrote stays, under another name, and can only be read.
    let (_, body) = bob.get(&format!("/api/v1/conversations/{direct}/messages")).await;
    let message = &body["data"]["messages"][0];
    assert_eq!(
        (&message["content"], &message["sender"]["displayName"]),
        (&json!("I was here"), &json!("Deleted account"))
    );
    assert!(message["sender"]["username"].as_str().unwrap().starts_with("deleted_"));
    let message = json!({"content": "Hello?", "clientMessageId": crate::support::new_id()});
    let (status, body) = bob.post(&format!("/api/v1/conversations/{direct}/messages"), &message).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("FORBIDDEN")), "{body}");

    // The group has another owner, the one who is there longest.
    let (_, body) = bob.get(&format!("/api/v1/conversations/{group}")).await;
    let participants = body["data"]["participants"].as_array().unwrap();
    assert_eq!(participants.len(), 2);
    assert_eq!(participants.iter().filter(|one| one["role"] == "owner").count(), 1, "{participants:?}");

    // E-mail and username are free again, found by nobody until somebody takes them.
    let (_, body) = bob.get("/api/v1/users/search?q=deleted_").await;
    assert_eq!(body["data"]["users"], json!([]));
    let again = json!({
        "email": alice.email, "username": alice.username, "password": Person::PASSWORD, "displayName": "Alice again",
    });
    assert_eq!(app.raw(Method::POST, "/api/v1/auth/register", HeaderMap::new(), again.to_string()).await.status(), 201);
}

#[tokio::test]
async fn an_old_hash_is_renewed_when_its_owner_signs_in() {
    use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher as _};

    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 1, 1, None).unwrap());
    let old = weak.hash_password(Person::PASSWORD.as_bytes()).unwrap().to_string();
    app.execute(&format!("update users set password_hash = '{old}' where id = '{}'", alice.id)).await;
    assert_eq!(login(&app, &alice.email, "Wrong7Password", "x").await.status(), 401);
    assert_eq!(app.text(&format!("select password_hash from users where id = '{}'", alice.id)).await, old);
    assert_eq!(login(&app, &alice.email, Person::PASSWORD, "x").await.status(), 200);
    let renewed = app.text(&format!("select password_hash from users where id = '{}'", alice.id)).await;
    assert!(renewed.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{renewed}");
    assert_eq!(login(&app, &alice.email, Person::PASSWORD, "x").await.status(), 200);
}
