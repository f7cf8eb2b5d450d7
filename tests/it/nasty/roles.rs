//! The same operations and events, asked by everybody who may and everybody who may not. What is right stands in
//! docs/security.md, for people and for this test.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{
    Stage,
    events::{EVENTS, argument, events},
    refused, text,
};
use crate::support::{
    Person, Socket,
    api::{Operation, operations},
    new_id,
};

const ROLES: [&str; 7] = ["nobody", "stranger", "former member", "member", "admin", "owner", "deleted account"];

/// What each operation and event is for each role, as the document says.
fn table() -> BTreeMap<String, Vec<String>> {
    let document = include_str!("../../../docs/security.md");
    let (_, section) = document.split_once("\n## Who may do what\n").expect("the section is there");
    let (section, _) = section.split_once("\n## ").expect("another section follows");
    let rows = section.lines().filter(|line| line.starts_with('|'));
    let mut rows =
        rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    assert_eq!(rows.next().expect("it has a head")[1..], ROLES);
    let mut table = BTreeMap::new();
    for row in rows.skip(1) {
        for name in row[0].split('`').skip(1).step_by(2) {
            assert!(table.insert(name.to_owned(), row[1..].to_vec()).is_none(), "{name} has two rows");
        }
    }
    table
}

/// Everybody, beside the owner and those whom it is about, whom the stage knows.
struct Cast {
    stage: Stage,
    people: [Person; 5],
}

impl Cast {
    async fn gather() -> Self {
        let stage = Stage::set().await;
        let app = &stage.app;
        let people = ["stranger", "former", "member", "admin", "gone"].map(|name| app.register(name));
        let people: [Person; 5] = futures_util::future::join_all(people).await.try_into().ok().unwrap();
        let account =
            people[4].request(Method::DELETE, "/api/v1/users/me").json(&json!({"password": Person::PASSWORD}));
        assert_eq!(account.send().await.unwrap().status(), 204);
        Self { stage, people }
    }

    fn who(&self, role: &str) -> Option<&Person> {
        let [stranger, former, member, admin, gone] = &self.people;
        let of = [None, Some(stranger), Some(former), Some(member), Some(admin), Some(&self.stage.alice), Some(gone)];
        of[ROLES.iter().position(|one| *one == role).unwrap()]
    }

    /// A new group in which everybody is what they are, with a message of Bob's.
    async fn meet(&mut self) {
        let [_, former, member, admin, _] = &self.people;
        let alice = &self.stage.alice;
        let group = alice.group(&[&self.stage.bob, former, member, admin]).await;
        let participant = |person: &Person| format!("/api/v1/conversations/{group}/participants/{}", person.id);
        let role = alice.request(Method::PATCH, &participant(admin)).json(&json!({"role": "admin"}));
        assert_eq!(role.send().await.unwrap().status(), 200);
        assert_eq!(alice.request(Method::DELETE, &participant(former)).send().await.unwrap().status(), 204);
        self.stage.message = text(&self.stage.bob.say(&group, "hello").await["id"]);
        self.stage.group = group;
    }

    fn ask(&self, operation: &Operation, role: &str) -> RequestBuilder {
        let path = format!("{}?{}", self.stage.path(operation), Stage::query_without(operation, ""));
        let mut request =
            self.stage.app.client.request(operation.method.clone(), format!("{}{path}", self.stage.app.url));
        if let Some(person) = self.who(role) {
            request = request.bearer_auth(&person.token).header("cookie", &person.cookie);
        }
        match operation.body {
            Some(_) if takes_password(operation) => request.json(&json!({})),
            Some(_) => request.json(&self.stage.body(operation)),
            None => request,
        }
    }
}

/// Whether somebody is let in is seen before their password is looked at, and costs no hash.
fn takes_password(operation: &Operation) -> bool {
    operation.body.iter().flatten().any(|field| field.schema["format"] == "password")
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let mut table = table();
    let mut cast = Cast::gather().await;
    for (event, _) in EVENTS.iter().filter(|(event, _)| *event != "auth") {
        let row = table.remove(*event).unwrap_or_else(|| panic!("{event} has no row in docs/security.md"));
        for (role, expected) in ROLES.iter().zip(&row) {
            cast.meet().await;
            let told = tell(&cast, event, role).await;
            assert_eq!(&told, expected, "{event} by a {role}");
        }
    }
    let mut operations = operations();
    // Nobody can do anything after that.
    operations.sort_by_key(|operation| operation.name == "logout");
    for operation in &operations {
        let row = table
            .remove(&operation.name)
            .unwrap_or_else(|| panic!("{} has no row in docs/security.md", operation.name));
        for (role, expected) in ROLES.iter().zip(&row) {
            if operation.path.contains('{') {
                cast.meet().await;
            }
            let response = cast.ask(operation, role).send().await.unwrap();
            let shown = format!("{} by a {role}", operation.name);
            let status = response.status();
            match (expected.as_str(), *role) {
                ("yes", _) if takes_password(operation) => assert_eq!(status, 400, "{shown}"),
                ("yes", _) => assert!(status.is_success(), "{shown}: {status}"),
                ("401", "deleted account") => refused(response, 401, "TOKEN_REVOKED", "", &shown).await,
                ("401", _) => refused(response, 401, "UNAUTHORIZED", "", &shown).await,
                ("403", "stranger" | "former member") => {
                    refused(response, 403, "NOT_IN_CONVERSATION", "", &shown).await;
                }
                ("403", _) => refused(response, 403, "FORBIDDEN", "", &shown).await,
                ("404", _) => refused(response, 404, "NOT_FOUND", "", &shown).await,
                (other, _) => panic!("{shown}: what is {other}?"),
            }
        }
    }
    assert!(table.is_empty(), "docs/security.md has rows for what is not there: {:?}", table.keys());
}

/// Sends an event in each of its forms, and answers what the table would call the outcome.
async fn tell(cast: &Cast, event: &str, role: &str) -> String {
    let stage = &cast.stage;
    let token = cast.who(role).map(|person| json!({"token": person.token})).unwrap_or(json!({}));
    let mut socket = Socket::open(&stage.app, "", &token).await;
    if role == "deleted account" {
        assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
        assert_eq!(socket.end().await.last().unwrap(), "41/chat,");
        return "401".into();
    }
    if role != "nobody" {
        socket.event("auth:success").await;
    }
    let mut told = Vec::new();
    for (_, fields) in events().iter().filter(|(name, _)| *name == event) {
        if event.starts_with("typing:") {
            socket.ask("subscribe", &json!({"conversationId": stage.group})).await;
        }
        let answer = socket.ask(event, &json!(argument(stage, fields))).await;
        // Of many conversations each has its own answer.
        let answer = answer["conversations"].get(0).unwrap_or(&answer);
        told.push(match answer["error"]["code"].as_str() {
            None => "yes".to_owned(),
            Some("UNAUTHORIZED") => "401".to_owned(),
            Some("NOT_IN_CONVERSATION") => "403".to_owned(),
            Some(code) => code.to_owned(),
        });
    }
    if told[0] != "yes" {
        assert!(
            !socket.heard.iter().any(|(name, _)| name == "message:received"),
            "{event} by a {role}: {:?}",
            socket.heard
        );
    }
    told.dedup();
    told.join(", ")
}

#[tokio::test]
async fn a_conversation_that_is_gone_or_was_never_there_is_not_found() {
    let mut stage = Stage::set().await;
    let foreign = text(&stage.carol.say(&stage.carol.direct(&stage.bob).await, "Between us").await["id"]);
    let gone = stage.alice.request(Method::DELETE, &format!("/api/v1/conversations/{}", stage.group));
    assert_eq!(gone.send().await.unwrap().status(), 204);
    for never in [false, true] {
        if never {
            (stage.group, stage.message) = (new_id(), new_id());
        }
        for operation in operations() {
            let about = ["/conversations/{id}", "/messages/{id}"].iter().any(|path| operation.path.contains(path));
            if about {
                let mut request = stage.ask(&operation, &stage.path(&operation));
                if operation.body.is_some() {
                    request = request.json(&stage.body(&operation));
                }
                refused(request.send().await.unwrap(), 404, "NOT_FOUND", "", &operation.name).await;
            }
        }
        let mut socket = Socket::signed_in(&stage.app, &stage.alice).await;
        for (event, fields) in
            events().iter().filter(|(event, _)| !matches!(*event, "auth" | "unsubscribe" | "presence:heartbeat"))
        {
            let answer = socket.ask(event, &json!(argument(&stage, fields))).await;
            let answer = answer["conversations"].get(0).unwrap_or(&answer);
            assert_eq!(answer["error"]["code"], "NOT_IN_CONVERSATION", "{event}: {answer}");
        }
    }
    // What is said elsewhere can neither be answered here nor be learnt of by trying.
    let group = stage.alice.group(&[&stage.bob]).await;
    let mut socket = Socket::signed_in(&stage.app, &stage.alice).await;
    let mut answers = Vec::new();
    for message in [&foreign, &new_id()] {
        let reply = json!({"conversationId": group, "content": "x", "clientMessageId": new_id(), "replyToId": message});
        answers.push(socket.ask("message:send", &reply).await);
        let path = format!("/api/v1/conversations/{group}/messages");
        let response = stage.alice.request(Method::POST, &path).json(&reply).send().await.unwrap();
        refused(response, 400, "VALIDATION_ERROR", "replyToId", "a reply to what is elsewhere").await;
        let deletion = stage.alice.request(Method::DELETE, &format!("/api/v1/messages/{message}"));
        let expected = if *message == foreign { 403 } else { 404 };
        assert_eq!(deletion.send().await.unwrap().status(), expected);
    }
    assert_eq!((&answers[0], &answers[0]["error"]["code"]), (&answers[1], &Value::from("VALIDATION_ERROR")));
}
