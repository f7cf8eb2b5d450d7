//! Who types: told to the other members who listen, on all nodes, and to nobody else.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use trice::observability::metrics;

use crate::support::{Person, Socket, TestApp, TestRedis, answer, new_id};

async fn subscribed(app: &TestApp, person: &Person, conversation: &str) -> Socket {
    let mut socket = Socket::signed_in(app, person).await;
    let answer = socket.ask("subscribe", &json!({"conversationId": conversation})).await;
    assert_eq!(answer["ok"], true, "{answer}");
    socket
}

async fn types(socket: &mut Socket, conversation: &str) {
    assert_eq!(socket.ask("typing:start", &json!({"conversationId": conversation})).await, json!({"ok": true}));
}

/// What has been heard of typing, when everything said before has come.
async fn typing_heard(socket: &mut Socket) -> Vec<String> {
    socket.ask("unsubscribe", &json!({"conversationId": new_id()})).await;
    let heard = socket.heard.iter().map(|(name, _)| name.clone());
    heard.filter(|name| name.starts_with("typing:")).collect()
}

fn is_of(typing: &Value, person: &Person, conversation: &str) {
    assert_eq!(
        (&typing["conversationId"], &typing["userId"], typing.as_object().unwrap().len()),
        (&json!(conversation), &json!(person.id), 4),
        "{typing}"
    );
    assert!(typing["username"].as_str().unwrap().starts_with("alice_") && typing["timestamp"].is_string(), "{typing}");
}

#[tokio::test]
async fn who_types_is_told_to_the_other_listening_members_until_it_ends() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = alice.group(&[&bob, &carol]).await;
    let mut of_alice = subscribed(&app, &alice, &group).await;
    let mut other_device = subscribed(&app, &alice, &group).await;
    let mut of_bob = subscribed(&app, &bob, &group).await;
    of_bob.heard.clear();
    let mut unsubscribed = Socket::signed_in(&app, &carol).await;

    types(&mut of_alice, &group).await;
    is_of(&of_bob.event("typing:started").await, &alice, &group);
    of_alice.send("typing:stop", &json!({"conversationId": group})).await;
    is_of(&of_bob.event("typing:stopped").await, &alice, &group);

    // Without a renewal it ends, and each renewal is told.
    let begun = Instant::now();
    types(&mut of_alice, &group).await;
    types(&mut of_alice, &group).await;
    for name in ["typing:started", "typing:started", "typing:stopped"] {
        assert_eq!(of_bob.event_of(&["typing:started", "typing:stopped"]).await.0, name);
    }
    assert!(begun.elapsed().as_secs() >= 5);

    // What was typed ends it at once, also when it comes by another way; so do leaving the conversation and the end of the
    // socket. What began elsewhere before that, and ends by itself, would have been heard first.
    let direct = alice.direct(&bob).await;
    assert_eq!(of_bob.ask("subscribe", &json!({"conversationId": direct})).await["ok"], true);
    let mut elsewhere = subscribed(&app, &alice, &direct).await;
    for ending in ["message", "unsubscribe", "close"] {
        types(&mut elsewhere, &direct).await;
        is_of(&of_bob.event("typing:started").await, &alice, &direct);
        let mut socket = subscribed(&app, &alice, &group).await;
        types(&mut socket, &group).await;
        is_of(&of_bob.event("typing:started").await, &alice, &group);
        match ending {
            "message" => {
                alice.say(&group, "at last").await;
                assert_eq!(of_bob.event_of(&["typing:stopped", "message:received"]).await.0, "message:received");
            }
            "unsubscribe" => {
                socket.ask("unsubscribe", &json!({"conversationId": group})).await;
            }
            _ => drop(socket),
        }
        is_of(&of_bob.event("typing:stopped").await, &alice, &group);
        elsewhere.send("typing:stop", &json!({"conversationId": direct})).await;
        is_of(&of_bob.event("typing:stopped").await, &alice, &direct);
    }
    types(&mut other_device, &group).await;
    assert_eq!(typing_heard(&mut other_device).await, Vec::<String>::new());
    of_bob.event("typing:started").await;
    drop(other_device);
    of_bob.event("typing:stopped").await;
    assert_eq!(typing_heard(&mut of_bob).await, Vec::<String>::new());

    assert_eq!(typing_heard(&mut of_alice).await, Vec::<String>::new());
    assert_eq!(typing_heard(&mut unsubscribed).await, Vec::<String>::new());
    assert_eq!(app.text("select count(*)::text from messages").await, "1");
}

#[tokio::test]
async fn nobody_types_where_they_do_not_listen_and_nobody_learns_what_is_there() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = alice.group(&[&bob]).await;
    let mut of_bob = subscribed(&app, &bob, &group).await;
    let mut sockets = [Socket::signed_in(&app, &carol).await, Socket::signed_in(&app, &alice).await];
    sockets[0].ask("subscribe", &json!({"conversationId": group})).await;
    let mut answers = Vec::new();
    for (socket, conversation) in [(0, &group), (0, &new_id()), (1, &group)] {
        let socket = &mut sockets[socket];
        for event in ["typing:start", "typing:stop"] {
            let answer = socket.ask(event, &json!({"conversationId": conversation})).await;
            assert_eq!((&answer["ok"], &answer["error"]["code"]), (&json!(false), &json!("NOT_IN_CONVERSATION")));
            answers.push(answer);
        }
        socket.send("typing:start", &json!({"conversationId": conversation})).await;
        let error = socket.event("error").await;
        assert_eq!(
            (&error["code"], &error["context"]["event"]),
            (&json!("NOT_IN_CONVERSATION"), &json!("typing:start"))
        );
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "they tell what is there: {answers:?}");
    assert_eq!(typing_heard(&mut of_bob).await, Vec::<String>::new());
}

#[tokio::test]
async fn typing_crosses_nodes_and_stops_at_who_is_removed() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let here = TestApp::start_with(&[("REDIS_URL", &url)]).await;
    let there = here.beside(&[("REDIS_URL", &url)]).await;
    let (alice, bob, carol) =
        (here.register("alice").await, there.register("bob").await, there.register("carol").await);
    let group = alice.group(&[&bob, &carol]).await;
    let mut of_alice = subscribed(&here, &alice, &group).await;
    let mut of_bob = subscribed(&there, &bob, &group).await;
    let mut of_carol = subscribed(&there, &carol, &group).await;
    redis.listeners(&format!("chat:{group}"), 2).await;

    types(&mut of_alice, &group).await;
    is_of(&of_bob.event("typing:started").await, &alice, &group);
    is_of(&of_carol.event("typing:started").await, &alice, &group);
    // Said through the other node.
    let path = format!("/api/v1/conversations/{group}/messages");
    let body = json!({"content": "at last", "clientMessageId": new_id()});
    let said = there.client.post(format!("{}{path}", there.url)).bearer_auth(&alice.token).json(&body);
    assert_eq!(answer(said).await.0, 201);
    is_of(&of_bob.event("typing:stopped").await, &alice, &group);
    is_of(&of_carol.event("typing:stopped").await, &alice, &group);

    // Whoever is removed types no more there and hears nothing more of it.
    types(&mut of_bob, &group).await;
    assert_eq!(of_alice.event("typing:started").await["userId"], bob.id.as_str());
    let seat = format!("/api/v1/conversations/{group}/participants/{}", bob.id);
    assert_eq!(answer(alice.request(Method::DELETE, &seat)).await.0, 204);
    assert_eq!(of_alice.event("typing:stopped").await["userId"], bob.id.as_str());
    of_bob.event("participant:removed").await;
    let refused = of_bob.ask("typing:start", &json!({"conversationId": group})).await;
    assert_eq!(refused["error"]["code"], "NOT_IN_CONVERSATION");
    types(&mut of_alice, &group).await;
    of_carol.event("typing:started").await;
    assert_eq!(typing_heard(&mut of_bob).await, Vec::<String>::new());
}

#[tokio::test]
async fn typing_has_a_limit_and_unknown_events_are_counted() {
    let app = TestApp::start_with(&[("RATE_LIMITS", "on"), ("LIMIT_TYPING", "3/1h")]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let mut socket = subscribed(&app, &alice, &group).await;
    for _ in 0..3 {
        types(&mut socket, &group).await;
    }
    let refused = socket.ask("typing:stop", &json!({"conversationId": group})).await;
    assert_eq!((&refused["error"]["code"], &refused["error"]["retryable"]), (&json!("RATE_LIMITED"), &json!(true)));

    let before = metrics::unknown_events();
    for _ in 0..5 {
        socket.send("typing:paused", &json!({"conversationId": group})).await;
    }
    assert_eq!(socket.ask("nonsense", &json!({})).await["error"]["code"], "VALIDATION_ERROR");
    assert!(metrics::unknown_events() >= before + 6);
    assert!(socket.heard.iter().all(|(name, _)| name != "error"), "{:?}", socket.heard);
}
