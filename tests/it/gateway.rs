//! Sockets, as a client of the protocol sees them.

use serde_json::{Value, json};

use crate::support::{DatabaseProxy, Socket, TestApp, database, new_id};

async fn subscribe(socket: &mut Socket, conversation: &str, last_seq: Option<i64>) -> Value {
    socket.ask("subscribe", &json!({"conversationId": conversation, "lastSeq": last_seq})).await
}

fn message(conversation: &str, content: &str) -> Value {
    json!({"conversationId": conversation, "content": content, "clientMessageId": new_id()})
}

#[tokio::test]
async fn a_good_token_opens_the_door_in_every_way() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    for mut socket in [
        Socket::open(&app, "", &json!({"token": alice.token})).await,
        Socket::open(&app, &format!("&token={}", alice.token), &json!({})).await,
    ] {
        assert_eq!(socket.event("auth:success").await["userId"], alice.id.as_str());
    }
    let mut socket = Socket::open(&app, "", &json!({})).await;
    let answer = socket.ask("subscribe", &json!({"conversationId": new_id()})).await;
    assert_eq!(answer["error"]["code"], "UNAUTHORIZED");
    assert_eq!(socket.ask("auth", &json!({"token": alice.token})).await["ok"], true);
}

#[tokio::test]
async fn a_bad_token_is_told_and_closed_for_good() {
    let app = TestApp::start().await;
    let mut socket = Socket::open(&app, "", &json!({"token": "nonsense"})).await;
    let error = socket.event("auth:error").await;
    assert_eq!((&error["code"], &error["retryable"]), (&json!("TOKEN_INVALID"), &json!(false)));
    assert_eq!(socket.end().await.last().unwrap(), "41/chat,");
}

#[tokio::test]
async fn a_logout_closes_the_sockets_of_the_session() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    alice.post("/api/v1/auth/logout", &json!({})).await;
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
    assert_eq!(socket.end().await.last().unwrap(), "41/chat,");
}

#[tokio::test]
async fn a_message_reaches_everybody_else_and_the_senders_other_device() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut sockets = Vec::new();
    for person in [&alice, &alice, &bob] {
        let mut socket = Socket::signed_in(&app, person).await;
        assert_eq!(subscribe(&mut socket, &conversation, None).await["ok"], true);
        sockets.push(socket);
    }
    let sent = sockets[0].ask("message:send", &message(&conversation, "hello")).await;
    assert_eq!((&sent["ok"], &sent["seq"], &sent["duplicate"]), (&json!(true), &json!(1), &json!(false)));
    for socket in &mut sockets[1..] {
        let received = socket.event("message:received").await;
        assert_eq!(received["message"]["content"], "hello");
    }
    // The sending socket has the answer instead: the next thing it hears is the next message.
    bob.say(&conversation, "hi").await;
    assert_eq!(sockets[0].event("message:received").await["message"]["seq"], 2);
}

#[tokio::test]
async fn pipelined_sends_keep_their_order() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let (mut from, mut to) = (Socket::signed_in(&app, &alice).await, Socket::signed_in(&app, &bob).await);
    subscribe(&mut to, &conversation, None).await;
    for n in 0..200 {
        from.send("message:send", &message(&conversation, &n.to_string())).await;
    }
    for n in 0..200 {
        let received = to.event("message:received").await;
        assert_eq!(
            (&received["message"]["content"], &received["message"]["seq"]),
            (&json!(n.to_string()), &json!(n + 1))
        );
    }
}

#[tokio::test]
async fn what_a_socket_listens_to_is_what_it_said_last() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    alice.say(&conversation, "before").await;
    let mut socket = Socket::signed_in(&app, &bob).await;
    // All at once: each waits for the database in its own way, and the last one counts.
    for _ in 0..10 {
        socket.send("subscribe", &json!({"conversationId": conversation, "lastSeq": 0})).await;
        socket.send("unsubscribe", &json!({"conversationId": conversation})).await;
    }
    for _ in 0..10 {
        for expected in ["message:received", "subscribed", "unsubscribed"] {
            assert_eq!(socket.next().await.0, expected);
        }
    }
    alice.say(&conversation, "after").await;
    assert_eq!(socket.ask("unsubscribe", &json!({"conversationId": conversation})).await["ok"], true);
    assert!(socket.heard.is_empty(), "{:?}", socket.heard);
}

#[tokio::test]
async fn what_was_missed_is_replayed_before_the_answer() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    for n in 1..=5 {
        alice.say(&conversation, &n.to_string()).await;
    }
    let mut socket = Socket::signed_in(&app, &bob).await;
    socket.send("subscribe", &json!({"conversationId": conversation, "lastSeq": 2})).await;
    for seq in 3..=5 {
        let (name, payload) = socket.next().await;
        assert_eq!((name.as_str(), &payload["message"]["seq"]), ("message:received", &json!(seq)));
    }
    let (name, payload) = socket.next().await;
    assert_eq!((name.as_str(), &payload["seq"], &payload["unreadCount"]), ("subscribed", &json!(5), &json!(5)));
    let ahead = subscribe(&mut socket, &conversation, Some(9)).await;
    assert_eq!(ahead["reset"], true);
}

#[tokio::test]
async fn a_replay_waits_for_the_answer_to_what_the_socket_itself_sent() {
    let database = database().await;
    let proxy = DatabaseProxy::before(&database).await;
    let mut app = TestApp::start_on(proxy.database()).await;
    app.database = database;
    // A node of his own, for on hers everybody else's messages would wait for their turn.
    let bobs = app.beside(&[]).await;
    let (alice, bob) = (app.register("alice").await, bobs.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    assert_eq!(subscribe(&mut socket, &conversation, Some(0)).await["ok"], true);

    // It is stored, and her node is not told.
    proxy.hold_back("insert into messages");
    socket.raw(&format!("42/chat,1[\"message:send\",{}]", message(&conversation, "mine"))).await;
    while app.text("select count(*)::text from messages").await == "0" {
        tokio::task::yield_now().await;
    }
    assert_eq!(bob.say(&conversation, "later").await["seq"], 2);
    proxy.executed();
    let again = json!({"conversationId": conversation, "lastSeq": 0});
    socket.raw(&format!("42/chat,2[\"subscribe\",{again}]")).await;
    let mut read = false;
    while !read {
        tokio::task::yield_now().await;
        read = proxy.executed().iter().any(|(_, statement)| statement.contains("octet_length"));
    }
    // Her node is at work meanwhile.
    assert_eq!(alice.get("/api/v1/conversations").await.0, 200);
    proxy.let_go();

    let mut told = Vec::new();
    while told.last().is_none_or(|packet: &String| !packet.starts_with("43/chat,2[")) {
        told.push(socket.packet().await.unwrap());
    }
    let begin = ["43/chat,1[", "42/chat,[\"message:received\"", "42/chat,[\"message:received\"", "43/chat,2["];
    assert!(told.iter().map(String::as_str).zip(begin).all(|(one, begin)| one.starts_with(begin)), "{told:?}");
    assert!(told.len() == 4 && told[1].contains("\"mine\"") && told[2].contains("\"later\""), "{told:?}");
}

#[tokio::test]
async fn a_new_conversation_is_told_to_its_members() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let mut socket = Socket::signed_in(&app, &bob).await;
    let conversation = alice.direct(&bob).await;
    let created = socket.event("conversation:created").await;
    assert_eq!(created["conversation"]["id"], conversation.as_str());
    assert!(created["conversation"].get("unreadCount").is_none(), "what is personal is not everybody's");
}

#[tokio::test]
async fn strangers_hear_nothing_and_store_nothing() {
    let app = TestApp::start().await;
    let (alice, bob, eve) = (app.register("alice").await, app.register("bob").await, app.register("eve").await);
    let conversation = alice.direct(&bob).await;
    let mut socket = Socket::signed_in(&app, &eve).await;
    assert_eq!(subscribe(&mut socket, &conversation, Some(0)).await["error"]["code"], "NOT_IN_CONVERSATION");
    let sent = socket.ask("message:send", &message(&conversation, "let me in")).await;
    assert_eq!(sent["error"]["code"], "NOT_IN_CONVERSATION");
    alice.say(&conversation, "secret").await;
    let many = json!({"conversations": [{"conversationId": conversation, "lastSeq": 0}]});
    let answer = socket.ask("subscribe", &many).await;
    assert_eq!(answer["conversations"][0]["error"]["code"], "NOT_IN_CONVERSATION");
    assert!(socket.heard.iter().all(|(name, _)| name == "auth:success"), "{:?}", socket.heard);
}

#[tokio::test]
async fn what_cannot_be_read_is_answered() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    let conversation = new_id();
    for (id, event) in [
        "[\"message:send\"]".to_owned(),
        "[\"message:send\",[]]".to_owned(),
        "[\"message:send\",{\"content\":\"\\ud800\"}]".to_owned(),
        format!("[\"message:send\",{}]", message(&conversation, "a\0b")),
        format!("[\"message:send\",{}]", message(&conversation, &"a".repeat(4001))),
        format!("[\"message:send\",{}]", "[".repeat(20_000)),
        "[\"subscribe\",{\"conversationId\":\"x\"}]".to_owned(),
        "[\"nonsense\",1]".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        "[1]".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        socket.raw(&format!("42/chat,{id}{event}")).await;
        let answer = socket.answer(id as u64).await;
        assert_eq!(answer["error"]["code"], "VALIDATION_ERROR", "{}", &event[..event.len().min(60)]);
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_socket() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    socket.raw(&format!("42/chat,[\"x\",\"{}\"]", "a".repeat(100_001))).await;
    socket.end().await;
}

#[tokio::test]
async fn foreign_origins_and_foreign_namespaces_are_turned_away() {
    let app = TestApp::start().await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let url = format!("{}/socket.io/?EIO=4&transport=polling", app.url);
        let response = app.client.get(url).header("origin", origin).send().await.unwrap();
        assert_eq!(response.status(), 403, "{origin}");
    }
    let mut socket = Socket::transport(&app, "").await;
    socket.raw("40/admin,").await;
    assert_eq!(socket.packet().await.unwrap(), "44/admin,{\"message\":\"Invalid namespace\"}");
}

#[tokio::test]
async fn a_polling_socket_ends_with_its_session_too() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let base = format!("{}/socket.io/?EIO=4&transport=polling", app.url);
    let get = |url: String| async { app.client.get(url).send().await.unwrap().text().await.unwrap() };
    let opened = get(base.clone()).await;
    let handshake: Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
    let url = format!("{base}&sid={}", handshake["sid"].as_str().unwrap());
    let connect = format!("40/chat,{}", json!({"token": alice.token}));
    assert_eq!(app.client.post(&url).body(connect).send().await.unwrap().status(), 200);
    let mut heard = String::new();
    while !heard.contains("auth:success") {
        heard.push_str(&get(url.clone()).await);
    }
    alice.post("/api/v1/auth/logout", &json!({})).await;
    let mut farewell = String::new();
    while !farewell.contains("41/chat,") {
        let poll = app.client.get(&url).send().await.unwrap();
        assert_eq!(poll.status(), 200, "it ended without a word: {farewell}");
        farewell.push_str(&poll.text().await.unwrap());
    }
    assert!(farewell.contains("TOKEN_REVOKED"), "{farewell}");
    // What knows the id of the connection can do nothing with it any more.
    let event = format!("42/chat,1[\"subscribe\",{}]", json!({"conversationId": new_id()}));
    while app.client.post(&url).body(event.clone()).send().await.unwrap().status() == 200 {
        tokio::task::yield_now().await;
    }
}
