//! Read receipts, entered by the front door: who read what, as everybody may know it, on any device and after any fault.

mod cluster;
mod direct;
mod faults;
mod groups;
mod privacy;
mod random;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Person, Socket, TestApp, answer};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);
/// What waits is stored when the server stops, and not before.
const NEVER: (&str, &str) = ("RECEIPTS_FLUSH_MS", "3600000");
/// What waits is stored soon.
const SOON: (&str, &str) = ("RECEIPTS_FLUSH_MS", "20");

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// Somebody has read everything up to a message. Answers where they stand.
async fn read(reader: &Person, conversation: &str, message: &Value) -> Value {
    let (status, body) = try_read(reader, conversation, &message["id"]).await;
    assert_eq!(status, 200, "{body}");
    body["data"].clone()
}

async fn try_read(reader: &Person, conversation: &str, message: &Value) -> (u16, Value) {
    let path = format!("/api/v1/conversations/{conversation}/read");
    reader.post(&path, &json!({"lastReadMessageId": message})).await
}

/// The messages of a conversation as somebody's history shows them, the oldest first.
async fn history(person: &Person, conversation: &str) -> Vec<Value> {
    let (status, body) = person.get(&format!("/api/v1/conversations/{conversation}/messages?after=0&limit=100")).await;
    assert_eq!(status, 200, "{body}");
    body["data"]["messages"].as_array().unwrap().clone()
}

/// How many have read each message, the oldest first.
async fn counts(person: &Person, conversation: &str) -> Vec<i64> {
    history(person, conversation).await.iter().map(|message| message["readCount"].as_i64().unwrap()).collect()
}

/// Who has read a message: their ids, the first reader first.
async fn readers(person: &Person, message: &Value) -> Vec<String> {
    let (status, body) = person.get(&format!("/api/v1/messages/{}/receipts", id(message))).await;
    assert_eq!(status, 200, "{body}");
    let receipts = body["data"]["receipts"].as_array().unwrap();
    assert_eq!(body["data"]["readCount"], receipts.len(), "{body}");
    receipts.iter().map(|receipt| id(&receipt["user"])).collect()
}

/// A conversation as somebody's list shows it.
async fn listed(person: &Person, conversation: &str) -> Value {
    let (status, body) = person.get("/api/v1/conversations").await;
    assert_eq!(status, 200, "{body}");
    let all = body["data"]["conversations"].as_array().unwrap();
    all.iter().find(|one| one["id"] == conversation).unwrap().clone()
}

/// How many messages somebody has not read and which one they have read last, as everything that tells it says.
async fn stands(app: &TestApp, person: &Person, conversation: &str) -> (i64, Value) {
    let one = listed(person, conversation).await;
    let (_, body) = person.get(&format!("/api/v1/conversations/{conversation}")).await;
    let mut socket = Socket::signed_in(app, person).await;
    let subscribed = socket.ask("subscribe", &json!({"conversationId": conversation})).await;
    let unread = one["unreadCount"].as_i64().unwrap();
    assert_eq!(body["data"]["unreadCount"], unread);
    assert_eq!(subscribed["unreadCount"], unread);
    assert_eq!(body["data"]["lastReadMessageId"], one["lastReadMessageId"]);
    (unread, one["lastReadMessageId"].clone())
}

/// A socket that listens to a conversation, and what it was told when it began.
async fn subscribed(app: &TestApp, person: &Person, conversation: &str) -> (Socket, Value) {
    let mut socket = Socket::signed_in(app, person).await;
    let told = socket.ask("subscribe", &json!({"conversationId": conversation})).await;
    assert_eq!(told["ok"], true, "{told}");
    (socket, told)
}

async fn set_privacy(person: &Person, shown: bool) {
    let request = person.request(Method::PATCH, "/api/v1/users/me/privacy");
    let (status, body) = answer(request.json(&json!({"readReceiptsEnabled": shown}))).await;
    assert_eq!(status, 200, "{body}");
}

/// Every receipt that is stored, as the message's number and the reader.
async fn rows(app: &TestApp) -> i64 {
    app.text("select count(*)::text from read_receipts").await.parse().unwrap()
}

/// Waits until this many receipts are stored.
async fn stored(app: &TestApp, count: i64) {
    let begun = Instant::now();
    while rows(app).await != count {
        assert!(begun.elapsed() < DEADLINE, "{} receipts are stored, not {count}", rows(app).await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
