//! Nasty input, for every operation that the API's description names: a clear 4xx in the contract's shape, whatever it is
//! and wherever it comes, whoever sends it.

mod accepted;
mod bodies;
mod events;
mod fragments;
mod parameters;
mod paths;
mod roles;
mod wire;

use reqwest::{RequestBuilder, Response};
use serde_json::{Map, Value, json};

use crate::support::{
    Person, TestApp,
    api::{Field, Operation},
    new_id,
};

/// A server, people, and something that they share.
struct Stage {
    app: TestApp,
    alice: Person,
    bob: Person,
    carol: Person,
    /// Alice's and Bob's.
    group: String,
    /// Bob's, in the group.
    message: String,
    /// Bob's.
    session: String,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
        let group = alice.group(&[&bob]).await;
        let message = text(&bob.say(&group, "hello").await["id"]);
        let (_, body) = bob.get("/api/v1/auth/sessions").await;
        let session = text(&body["data"]["sessions"][0]["id"]);
        Self { app, alice, bob, carol, group, message, session }
    }

    /// The path of an operation, with what is there.
    fn path(&self, operation: &Operation) -> String {
        self.path_with(operation, "", "")
    }

    /// The same, but for one parameter.
    fn path_with(&self, operation: &Operation, name: &str, value: &str) -> String {
        let own = if operation.path.contains("/conversations/") {
            self.group.clone()
        } else if operation.path.contains("/messages/") {
            self.message.clone()
        } else if operation.path.contains("/users/") {
            self.bob.id.clone()
        } else if operation.path.contains("/sessions/") {
            self.session.clone()
        } else {
            new_id()
        };
        let mut path = operation.path.clone();
        for parameter in operation.parameters.iter().filter(|one| one.place == "path") {
            let there = if parameter.field.name == "userId" { &self.bob.id } else { &own };
            let value = if parameter.field.name == name { value } else { there };
            path = path.replace(&format!("{{{}}}", parameter.field.name), value);
        }
        path
    }

    /// The query that an operation must have, without one parameter.
    fn query_without(operation: &Operation, name: &str) -> String {
        let must = operation.parameters.iter().filter(|one| one.place == "query" && one.field.required);
        must.filter(|one| one.field.name != name)
            .map(|one| format!("&{}=alice", one.field.name))
            .collect::<Vec<_>>()
            .concat()
    }

    /// A request of Alice's for an operation, at this path and query.
    fn ask(&self, operation: &Operation, path: &str) -> RequestBuilder {
        let request = self.app.client.request(operation.method.clone(), format!("{}{path}", self.app.url));
        if operation.bearer { request.bearer_auth(&self.alice.token) } else { request }
    }

    /// The same, with a body as it stands.
    fn ask_with(&self, operation: &Operation, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.ask(operation, &self.path(operation)).header("content-type", "application/json").body(body)
    }

    /// A body that an operation takes.
    fn body(&self, operation: &Operation) -> Map<String, Value> {
        let fields = operation.body.as_ref().expect("it takes a body");
        fields.iter().map(|field| (field.name.clone(), self.value(operation, field))).collect()
    }

    /// What a field may be. Only what depends on who is there has to be said; the rest is in its schema.
    fn value(&self, operation: &Operation, field: &Field) -> Value {
        let new = || format!("nasty_{}", &new_id().replace('-', "")[..20]);
        match (operation.name.as_str(), field.name.as_str()) {
            ("register", "username") => json!(new()),
            ("register", "email") => json!(format!("{}@example.org", new())),
            ("login", "email") => json!(self.alice.email),
            // The account is needed further on.
            ("deleteMe", "password") => json!("Battery8Staple"),
            (_, "participantIds") => json!([self.bob.id]),
            (_, "userIds") => json!([self.carol.id]),
            (_, "replyToId" | "lastReadMessageId") => json!(self.message),
            ("createConversation", "type") => json!("group"),
            ("updateParticipant", "role") => json!("member"),
            _ if field.is_id() => json!(new_id()),
            _ => match (&field.schema["example"], field.schema["enum"].get(0), field.kind()) {
                (Value::Null, Some(first), _) => first.clone(),
                (Value::Null, None, "boolean") => json!(true),
                (Value::Null, None, kind) => panic!("{}: no example of a {kind} for {}", operation.name, field.name),
                (example, ..) => example.clone(),
            },
        }
    }
}

/// Checks that a request was refused, in the contract's shape and with its headers. `field` is what its details name, empty
/// if there are none.
async fn refused(response: Response, status: u16, code: &str, field: &str, shown: &str) {
    let headers = response.headers().clone();
    assert_eq!(response.status().as_u16(), status, "{shown}: {}", response.text().await.unwrap());
    let header = |name: &str| {
        let value = headers.get(name).unwrap_or_else(|| panic!("{shown} has no {name}"));
        value.to_str().unwrap().to_owned()
    };
    assert_eq!(
        (header("content-type"), header("x-content-type-options")),
        ("application/json".into(), "nosniff".into())
    );
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        header(name).parse::<u64>().unwrap_or_else(|_| panic!("{shown}: {name} is no number"));
    }
    let answer: Value = response.json().await.unwrap();
    let error = answer["error"].as_object().unwrap_or_else(|| panic!("{shown}: {answer}"));
    assert_eq!(answer.as_object().unwrap().len(), 1, "{shown}: {answer}");
    assert_eq!((&error["code"], &error["retryable"]), (&json!(code), &json!(false)), "{shown}: {answer}");
    assert!(error["message"].as_str().is_some_and(|words| !words.is_empty()), "{shown}: {answer}");
    assert_eq!((header("x-trace-id"), header("x-request-id")), (text(&error["traceId"]), text(&error["traceId"])));
    if field.is_empty() {
        assert!(error.get("details").is_none(), "{shown}: {answer}");
        return;
    }
    let details = error["details"].as_object().unwrap_or_else(|| panic!("{shown}: {answer}"));
    // In a list the place is named, too.
    let named = |name: &str| name == field || name.strip_prefix(field).is_some_and(|rest| rest.starts_with('['));
    assert!(details.keys().any(|name| named(name)), "{shown} does not name {field}: {answer}");
    for words in details.values() {
        let words = words.as_array().unwrap();
        assert!(
            !words.is_empty() && words.iter().all(|one| one.as_str().is_some_and(|one| !one.is_empty())),
            "{answer}"
        );
        // What a program calls it is nobody's business, and neither is what others typed.
        assert!(!words.iter().any(|one| one.as_str().unwrap().contains("struct")), "{shown}: {answer}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What was sent, in short.
fn shown(operation: &Operation, what: &str) -> String {
    format!("{} {}", operation.name, what.chars().take(160).collect::<String>())
}
