//! Many at once on two nodes: everybody sees the same messages in the same order, and what is sent often is there once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp, TestRedis, new_id};

/// Alice and Bob on two nodes, and their conversation.
async fn two_nodes() -> (TestRedis, [TestApp; 2], [Person; 2], String) {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str())];
    let here = TestApp::start_with(&settings).await;
    let there = here.beside(&settings).await;
    let people = [here.register("alice").await, there.register("bob").await];
    let conversation = people[0].direct(&people[1]).await;
    (redis, [here, there], people, conversation)
}

async fn subscribed(app: &TestApp, person: &Person, conversation: &str) -> Socket {
    let mut socket = Socket::signed_in(app, person).await;
    let answer = socket.ask("subscribe", &json!({"conversationId": conversation, "lastSeq": 0})).await;
    assert_eq!(answer["ok"], true, "{answer}");
    socket
}

#[tokio::test]
async fn twenty_write_at_once_and_everybody_sees_the_same() {
    // All of it fits into what may wait for a reader.
    const EACH: usize = 10;
    let (redis, nodes, people, conversation) = two_nodes().await;
    // Ten sockets of each person, half of them on each node.
    let mut senders = join_all((0..20).map(|n| subscribed(&nodes[n % 2], &people[n / 10], &conversation))).await;
    redis.listeners(&format!("chat:{conversation}"), 2).await;
    let sent = join_all(senders.iter_mut().map(async |socket| {
        for id in 0..EACH {
            let message = json!({"conversationId": conversation, "content": new_id(), "clientMessageId": new_id()});
            socket.raw(&format!("42/chat,{id}[\"message:send\",{message}]")).await;
        }
        // What it hears and what it is answered make up the whole.
        let (mut seen, mut last_heard) = (Vec::new(), 0);
        while seen.len() < 20 * EACH {
            let packet = socket.packet().await.unwrap();
            if let Some((_, answer)) = packet.strip_prefix("43/chat,").and_then(|rest| rest.split_once('[')) {
                let answer: Value = serde_json::from_str(answer.strip_suffix(']').unwrap()).unwrap();
                let (seq, id) = (answer["seq"].as_i64().unwrap(), answer["messageId"].clone());
                // Answers to several at once may come in any order, but none after a later message.
                assert!(seq > last_heard, "{seq} was answered after {last_heard} was heard");
                seen.push((seq, id));
            } else if let Some(event) = packet.strip_prefix("42/chat,[\"message:received\",") {
                let event: Value = serde_json::from_str(event.strip_suffix(']').unwrap()).unwrap();
                let (seq, id) = (event["message"]["seq"].as_i64().unwrap(), event["message"]["id"].clone());
                assert!(seq > last_heard, "{seq} after {last_heard}");
                last_heard = seq;
                seen.push((seq, id));
            }
        }
        seen.sort_unstable_by_key(|(seq, _)| *seq);
        seen
    }))
    .await;
    let whole: Vec<_> = (1..).take(20 * EACH).collect();
    assert_eq!(sent[0].iter().map(|(seq, _)| *seq).collect::<Vec<i64>>(), whole);
    assert!(sent.iter().all(|seen| *seen == sent[0]), "two sockets saw something else");
}

#[tokio::test]
async fn one_message_sent_fifty_times_through_every_door_is_one_message() {
    let (redis, nodes, [alice, bob], conversation) = two_nodes().await;
    let mut listeners =
        [subscribed(&nodes[0], &bob, &conversation).await, subscribed(&nodes[1], &bob, &conversation).await];
    redis.listeners(&format!("chat:{conversation}"), 2).await;
    let mut sockets = Vec::new();
    for n in 0..16 {
        sockets.push(Socket::signed_in(&nodes[n % 2], &alice).await);
    }
    for round in 1..=5 {
        let message = json!({"conversationId": conversation, "content": "Once", "clientMessageId": new_id()});
        let over_sockets = join_all(sockets.iter_mut().map(async |socket| {
            let answer = socket.ask("message:send", &message).await;
            (answer["messageId"].clone(), answer["seq"].clone(), answer["duplicate"] == true)
        }));
        let body = json!({"content": "Once", "clientMessageId": message["clientMessageId"]});
        let over_http = join_all((0..34).map(async |n| {
            let url = format!("{}/api/v1/conversations/{conversation}/messages", nodes[n % 2].url);
            let request = nodes[0].client.post(url).bearer_auth(&alice.token).json(&body);
            let (status, answer) = crate::support::answer(request).await;
            assert!(matches!(status, 200 | 201), "{answer}");
            (answer["data"]["id"].clone(), answer["data"]["seq"].clone(), status == 200)
        }));
        let (mut answers, more) = tokio::join!(over_sockets, over_http);
        answers.extend(more);
        assert!(answers.iter().all(|(id, seq, _)| (id, seq) == (&answers[0].0, &json!(round))), "{answers:?}");
        assert_eq!(answers.iter().filter(|(.., duplicate)| !duplicate).count(), 1, "{answers:?}");
        for listener in &mut listeners {
            // The next one is the next round's: nothing came twice.
            assert_eq!(listener.event("message:received").await["message"]["seq"], round);
        }
    }
    assert_eq!(nodes[0].text("select count(*)::text from messages").await, "5");
}
