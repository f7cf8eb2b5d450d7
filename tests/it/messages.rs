//! Messages: stored once, numbered without holes, read back in order.

use reqwest::Method;
use serde_json::{Value, json};
use trice::{
    model::id::{ClientMessageId, ConversationId, MessageId, UserId},
    store::messages::{NewMessage, Stored},
};

use crate::support::{Person, Socket, TestApp, answer, new_id, store};

async fn history(person: &Person, conversation: &str, query: &str) -> (Vec<i64>, serde_json::Value) {
    let (status, body) = person.get(&format!("/api/v1/conversations/{conversation}/messages?{query}")).await;
    assert_eq!(status, 200, "{body}");
    let data = body["data"].clone();
    (data["messages"].as_array().unwrap().iter().map(|one| one["seq"].as_i64().unwrap()).collect(), data)
}

#[tokio::test]
async fn a_message_is_numbered_stored_and_read_back_as_typed() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let text = "  <b>hi</b> \u{1F469}\u{200D}\u{1F680}\nשלום 'quoted' \\ \u{2028} ";
    let sent = alice.say(&conversation, text).await;
    assert_eq!((&sent["seq"], &sent["status"], &sent["content"]), (&json!(1), &json!("delivered"), &json!(text)));
    assert_eq!(sent["sender"]["username"], alice.username.as_str());
    let (_, data) = history(&bob, &conversation, "").await;
    let mut listed = data["messages"][0].clone();
    assert_eq!(listed.as_object_mut().unwrap().remove("readCount"), Some(json!(0)));
    assert_eq!(listed, sent);
    assert_eq!(
        (&data["meta"]["seq"], &data["meta"]["rev"], &data["meta"]["hasMore"]),
        (&json!(1), &json!(0), &json!(false))
    );
}

#[tokio::test]
async fn the_same_message_sent_again_is_the_first_one() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let message = json!({"content": "once", "clientMessageId": new_id()});
    let (status, first) = alice.post(&path, &message).await;
    assert_eq!(status, 201);
    let (status, again) = alice.post(&path, &message).await;
    assert_eq!((status, &again), (200, &first));

    // The same name for a message elsewhere is a mistake of the client's.
    let carol = app.register("carol").await;
    let elsewhere = alice.direct(&carol).await;
    let (status, body) = alice.post(&format!("/api/v1/conversations/{elsewhere}/messages"), &message).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("CONFLICT")));
    // Another sender's name is another name.
    let (status, _) = bob.post(&path, &message).await;
    assert_eq!(status, 201);
    assert_eq!(history(&bob, &conversation, "").await.0, [2, 1]);
}

#[tokio::test]
async fn fifty_tries_at_once_store_one_message_and_leave_no_hole() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let message = json!({"content": "once", "clientMessageId": new_id()});
    let answers = futures_util::future::join_all((0..50).map(|_| alice.post(&path, &message))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 49);
    assert!(answers.iter().all(|(_, body)| body["data"]["seq"] == 1));
    alice.say(&conversation, "next").await;
    assert_eq!(history(&bob, &conversation, "").await.0, [2, 1]);
}

#[tokio::test]
async fn a_hundred_sends_at_once_get_every_number_once() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for _ in 0..5 {
        people.push(app.register("sender").await);
    }
    let others: Vec<_> = people[1..].iter().map(|person| person.id.clone()).collect();
    let (_, body) = people[0]
        .post("/api/v1/conversations", &json!({"type": "group", "title": "Busy", "participantIds": others}))
        .await;
    let group = body["data"]["id"].as_str().unwrap();
    let sends = (0..100).map(|n| people[n % people.len()].say(group, "busy"));
    let mut seqs: Vec<_> =
        futures_util::future::join_all(sends).await.iter().map(|message| message["seq"].as_i64().unwrap()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=100).collect::<Vec<_>>());
    let (read, data) = history(&people[0], group, "limit=100").await;
    assert_eq!(read, (1..=100).rev().collect::<Vec<_>>());
    let times: Vec<_> =
        data["messages"].as_array().unwrap().iter().map(|one| one["createdAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "time follows seq");
}

#[tokio::test]
async fn history_pages_fit_together_while_others_write() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    for n in 1..=25 {
        alice.say(&conversation, &n.to_string()).await;
    }
    let mut seen = Vec::new();
    let mut query = "limit=10".to_owned();
    loop {
        let (seqs, data) = history(&bob, &conversation, &query).await;
        seen.extend(seqs);
        bob.say(&conversation, "meanwhile").await;
        let Some(cursor) = data["meta"]["cursor"].as_str() else { break };
        query = format!("limit=10&cursor={cursor}");
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cursor_of_another_conversation_is_refused() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (one, other) = (alice.direct(&bob).await, alice.direct(&carol).await);
    for n in 0..3 {
        alice.say(&one, &n.to_string()).await;
    }
    let (_, data) = history(&alice, &one, "limit=1").await;
    let cursor = data["meta"]["cursor"].as_str().unwrap();
    let (status, body) = alice.get(&format!("/api/v1/conversations/{other}/messages?cursor={cursor}")).await;
    assert_eq!(status, 400);
    assert!(body["error"]["details"]["cursor"].is_array());
}

#[tokio::test]
async fn a_reply_names_a_message_of_the_same_conversation() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (one, other) = (alice.direct(&bob).await, alice.direct(&carol).await);
    let first = bob.say(&one, "question").await;
    let reply = |conversation: &str, to: &str| {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        let body = json!({"content": "answer", "clientMessageId": new_id(), "replyToId": to});
        (path, body)
    };
    let (path, body) = reply(&one, first["id"].as_str().unwrap());
    let (status, answer) = alice.post(&path, &body).await;
    assert_eq!((status, &answer["data"]["replyToId"]), (201, &first["id"]));
    for (path, body) in [reply(&other, first["id"].as_str().unwrap()), reply(&one, &new_id())] {
        let (status, answer) = alice.post(&path, &body).await;
        assert_eq!(status, 400);
        assert!(answer["error"]["details"]["replyToId"].is_array());
    }
    // A refused message takes no number.
    alice.say(&one, "next").await;
    assert_eq!(history(&bob, &one, "").await.0, [3, 2, 1]);
}

#[tokio::test]
async fn four_thousand_characters_fit_and_one_more_does_not() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    for character in ["a", "\u{1F469}", "\u{5D0}", "\u{301}"] {
        let text = character.repeat(4000);
        assert_eq!(alice.say(&conversation, &text).await["content"], text);
        let (status, body) = alice
            .post(
                &format!("/api/v1/conversations/{conversation}/messages"),
                &json!({"content": character.repeat(4001), "clientMessageId": new_id()}),
            )
            .await;
        assert_eq!(status, 400);
        assert!(body["error"]["details"]["content"].is_array());
    }
}

#[tokio::test]
async fn a_conversation_that_is_not_there_stores_nothing() {
    let app = TestApp::start().await;
    let store = store(&app.database).await;
    let new = NewMessage {
        id: MessageId::new(),
        conversation_id: ConversationId::new(),
        sender_id: UserId(app.register("alice").await.id.parse().unwrap()),
        content: "hello?".to_owned(),
        content_type: trice::model::message::ContentType::Text,
        client_message_id: ClientMessageId::new(),
        reply_to_id: None,
    };
    assert!(matches!(store.store_message(&new).await.unwrap(), Stored::NotAMember));
}

#[tokio::test]
async fn a_deleted_message_is_a_tombstone_and_those_who_listen_hear_of_it() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let body = json!({"type": "group", "title": "Tea", "participantIds": [bob.id]});
    let (_, body) = alice.post("/api/v1/conversations", &body).await;
    let group = body["data"]["id"].as_str().unwrap().to_owned();
    let (of_bob, of_alice) = (bob.say(&group, "Oops").await, alice.say(&group, "Hm").await);
    let direct = alice.direct(&bob).await;
    let in_direct = bob.say(&direct, "Between us").await;
    let delete = |person: &Person, message: &Value| {
        answer(person.request(Method::DELETE, &format!("/api/v1/messages/{}", message["id"].as_str().unwrap())))
    };
    let mut socket = Socket::signed_in(&app, &alice).await;
    socket.ask("subscribe", &json!({"conversationId": group})).await;

    assert_eq!(delete(&carol, &of_bob).await.0, 403);
    assert_eq!(delete(&bob, &of_alice).await.0, 403);
    // In a direct conversation nobody is above the other.
    assert_eq!(delete(&alice, &in_direct).await.0, 403);
    // An owner deletes anything in a group; what is deleted is gone.
    assert_eq!(delete(&alice, &of_bob).await.0, 204);
    assert_eq!(delete(&bob, &of_bob).await.0, 404);
    assert_eq!(delete(&bob, &in_direct).await.0, 204);
    let heard = socket.event("message:deleted").await;
    assert_eq!((&heard["messageId"], &heard["seq"], &heard["rev"]), (&of_bob["id"], &json!(1), &json!(1)));

    let (_, body) = bob.get(&format!("/api/v1/conversations/{group}/messages")).await;
    let tombstone = &body["data"]["messages"][1];
    assert_eq!((&tombstone["content"], &tombstone["seq"], &tombstone["rev"]), (&json!(""), &json!(1), &json!(1)));
    assert_eq!(tombstone["deletedAt"], heard["deletedAt"]);
    assert_eq!(body["data"]["meta"]["rev"], 1);
    // A deleted message is not unread.
    let (_, body) = alice.get(&format!("/api/v1/conversations/{direct}")).await;
    assert_eq!(body["data"]["unreadCount"], 0);
}

#[tokio::test]
async fn history_is_read_from_a_moment_back_and_from_a_number_on() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut times = Vec::new();
    for n in 1..=7 {
        let sent = alice.say(&conversation, &n.to_string()).await;
        times.push(sent["createdAt"].as_str().unwrap().to_owned());
        // The next one's time differs in what is shown of it.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let page = |query: String| {
        let path = format!("/api/v1/conversations/{conversation}/messages?{query}");
        let alice = &alice;
        async move {
            let (status, body) = alice.get(&path).await;
            assert_eq!(status, 200, "{body}");
            let seqs: Vec<_> =
                body["data"]["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect();
            (seqs, body["data"]["meta"].clone())
        }
    };
    assert_eq!(page(format!("before={}", times[3])).await.0, [3, 2, 1]);
    let (seqs, meta) = page(format!("before={}&limit=2", times[3])).await;
    assert_eq!((seqs.as_slice(), &meta["hasMore"]), ([3, 2].as_slice(), &json!(true)));
    assert_eq!(page(format!("cursor={}", meta["cursor"].as_str().unwrap())).await.0, [1]);
    assert_eq!(page("before=2000-01-01T00:00:00.000Z".to_owned()).await.0, [0_i64; 0]);
    assert_eq!(page("before=9999-01-01T00:00:00.000Z".to_owned()).await.0.len(), 7);

    let (seqs, meta) = page("after=2&limit=3".to_owned()).await;
    assert_eq!(
        (seqs.as_slice(), &meta["cursor"], &meta["hasMore"]),
        ([3, 4, 5].as_slice(), &Value::Null, &json!(true))
    );
    assert_eq!((&meta["seq"], &meta["rev"]), (&json!(7), &json!(0)));
    let (seqs, meta) = page("after=5".to_owned()).await;
    assert_eq!((seqs.as_slice(), &meta["hasMore"]), ([6, 7].as_slice(), &json!(false)));
    assert_eq!(page("after=99".to_owned()).await.0, [0_i64; 0]);

    for bad in [
        "before=yesterday",
        "before=",
        "after=-1",
        "after=1.5",
        "after=x",
        "after=99999999999999999999",
        "before=2026-01-01T00:00:00Z&after=1",
        "cursor=x&after=1",
        "cursor=x&before=2026-01-01T00:00:00Z",
    ] {
        let (status, body) = alice.get(&format!("/api/v1/conversations/{conversation}/messages?{bad}")).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("VALIDATION_ERROR")), "{bad}: {body}");
    }
}

#[tokio::test]
async fn one_messages_fault_is_not_its_neighbours() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (one, other) = (alice.direct(&bob).await, alice.direct(&carol).await);
    let gone = bob.direct(&carol).await;
    let before = alice.say(&one, "before").await;
    assert_eq!(
        answer(bob.request(Method::DELETE, "/api/v1/users/me").json(&json!({"password": Person::PASSWORD}))).await.0,
        204
    );
    let store = store(&app.database).await;
    let new = |conversation: &str, sender: &Person, name: Option<&Value>, reply: Option<&Value>| NewMessage {
        id: MessageId::new(),
        conversation_id: ConversationId(conversation.parse().unwrap()),
        sender_id: UserId(sender.id.parse().unwrap()),
        content: "hello".to_owned(),
        content_type: trice::model::message::ContentType::Text,
        client_message_id: name
            .map_or_else(ClientMessageId::new, |id| ClientMessageId(id.as_str().unwrap().parse().unwrap())),
        reply_to_id: reply.map(|id| MessageId(id.as_str().unwrap().parse().unwrap())),
    };
    let messages = [
        new(&other, &alice, None, None),
        new(&one, &carol, None, None),
        new(&other, &carol, None, None),
        new(&one, &alice, Some(&before["clientMessageId"]), None),
        new(&other, &alice, None, Some(&before["id"])),
        new(&gone, &carol, None, None),
        new(&new_id(), &carol, None, None),
        new(&other, &alice, None, None),
    ];
    let outcomes = store.store_messages(&messages.each_ref()).await.unwrap();
    let told: Vec<_> = outcomes
        .iter()
        .map(|stored| match stored {
            Stored::New(message, rev, _) => format!("new {} after {rev}", message.seq),
            Stored::Duplicate(message) => format!("duplicate {}", message.seq),
            Stored::NotAMember => "not a member".to_owned(),
            Stored::NoSuchReply => "no such reply".to_owned(),
            Stored::ReadOnly => "read only".to_owned(),
        })
        .collect();
    assert_eq!(
        told,
        [
            "new 1 after 0",
            "not a member",
            "new 2 after 0",
            "duplicate 1",
            "no such reply",
            "read only",
            "not a member",
            "new 3 after 0"
        ]
    );
    assert_eq!(history(&carol, &other, "").await.0, [3, 2, 1]);
    // Whoever sent has read what came before.
    let unread = async |person: &Person| {
        person.get(&format!("/api/v1/conversations/{other}")).await.1["data"]["unreadCount"].clone()
    };
    assert_eq!((unread(&alice).await, unread(&carol).await), (json!(0), json!(1)));
}

#[tokio::test]
async fn a_crowd_in_one_conversation_is_stored_together_and_in_order() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let (hot, quiet) = (alice.direct(&bob).await, app.register("carol").await.direct(&alice).await);
    let path = format!("/api/v1/conversations/{hot}/messages");
    let twice = json!({"content": "twice", "clientMessageId": new_id()});
    let sends = (0..300).map(|n| {
        let (alice, bob, path, twice) = (&alice, &bob, &path, &twice);
        async move {
            let body = if n % 10 == 0 {
                twice.clone()
            } else {
                json!({"content": n.to_string(), "clientMessageId": new_id()})
            };
            let sender = if n % 10 == 0 || n % 2 == 0 { alice } else { bob };
            sender.post(path, &body).await
        }
    });
    let (answers, _) = tokio::join!(futures_util::future::join_all(sends), alice.say(&quiet, "meanwhile"));
    let mut seqs: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 201)
        .map(|(_, body)| body["data"]["seq"].as_i64().unwrap())
        .collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=271).collect::<Vec<_>>());
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 29);
    let heads = app
        .text(&format!(
            "select concat_ws(' ', c.last_seq, max(m.seq), count(*), bool_and(m.created_at <= c.updated_at))
             from conversations c join messages m on m.conversation_id = c.id where c.id = '{hot}' group by c.id"
        ))
        .await;
    assert_eq!(heads, "271 271 271 t");
}
