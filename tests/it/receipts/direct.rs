//! Two people: what one has read the other one knows at once.

use serde_json::{Value, json};

use super::{NEVER, counts, history, id, listed, read, readers, rows, stands, subscribed, try_read};
use crate::support::{Socket, TestApp, new_id};

#[tokio::test]
async fn the_other_one_knows_at_once() {
    let app = TestApp::start_with(&[NEVER]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let direct = alice.direct(&bob).await;
    let mut messages = Vec::new();
    for n in 1..=3 {
        messages.push(alice.say(&direct, &n.to_string()).await);
    }
    let (mut alices, _) = subscribed(&app, &alice, &direct).await;
    let mut bobs = Socket::signed_in(&app, &bob).await;
    let mut bobs_other = Socket::signed_in(&app, &bob).await;

    let second = json!({"conversationId": direct, "lastReadMessageId": messages[1]["id"]});
    assert_eq!(bobs.ask("receipt:read", &second).await, json!({"ok": true}));
    assert_eq!(rows(&app).await, 2);
    let updated = alices.event("receipt:updated").await;
    assert_eq!((&updated["conversationId"], &updated["seq"]), (&json!(direct), &json!(2)));
    assert_eq!((&updated["messageId"], &updated["readBy"]["userId"]), (&messages[1]["id"], &json!(bob.id)));
    assert_eq!(updated["readBy"]["username"], bob.username.as_str());
    // On the other devices of the reader, subscribed or not.
    let synced = bobs_other.event("read:synced").await;
    let expected = json!({
        "conversationId": direct, "lastReadMessageId": messages[1]["id"], "lastReadSeq": 2, "unreadCount": 1
    });
    assert_eq!(synced, expected);

    let shown: Vec<_> = history(&alice, &direct).await.iter().map(|one| one["status"].clone()).collect();
    assert_eq!(shown, ["read", "read", "delivered"]);
    assert_eq!(counts(&bob, &direct).await, [1, 1, 0]);
    assert_eq!(readers(&alice, &messages[0]).await, [bob.id.as_str()]);
    assert_eq!(stands(&app, &bob, &direct).await, (1, messages[1]["id"].clone()));

    let state = read(&bob, &direct, &messages[2]).await;
    assert_eq!(state, json!({"lastReadMessageId": messages[2]["id"], "lastReadSeq": 3, "unreadCount": 0}));
    assert_eq!(alices.event("receipt:updated").await["seq"], 3);
    // Wherever a stored message is shown.
    assert_eq!(listed(&alice, &direct).await["lastMessage"]["status"], "read");
    let (mut fresh, told) = subscribed(&app, &alice, &direct).await;
    assert_eq!((&told["reads"][0]["userId"], &told["reads"][0]["lastReadSeq"]), (&json!(bob.id), &json!(3)));
    fresh.ask("subscribe", &json!({"conversationId": direct, "lastSeq": 0})).await;
    assert_eq!(fresh.event("message:received").await["message"]["status"], "read");
    // The column stays what it was.
    assert_eq!(app.text("select string_agg(distinct status, ',') from messages").await, "delivered");
    // What was said on this socket before its own answer did not come to it.
    assert!(bobs.heard.iter().all(|(name, _)| name != "receipt:updated"), "{:?}", bobs.heard);
}

#[tokio::test]
async fn reading_only_goes_forward_and_can_be_said_again() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let direct = alice.direct(&bob).await;
    let (first, second) = (alice.say(&direct, "1").await, alice.say(&direct, "2").await);
    let (mut alices, _) = subscribed(&app, &alice, &direct).await;
    let mut other_device = Socket::signed_in(&app, &bob).await;
    for message in [&second, &first, &second, &second] {
        let state = read(&bob, &direct, message).await;
        assert_eq!(state, json!({"lastReadMessageId": second["id"], "lastReadSeq": 2, "unreadCount": 0}));
    }
    // From two devices at once.
    let third = alice.say(&direct, "3").await;
    let (one, other) = tokio::join!(read(&bob, &direct, &third), read(&bob, &direct, &third));
    assert_eq!(one, other);
    assert_eq!(rows(&app).await, 3);
    let fourth = alice.say(&direct, "4").await;
    read(&bob, &direct, &fourth).await;
    // Each step once, or the later one alone.
    let mut told = vec![];
    while told.last() != Some(&json!(4)) {
        told.push(alices.event("receipt:updated").await["seq"].clone());
    }
    assert_eq!(told, [2, 3, 4]);
    let mut synced = vec![];
    while synced.last() != Some(&json!(4)) {
        synced.push(other_device.event("read:synced").await["lastReadSeq"].clone());
    }
    assert!(synced.is_sorted_by_key(|seq| seq.as_i64().unwrap()), "{synced:?}");
}

#[tokio::test]
async fn what_is_not_there_cannot_be_read() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (direct, other) = (alice.direct(&bob).await, alice.direct(&carol).await);
    let (message, elsewhere) = (alice.say(&direct, "Hello").await, alice.say(&other, "Hello").await);
    let mut socket = Socket::signed_in(&app, &bob).await;
    let mut answers = Vec::new();
    for wrong in [json!(new_id()), elsewhere["id"].clone()] {
        let (status, body) = try_read(&bob, &direct, &wrong).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("VALIDATION_ERROR")), "{body}");
        assert!(body["error"]["details"]["lastReadMessageId"].is_array(), "{body}");
        let event = json!({"conversationId": direct, "lastReadMessageId": wrong});
        answers.push(socket.ask("receipt:read", &event).await);
    }
    // Whether it is somewhere else is not told.
    assert_eq!((&answers[0], &answers[0]["error"]["code"]), (&answers[1], &json!("VALIDATION_ERROR")));
    let (status, body) = try_read(&carol, &direct, &message["id"]).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("NOT_IN_CONVERSATION")));
    let (status, _) = carol.get(&format!("/api/v1/messages/{}/receipts", id(&message))).await;
    assert_eq!(status, 403);
    assert_eq!(bob.get(&format!("/api/v1/messages/{}/receipts", new_id())).await.0, 404);
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn sending_reads_without_a_receipt() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let direct = alice.direct(&bob).await;
    let first = alice.say(&direct, "1").await;
    let answered = bob.say(&direct, "2").await;
    assert_eq!(stands(&app, &bob, &direct).await, (0, answered["id"].clone()));
    assert_eq!((rows(&app).await, counts(&alice, &direct).await), (0, vec![0, 0]));
    let (_, told) = subscribed(&app, &alice, &direct).await;
    assert_eq!(told["reads"], json!([]));
    // A receipt for what was read before the sending still counts, and moves nothing back.
    let state = read(&bob, &direct, &first).await;
    assert_eq!(state, json!({"lastReadMessageId": answered["id"], "lastReadSeq": 2, "unreadCount": 0}));
    assert_eq!(counts(&alice, &direct).await, [1, 0]);
    let when: Value = subscribed(&app, &alice, &direct).await.1["reads"][0].clone();
    assert_eq!(when["lastReadSeq"], 1);
    // Since when it is read does not change by what the reader sends.
    bob.say(&direct, "3").await;
    assert_eq!(subscribed(&app, &alice, &direct).await.1["reads"][0], when);
}

#[tokio::test]
async fn a_deleted_message_counts_by_its_number() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let direct = alice.direct(&bob).await;
    let (first, second) = (alice.say(&direct, "1").await, alice.say(&direct, "2").await);
    let third = alice.say(&direct, "3").await;
    for deleted in [&second, &third] {
        let path = format!("/api/v1/messages/{}", id(deleted));
        assert_eq!(alice.request(reqwest::Method::DELETE, &path).send().await.unwrap().status(), 204);
    }
    assert_eq!(stands(&app, &bob, &direct).await.0, 1);
    assert_eq!(read(&bob, &direct, &second).await["unreadCount"], 0);
    assert_eq!(read(&bob, &direct, &third).await["lastReadSeq"], 3);
    // Its words were never read.
    assert_eq!(rows(&app).await, 1);
    assert_eq!(readers(&alice, &first).await, [bob.id.as_str()]);
}
