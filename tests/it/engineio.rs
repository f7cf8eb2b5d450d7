//! What carries sockets: polling, WebSockets, and the way from one to the other, request by request.

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::support::{Person, TestApp, new_id};

/// A client that polls.
struct Polling<'a> {
    app: &'a TestApp,
    sid: String,
    url: String,
}

impl<'a> Polling<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let base = format!("{}/socket.io/?EIO=4&transport=polling", app.url);
        let opened = app.client.get(&base).send().await.unwrap().text().await.unwrap();
        let told: Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(told["upgrades"], json!(["websocket"]));
        assert_eq!((&told["pingInterval"], &told["pingTimeout"]), (&json!(15_000), &json!(15_000)));
        assert_eq!(told["maxPayload"], 100_000);
        let sid = told["sid"].as_str().unwrap().to_owned();
        Self { app, url: format!("{base}&sid={sid}"), sid }
    }

    async fn signed_in(app: &'a TestApp, person: &Person) -> Self {
        let socket = Self::open(app).await;
        let connect = format!("40/chat,{}", json!({"token": person.token}));
        assert_eq!(socket.say(&connect).await, (StatusCode::OK, "ok".to_owned()));
        let mut heard = String::new();
        while !heard.contains("auth:success") {
            heard.push_str(&socket.hear().await.1);
        }
        socket
    }

    async fn say(&self, body: &str) -> (StatusCode, String) {
        let answer = self.app.client.post(&self.url).body(body.to_owned()).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn hear(&self) -> (StatusCode, String) {
        let answer = self.app.client.get(&self.url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Polls until a packet begins so. Answers what it says in brackets.
    async fn hears(&self, head: &str) -> String {
        loop {
            let (status, said) = self.hear().await;
            assert_eq!(status, StatusCode::OK, "{said}");
            if let Some(packet) = said.split('\u{1e}').find(|packet| packet.starts_with(head)) {
                return packet[packet.find('[').unwrap()..].to_owned();
            }
        }
    }

    fn websocket(&self) -> String {
        format!("{}&sid={}", websocket(self.app), self.sid)
    }
}

fn websocket(app: &TestApp) -> String {
    format!("{}/socket.io/?EIO=4&transport=websocket", app.url.replace("http://", "ws://"))
}

fn subscribe(id: u32) -> String {
    format!("42/chat,{id}[\"subscribe\",{}]", json!({"conversationId": new_id()}))
}

#[tokio::test]
async fn a_request_that_is_none_of_its_own_is_refused() {
    let app = TestApp::start().await;
    for (method, query, code) in [
        (Method::GET, "transport=polling", 5),
        (Method::GET, "EIO=3&transport=polling", 5),
        (Method::GET, "EIO=4", 0),
        (Method::GET, "EIO=4&transport=smoke", 0),
        (Method::GET, "EIO=4&transport=polling&sid=nobody", 1),
        (Method::POST, "EIO=4&transport=polling&sid=nobody", 1),
        (Method::GET, "EIO=4&transport=websocket&sid=nobody", 1),
        (Method::POST, "EIO=4&transport=polling", 2),
        (Method::PUT, "EIO=4&transport=polling&sid=nobody", 3),
        (Method::GET, "EIO=4&transport=websocket", 3),
    ] {
        let url = format!("{}/socket.io/?{query}", app.url);
        let answer = app.client.request(method, &url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code, "{query}");
    }
}

#[tokio::test]
async fn a_websocket_of_another_version_is_told_which_one_is_spoken() {
    let app = TestApp::start().await;
    let ask = |version: &'static str| {
        app.client
            .get(format!("{}/socket.io/?EIO=4&transport=websocket", app.url))
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-version", version)
            .send()
    };
    for version in ["12", "777", ""] {
        let answer = ask(version).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED, "{version}");
        assert_eq!(answer.headers()["sec-websocket-version"], "13");
    }
    let answer = ask("13").await.unwrap();
    assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
    // RFC 6455, section 1.3.
    assert_eq!(answer.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[tokio::test]
async fn several_packets_go_in_one_request_and_one_answer() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let socket = Polling::signed_in(&app, &alice).await;
    assert_eq!(socket.say(&[1, 2, 3].map(subscribe).join("\u{1e}")).await.0, StatusCode::OK);
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let (status, said) = socket.hear().await;
        assert_eq!(status, StatusCode::OK);
        heard.extend(said.split('\u{1e}').map(str::to_owned));
    }
    for (packet, id) in heard.iter().zip(1..) {
        assert!(packet.starts_with(&format!("43/chat,{id}[")), "{heard:?}");
    }
}

#[tokio::test]
async fn what_is_no_packet_or_too_large_ends_a_client_that_polls() {
    let app = TestApp::start().await;
    for (body, status) in [
        ("x".to_owned(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        ("4\u{1e}".to_owned(), StatusCode::BAD_REQUEST),
        (format!("4{}", "x".repeat(100_000)), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let socket = Polling::open(&app).await;
        assert_eq!(socket.say(&body).await.0, status, "{} bytes", body.len());
        assert_eq!(socket.hear().await.0, StatusCode::BAD_REQUEST);
        assert_eq!(socket.say("3").await.0, StatusCode::BAD_REQUEST);
    }
    let socket = Polling::open(&app).await;
    let answer = app.client.post(&socket.url).body(vec![b'4', 0xff]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn two_that_poll_at_once_end_it_and_a_goodbye_does_too() {
    let app = TestApp::start().await;
    let socket = Polling::open(&app).await;
    let mut answers = futures_util::future::join(socket.hear(), socket.hear()).await;
    if answers.0.0 != StatusCode::OK {
        std::mem::swap(&mut answers.0, &mut answers.1);
    }
    assert_eq!((answers.0, answers.1.0), ((StatusCode::OK, "1".to_owned()), StatusCode::BAD_REQUEST));
    assert_eq!(socket.hear().await.0, StatusCode::BAD_REQUEST);

    let socket = Polling::open(&app).await;
    let (heard, said) = futures_util::future::join(socket.hear(), socket.say("1")).await;
    assert_eq!(said.0, StatusCode::OK);
    // It may have said goodbye before it was heard to poll.
    assert!(heard == (StatusCode::OK, "6".to_owned()) || heard.0 == StatusCode::BAD_REQUEST, "{heard:?}");
    assert_eq!(socket.hear().await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_client_that_polls_goes_on_over_a_websocket() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let socket = Polling::signed_in(&app, &alice).await;
    let (mut upgraded, _) = connect_async(socket.websocket()).await.unwrap();
    let probe = async {
        upgraded.send(Message::text("2probe")).await.unwrap();
        assert_eq!(upgraded.next().await.unwrap().unwrap(), Message::text("3probe"));
    };
    let (polled, ()) = futures_util::future::join(socket.hear(), probe).await;
    assert_eq!(polled, (StatusCode::OK, "6".to_owned()));
    // As long as it has not said so, it polls, and is not kept waiting.
    socket.say(&subscribe(1)).await;
    let mut heard = String::new();
    while !heard.contains("43/chat,1") {
        heard = socket.hear().await.1;
    }
    upgraded.send(Message::text("5")).await.unwrap();
    upgraded.send(Message::text(subscribe(2))).await.unwrap();
    let answer = upgraded.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(answer.starts_with("43/chat,2["), "{answer}");
    assert_eq!(socket.hear().await.0, StatusCode::BAD_REQUEST);
    assert_eq!(socket.say("3").await.0, StatusCode::BAD_REQUEST);
    // Another one with its id is let in only to be closed, and harms nothing.
    let (mut other, _) = connect_async(socket.websocket()).await.unwrap();
    assert!(!matches!(other.next().await, Some(Ok(Message::Text(_)))));
    // It ends with its session, as one that never polled.
    alice.post("/api/v1/auth/logout", &json!({})).await;
    let mut last = String::new();
    while let Some(Ok(message)) = upgraded.next().await {
        if let Message::Text(text) = message {
            text.as_str().clone_into(&mut last);
        }
    }
    assert_eq!(last, "41/chat,");
}

#[tokio::test]
async fn a_websocket_that_does_not_go_through_with_it_leaves_the_client_polling() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let socket = Polling::signed_in(&app, &alice).await;
    for words in [&["2probe"][..], &["3probe"], &["2probe", "4hello"]] {
        let (mut tried, _) = connect_async(socket.websocket()).await.unwrap();
        for word in words {
            tried.send(Message::text(*word)).await.unwrap();
        }
        drop(tried);
    }
    socket.say(&subscribe(1)).await;
    let mut heard = String::new();
    while !heard.contains("43/chat,1[") {
        let (status, said) = socket.hear().await;
        assert_eq!(status, StatusCode::OK);
        heard = said;
    }
}

/// The protocol parts packets by a control character, and the texts are JSON within JSON: neither gets in the way of the other.
#[tokio::test]
async fn odd_characters_are_refused_or_told_as_they_are() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let (socket, listening) = (Polling::signed_in(&app, &alice).await, Polling::signed_in(&app, &bob).await);
    listening.say(&format!("42/chat,0[\"subscribe\",{}]", json!({"conversationId": conversation}))).await;
    listening.hears("43/chat,0[").await;
    let mut stored = 0;
    for (id, (content, fine)) in [
        (r"a\u0000b", false),
        (r"a\ud800b", false),
        (r"\udc00\ud800", false),
        ("a\0b", false),
        (r"\u2028\u200b\ufeff", false),
        (r"a\u2028\u2029b", true),
        ("a\u{2028}\u{2029}b", true),
        (r"a\u001eb\u0001\u007f\ufffe\uffff", true),
        (r"a\ud83d\ude00b\u202e", true),
    ]
    .into_iter()
    .enumerate()
    {
        let message =
            format!(r#"{{"conversationId":"{conversation}","clientMessageId":"{}","content":"{content}"}}"#, new_id());
        assert_eq!(socket.say(&format!("42/chat,{id}[\"message:send\",{message}]")).await.0, StatusCode::OK);
        let answer = socket.hears(&format!("43/chat,{id}[")).await;
        let answer: [Value; 1] = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer[0]["ok"], fine, "{content:?}: {}", answer[0]);
        if !fine {
            assert_eq!(answer[0]["error"]["code"], "VALIDATION_ERROR", "{content:?}");
            continue;
        }
        stored += 1;
        let heard: (String, Value) = serde_json::from_str(&listening.hears("42/chat,[\"message:r").await).unwrap();
        let sent: Value = serde_json::from_str(&message).unwrap();
        assert_eq!((&heard.1["message"]["seq"], &heard.1["message"]["content"]), (&json!(stored), &sent["content"]));
    }
}
