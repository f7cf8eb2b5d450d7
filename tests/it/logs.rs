//! What the log says of a message, and what it says of nobody.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, Program, Socket, TestApp, answer, cookie, new_id};

#[tokio::test]
async fn each_stage_of_a_message_is_an_event_that_names_it_and_not_what_it_says() {
    let app = TestApp::start().await;
    let token = "a token for the metrics";
    let program = Program::start(&app, &[("LOG_LEVEL", "trace"), ("METRICS_TOKEN", token)]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let path = format!("{}/api/v1/conversations/{conversation}/messages", program.url);
    let mut hers = Socket::signed_in_to(&program.url, &alice).await;
    let mut his = Socket::signed_in_to(&program.url, &bob).await;
    his.ask("subscribe", &json!({"conversationId": conversation})).await;

    let (spoken, written, refused) = ("what only bob hears", "what only bob reads", "x".repeat(4001));
    let name = new_id();
    let message = json!({"conversationId": conversation, "content": spoken, "clientMessageId": name});
    let sent = hers.ask("message:send", &message).await;
    let id = sent["messageId"].as_str().unwrap().to_owned();
    his.event("message:received").await;
    hers.ask("message:send", &json!({"conversationId": conversation, "content": refused, "clientMessageId": new_id()}))
        .await;
    let post = |body: Value| app.client.post(&path).bearer_auth(&alice.token).json(&body);
    let request = post(json!({"content": written, "clientMessageId": new_id()})).header("x-request-id", "over-http");
    let (status, body) = answer(request).await;
    assert_eq!(status, 201);
    let second = body["data"]["id"].as_str().unwrap().to_owned();
    his.event("message:received").await;
    his.ask("receipt:read", &json!({"conversationId": conversation, "lastReadMessageId": second})).await;
    his.send("auth", &json!({"token": "not.a.token"})).await;
    his.end().await;
    let metrics = app.client.get(format!("{}/metrics", program.url)).bearer_auth(token).header("via", "a proxy");
    assert_eq!(metrics.send().await.unwrap().status(), 200);
    let url = |path: &str| format!("{}/api/v1/auth/{path}", program.url);
    let change = json!({"currentPassword": Person::PASSWORD, "newPassword": "Another7Horse"});
    let changed = app.client.request(Method::POST, url("change-password")).bearer_auth(&bob.token).json(&change);
    assert_eq!(changed.send().await.unwrap().status(), 200);
    let renewed = app.client.post(url("refresh")).header("cookie", &alice.cookie).send().await.unwrap();
    let successor = cookie(&renewed).unwrap();

    let log = program.stop().await;
    let events: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (id, trace, stages) in [
        (&id, name.as_str(), &["received", "validated", "queued", "committed", "sent", "published"]),
        (&second, "over-http", &["received", "validated", "queued", "committed", "sent", "published"]),
    ] {
        for stage in stages {
            let event = events.iter().find(|it| it["message"] == format!("message.{stage}") && it["messageId"] == **id);
            let event = event.unwrap_or_else(|| panic!("no {stage} of {id}"));
            assert_eq!(
                (&event["conversationId"], &event["userId"]),
                (&json!(conversation), &json!(alice.id)),
                "{event}"
            );
            assert!(event["latencyMs"].as_f64().unwrap() >= 0.0, "{event}");
            assert_eq!(event["span"]["traceId"], trace, "{event}");
        }
        assert!(events.iter().any(|it| it["message"] == "message.fanned_out" && it["messageId"] == **id), "{log}");
    }
    for secret in [
        spoken,
        written,
        &refused,
        token,
        Person::PASSWORD,
        "Another7Horse",
        "not.a.token",
        &alice.token,
        &bob.token,
        alice.token.rsplit('.').next().unwrap(),
        alice.cookie.split_once('=').unwrap().1,
        successor.split_once('=').unwrap().1,
        &alice.email,
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} stands in the log: {}", line.unwrap_or_default());
    }
}
