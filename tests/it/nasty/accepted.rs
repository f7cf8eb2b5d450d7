//! What looks nasty and is none: texts up to their last character, whatever they are made of. And what nobody asked for,
//! which changes nothing.

use serde_json::{Value, json};

use super::{Stage, refused, shown};
use crate::support::{
    api::{Field, Operation, operations},
    new_id,
};

/// One byte, four bytes, right to left, and a mark that would stand on the character before it.
const CHARACTERS: [&str; 4] = ["a", "\u{1F469}", "\u{5D0}", "\u{301}"];

/// A text of so many characters that this field takes, as far as its form allows made of this one.
fn text_of(field: &Field, character: &str, length: usize) -> String {
    let of = |head: &str| format!("{head}{}", character.repeat(length - head.chars().count()));
    match (field.name.as_str(), field.schema["format"].as_str()) {
        (name, _) if name.ends_with("Url") => of("https://example.org/"),
        (_, Some("email")) => {
            let tail = format!("@{0}.{0}.{0}", "d".repeat(63));
            format!(
                "{}{tail}",
                new_id().replace('-', "").repeat(2).chars().cycle().take(length - tail.len()).collect::<String>()
            )
        }
        (_, Some("password")) => of("aA1"),
        _ => of(""),
    }
}

fn takes(field: &Field, character: &str) -> bool {
    let ascii = field.schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("A-Za-z"));
    let narrow = ascii || field.schema["format"] == "email" || field.name.ends_with("Url");
    character == "a" || !narrow
}

/// The fields of an operation that have a longest text, and how long that is.
fn limited(operation: &Operation) -> Vec<(&Field, usize)> {
    let fields = operation.body.iter().flatten().filter(|field| field.kind() == "string");
    fields.filter_map(|field| Some((field, usize::try_from(field.bound("maxLength")?).unwrap()))).collect()
}

/// Whether a text stands somewhere in an answer, as its own value.
fn contains(answer: &Value, text: &str) -> bool {
    match answer {
        Value::String(one) => one == text,
        Value::Array(items) => items.iter().any(|item| contains(item, text)),
        Value::Object(fields) => fields.values().any(|field| contains(field, text)),
        _ => false,
    }
}

#[tokio::test]
async fn what_is_odd_and_good_is_accepted() {
    let stage = Stage::set().await;
    an_identifier_may_be_written_in_capitals(&stage).await;
    what_nobody_asked_for_changes_nothing(&stage).await;
    a_text_fits_up_to_its_last_character(&stage).await;
}

async fn a_text_fits_up_to_its_last_character(stage: &Stage) {
    let mut fitted = 0;
    for operation in operations() {
        // The password in use stays: people are needed further on.
        let all = limited(&operation);
        let changed = |field: &Field| field.schema["format"] != "password";
        for character in CHARACTERS {
            let filled: Vec<_> = all.iter().filter(|(field, _)| changed(field) && takes(field, character)).collect();
            if !filled.is_empty() {
                let mut body = stage.body(&operation);
                for (field, most) in &filled {
                    body.insert(field.name.clone(), json!(text_of(field, character, *most)));
                }
                let what = shown(&operation, &json!(body).to_string());
                let response = stage.ask_with(&operation, json!(body).to_string()).send().await.unwrap();
                let status = response.status();
                let answer: Value = response.json().await.unwrap();
                assert!(status.is_success(), "{what}: {answer}");
                for (field, _) in &filled {
                    let text = body[&field.name].as_str().unwrap();
                    assert!(contains(&answer, text), "{what} changed {}: {answer}", field.name);
                    fitted += 1;
                }
            }
            for (field, most) in &all {
                let mut body = stage.body(&operation);
                body.insert(field.name.clone(), json!(text_of(field, character, most + 1)));
                let response = stage.ask_with(&operation, json!(body).to_string()).send().await.unwrap();
                let what = shown(&operation, &format!("{} of {} {character}", field.name, most + 1));
                refused(response, 400, "VALIDATION_ERROR", &field.name, &what).await;
            }
        }
        for (field, _) in &all {
            let Some(least) = field.bound("minLength").and_then(|least| usize::try_from(least - 1).ok()) else {
                continue;
            };
            let mut body = stage.body(&operation);
            body.insert(field.name.clone(), json!("aA1aA1aA1"[..least]));
            let response = stage.ask_with(&operation, json!(body).to_string()).send().await.unwrap();
            let what = shown(&operation, &format!("{} of {least}", field.name));
            refused(response, 400, "VALIDATION_ERROR", &field.name, &what).await;
        }
    }
    assert!(fitted >= 15, "only {fitted} texts were tried");
}

async fn an_identifier_may_be_written_in_capitals(stage: &Stage) {
    for operation in operations() {
        for field in operation.body.iter().flatten().filter(|field| field.is_id()) {
            let mut body = stage.body(&operation);
            let capitals = body[&field.name].to_string().to_uppercase();
            body.insert(field.name.clone(), serde_json::from_str(&capitals).unwrap());
            let response = stage.ask_with(&operation, json!(body).to_string()).send().await.unwrap();
            assert!(response.status().is_success(), "{}", shown(&operation, &capitals));
        }
        if operation.method == "GET" && operation.path.contains('{') {
            let path = stage.path(&operation);
            let (start, id) = path
                .split_at([&stage.group, &stage.bob.id, &stage.message].iter().find_map(|id| path.find(*id)).unwrap());
            let capitals = format!("{start}{}{}", id[..36].to_uppercase(), &id[36..]);
            let response = stage.ask(&operation, &capitals).send().await.unwrap();
            assert!(response.status().is_success(), "{capitals}");
        }
    }
}

async fn what_nobody_asked_for_changes_nothing(stage: &Stage) {
    let foreign = new_id();
    let extra = json!({
        "role": "owner", "seq": 777_777, "rev": 777_777, "lastSeq": 777_777, "lastRev": 777_777, "status": "read",
        "id": foreign, "userId": foreign, "senderId": foreign, "sender": {"id": foreign}, "createdBy": foreign,
        "conversationId": foreign, "messageId": foreign, "sessionId": foreign, "user": {"id": foreign},
        "createdAt": "2001-02-03T04:05:06.000Z", "updatedAt": "2001-02-03T04:05:06.000Z",
        "deletedAt": "2001-02-03T04:05:06.000Z", "isActive": false, "is_active": false, "isReadOnly": true,
        "passwordHash": foreign, "password_hash": foreign, "emailKey": foreign, "directKey": foreign,
        "__proto__": {"role": "owner"}, "constructor": null, "": 1, "a.b": [1e300, {"deep": ["er"]}],
    });
    for operation in operations().iter().filter(|one| one.body.is_some() && one.name != "deleteMe") {
        let mut body = stage.body(operation);
        if operation.name == "changePassword" {
            body.insert("newPassword".into(), body["currentPassword"].clone());
        }
        for (name, value) in extra.as_object().unwrap() {
            body.entry(name.clone()).or_insert(value.clone());
        }
        // Twice, and too deep for a reader that would look.
        let body = json!(body).to_string();
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        let body = format!("{{\"isAdmin\":true,\"isAdmin\":{deep},{}", &body[1..]);
        let response = stage.ask_with(operation, body.clone()).send().await.unwrap();
        let status = response.status();
        let answer = response.text().await.unwrap();
        assert!(status.is_success(), "{}: {answer}", shown(operation, &body));
        for planted in [foreign.as_str(), "777777", "2001-02-03", "\"read\""] {
            assert!(!answer.contains(planted), "{} planted {planted}: {answer}", operation.name);
        }
    }
    // One owner, and everybody is who they were.
    let (status, body) = stage.alice.get(&format!("/api/v1/conversations/{}", stage.group)).await;
    assert_eq!(status, 200, "{body}");
    let people = body["data"]["participants"].as_array().unwrap();
    let owners: Vec<_> = people.iter().filter(|one| one["role"] == "owner").map(|one| &one["user"]["id"]).collect();
    assert_eq!((people.len(), owners), (3, vec![&json!(stage.alice.id)]));
    assert_eq!(body["data"]["lastMessage"]["senderId"], json!(stage.alice.id));
    let planted = "select count(*)::text from users where not is_active or deleted_at is not null";
    assert_eq!(stage.app.text(planted).await, "0");
}
