//! Accounts' doors: in, renewed, out, and nobody else.

use reqwest::{Method, Response, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::support::{Person, TestApp, answer, cookie};

async fn refresh(app: &TestApp, cookie: &str, key: Option<&str>) -> Response {
    let mut request = app.client.post(format!("{}/api/v1/auth/refresh", app.url)).header("cookie", cookie);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.send().await.unwrap()
}

async fn login(app: &TestApp, email: &str, password: &str) -> Response {
    let body = json!({"email": email, "password": password}).to_string();
    app.raw(Method::POST, "/api/v1/auth/login", HeaderMap::new(), body).await
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_person_registers_and_is_who_they_are() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let (status, body) = alice.get("/api/v1/users/me").await;
    assert_eq!(status, 200);
    let me = &body["data"];
    assert_eq!(me["id"], alice.id.as_str());
    assert_eq!(me["email"], alice.email.as_str());
    assert_eq!(me["displayName"], "alice");
    assert_eq!(me["readReceiptsEnabled"], true);
    assert!(me.get("passwordHash").is_none());
}

#[tokio::test]
async fn what_is_taken_is_a_conflict_that_names_the_field() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    for (email, username, field) in [
        (alice.email.to_uppercase(), "someone".to_owned(), "email"),
        ("new@example.org".to_owned(), alice.username.to_uppercase(), "username"),
    ] {
        let body = json!({"email": email, "username": username, "password": Person::PASSWORD, "displayName": "Al"});
        let response = app.raw(Method::POST, "/api/v1/auth/register", HeaderMap::new(), body.to_string()).await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], "CONFLICT");
        assert!(body["error"]["details"][field].is_array(), "{body}");
    }
}

#[tokio::test]
async fn twenty_registrations_of_one_name_make_one_account() {
    let app = TestApp::start().await;
    let tries = (0..20).map(|n| {
        let body = json!({
            "email": format!("race{n}@example.org"), "username": "racer", "password": Person::PASSWORD,
            "displayName": "Racer",
        });
        let app = &app;
        async move {
            loop {
                let body = body.to_string();
                let response = app.raw(Method::POST, "/api/v1/auth/register", HeaderMap::new(), body).await;
                // Twenty hashes take their time on a slow machine: whoever waited too long tries again.
                if response.status() != StatusCode::SERVICE_UNAVAILABLE {
                    return response.status().as_u16();
                }
            }
        }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 19, "{statuses:?}");
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_look_the_same() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let wrong = login(&app, &alice.email, "Wrong7Password").await;
    let unknown = login(&app, "nobody@example.org", Person::PASSWORD).await;
    assert_eq!((wrong.status(), unknown.status()), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    let (mut wrong, mut unknown): (Value, Value) = (wrong.json().await.unwrap(), unknown.json().await.unwrap());
    wrong["error"]["traceId"].take();
    unknown["error"]["traceId"].take();
    assert_eq!(wrong, unknown);
    assert_eq!(login(&app, &format!(" {} ", alice.email.to_uppercase()), Person::PASSWORD).await.status(), 200);
}

#[tokio::test]
async fn the_refresh_token_travels_only_in_a_cookie_that_scripts_cannot_read() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let response = login(&app, &alice.email, Person::PASSWORD).await;
    let header = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["refreshToken=", "HttpOnly", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age="] {
        assert!(header.contains(part), "{header}");
    }
    assert!(!header.contains("Secure"), "plain http cannot keep a Secure cookie: {header}");
    assert!(!response.text().await.unwrap().contains("refresh"));
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_says_so_in_its_name() {
    let app = TestApp::start_with(&[("CLIENT_URL", "https://chat.example.org")]).await;
    let alice = app.register("alice").await;
    assert!(alice.cookie.starts_with("__Secure-refreshToken="), "{}", alice.cookie);
    let renewed = refresh(&app, &alice.cookie, None).await;
    assert_eq!(renewed.status(), 200);
    assert!(renewed.headers()["set-cookie"].to_str().unwrap().contains("; Secure"));
}

#[tokio::test]
async fn renewal_spends_the_token_and_reuse_ends_the_session() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let first = refresh(&app, &alice.cookie, Some("first")).await;
    assert_eq!(first.status(), 200);
    let successor = cookie(&first).unwrap();
    assert_ne!(successor, alice.cookie);

    // The spent one again, with another key: somebody else may have it. Everybody is out.
    assert_eq!(code(refresh(&app, &alice.cookie, Some("second")).await).await, (401, "TOKEN_REVOKED".into()));
    assert_eq!(code(refresh(&app, &successor, None).await).await, (401, "TOKEN_REVOKED".into()));
    let (status, body) = alice.get("/api/v1/users/me").await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!("TOKEN_REVOKED")));
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again_until_the_successor_is_used() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let first = cookie(&refresh(&app, &alice.cookie, Some("key")).await).unwrap();
    let again = cookie(&refresh(&app, &alice.cookie, Some("key")).await).unwrap();
    assert_eq!(first, again);
    assert_eq!(refresh(&app, &first, Some("next")).await.status(), 200);
    assert_eq!(refresh(&app, &alice.cookie, Some("key")).await.status(), 401);
}

#[tokio::test]
async fn fifty_renewals_at_once_get_one_successor() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let answers = futures_util::future::join_all((0..50).map(|_| refresh(&app, &alice.cookie, Some("tabs")))).await;
    let mut successors: Vec<_> = answers.iter().map(|answer| cookie(answer).expect("nobody is logged out")).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let mut app = TestApp::start().await;
    let alice = app.register("alice").await;
    app.restart().await;
    let request = app.client.get(format!("{}/api/v1/users/me", app.url)).bearer_auth(&alice.token);
    assert_eq!(answer(request).await.0, 200);
    assert_eq!(refresh(&app, &alice.cookie, None).await.status(), 200);
}

#[tokio::test]
async fn logout_ends_the_session_at_once_and_clears_the_cookie() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    assert_eq!(alice.get("/api/v1/users/me").await.0, 200);
    let response =
        alice.request(Method::POST, "/api/v1/auth/logout").header("cookie", &alice.cookie).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let (status, body) = alice.get("/api/v1/users/me").await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!("TOKEN_REVOKED")));
    assert_eq!(refresh(&app, &alice.cookie, None).await.status(), 401);
}

#[tokio::test]
async fn logout_works_with_the_cookie_alone_and_not_with_nothing() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let logout = |cookie: &str| {
        app.client.post(format!("{}/api/v1/auth/logout", app.url)).header("cookie", cookie.to_owned()).send()
    };
    assert_eq!(logout("other=1").await.unwrap().status(), 401);
    assert_eq!(logout(&alice.cookie).await.unwrap().status(), 200);
    assert_eq!(alice.get("/api/v1/users/me").await.0, 401);
}

#[tokio::test]
async fn other_sites_cannot_renew_or_log_out() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout"] {
        for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
        {
            let request =
                app.client.post(format!("{}{path}", app.url)).header("cookie", &alice.cookie).header(name, value);
            let response = request.send().await.unwrap();
            assert_eq!(code(response).await, (403, "FORBIDDEN".into()), "{path} {name}: {value}");
        }
    }
    assert_eq!(refresh(&app, &alice.cookie, None).await.status(), 200);
}

#[tokio::test]
async fn registration_can_be_closed() {
    let app = TestApp::start_with(&[("REGISTRATION", "closed")]).await;
    let body = json!({
        "email": "a@example.org", "username": "alice", "password": Person::PASSWORD, "displayName": "Alice",
    });
    let response = app.raw(Method::POST, "/api/v1/auth/register", HeaderMap::new(), body.to_string()).await;
    assert_eq!(code(response).await, (403, "FORBIDDEN".into()));
}

#[tokio::test]
async fn a_burst_of_logins_is_worked_off_or_turned_away_and_messages_flow_meanwhile() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let burst = futures_util::future::join_all((0..64).map(|_| login(&app, &bob.email, Person::PASSWORD)));
    let message = async {
        // Sent while hashes are at work: the burst needs seconds for them, a message none.
        let sent = alice.say(&conversation, "Still here").await;
        assert_eq!(sent["seq"], 1);
    };
    let (answers, ()) = tokio::join!(burst, message);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    // Two at work and thirty-two that wait; the rest is told to come back.
    assert!(statuses.contains(&200) && statuses.iter().filter(|status| **status == 503).count() >= 64 - 34 - 10);
    for turned_away in answers.iter().filter(|answer| answer.status() == 503) {
        assert!(turned_away.headers().contains_key("retry-after"));
    }
}
