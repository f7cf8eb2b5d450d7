//! Limits: they hold, they say so, they are one person's or one address's, and they can be changed and lifted.

use reqwest::{Method, Response, header::HeaderMap};
use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp, new_id};

const ON: (&str, &str) = ("RATE_LIMITS", "on");
const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1");

fn from(address: &str) -> HeaderMap {
    HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), address.parse().unwrap())])
}

fn number(response: &Response, name: &str) -> u64 {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap().parse().unwrap()
}

async fn login(app: &TestApp, email: &str, password: &str, address: &str) -> Response {
    let body = json!({"email": email, "password": password}).to_string();
    app.raw(Method::POST, "/api/v1/auth/login", from(address), body).await
}

#[tokio::test]
async fn every_answer_of_the_api_tells_the_limit_and_a_refusal_says_when() {
    let app = TestApp::start_with(&[ON, ("LIMIT_API", "3/60s")]).await;
    let alice = app.register("alice").await;
    for left in [2, 1, 0] {
        let response = alice.request(Method::GET, "/api/v1/users/me").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(number(&response, "x-ratelimit-limit"), 3);
        assert_eq!(number(&response, "x-ratelimit-remaining"), left);
        assert_eq!(number(&response, "x-ratelimit-reset"), (3 - left) * 20);
    }
    let response = alice.request(Method::GET, "/api/v1/users/me").send().await.unwrap();
    assert_eq!(response.status(), 429);
    let wait = number(&response, "retry-after");
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!((number(&response, "x-ratelimit-remaining"), number(&response, "x-ratelimit-reset")), (0, 60));
    assert!(!response.headers().contains_key("x-ratelimit-after"));
    assert!(response.headers().contains_key("x-trace-id"));
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["error"]["code"], &body["error"]["retryable"]), (&json!("RATE_LIMITED"), &json!(true)));
    let exact = body["error"]["retryAfter"].as_f64().unwrap();
    assert_eq!(format!("{:.0}", exact.ceil()), wait.to_string());

    // Another person at the same address has a bucket of their own, and so have answers without a token.
    let bob = app.register("bob").await;
    assert_eq!(bob.get("/api/v1/users/me").await.0, 200);
    for path in ["/api/v1/nothing", "/api/v1/openapi.json", "/api/v1/users/me"] {
        let response = app.raw(Method::GET, path, HeaderMap::new(), "").await;
        assert_eq!(number(&response, "x-ratelimit-limit"), 3, "{path}");
    }
    let wrong_method = app.raw(Method::PUT, "/api/v1/users/me", HeaderMap::new(), "").await;
    assert_eq!((wrong_method.status().as_u16(), number(&wrong_method, "x-ratelimit-limit")), (405, 3));
    // What is not the API is not limited.
    assert!(
        !app.raw(Method::GET, "/health/live", HeaderMap::new(), "").await.headers().contains_key("x-ratelimit-limit")
    );
}

#[tokio::test]
async fn registrations_are_counted_by_the_address_that_a_trusted_proxy_tells() {
    let register = |app: &TestApp, name: String, headers: HeaderMap| {
        let body = json!({
            "email": format!("{name}@example.org"), "username": name, "password": Person::PASSWORD, "displayName": "X",
        });
        let request = app.client.post(format!("{}/api/v1/auth/register", app.url)).headers(headers).json(&body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let limit = ("LIMIT_REGISTER", "2/15m");
    let behind = TestApp::start_with(&[ON, PROXY, limit]).await;
    for (n, address, status) in [
        (0, "203.0.113.1", 201),
        (1, "203.0.113.1", 201),
        (2, "203.0.113.1", 429),
        // What a client claims stands to the left of what the proxy adds.
        (3, "9.9.9.9, 203.0.113.1", 429),
        (4, "203.0.113.2", 201),
        (5, "2001:db8::1", 201),
        (6, "2001:db8::2", 201),
        (7, "2001:db8::3", 429),
    ] {
        assert_eq!(register(&behind, format!("user{n}"), from(address)).await, status, "{address}");
    }
    // Without a proxy that is trusted, no header helps.
    let direct = TestApp::start_with(&[ON, limit]).await;
    for (n, status) in [(0, 201), (1, 201), (2, 429)] {
        let mut headers = from(&format!("203.0.113.{n}"));
        headers.insert("x-real-ip", "7.7.7.7".parse().unwrap());
        headers.insert("forwarded", "for=8.8.8.8".parse().unwrap());
        assert_eq!(register(&direct, format!("user{n}"), headers).await, status, "{n}");
    }
}

#[tokio::test]
async fn failed_logins_are_counted_and_right_ones_are_not() {
    let app = TestApp::start_with(&[ON, PROXY, ("LIMIT_FAILED_LOGINS_OF_ACCOUNT", "7/15m")]).await;
    let alice = app.register("alice").await;
    for _ in 0..7 {
        let response = login(&app, &alice.email, Person::PASSWORD, "203.0.113.1").await;
        assert_eq!((response.status().as_u16(), number(&response, "x-ratelimit-remaining")), (200, 5));
    }
    for left in (0..5).rev() {
        let response = login(&app, &alice.email, "Wrong7Password", "203.0.113.1").await;
        assert_eq!((response.status().as_u16(), number(&response, "x-ratelimit-remaining")), (401, left));
        assert_eq!(number(&response, "x-ratelimit-limit"), 5);
    }
    // The sixth is refused, right or wrong, and an account that does not exist is treated alike.
    for password in ["Wrong7Password", Person::PASSWORD] {
        let response = login(&app, &alice.email, password, "203.0.113.1").await;
        assert_eq!((response.status().as_u16(), number(&response, "x-ratelimit-remaining")), (429, 0));
        assert!((800..=900).contains(&number(&response, "retry-after")));
    }
    for expected in [401, 401, 401, 401, 401, 429] {
        assert_eq!(login(&app, "nobody@example.org", "Wrong7Password", "203.0.113.1").await.status(), expected);
    }
    // From elsewhere the account bears two more, and then nobody gets in from anywhere for a while ...
    assert_eq!(login(&app, &alice.email, "Wrong7Password", "203.0.113.2").await.status(), 401);
    assert_eq!(login(&app, &alice.email, Person::PASSWORD, "203.0.113.3").await.status(), 200);
    assert_eq!(login(&app, &alice.email, "Wrong7Password", "203.0.113.4").await.status(), 401);
    assert_eq!(login(&app, &alice.email, Person::PASSWORD, "203.0.113.5").await.status(), 429);
    // ... but whoever is in stays in, and stays able to renew.
    assert_eq!(alice.get("/api/v1/users/me").await.0, 200);
    let refresh = app.client.post(format!("{}/api/v1/auth/refresh", app.url)).header("cookie", &alice.cookie);
    assert_eq!(refresh.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn guessing_the_password_with_a_stolen_session_counts_as_well() {
    let app = TestApp::start_with(&[ON]).await;
    let alice = app.register("alice").await;
    let body = json!({"currentPassword": "Wrong7Password", "newPassword": "Battery8Staple"});
    for expected in [400, 400, 400, 400, 400, 429] {
        assert_eq!(alice.post("/api/v1/auth/change-password", &body).await.0, expected);
    }
}

#[tokio::test]
async fn of_many_attempts_at_once_no_more_than_the_limit_are_made() {
    let app = TestApp::start_with(&[ON]).await;
    let alice = app.register("alice").await;
    let body = json!({"email": alice.email, "password": "Wrong7Password"}).to_string();
    let tries = (0..30).map(|_| app.raw(Method::POST, "/api/v1/auth/login", HeaderMap::new(), body.clone()));
    let statuses: Vec<_> =
        futures_util::future::join_all(tries).await.iter().map(|answer| answer.status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 25, "{statuses:?}");
}

#[tokio::test]
async fn messages_have_one_bucket_over_http_and_sockets_on_all_devices() {
    let app = TestApp::start_with(&[ON]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let message = || json!({"conversationId": conversation, "content": "Hi", "clientMessageId": new_id()});
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let (mut one, mut other) = (Socket::signed_in(&app, &alice).await, Socket::signed_in(&app, &alice).await);
    for n in 0..10 {
        assert_eq!(one.ask("message:send", &message()).await["ok"], true, "{n}");
        assert_eq!(other.ask("message:send", &message()).await["ok"], true, "{n}");
        let response = alice.request(Method::POST, &path).json(&message()).send().await.unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(number(&response, "x-ratelimit-limit"), 30);
    }
    // One comes back every two seconds, so one or two may have by now.
    let mut refused = Value::Null;
    for _ in 0..20 {
        let answer = one.ask("message:send", &message()).await;
        if answer["ok"] == false {
            refused = answer["error"].clone();
            break;
        }
    }
    assert_eq!((&refused["code"], &refused["retryable"]), (&json!("RATE_LIMITED"), &json!(true)), "{refused}");
    let wait = refused["retryAfter"].as_f64().unwrap();
    assert!(wait > 0.0 && wait <= 2.0, "{wait}");
    // Without an acknowledgement the event says it, with the message's name.
    let unanswered = message();
    one.send("message:send", &unanswered).await;
    assert_eq!(one.event("message:error").await["clientMessageId"], unanswered["clientMessageId"]);
    assert_eq!(bob.post(&path, &message()).await.0, 201);
}

#[tokio::test]
async fn at_five_times_a_limit_the_connection_is_cut() {
    let app = TestApp::start_with(&[ON, ("LIMIT_SUBSCRIBE", "2/15m")]).await;
    let alice = app.register("alice").await;
    let (mut flooding, mut other) = (Socket::signed_in(&app, &alice).await, Socket::signed_in(&app, &alice).await);
    let subscribe = json!({"conversationId": new_id()});
    for code in ["NOT_IN_CONVERSATION"; 2].into_iter().chain(["RATE_LIMITED"; 8]) {
        assert_eq!(flooding.ask("subscribe", &subscribe).await["error"]["code"], code);
    }
    flooding.send("subscribe", &subscribe).await;
    let packets = flooding.end().await;
    assert_eq!(packets, Vec::<String>::new(), "it may come back");
    // Other sockets of that person are, when they go on as well.
    assert_eq!(other.ask("unsubscribe", &subscribe).await["ok"], true);
}

#[tokio::test]
async fn sockets_are_limited_by_address_and_by_person() {
    let app = TestApp::start_with(&[ON, ("LIMIT_CONNECT_FROM_ADDRESS", "3/60s"), ("LIMIT_CONNECT", "2/60s")]).await;
    let alice = app.register("alice").await;
    let _first = Socket::signed_in(&app, &alice).await;
    let mut second = Socket::signed_in(&app, &alice).await;
    // Too many of one person: told, and closed so that the client comes back later.
    let mut third = Socket::open(&app, "", &json!({"token": alice.token})).await;
    assert_eq!(third.event("error").await["code"], "RATE_LIMITED");
    assert!(!third.end().await.contains(&"41/chat,".to_owned()));
    // Too many from one address: no session at all.
    let polling = format!("{}/socket.io/?EIO=4&transport=polling", app.url);
    assert_eq!(app.client.get(&polling).send().await.unwrap().status(), 429);
    // Those that are open go on, and a renewal is no new connection.
    assert_eq!(second.ask("auth", &json!({"token": alice.token})).await["ok"], true);
}

#[tokio::test]
async fn one_person_has_at_most_twenty_sockets() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(Socket::signed_in(&app, &alice).await);
    }
    let mut extra = Socket::open(&app, "", &json!({"token": alice.token})).await;
    assert_eq!(extra.event("error").await["code"], "RATE_LIMITED");
    extra.end().await;
    sockets.pop();
    // Its place is free as soon as the server has seen it go.
    loop {
        let mut next = Socket::open(&app, "", &json!({"token": alice.token})).await;
        if next.next().await.0 == "auth:success" {
            break;
        }
    }
}

#[tokio::test]
async fn renewals_are_counted_by_session() {
    let app = TestApp::start_with(&[ON, ("LIMIT_REFRESH", "2/60s")]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let refresh = |cookie: &str| {
        let request = app.client.post(format!("{}/api/v1/auth/refresh", app.url)).header("idempotency-key", "key");
        let request = request.header("cookie", cookie.to_owned());
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!((refresh(&alice.cookie).await, refresh(&alice.cookie).await), (200, 200));
    assert_eq!(refresh(&alice.cookie).await, 429);
    assert_eq!(refresh(&bob.cookie).await, 200);
}

#[tokio::test]
async fn lifted_limits_refuse_nothing_and_still_tell() {
    let app = TestApp::start_with(&[("RATE_LIMITS", "off")]).await;
    let alice = app.register("alice").await;
    for _ in 0..40 {
        let response = alice.request(Method::GET, "/api/v1/users/search?q=abc").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers().contains_key("x-ratelimit-reset"));
    }
}
