//! Readers that are slow, or do not read: what waits for them is bounded, replays go at their pace, and nobody else notices.

use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp, new_id};

/// The largest content there is: 4,000 characters of four bytes.
const LARGEST: &str = "repeat('🦀', 4000)";

/// Stores messages `1..=count` behind the server's back.
async fn fill(app: &TestApp, conversation: &str, sender: &Person, count: usize, content: &str) {
    app.execute(&format!(
        "insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
         select gen_random_uuid(), '{conversation}', n, '{}', {content}, gen_random_uuid(), now(), now()
         from generate_series(1, {count}) n;
         update conversations set last_seq = {count} where id = '{conversation}'",
        sender.id
    ))
    .await;
}

/// Alice and Bob, and what is theirs.
async fn scene() -> (TestApp, Person, Person, String) {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    (app, alice, bob, conversation)
}

/// Reads messages up to an answer of this id, and says how far they go and what the answer is. They come without a hole.
async fn replayed(socket: &mut Socket, mut seq: i64, id: u64) -> (i64, Value) {
    let answer = socket.answer(id).await;
    for (name, event) in socket.heard.drain(..) {
        if name == "message:received" {
            seq += 1;
            assert_eq!(event["message"]["seq"], seq);
        }
    }
    (seq, answer)
}

/// Subscribes until nothing is left. Answers how far it came, and in how many calls.
async fn catch_up(socket: &mut Socket, conversation: &str, mut seq: i64) -> (i64, u64) {
    for call in 1.. {
        let subscribe = json!({"conversationId": conversation, "lastSeq": seq});
        socket.raw(&format!("42/chat,{call}[\"subscribe\",{subscribe}]")).await;
        let (reached, answer) = replayed(socket, seq, call).await;
        assert_eq!(answer["ok"], true, "{answer}");
        seq = reached;
        if answer.get("truncated").is_none() {
            return (seq, call);
        }
    }
    unreachable!()
}

#[tokio::test]
async fn whatever_was_missed_is_replayed_in_as_many_calls_as_it_takes() {
    for (missed, calls) in [(0, 1), (1, 1), (500, 1), (501, 2), (5000, 10)] {
        let (app, alice, bob, conversation) = scene().await;
        fill(&app, &conversation, &alice, missed, "repeat('a', 400)").await;
        let mut socket = Socket::signed_in(&app, &bob).await;
        assert_eq!(catch_up(&mut socket, &conversation, 0).await, (i64::try_from(missed).unwrap(), calls));
        alice.say(&conversation, "live").await;
        assert_eq!(socket.event("message:received").await["message"]["seq"], missed + 1);
    }
}

#[tokio::test]
async fn a_replay_larger_than_any_buffer_waits_for_its_reader_and_holds_nothing_up() {
    let (app, alice, bob, conversation) = scene().await;
    let other = bob.group(&[&alice]).await;
    fill(&app, &conversation, &alice, 500, LARGEST).await;
    let mut listening = Socket::signed_in(&app, &alice).await;
    listening.ask("subscribe", &json!({"conversationId": other})).await;
    let mut socket = Socket::signed_in(&app, &bob).await;

    // Eight megabytes, which nobody reads for now. What is sent after it is done all the same.
    let subscribe = json!({"conversationId": conversation, "lastSeq": 0});
    socket.raw(&format!("42/chat,1[\"subscribe\",{subscribe}]")).await;
    let message = json!({"conversationId": other, "content": "Meanwhile", "clientMessageId": new_id()});
    socket.send("message:send", &message).await;
    assert_eq!(listening.event("message:received").await["message"]["content"], "Meanwhile");
    // More is said than is held back.
    for n in 0..300 {
        alice.say(&conversation, &n.to_string()).await;
    }

    let (seq, answer) = replayed(&mut socket, 0, 1).await;
    assert_eq!((seq, &answer["seq"], &answer["truncated"]), (500, &json!(500), &json!(true)));
    let mut seq = seq;
    while seq < 500 + 256 {
        seq += 1;
        assert_eq!(socket.event("message:received").await["message"]["seq"], seq);
    }
    assert_eq!(catch_up(&mut socket, &conversation, seq).await, (800, 1));
    alice.say(&conversation, "live").await;
    assert_eq!(socket.event("message:received").await["message"]["seq"], 801);
}

#[tokio::test]
async fn who_is_removed_during_a_replay_gets_no_more_of_it() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    fill(&app, &group, &alice, 500, LARGEST).await;
    let mut socket = Socket::signed_in(&app, &bob).await;
    socket.raw(&format!("42/chat,1[\"subscribe\",{}]", json!({"conversationId": group, "lastSeq": 0}))).await;
    // It has begun.
    assert_eq!(socket.event("message:received").await["message"]["seq"], 1);
    let path = format!("/api/v1/conversations/{group}/participants/{}", bob.id);
    assert_eq!(alice.request(reqwest::Method::DELETE, &path).send().await.unwrap().status(), 204);
    let answer = socket.answer(1).await;
    assert_eq!(answer["error"]["code"], "NOT_IN_CONVERSATION");
    let replayed = socket.heard.iter().filter(|(name, _)| name == "message:received").count();
    assert!(replayed < 499, "all was replayed");
    assert_eq!(socket.event_of(&["participant:removed"]).await.1["userId"], bob.id.as_str());
}

#[tokio::test]
async fn who_does_not_read_is_given_up_and_finds_everything_later() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = alice.group(&[&bob, &carol]).await;
    let mut sockets = Vec::new();
    for person in [&alice, &bob, &carol] {
        let mut socket = Socket::signed_in(&app, person).await;
        assert_eq!(socket.ask("subscribe", &json!({"conversationId": group, "lastSeq": 0})).await["ok"], true);
        sockets.push(socket);
    }
    let [mut from, mut deaf, mut reading] = <[Socket; 3]>::try_from(sockets).ok().unwrap();
    // More than the system and the backlog take together.
    let count = 1500;
    let content = "🦀".repeat(1000);
    let sending = async {
        for _ in 0..count {
            let message = json!({"conversationId": group, "content": content, "clientMessageId": new_id()});
            assert_eq!(from.ask("message:send", &message).await["ok"], true);
        }
    };
    let hearing = async {
        for seq in 1..=count {
            assert_eq!(reading.event("message:received").await["message"]["seq"], seq);
        }
    };
    tokio::join!(sending, hearing);
    // What had left for it before comes, and then the end.
    let packets = deaf.end().await;
    assert!(packets.len() < count, "it was not given up");
    assert!(packets.iter().all(|packet| !packet.starts_with("41")), "clients are to come back by themselves");
    let seq = i64::try_from(packets.len()).unwrap();
    let mut again = Socket::signed_in(&app, &bob).await;
    assert_eq!(catch_up(&mut again, &group, seq).await.0, i64::try_from(count).unwrap());
}

#[tokio::test]
async fn many_answers_at_once_are_no_reason_to_give_a_client_up() {
    let (app, alice, bob, conversation) = scene().await;
    app.execute(&format!(
        "insert into conversations (id, type, title, created_by)
         select gen_random_uuid(), 'group', repeat('🦀', 100), '{0}' from generate_series(1, 499);
         insert into conversation_participants (id, conversation_id, user_id)
         select gen_random_uuid(), c.id, u.id from conversations c cross join users u where c.title is not null",
        bob.id
    ))
    .await;
    let ids = app.text("select string_agg(id::text, ',') from conversations").await;
    let conversations: Vec<_> = ids.split(',').map(|id| json!({"conversationId": id, "lastSeq": 0})).collect();
    let mut socket = Socket::signed_in(&app, &bob).await;
    for _ in 0..3 {
        socket.send("subscribe", &json!({"conversations": conversations})).await;
    }
    for _ in 0..3 * 500 {
        assert_eq!(socket.next().await.0, "subscribed");
    }
    alice.say(&conversation, "live").await;
    assert_eq!(socket.event("message:received").await["message"]["content"], "live");
}
