//! Tokens that are not quite ours, at every door: HTTP, the handshake of a socket, and the renewal on one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp, answer, new_id};

const ACCESS: &str = "an access secret of some length: 0123";
const REFRESH: &str = "a refresh secret of some length: 4567";

async fn app() -> TestApp {
    TestApp::start_with(&[("JWT_ACCESS_SECRET", ACCESS), ("JWT_REFRESH_SECRET", REFRESH)]).await
}

#[expect(clippy::disallowed_methods, reason = "an attacker has a clock of their own")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn payload(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn signed(claims: &Value, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn changed(person: &Person, change: &[(&str, Value)]) -> String {
    let mut claims = payload(&person.token);
    for (name, value) in change {
        claims[*name] = value.clone();
    }
    signed(&claims, ACCESS)
}

fn part(value: &Value) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Tokens that were never ours.
fn forged(person: &Person) -> Vec<(&'static str, String)> {
    let good = &person.token;
    let (body, signature) = good.rsplit_once('.').unwrap();
    let claims = body.split('.').nth(1).unwrap();
    let refresh = person.cookie.split_once('=').unwrap().1;
    let without = |name: &str| {
        let mut claims = payload(good);
        claims.as_object_mut().unwrap().remove(name);
        signed(&claims, ACCESS)
    };
    let headed = |header: Value| {
        let body = format!("{}.{claims}", part(&header));
        let signature =
            jsonwebtoken::crypto::sign(body.as_bytes(), &EncodingKey::from_secret(ACCESS.as_bytes()), Algorithm::HS256);
        format!("{body}.{}", signature.unwrap())
    };
    vec![
        ("nothing signed", format!("{body}.")),
        ("cut", good[..good.len() - 3].to_owned()),
        ("two dots", "..".to_owned()),
        ("no dots", "token".to_owned()),
        ("alg none", format!("{}.{claims}.", part(&json!({"alg": "none", "typ": "JWT"})))),
        ("alg None", format!("{}.{claims}.{signature}", part(&json!({"alg": "None", "typ": "JWT"})))),
        ("alg RS256", headed(json!({"alg": "RS256", "typ": "JWT"}))),
        ("alg HS384", {
            encode(&Header::new(Algorithm::HS384), &payload(good), &EncodingKey::from_secret(ACCESS.as_bytes()))
                .unwrap()
        }),
        ("other secret", signed(&payload(good), "another secret of some length: 89ab")),
        ("refresh secret", signed(&payload(good), REFRESH)),
        ("empty secret", signed(&payload(good), "")),
        ("refresh token", refresh.to_owned()),
        ("type refresh", changed(person, &[("type", json!("refresh"))])),
        ("audience", changed(person, &[("aud", json!("others"))])),
        ("audiences", changed(person, &[("aud", json!(["others"]))])),
        ("issuer", changed(person, &[("iss", json!("others"))])),
        ("not yet", changed(person, &[("nbf", json!(now() + 60))])),
        ("made tomorrow", changed(person, &[("iat", json!(now() + 86_400))])),
        ("text exp", changed(person, &[("exp", json!("9999999999"))])),
        ("huge exp", changed(person, &[("exp", json!(1e300))])),
        ("no exp", without("exp")),
        ("no sid", without("sid")),
        ("no aud", without("aud")),
        ("nobody", changed(person, &[("sub", json!("nobody"))])),
        ("long", format!("{good}{}", "A".repeat(20_000))),
    ]
}

async fn asked_with(app: &TestApp, token: &str) -> (u16, Value) {
    let request =
        app.client.get(format!("{}/api/v1/users/me", app.url)).header("authorization", format!("Bearer {token}"));
    let (status, body) = answer(request).await;
    (status, body["error"]["code"].clone())
}

#[tokio::test]
async fn forged_tokens_open_no_door() {
    let app = app().await;
    let alice = app.register("alice").await;
    for (what, token) in forged(&alice) {
        assert_eq!(asked_with(&app, &token).await, (401, json!("UNAUTHORIZED")), "{what}");
        let mut socket = Socket::open(&app, "", &json!({"token": token})).await;
        assert_eq!(socket.event("auth:error").await["code"], "TOKEN_INVALID", "{what}");
        assert_eq!(socket.end().await.last().unwrap(), "41/chat,", "{what}");
    }
    // Claims that name another session, or a session of another person, open none that they should not.
    let unknown = changed(&alice, &[("sid", json!(new_id()))]);
    assert_eq!(asked_with(&app, &unknown).await, (401, json!("TOKEN_REVOKED")));
    // And the good one still does.
    assert_eq!(asked_with(&app, &alice.token).await.0, 200);
}

#[tokio::test]
async fn a_token_that_ran_out_is_refused_to_the_second() {
    let app = app().await;
    let alice = app.register("alice").await;
    for ago in [0, 1, 30, 59, 86_400] {
        let expired = changed(&alice, &[("exp", json!(now() - ago))]);
        assert_eq!(asked_with(&app, &expired).await, (401, json!("TOKEN_EXPIRED")), "{ago} s");
        let mut socket = Socket::open(&app, &format!("&token={expired}"), &json!({})).await;
        let error = socket.event("auth:error").await;
        assert_eq!((&error["code"], &error["retryable"]), (&json!("TOKEN_EXPIRED"), &json!(true)));
        socket.end().await;
    }
    // It is enough to sign out with.
    let expired = changed(&alice, &[("exp", json!(now() - 1))]);
    let logout = app.client.post(format!("{}/api/v1/auth/logout", app.url)).bearer_auth(expired);
    assert_eq!(logout.send().await.unwrap().status(), 200);
    assert_eq!(asked_with(&app, &alice.token).await, (401, json!("TOKEN_REVOKED")));
}

#[tokio::test]
async fn a_refresh_token_is_taken_from_its_cookie_alone() {
    let app = app().await;
    let alice = app.register("alice").await;
    let token = alice.cookie.split_once('=').unwrap().1.to_owned();
    let url = format!("{}/api/v1/auth/refresh", app.url);
    for request in [
        app.client.post(&url).bearer_auth(&token),
        app.client.post(format!("{url}?refreshToken={token}")),
        app.client.post(&url).json(&json!({"refreshToken": token})),
        app.client.post(&url).header("cookie", format!("refreshToken={}", alice.token)),
        app.client.post(&url).header("cookie", "refreshToken=; refreshToken="),
        app.client.post(&url).header("cookie", format!("refreshToken={}", signed(&payload(&token), ACCESS))),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    assert_eq!(app.client.post(&url).header("cookie", &alice.cookie).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn fifty_renewals_at_once_on_two_nodes_get_one_successor() {
    let app = TestApp::start().await;
    let other = app.beside(&[]).await;
    let alice = app.register("alice").await;
    let renew = |n: usize| {
        let url = if n.is_multiple_of(2) { &app.url } else { &other.url };
        app.client
            .post(format!("{url}/api/v1/auth/refresh"))
            .header("cookie", &alice.cookie)
            .header("idempotency-key", "tabs")
            .send()
    };
    let answers = futures_util::future::join_all((0..50).map(renew)).await;
    let mut successors: Vec<_> =
        answers.into_iter().map(|answer| crate::support::cookie(&answer.unwrap()).expect("nobody is out")).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);

    // Without a key all but one are a reuse: the session ends, whichever came first.
    let bob = app.register("bob").await;
    let steal = |n: usize| {
        let url = if n.is_multiple_of(2) { &app.url } else { &other.url };
        app.client.post(format!("{url}/api/v1/auth/refresh")).header("cookie", &bob.cookie).send()
    };
    let statuses: Vec<_> = futures_util::future::join_all((0..50).map(steal))
        .await
        .into_iter()
        .map(|it| it.unwrap().status().as_u16())
        .collect();
    assert!(statuses.iter().filter(|status| **status == 200).count() <= 1, "{statuses:?}");
    assert_eq!(asked_with(&app, &bob.token).await, (401, json!("TOKEN_REVOKED")));
}

#[tokio::test]
async fn a_socket_is_let_in_by_header_and_renewed_without_a_new_connection() {
    let app = app().await;
    let alice = app.register("alice").await;
    let mut socket = Socket::with_header(&app, "authorization", &format!("Bearer {}", alice.token)).await;
    assert_eq!(socket.event("auth:success").await["userId"], alice.id.as_str());

    // A token that runs out in two seconds, and a renewal before that.
    let short = changed(&alice, &[("exp", json!(now() + 2)), ("jti", json!(new_id()))]);
    let (mut renewed, mut not) = (
        Socket::open(&app, "", &json!({"token": short})).await,
        Socket::open(&app, "", &json!({"token": short})).await,
    );
    renewed.event("auth:success").await;
    not.event("auth:success").await;
    assert_eq!(renewed.ask("auth", &json!({"token": alice.token})).await["ok"], true);
    assert_eq!(not.event("auth:error").await["code"], "TOKEN_EXPIRED");
    assert_eq!(not.end().await.last().unwrap(), "41/chat,");
    assert_eq!(renewed.ask("unsubscribe", &json!({"conversationId": new_id()})).await["ok"], true);
}

#[tokio::test]
async fn a_socket_never_becomes_somebody_else() {
    let app = app().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let mut socket = Socket::signed_in(&app, &alice).await;
    let answer = socket.ask("auth", &json!({"token": bob.token})).await;
    assert_eq!((&answer["ok"], &answer["error"]["code"]), (&json!(false), &json!("TOKEN_INVALID")));
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_INVALID");
    assert_eq!(socket.end().await.last().unwrap(), "41/chat,");
    // A second CONNECT on one transport changes nothing.
    let mut socket = Socket::signed_in(&app, &alice).await;
    socket.raw(&format!("40/chat,{}", json!({"token": bob.token}))).await;
    let answer = socket.ask("subscribe", &json!({"conversations": []})).await;
    assert_eq!(answer["ok"], true);
    assert!(socket.heard.iter().all(|(event, _)| event != "auth:success"));
}

#[tokio::test]
async fn a_socket_without_a_token_is_closed_after_ten_seconds() {
    let app = app().await;
    let begun = std::time::Instant::now();
    let mut socket = Socket::open(&app, "", &json!({})).await;
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_MISSING");
    assert!(begun.elapsed() > Duration::from_secs(9));
    assert_eq!(socket.end().await.last().unwrap(), "41/chat,");
    for bad in [json!([]), json!({"token": ""}), json!({"token": 7}), json!("token")] {
        let mut socket = Socket::open(&app, "", &json!({})).await;
        socket.send("auth", &bad).await;
        assert_eq!(socket.event("auth:error").await["code"], "TOKEN_MISSING", "{bad}");
    }
}

#[tokio::test]
async fn the_api_is_for_the_client_alone_and_preflights_are_answered() {
    let app = TestApp::start_with(&[("CLIENT_URL", "https://chat.example.org")]).await;
    for (origin, allowed) in [
        ("https://chat.example.org", true),
        ("https://chat.example.org.evil.com", false),
        ("http://chat.example.org", false),
        ("null", false),
    ] {
        let request = app.client.request(Method::OPTIONS, format!("{}/api/v1/users/me", app.url));
        let preflight =
            request.header("origin", origin).header("access-control-request-method", "PATCH").send().await.unwrap();
        let answer =
            app.client.get(format!("{}/api/v1/users/me", app.url)).header("origin", origin).send().await.unwrap();
        for response in [preflight, answer] {
            let header = response.headers().get("access-control-allow-origin");
            assert_eq!(header.map(|value| value.to_str().unwrap()), allowed.then_some(origin));
            assert_eq!(response.headers().contains_key("access-control-allow-credentials"), allowed);
        }
    }
}
