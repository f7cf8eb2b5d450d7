//! Groups: counted at once, stored together a little later, and the two are one.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{NEVER, SOON, counts, id, read, readers, rows, stands, stored, subscribed};
use crate::support::{Person, Socket, TestApp};

async fn people(app: &TestApp, names: &[&str]) -> Vec<Person> {
    let mut people = Vec::new();
    for name in names {
        people.push(app.register(name).await);
    }
    people
}

/// Waits until a socket was told these counts, by message, and answers how often it was told anything.
async fn told(socket: &mut Socket, messages: &[&Value], wanted: &[i64], total: i64) -> usize {
    let mut last = vec![0; messages.len()];
    let mut times = 0;
    while last != wanted {
        let count = socket.event("receipt:count").await;
        times += 1;
        assert_eq!(count["totalParticipants"], total, "{count}");
        let place = messages.iter().position(|message| message["id"] == count["messageId"]).unwrap();
        let now = count["readCount"].as_i64().unwrap();
        assert!(now > last[place], "{now} came after {}", last[place]);
        last[place] = now;
    }
    times
}

#[tokio::test]
async fn a_group_is_counted_at_once_and_stored_later() {
    let mut app = TestApp::start_with(&[NEVER]).await;
    let people = people(&app, &["alice", "bob", "carol", "dave"]).await;
    let [alice, bob, carol, dave] = &people[..] else { panic!() };
    let group = alice.group(&[bob, carol, dave]).await;
    let (first, second) = (alice.say(&group, "1").await, alice.say(&group, "2").await);
    let (mut alices, _) = subscribed(&app, alice, &group).await;
    let mut bobs_other = Socket::signed_in(&app, bob).await;

    assert_eq!(read(bob, &group, &first).await["unreadCount"], 1);
    assert_eq!(bobs_other.event("read:synced").await["lastReadSeq"], 1);
    read(carol, &group, &second).await;
    read(bob, &group, &second).await;
    told(&mut alices, &[&first, &second], &[2, 2], 3).await;
    // Nothing of it is stored, and everybody sees it.
    assert_eq!(rows(&app).await, 0);
    assert_eq!(counts(dave, &group).await, [2, 2]);
    assert_eq!(readers(alice, &first).await, [bob.id.as_str(), carol.id.as_str()]);
    assert_eq!(readers(alice, &second).await, [carol.id.as_str(), bob.id.as_str()]);
    assert_eq!(stands(&app, bob, &group).await, (0, second["id"].clone()));
    assert_eq!(stands(&app, dave, &group).await, (2, Value::Null));
    let reads = |told: Value| {
        let mut reads: Vec<_> = told["reads"].as_array().unwrap().clone();
        reads.sort_by_key(|one| one["userId"].to_string());
        reads
    };
    let waiting = reads(subscribed(&app, alice, &group).await.1);
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|one| one["lastReadSeq"] == 2));

    // A server that stops stores what waits.
    app.restart().await;
    assert_eq!(rows(&app).await, 4);
    let [alice, bob, carol, dave] = &people.iter().map(|one| one.moved(&app)).collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!(counts(dave, &group).await, [2, 2]);
    assert_eq!(readers(alice, &first).await, [bob.id.as_str(), carol.id.as_str()]);
    assert_eq!(reads(subscribed(&app, alice, &group).await.1), waiting);
    assert_eq!(stands(&app, bob, &group).await, (0, second["id"].clone()));
    // Said again it is one.
    read(carol, &group, &second).await;
    read(dave, &group, &first).await;
    assert_eq!(counts(alice, &group).await, [3, 2]);
    app.stop().await;
    assert_eq!(rows(&app).await, 5);
}

#[tokio::test]
async fn a_count_is_told_once_a_second_however_many_read() {
    let app = TestApp::start_with(&[NEVER]).await;
    let alice = app.register("alice").await;
    let names: Vec<_> = (0..8).map(|n| format!("reader{n}")).collect();
    let readers = people(&app, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let group = alice.group(&readers.iter().collect::<Vec<_>>()).await;
    let mut messages = Vec::new();
    for n in 1..=3 {
        messages.push(alice.say(&group, &n.to_string()).await);
    }
    let (mut socket, _) = subscribed(&app, &alice, &group).await;
    let begun = Instant::now();
    join_all(readers.iter().map(|reader| read(reader, &group, &messages[2]))).await;
    let shown: Vec<_> = messages.iter().collect();
    let times = told(&mut socket, &shown, &[8, 8, 8], 8).await;
    // At once, and once for each second begun after that.
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    assert!(times <= 3 * (2 + seconds), "told {times} times in {seconds} s");
}

#[tokio::test]
async fn only_the_newest_messages_are_covered_and_told() {
    let app = TestApp::start_with(&[SOON]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let first = alice.say(&group, "1").await;
    app.execute(&format!(
        "insert into messages (id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at)
         select gen_random_uuid(), '{group}', n, '{}', 'x', gen_random_uuid(), now(), now()
         from generate_series(2, 599) n;
         update conversations set last_seq = 599 where id = '{group}'",
        alice.id
    ))
    .await;
    let last = alice.say(&group, "600").await;
    let (mut alices, _) = subscribed(&app, &alice, &group).await;
    assert_eq!(read(&bob, &group, &last).await["unreadCount"], 0);
    let mut told = Vec::new();
    while told.last() != Some(&last["id"]) {
        told.push(alices.event("receipt:count").await["messageId"].clone());
    }
    assert_eq!(told.len(), 50);
    stored(&app, 500).await;
    let oldest = "select min(m.seq)::text from read_receipts r join messages m on m.id = r.message_id";
    assert_eq!(app.text(oldest).await, "101");
    // The rest is read all the same, and never asked about again.
    assert_eq!(read(&bob, &group, &first).await["lastReadSeq"], 600);
    assert_eq!(readers(&alice, &first).await, Vec::<String>::new());
    let (_, told) = subscribed(&app, &alice, &group).await;
    assert_eq!(told["reads"][0]["lastReadSeq"], 600);
}

#[tokio::test]
async fn whoever_joins_again_starts_afresh() {
    let mut app = TestApp::start_with(&[NEVER]).await;
    let people = people(&app, &["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = &people[..] else { panic!() };
    let group = alice.group(&[bob, carol]).await;
    let first = alice.say(&group, "1").await;
    read(bob, &group, &first).await;
    let participants = format!("/api/v1/conversations/{group}/participants");
    let seat = format!("{participants}/{}", bob.id);
    assert_eq!(alice.request(reqwest::Method::DELETE, &seat).send().await.unwrap().status(), 204);
    let second = alice.say(&group, "2").await;
    assert_eq!(alice.post(&participants, &json!({"userIds": [bob.id]})).await.0, 200);
    // All of it counts as read, and none of it as seen.
    assert_eq!(stands(&app, bob, &group).await, (0, second["id"].clone()));
    assert_eq!(read(bob, &group, &second).await["lastReadSeq"], 2);
    assert_eq!(counts(alice, &group).await, [1, 0]);
    app.restart().await;
    let [alice, bob, _] = &people.iter().map(|one| one.moved(&app)).collect::<Vec<_>>()[..] else { panic!() };
    // What they read before they left stays, and does not speak for them now.
    assert_eq!(counts(alice, &group).await, [1, 0]);
    assert_eq!(subscribed(&app, alice, &group).await.1["reads"], json!([]));
    let third = alice.say(&group, "3").await;
    read(bob, &group, &third).await;
    assert_eq!(counts(alice, &group).await, [1, 0, 1]);
    assert_eq!(subscribed(&app, alice, &group).await.1["reads"][0]["lastReadSeq"], 3);
}

#[tokio::test]
async fn a_message_deleted_before_it_is_stored_keeps_its_readers() {
    let mut app = TestApp::start_with(&[NEVER]).await;
    let people = people(&app, &["alice", "bob"]).await;
    let group = people[0].group(&[&people[1]]).await;
    let (first, second) = (people[0].say(&group, "1").await, people[0].say(&group, "2").await);
    read(&people[1], &group, &second).await;
    let path = format!("/api/v1/messages/{}", id(&first));
    assert_eq!(people[0].request(reqwest::Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(counts(&people[0], &group).await, [1, 1]);
    app.restart().await;
    assert_eq!(counts(&people[0].moved(&app), &group).await, [1, 1]);
}

#[tokio::test]
async fn what_is_said_while_somebody_subscribes_comes_after_the_answer() {
    let app = TestApp::start_with(&[SOON]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    for n in 1..=20 {
        let message = alice.say(&group, &n.to_string()).await;
        let wanted = json!({"conversationId": group});
        let (answer, _) = tokio::join!(socket.ask("subscribe", &wanted), read(&bob, &group, &message));
        // In the snapshot, or told after it.
        let known = answer["reads"].as_array().unwrap().iter().any(|one| one["lastReadSeq"] == n);
        let begun = Instant::now();
        let mut heard = false;
        while !known && !heard {
            assert!(begun.elapsed() < Duration::from_secs(20));
            heard = socket.event("receipt:count").await["messageId"] == message["id"];
        }
    }
}
