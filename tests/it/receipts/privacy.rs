//! Whoever hides what they read is in nobody's list, count or position, and knows all the same what they have read.

use serde_json::{Value, json};

use super::{NEVER, SOON, counts, read, readers, rows, set_privacy, stands, stored, subscribed};
use crate::support::{Socket, TestApp};

#[tokio::test]
async fn a_hidden_reader_is_nowhere_and_has_read() {
    let mut app = TestApp::start_with(&[NEVER]).await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (group, direct) = (alice.group(&[&bob, &carol]).await, alice.direct(&bob).await);
    set_privacy(&bob, false).await;
    let (mut alices, _) = subscribed(&app, &alice, &direct).await;
    alices.ask("subscribe", &json!({"conversationId": group})).await;
    let mut bobs_other = Socket::signed_in(&app, &bob).await;
    for conversation in [&group, &direct] {
        let message = alice.say(conversation, "1").await;
        let state = read(&bob, conversation, &message).await;
        assert_eq!((&state["unreadCount"], &state["lastReadSeq"]), (&json!(0), &json!(1)));
        assert_eq!(bobs_other.event("read:synced").await["unreadCount"], 0);
        assert_eq!(stands(&app, &bob, conversation).await, (0, message["id"].clone()));
        assert_eq!(counts(&alice, conversation).await, [0]);
        assert_eq!(readers(&alice, &message).await, Vec::<String>::new());
        assert_eq!(subscribed(&app, &alice, conversation).await.1["reads"], json!([]));
    }
    // Somebody else's receipt comes, and nothing of his before it.
    let second = alice.say(&group, "2").await;
    read(&carol, &group, &second).await;
    let told = alices.event_of(&["receipt:count", "receipt:updated"]).await;
    assert_eq!((told.0.as_str(), &told.1["readCount"]), ("receipt:count", &json!(1)));
    app.restart().await;
    let (alice, bob) = (alice.moved(&app), bob.moved(&app));
    assert_eq!(counts(&alice, &group).await, [1, 1]);
    assert_eq!(subscribed(&app, &alice, &group).await.1["reads"].as_array().unwrap().len(), 1);
    assert_eq!(stands(&app, &bob, &group).await.0, 1);
    assert_eq!(rows(&app).await, 2);
}

#[tokio::test]
async fn hiding_and_showing_hold_from_then_on() {
    let app = TestApp::start_with(&[SOON]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let shown = alice.say(&group, "1").await;
    read(&bob, &group, &shown).await;
    stored(&app, 1).await;
    set_privacy(&bob, false).await;
    // What was seen stays seen; how far he is, is not told any more.
    assert_eq!(counts(&alice, &group).await, [1]);
    assert_eq!(subscribed(&app, &alice, &group).await.1["reads"], json!([]));
    let hidden = alice.say(&group, "2").await;
    read(&bob, &group, &hidden).await;
    let unread = alice.say(&group, "3").await;
    set_privacy(&bob, true).await;
    // Neither what he read in hiding nor what lay there then.
    read(&bob, &group, &unread).await;
    let later = alice.say(&group, "4").await;
    // To say it again takes nothing back.
    set_privacy(&bob, true).await;
    read(&bob, &group, &later).await;
    assert_eq!(counts(&alice, &group).await, [1, 0, 0, 1]);
    stored(&app, 2).await;
    assert_eq!(counts(&alice, &group).await, [1, 0, 0, 1]);
    let reads: Value = subscribed(&app, &alice, &group).await.1["reads"].clone();
    assert_eq!(reads[0]["lastReadSeq"], 4);
}

#[tokio::test]
async fn what_waits_when_somebody_hides_stays_counted() {
    let app = TestApp::start_with(&[NEVER]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let (first, second) = (alice.say(&group, "1").await, alice.say(&group, "2").await);
    read(&bob, &group, &first).await;
    set_privacy(&bob, false).await;
    read(&bob, &group, &second).await;
    assert_eq!(counts(&alice, &group).await, [1, 0]);
    assert_eq!(subscribed(&app, &alice, &group).await.1["reads"], json!([]));
    assert_eq!(stands(&app, &bob, &group).await.0, 0);
}
