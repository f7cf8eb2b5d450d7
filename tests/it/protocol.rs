//! What `trice schema` writes about the sockets: that the committed files are fresh, and that the wire is what they say.

use std::{collections::BTreeSet, process::Command};

use reqwest::Method;
use serde_json::{Value, json};
use trice::{
    gateway::protocol::ClientEvent,
    http::openapi,
    model::event::{ServerEvent, Told},
};

use crate::support::{Person, Socket, TestApp, answer, new_id};

fn printed(schema: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_trice")).args(["schema", schema]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_committed_files_are_the_codes() {
    for (schema, file, committed) in [
        ("protocol", "docs/protocol.md", include_str!("../../docs/protocol.md")),
        ("events", "web/src/realtime/events.gen.ts", include_str!("../../web/src/realtime/events.gen.ts")),
    ] {
        assert!(printed(schema) == committed, "{file} is stale; run: make gen");
    }
}

#[test]
fn the_page_names_every_event_and_has_no_hole() {
    let page = printed("protocol");
    assert!(!page.contains("{{"), "a place of the template was left open");
    for event in ClientEvent::ALL {
        assert!(page.contains(&format!("\n### `{}`\n", event.name())), "{event:?}");
    }
    for told in ServerEvent::ALL {
        assert!(page.contains(&format!("\n| `{}` |", told.name)), "{told:?}");
    }
    let sections: BTreeSet<_> =
        page.lines().filter_map(|line| Some(format!("(#{})", line.strip_prefix("### ")?.to_lowercase()))).collect();
    for (at, _) in page.match_indices("(#") {
        let link = &page[at..=at + page[at..].find(')').unwrap()];
        assert!(sections.contains(link), "{link} leads nowhere: its type is not in src/http/openapi");
    }
}

/// Whether a value has just the shape that a schema gives: nothing else, nothing less.
fn fits(schemas: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        return fits(schemas, &schemas[name.rsplit('/').next().unwrap()], value);
    }
    if let Some(cases) = schema["oneOf"].as_array() {
        return cases.iter().any(|case| fits(schemas, case, value));
    }
    if let Some(cases) = schema["enum"].as_array() {
        return cases.contains(value);
    }
    if let Some(object) = value.as_object() {
        let (mut fields, mut required) = (Vec::new(), Vec::new());
        collect(schemas, schema, &mut fields, &mut required);
        let known = |name: &String| fields.iter().find(|(field, _)| *field == name).map(|(_, schema)| *schema);
        return required.iter().all(|name| object.contains_key(*name))
            && object.iter().all(|(name, value)| known(name).is_some_and(|schema| fits(schemas, schema, value)));
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => Vec::from_iter(kind.as_str()),
    };
    kinds.into_iter().any(|kind| match (kind, schema["format"].as_str(), value) {
        ("string", Some("uuid"), Value::String(text)) => text.len() == 36,
        ("string", Some("date-time"), Value::String(text)) => text.len() == 24 && text.ends_with('Z'),
        ("array", _, Value::Array(items)) => items.iter().all(|item| fits(schemas, &schema["items"], item)),
        ("integer", _, Value::Number(number)) => number.is_i64(),
        ("string", None, Value::String(_))
        | ("boolean", _, Value::Bool(_))
        | ("number", _, Value::Number(_))
        | ("null", _, Value::Null) => true,
        _ => false,
    })
}

/// The fields of an object and which of them are always there, its parts' included.
fn collect<'a>(
    schemas: &'a Value,
    schema: &'a Value,
    fields: &mut Vec<(&'a String, &'a Value)>,
    required: &mut Vec<&'a str>,
) {
    if let Some(name) = schema["$ref"].as_str() {
        collect(schemas, &schemas[name.rsplit('/').next().unwrap()], fields, required);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(schemas, part, fields, required);
    }
    fields.extend(schema["properties"].as_object().into_iter().flatten());
    required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
}

/// Says and hears events, and holds each against what is written about it.
struct Witness {
    schemas: Value,
    asked: BTreeSet<&'static str>,
    heard: BTreeSet<String>,
}

impl Witness {
    fn check(&self, payload: &str, value: &Value) {
        let schema = self.schemas.get(payload).unwrap_or_else(|| panic!("{payload} has no schema"));
        assert!(fits(&self.schemas, schema, value), "this is no {payload}: {value}");
    }

    /// Waits for an event of that name.
    async fn hear(&mut self, socket: &mut Socket, name: &str) -> Value {
        let answers = ClientEvent::ALL.iter().flat_map(|event| event.answer().into_iter().chain([event.failure()]));
        let told = ServerEvent::ALL.iter().map(|Told { name, payload, .. }| (*name, *payload));
        let mut said = answers.map(|answer| (answer.name, answer.payload)).chain(told);
        let (_, payload) =
            said.find(|(said, _)| *said == name).unwrap_or_else(|| panic!("{name} is not in the tables"));
        let value = socket.event(name).await;
        self.check(payload, &value);
        self.heard.insert(name.to_owned());
        value
    }

    /// Sends an event without an acknowledgement and waits for its answer.
    async fn say(&mut self, socket: &mut Socket, event: ClientEvent, payload: &Value) {
        self.check(event.payload(), payload);
        socket.send(event.name(), payload).await;
        if let Some(answer) = event.answer() {
            self.hear(socket, answer.name).await;
        }
    }

    /// The same with one. `ok` stands beside the payload.
    async fn ask(&mut self, socket: &mut Socket, event: ClientEvent, payload: &Value) {
        self.check(event.payload(), payload);
        let mut answer = socket.ask(event.name(), payload).await;
        assert_eq!(answer.as_object_mut().unwrap().remove("ok"), Some(json!(true)), "{answer}");
        let shapes = event.acknowledged();
        let fits = |shape: &&str| fits(&self.schemas, &self.schemas[*shape], &answer);
        assert!(shapes.iter().any(fits) || shapes.is_empty(), "this is no {shapes:?}: {answer}");
        self.asked.insert(event.name());
    }

    /// The same for what must fail.
    async fn fail(&mut self, socket: &mut Socket, event: ClientEvent, payload: &Value) {
        let refused = socket.ask(event.name(), payload).await;
        assert_eq!(refused["ok"], false);
        self.check("Failure", &refused["error"]);
        socket.send(event.name(), payload).await;
        self.hear(socket, event.failure().name).await;
    }
}

async fn changed(person: &Person, method: Method, path: &str, body: Value) {
    let (status, body) = answer(person.request(method, path).json(&body)).await;
    assert!((200..300).contains(&status), "{path}: {status} {body}");
}

/// A new event must be said and heard here; that is what the two comparisons at the end are for.
#[tokio::test]
async fn the_wire_is_what_the_page_says() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let schemas = serde_json::to_value(openapi::document()).unwrap()["components"]["schemas"].take();
    let mut witness = Witness { schemas, asked: BTreeSet::new(), heard: BTreeSet::new() };
    let mut socket = Socket::open(&app, "", &json!({"token": alice.token})).await;
    witness.hear(&mut socket, "auth:success").await;
    let mut bobs = Socket::signed_in(&app, &bob).await;

    let body = json!({"type": "group", "title": "Walks", "participantIds": [carol.id]});
    let (_, created) = alice.post("/api/v1/conversations", &body).await;
    let id = created["data"]["id"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned();
    witness.hear(&mut socket, "conversation:created").await;
    let group = format!("/api/v1/conversations/{id}");

    let first = carol.say(&id, "Who comes?").await;
    for event in ClientEvent::ALL {
        if *event == ClientEvent::TypingStart {
            socket.ask("subscribe", &json!({"conversationId": id})).await;
        }
        let payload = match event {
            ClientEvent::Auth => json!({"token": alice.token}),
            ClientEvent::Subscribe => json!({"conversationId": id, "lastSeq": 0}),
            ClientEvent::Unsubscribe | ClientEvent::TypingStart | ClientEvent::TypingStop => {
                json!({"conversationId": id})
            }
            ClientEvent::PresenceHeartbeat => json!({"status": "away"}),
            ClientEvent::MessageSend => {
                json!({"conversationId": id, "content": "Hello", "clientMessageId": new_id(), "replyToId": null})
            }
            ClientEvent::ReceiptRead => json!({"conversationId": id, "lastReadMessageId": first["id"]}),
        };
        witness.say(&mut socket, *event, &payload).await;
        witness.ask(&mut socket, *event, &payload).await;
    }
    let many = json!({"conversations": [{"conversationId": id}, {"conversationId": new_id(), "lastSeq": 7}]});
    witness.ask(&mut socket, ClientEvent::Subscribe, &many).await;
    witness.fail(&mut socket, ClientEvent::Subscribe, &json!({"conversationId": new_id()})).await;
    witness.fail(&mut socket, ClientEvent::Unsubscribe, &json!({})).await;
    let lost = json!({"conversationId": new_id(), "content": "Hello", "clientMessageId": new_id()});
    witness.fail(&mut socket, ClientEvent::MessageSend, &lost).await;

    let message = alice.say(&id, "Nobody comes?").await;
    witness.hear(&mut socket, "message:received").await;
    changed(&carol, Method::POST, &format!("{group}/read"), json!({"lastReadMessageId": message["id"]})).await;
    witness.hear(&mut socket, "receipt:count").await;
    let direct = alice.direct(&bob).await;
    witness.ask(&mut socket, ClientEvent::Subscribe, &json!({"conversationId": direct})).await;
    for (sender, reader, event) in [(&bob, &alice, "read:synced"), (&alice, &bob, "receipt:updated")] {
        let message = sender.say(&direct, "Hello").await;
        let read = format!("/api/v1/conversations/{direct}/read");
        changed(reader, Method::POST, &read, json!({"lastReadMessageId": message["id"]})).await;
        witness.hear(&mut socket, event).await;
    }
    changed(&alice, Method::DELETE, &format!("/api/v1/messages/{}", message["id"].as_str().unwrap()), json!({})).await;
    witness.hear(&mut socket, "message:deleted").await;
    changed(&alice, Method::PATCH, &group, json!({"title": "Long walks"})).await;
    witness.hear(&mut socket, "conversation:updated").await;
    changed(&alice, Method::POST, &format!("{group}/participants"), json!({"userIds": [bob.id]})).await;
    witness.hear(&mut socket, "participant:added").await;
    witness.hear(&mut bobs, "conversation:created").await;
    bobs.ask("subscribe", &json!({"conversationId": id})).await;
    bobs.send("presence:heartbeat", &json!({"status": "away"})).await;
    witness.hear(&mut socket, "presence:update").await;
    for event in ["typing:start", "typing:stop"] {
        socket.send(event, &json!({"conversationId": id})).await;
    }
    witness.hear(&mut bobs, "typing:started").await;
    witness.hear(&mut bobs, "typing:stopped").await;
    let seat = format!("{group}/participants/{}", bob.id);
    changed(&alice, Method::PATCH, &seat, json!({"role": "admin"})).await;
    witness.hear(&mut socket, "participant:updated").await;
    changed(&bob, Method::PATCH, "/api/v1/users/me", json!({"displayName": "Bobby"})).await;
    witness.hear(&mut socket, "user:updated").await;
    changed(&alice, Method::DELETE, &seat, json!({})).await;
    witness.hear(&mut socket, "participant:removed").await;
    witness.hear(&mut bobs, "participant:removed").await;
    changed(&alice, Method::DELETE, &group, json!({})).await;
    witness.hear(&mut socket, "conversation:deleted").await;
    socket.send("auth", &json!({"token": "nonsense"})).await;
    witness.hear(&mut socket, "auth:error").await;

    let asked: BTreeSet<_> = ClientEvent::ALL.iter().map(|event| event.name()).collect();
    assert_eq!(witness.asked, asked, "these were not asked");
    let answers = ClientEvent::ALL.iter().flat_map(|event| event.answer().into_iter().chain([event.failure()]));
    let said = answers.map(|answer| answer.name).chain(ServerEvent::ALL.iter().map(|told| told.name));
    let unheard: Vec<_> = said.filter(|name| !witness.heard.contains(*name)).collect();
    assert_eq!(unheard, Vec::<&str>::new(), "these were not heard");
}
