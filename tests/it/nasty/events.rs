//! The same over sockets: every event that the description has an input for. Who asks for an acknowledgement gets one.

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::{
    Stage,
    fragments::{Fault, fragments},
};
use crate::support::{
    Person, Socket, TestApp,
    api::{Field, fields, socket_inputs},
    new_id,
};

/// Which schema an event's argument has.
pub const EVENTS: [(&str, &str); 8] = [
    ("auth", "AuthInput"),
    ("subscribe", "SubscribeInput"),
    ("typing:start", "TypingInput"),
    ("typing:stop", "TypingInput"),
    ("unsubscribe", "UnsubscribeInput"),
    ("message:send", "MessageSendInput"),
    ("receipt:read", "ReceiptReadInput"),
    ("presence:heartbeat", "PresenceHeartbeatInput"),
];

/// Each event with the fields of its argument; twice, if there are two forms of it.
pub fn events() -> Vec<(&'static str, Vec<Field>)> {
    let inputs = socket_inputs();
    let mut events = Vec::new();
    for (name, _) in &inputs {
        assert!(EVENTS.iter().any(|(_, known)| known == name), "say which event takes a {name}");
    }
    for (event, input) in EVENTS {
        let (_, schema) = inputs.iter().find(|(name, _)| name == input).expect("the description names it");
        let forms = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        events.extend(forms.iter().map(|form| (event, fields(form))));
    }
    assert!(events.len() > EVENTS.len(), "the description is not what this reads");
    events
}

fn value(stage: &Stage, field: &Field) -> Value {
    match field.name.as_str() {
        "token" => json!(stage.alice.token),
        "conversationId" => json!(stage.group),
        "conversations" => json!([{"conversationId": stage.group}]),
        "replyToId" | "lastReadMessageId" => json!(stage.message),
        "contentType" => json!("text"),
        "content" => json!("hello"),
        "status" => json!("online"),
        _ if field.kind() == "integer" => json!(0),
        _ if field.is_id() => json!(new_id()),
        name => panic!("say what {name} may be"),
    }
}

pub fn argument(stage: &Stage, fields: &[Field]) -> Map<String, Value> {
    fields.iter().map(|field| (field.name.clone(), value(stage, field))).collect()
}

fn shown(event: &str, argument: &str) -> String {
    format!("{event} {}", argument.chars().take(160).collect::<String>())
}

/// Each event's bad arguments, and whether that they are bad can be seen before the event's name is known.
fn bad_arguments(stage: &Stage, fields: &[Field]) -> Vec<(String, bool)> {
    let mut bad = Vec::new();
    for field in fields {
        let mut others = argument(stage, fields);
        others.remove(&field.name);
        let others = json!(others).to_string();
        let rest = if others == "{}" { "}".to_owned() } else { format!(",{}", &others[1..]) };
        for (fragment, fault) in fragments(field) {
            // JSON that says NUL is JSON.
            let unreadable = fault != Fault::Field && !fragment.contains("u0000");
            bad.push((format!("{{\"{}\":{fragment}{rest}", field.name), unreadable));
        }
        let value = value(stage, field);
        bad.push((format!("{{\"{0}\":{value},\"{0}\":{value}{rest}", field.name), false));
        if field.required {
            bad.push((others, false));
        }
    }
    for whole in ["null", "1", "true", "\"x\"", "[]", "[{}]", "{}", "1e400"] {
        bad.push((whole.into(), false));
    }
    for whole in ["", "nonsense", "{", "\u{FEFF}{}", "{\"a\":\"\n\"}", &"[".repeat(50_000), &"[{\"a\":".repeat(15_000)]
    {
        bad.push((whole.into(), true));
    }
    bad
}

#[tokio::test]
async fn no_event_is_what_it_cannot_be() {
    let stage = Stage::set().await;
    a_bad_event_is_always_answered(&stage).await;
    who_is_not_signed_in_gets_nothing_done(&stage).await;
    a_good_event_is_answered_whatever_else_it_says(&stage).await;
    a_packet_that_is_none_ends_its_socket_or_nothing_at_all(&stage).await;
    the_last_byte_of_a_frame_counts(&stage).await;
}

async fn a_bad_event_is_always_answered(stage: &Stage) {
    let mut socket = Socket::signed_in(&stage.app, &stage.carol).await;
    let (mut tried, mut auths): (u64, _) = (0, Vec::new());
    for (event, fields) in events() {
        for (argument, unreadable) in bad_arguments(stage, &fields) {
            tried += 1;
            let what = shown(event, &argument);
            if event == "auth" {
                auths.push(argument);
                continue;
            }
            socket.raw(&format!("42/chat,{tried}[\"{event}\",{argument}]")).await;
            let answer = socket.answer(tried).await;
            let error = &answer["error"];
            assert_eq!(
                (&answer["ok"], &error["code"]),
                (&json!(false), &json!("VALIDATION_ERROR")),
                "{what}: {answer}"
            );
            assert_eq!(error["retryable"], false, "{what}: {answer}");
            assert!(error["message"].as_str().is_some_and(|words| !words.is_empty()), "{what}: {answer}");

            socket.raw(&format!("42/chat,[\"{event}\",{argument}]")).await;
            let (name, told) = socket.next().await;
            let (expected, of) = match (event, unreadable) {
                (_, true) => ("error", ""),
                ("message:send", false) => ("message:error", event),
                _ => ("error", event),
            };
            assert_eq!((name.as_str(), &told["context"]["event"]), (expected, &json!(of)), "{what}: {told}");
            assert_eq!(told["code"], "VALIDATION_ERROR", "{what}: {told}");
        }
    }
    assert!(tried > 150, "only {tried} were tried");
    let app = &stage.app;
    // One person has twenty sockets at most.
    for some in auths.chunks(20) {
        join_all(some.iter().map(|argument| bad_auth(app, &stage.alice, argument))).await;
    }
    let (_, body) = stage.alice.get(&format!("/api/v1/conversations/{}", stage.group)).await;
    assert_eq!((&body["data"]["lastSeq"], &body["data"]["lastRev"]), (&json!(1), &json!(0)));
}

/// Whoever says who they are, and does not, is sent away.
async fn bad_auth(app: &TestApp, person: &Person, argument: &str) {
    let mut socket = Socket::signed_in(app, person).await;
    socket.raw(&format!("42/chat,7[\"auth\",{argument}]")).await;
    let what = shown("auth", argument);
    let answer = socket.answer(7).await;
    if answer["error"]["code"] == "VALIDATION_ERROR" {
        return;
    }
    assert!(answer["error"]["code"].as_str().is_some_and(|code| code.starts_with("TOKEN_")), "{what}: {answer}");
    assert_eq!(socket.event("auth:error").await, answer["error"], "{what}");
    assert_eq!(socket.end().await.last().unwrap(), "41/chat,", "{what}");
}

async fn a_good_event_is_answered_whatever_else_it_says(stage: &Stage) {
    let mut socket = Socket::signed_in(&stage.app, &stage.alice).await;
    let foreign = new_id();
    for (event, fields) in events() {
        let mut argument = argument(stage, &fields);
        for (name, value) in [
            ("senderId", json!(foreign)),
            ("userId", json!(foreign)),
            ("id", json!(foreign)),
            ("seq", json!(777_777)),
            ("status", json!("read")),
            ("role", json!("owner")),
            ("createdAt", json!("2001-02-03T04:05:06.000Z")),
            ("__proto__", json!({"ok": false})),
        ] {
            argument.entry(name).or_insert(value);
        }
        let answer = socket.ask(event, &json!(argument)).await;
        assert_eq!(answer["ok"], true, "{event}: {answer}");
        for planted in [foreign.as_str(), "777777", "2001-02-03"] {
            assert!(!answer.to_string().contains(planted), "{event} planted {planted}: {answer}");
        }
        for field in fields.iter().filter(|field| field.kind() == "string" && field.bound("maxLength").is_some()) {
            let most = usize::try_from(field.bound("maxLength").unwrap()).unwrap();
            for character in ["a", "\u{1F469}", "\u{5D0}", "\u{301}"] {
                for (length, fits) in [(most, true), (most + 1, false)] {
                    argument.insert(field.name.clone(), json!(character.repeat(length)));
                    argument.insert("clientMessageId".into(), json!(new_id()));
                    let answer = socket.ask(event, &json!(argument)).await;
                    assert_eq!(answer["ok"], fits, "{event}: {} of {length} {character}", field.name);
                }
            }
        }
    }
    let (_, body) = stage.bob.get(&format!("/api/v1/conversations/{}/messages", stage.group)).await;
    let messages = body["data"]["messages"].as_array().unwrap();
    // The newest come first; the oldest is Bob's.
    assert_eq!(messages.len(), 6);
    let own = |one: &Value| one["senderId"] == stage.alice.id.as_str() && one["status"] == "delivered";
    assert!(messages[..5].iter().all(own), "{messages:?}");
}

async fn who_is_not_signed_in_gets_nothing_done(stage: &Stage) {
    let mut socket = Socket::open(&stage.app, "", &json!({})).await;
    for (event, fields) in events().into_iter().filter(|(event, _)| *event != "auth") {
        let answer = socket.ask(event, &json!(argument(stage, &fields))).await;
        assert_eq!((&answer["ok"], &answer["error"]["code"]), (&json!(false), &json!("UNAUTHORIZED")), "{event}");
        assert_eq!(answer.as_object().unwrap().len(), 2, "{event}: {answer}");
    }
    let (_, body) = stage.alice.get(&format!("/api/v1/conversations/{}", stage.group)).await;
    assert_eq!(body["data"]["lastSeq"], 1);
}

async fn a_packet_that_is_none_ends_its_socket_or_nothing_at_all(stage: &Stage) {
    let mut witness = Socket::signed_in(&stage.app, &stage.bob).await;
    let named = |name: &str| format!("42/chat,7[{}]", json!(name));
    // What is an event, and none of ours, is answered. So is what only looks like one.
    for packet in [
        &named(""),
        &named("connect"),
        &named("disconnect"),
        &named("connect_error"),
        &named("__proto__"),
        &named("error"),
        &named("message:received"),
        &named(&"x".repeat(90_000)),
        &named("\u{202E}\u{1b}[31m\r\n"),
        "42/chat,7",
        "42/chat,7[",
        "42/chat,7[null]",
        "42/chat,007[\"x\"]",
        "42/chat,7[\"subscribe\",{},{},{}]",
        "42/chat?token=x,7[\"x\"]",
    ] {
        let mut socket = Socket::signed_in(&stage.app, &stage.alice).await;
        socket.raw(packet).await;
        let answer = socket.answer(7).await;
        assert_eq!(answer["error"]["code"], "VALIDATION_ERROR", "{}", shown("", packet));
    }
    let good = format!("42/chat,8[\"unsubscribe\",{}]", json!({"conversationId": stage.group}));
    for (packet, lives) in [
        // Engine.IO's.
        ("4", false),
        ("5", false),
        ("6", false),
        ("3", true),
        // Of another namespace, or answers to what nobody asked.
        ("42[\"message:send\",{}]", true),
        ("42/admin,7[\"x\"]", true),
        ("41/admin,", true),
        ("43/chat,7[]", true),
        // In the namespace already.
        ("40/chat,", true),
        ("40/chat,{\"token\":\"nonsense\"}", true),
        ("40/chat,{bad", true),
        // Binary packets, and what is no packet.
        ("450-/chat,[\"x\"]", false),
        ("451-/chat,[\"x\",{\"_placeholder\":true,\"num\":0}]", false),
        ("45999999999-/chat,[\"x\"]", false),
        ("461-/chat,7[{\"_placeholder\":true,\"num\":0}]", false),
        ("47", false),
        ("4x", false),
        ("4\u{1F469}", false),
        ("42/chat,99999999999999999999[\"x\"]", false),
        ("41/chat,", false),
    ] {
        let mut socket = Socket::signed_in(&stage.app, &stage.alice).await;
        socket.raw(packet).await;
        if lives {
            socket.raw(&good).await;
            assert_eq!(socket.answer(8).await["ok"], true, "{packet}");
        } else {
            assert!(!socket.end().await.iter().any(|one| one.starts_with("43")), "{packet}");
        }
    }
    assert_eq!(witness.ask("subscribe", &json!({"conversationId": stage.group})).await["ok"], true);
}

async fn the_last_byte_of_a_frame_counts(stage: &Stage) {
    let mut message =
        json!({"conversationId": stage.group, "content": "hello", "clientMessageId": new_id(), "pad": ""});
    let framed = |message: &Value| format!("42/chat,7[\"message:send\",{message}]");
    let missing = 100_000 - framed(&message).len();
    for (pad, lives) in [(missing, true), (missing + 1, false)] {
        message["pad"] = json!("x".repeat(pad));
        let mut socket = Socket::signed_in(&stage.app, &stage.alice).await;
        socket.raw(&framed(&message)).await;
        if lives {
            assert_eq!(socket.answer(7).await["ok"], true);
        } else {
            assert!(!socket.end().await.iter().any(|one| one.starts_with("43")));
        }
    }
}
