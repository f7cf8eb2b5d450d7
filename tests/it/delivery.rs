//! Delivery without the bus: two nodes that hear nothing from each other (each has an engine of its own in memory), on one
//! database. It is the worst case of a lost bus, and everything arrives all the same.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp, answer, new_id};

async fn subscribed(app: &TestApp, person: &Person, conversation: &str) -> Socket {
    let mut socket = Socket::signed_in(app, person).await;
    assert_eq!(socket.ask("subscribe", &json!({"conversationId": conversation})).await["ok"], true);
    socket
}

async fn group(owner: &Person, others: &[&Person]) -> String {
    let ids: Vec<_> = others.iter().map(|person| &person.id).collect();
    let body = json!({"type": "group", "title": "Tea", "participantIds": ids});
    owner.post("/api/v1/conversations", &body).await.1["data"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_the_bus_lost_is_read_from_the_database_once_and_in_order() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let (alice, bob) = (here.register("alice").await, here.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut socket = subscribed(&there, &bob, &conversation).await;
    for n in 1..=300 {
        alice.say(&conversation, &n.to_string()).await;
    }
    // Bob answers on his own node, which hears of that at once and of the rest only now.
    let sent = json!({"conversationId": conversation, "content": "301", "clientMessageId": new_id()});
    assert_eq!(socket.ask("message:send", &sent).await["seq"], 301);
    alice.say(&conversation, "302").await;
    for n in (1..=300).chain([302]) {
        let received = socket.event("message:received").await;
        assert_eq!((&received["message"]["seq"], &received["message"]["content"]), (&json!(n), &json!(n.to_string())));
    }
}

#[tokio::test]
async fn who_was_removed_on_another_node_hears_nothing_after_that() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let (alice, bob, carol) = (here.register("alice").await, here.register("bob").await, here.register("carol").await);
    let group = group(&alice, &[&bob, &carol]).await;
    let (mut bobs, mut carols) = (subscribed(&there, &bob, &group).await, subscribed(&there, &carol, &group).await);
    alice.say(&group, "for all").await;
    assert_eq!(bobs.event("message:received").await["message"]["content"], "for all");
    assert_eq!(carols.event("message:received").await["message"]["content"], "for all");

    let path = format!("/api/v1/conversations/{group}/participants/{}", carol.id);
    assert_eq!(answer(alice.request(Method::DELETE, &path)).await.0, 204);
    alice.say(&group, "for those who stayed").await;
    assert_eq!(bobs.event("message:received").await["message"]["content"], "for those who stayed");
    // Both are on one node, so what Carol's socket gets with it came before what it answers now.
    assert_eq!(carols.ask("unsubscribe", &json!({"conversationId": group})).await["ok"], true);
    assert!(carols.heard.iter().all(|(event, _)| event != "message:received"), "{:?}", carols.heard);
}

#[tokio::test]
async fn members_who_do_not_listen_hear_of_changes_and_of_nothing_after_their_removal() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let (alice, bob, carol) = (here.register("alice").await, here.register("bob").await, here.register("carol").await);
    let group = group(&alice, &[&bob, &carol]).await;
    let (mut bobs, mut carols) = (Socket::signed_in(&there, &bob).await, Socket::signed_in(&there, &carol).await);
    let path = format!("/api/v1/conversations/{group}");
    let rename = |title: &str| answer(alice.request(Method::PATCH, &path).json(&json!({"title": title})));
    assert_eq!(rename("Coffee").await.0, 200);
    for socket in [&mut bobs, &mut carols] {
        assert_eq!(socket.event("conversation:updated").await["conversation"]["title"], "Coffee");
    }
    let of_carol = format!("{path}/participants/{}", carol.id);
    assert_eq!(answer(alice.request(Method::DELETE, &of_carol)).await.0, 204);
    assert_eq!(rename("Cocoa").await.0, 200);
    for socket in [&mut bobs, &mut carols] {
        assert_eq!(socket.event("participant:removed").await["userId"], carol.id.as_str());
    }
    assert_eq!(bobs.event("conversation:updated").await["conversation"]["title"], "Cocoa");
    assert_eq!(carols.ask("unsubscribe", &json!({"conversationId": group})).await["ok"], true);
    assert!(carols.heard.iter().all(|(event, _)| event != "conversation:updated"), "{:?}", carols.heard);
    // Whoever comes back hears of the next change, and of those only.
    let participants = format!("{path}/participants");
    assert_eq!(alice.post(&participants, &json!({"userIds": [carol.id]})).await.0, 200);
    assert_eq!(carols.event("conversation:created").await["conversation"]["title"], "Cocoa");
    assert_eq!(rename("Milk").await.0, 200);
    assert_eq!(carols.event("conversation:updated").await["conversation"]["title"], "Milk");
    assert_eq!(answer(alice.request(Method::DELETE, &path)).await.0, 204);
    for socket in [&mut bobs, &mut carols] {
        assert_eq!(socket.event("conversation:deleted").await["conversationId"], group.as_str());
    }
}

#[tokio::test]
async fn a_restored_database_is_noticed_by_running_nodes() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let alice = here.register("alice").await;
    let epoch = async |app: &TestApp| {
        let mut socket = Socket::open(app, "", &json!({"token": alice.token})).await;
        let epoch = socket.event("auth:success").await["epoch"].clone();
        (socket, epoch)
    };
    let ((mut one, before), (mut other, same)) = (epoch(&here).await, epoch(&there).await);
    assert_eq!(before, same);
    // As if the tables came out of a dump.
    here.execute("update instance set messages_oid = 0").await;
    for socket in [&mut one, &mut other] {
        let packets = socket.end().await;
        assert!(packets.iter().all(|packet| !packet.starts_with("41")), "they are to come back by themselves");
    }
    let ((mut one, after), (_, same)) = (epoch(&here).await, epoch(&there).await);
    assert_eq!(after, same);
    assert_ne!(after, before);
    // It is noticed once, and work goes on.
    let bob = here.register("bob").await;
    let conversation = alice.direct(&bob).await;
    assert_eq!(one.event("conversation:created").await["conversation"]["id"], conversation.as_str());
}

#[tokio::test]
async fn who_was_added_on_another_node_is_told_once() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let (alice, bob, carol) = (here.register("alice").await, here.register("bob").await, here.register("carol").await);
    let mut socket = Socket::signed_in(&there, &carol).await;
    let group = group(&alice, &[&bob]).await;
    let path = format!("/api/v1/conversations/{group}/participants");
    assert_eq!(alice.post(&path, &json!({"userIds": [carol.id]})).await.0, 200);
    let created = socket.event("conversation:created").await;
    assert_eq!((&created["conversation"]["id"], &created["rev"]), (&json!(group), &json!(1)));
    // The next one is another one: two rounds have passed by then, and the first was not told again.
    let direct = bob.direct(&carol).await;
    let told: Value = socket.event("conversation:created").await;
    assert_eq!(told["conversation"]["id"], direct.as_str());
}

#[tokio::test]
async fn changes_on_another_node_are_told_as_their_rows_stand_then() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let (alice, bob) = (here.register("alice").await, here.register("bob").await);
    let group = group(&alice, &[&bob]).await;
    let first = alice.say(&group, "first").await;
    let mut socket = subscribed(&there, &bob, &group).await;
    for title in ["Coffee", "Cocoa"] {
        let request = alice.request(Method::PATCH, &format!("/api/v1/conversations/{group}"));
        assert_eq!(answer(request.json(&json!({"title": title}))).await.0, 200);
    }
    let delete = format!("/api/v1/messages/{}", first["id"].as_str().unwrap());
    assert_eq!(answer(alice.request(Method::DELETE, &delete)).await.0, 204);
    alice.say(&group, "second").await;

    // Perhaps it is found in two rounds, between the changes; the last title comes in any case.
    let mut titles = Vec::new();
    while titles.last() != Some(&json!("Cocoa")) {
        let updated = socket.event_of(&["conversation:updated"]).await.1;
        titles.push(updated["conversation"]["title"].clone());
    }
    let deleted = socket.event_of(&["message:deleted"]).await.1;
    assert_eq!((&deleted["messageId"], &deleted["rev"]), (&first["id"], &json!(3)));
    assert_eq!(socket.event_of(&["message:received"]).await.1["message"]["content"], "second");
}

#[tokio::test]
async fn what_changed_during_an_absence_is_replayed_each_row_once() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = group(&alice, &[&bob]).await;
    let first = alice.say(&group, "first").await;
    let path = format!("/api/v1/conversations/{group}");
    let rename = |title: &str| answer(alice.request(Method::PATCH, &path).json(&json!({"title": title})));
    assert_eq!(rename("Coffee").await.0, 200);
    assert_eq!(alice.post(&format!("{path}/participants"), &json!({"userIds": [carol.id]})).await.0, 200);
    let delete = format!("/api/v1/messages/{}", first["id"].as_str().unwrap());
    assert_eq!(answer(alice.request(Method::DELETE, &delete)).await.0, 204);
    assert_eq!(rename("Cocoa").await.0, 200);
    alice.say(&group, "second").await;

    let mut socket = Socket::signed_in(&app, &bob).await;
    let known = json!({"conversationId": group, "lastSeq": 1, "lastMessageId": first["id"], "lastRev": 1});
    socket.send("subscribe", &known).await;
    let mut heard = Vec::new();
    for _ in 0..5 {
        let (event, payload) = socket.next().await;
        heard.push((event, payload.get("rev").and_then(Value::as_i64)));
    }
    let event = |name: &str, rev: Option<i64>| (name.to_owned(), rev);
    assert_eq!(
        heard,
        [
            event("participant:added", Some(2)),
            event("message:deleted", Some(3)),
            event("conversation:updated", Some(4)),
            event("message:received", None),
            event("subscribed", Some(4)),
        ]
    );
    // Up to date: nothing again. Ahead, or with another message of that number: start afresh.
    let subscribe = |last: Value| {
        let mut body = last;
        body["conversationId"] = json!(group);
        body
    };
    let answer = socket.ask("subscribe", &subscribe(json!({"lastSeq": 2, "lastRev": 4}))).await;
    assert_eq!((answer.get("reset"), socket.heard.len()), (None, 0));
    for ahead in [
        json!({"lastRev": 5}),
        json!({"lastSeq": 3}),
        json!({"lastSeq": 2, "lastMessageId": first["id"], "lastRev": 0}),
    ] {
        let answer = socket.ask("subscribe", &subscribe(ahead.clone())).await;
        assert_eq!((&answer["reset"], socket.heard.len()), (&json!(true), 0), "{ahead}");
    }
    let answer = socket.ask("subscribe", &subscribe(json!({"lastRev": -1}))).await;
    assert_eq!(answer["error"]["code"], "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_largest_replay_reaches_a_client_whole_while_others_write() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    // 1,000 messages of which the first 500 were deleted, each by a change of its own.
    app.execute(&format!(
        "insert into messages (id, conversation_id, seq, rev, sender_id, content, client_message_id, created_at, updated_at,
                               deleted_at)
         select gen_random_uuid(), '{conversation}', n, case when n <= 500 then n end, '{}',
                case when n <= 500 then '' else 'message ' || n end, gen_random_uuid(), now(), now(),
                case when n <= 500 then now() end
         from generate_series(1, 1000) n;
         update conversations set last_seq = 1000, last_rev = 500 where id = '{conversation}'",
        alice.id
    ))
    .await;
    let mut socket = Socket::signed_in(&app, &bob).await;
    socket.send("subscribe", &json!({"conversationId": conversation, "lastSeq": 500, "lastRev": 0})).await;
    let writing =
        futures_util::future::join_all((0..100).map(|n| alice.say(&conversation, if n % 2 == 0 { "a" } else { "b" })));
    let reading = async {
        for rev in 1..=500 {
            let (_, event) = socket.event_of(&["message:deleted", "message:received", "subscribed"]).await;
            assert_eq!(event["rev"], rev, "{event}");
        }
        let (mut seq, mut answered) = (500, false);
        while seq < 1100 || !answered {
            let (name, event) = socket.event_of(&["message:deleted", "message:received", "subscribed"]).await;
            if name == "subscribed" {
                assert_eq!(event.get("truncated"), None, "{event}");
                answered = true;
                continue;
            }
            seq += 1;
            assert_eq!((name.as_str(), &event["message"]["seq"]), ("message:received", &json!(seq)));
        }
    };
    tokio::join!(writing, reading);
}
