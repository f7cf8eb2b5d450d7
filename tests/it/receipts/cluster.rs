//! Two nodes on one database and one Redis: what is read on one is read on the other, and losing either loses nothing.

use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::{DEADLINE, NEVER, SOON, counts, read, readers, rows, stands, stored, subscribed};
use crate::support::{Person, Socket, TestApp, TestRedis};

/// Two nodes, which store at these times.
async fn nodes(redis: &TestRedis, here: (&str, &str), there: (&str, &str)) -> (TestApp, TestApp) {
    let url = redis.url();
    let one = TestApp::start_with(&[("REDIS_URL", &url), here]).await;
    let other = one.beside(&[("REDIS_URL", &url), there]).await;
    (one, other)
}

/// Alice, Bob and Carol, as they are at both nodes, and a group of theirs.
async fn meet(here: &TestApp, there: &TestApp) -> ([Person; 3], [Person; 3], String) {
    let people = [here.register("alice").await, here.register("bob").await, here.register("carol").await];
    let group = people[0].group(&[&people[1], &people[2]]).await;
    let moved = people.each_ref().map(|person| person.moved(there));
    (people, moved, group)
}

#[tokio::test]
async fn what_is_read_on_one_node_is_read_on_the_other() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis, NEVER, NEVER).await;
    let (people, moved, group) = meet(&here, &there).await;
    let message = people[0].say(&group, "1").await;
    let (mut at_home, _) = subscribed(&here, &people[0], &group).await;
    let (mut abroad, _) = subscribed(&there, &moved[0], &group).await;
    let mut other_device = Socket::signed_in(&there, &moved[1]).await;
    redis.listeners(&format!("chat:{group}"), 2).await;
    redis.listeners(&format!("user:{}", moved[1].id), 1).await;
    read(&people[1], &group, &message).await;
    assert_eq!(other_device.event("read:synced").await["lastReadSeq"], 1);
    read(&moved[2], &group, &message).await;
    let begun = Instant::now();
    for socket in [&mut at_home, &mut abroad] {
        let mut told = 0;
        loop {
            told += 1;
            let count = socket.event("receipt:count").await;
            assert_eq!((&count["messageId"], &count["totalParticipants"]), (&message["id"], &json!(2)));
            if count["readCount"] == 2 {
                break;
            }
        }
        // At once, and once a second, whichever node it comes from.
        assert!(told <= 2 + begun.elapsed().as_secs(), "told {told} times");
    }
    assert_eq!(rows(&here).await, 0);
    for person in [&people[0], &moved[0]] {
        assert_eq!(counts(person, &group).await, [2]);
        assert_eq!(readers(person, &message).await, [people[1].id.as_str(), people[2].id.as_str()]);
    }
    assert_eq!(stands(&there, &moved[1], &group).await, (0, message["id"].clone()));
    assert_eq!(stands(&here, &people[2], &group).await, (0, message["id"].clone()));
    assert_eq!(subscribed(&there, &moved[0], &group).await.1["reads"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_node_took_is_stored_by_the_other_one() {
    let redis = TestRedis::start().await;
    // This one never does it: it might be dead.
    let (mut here, mut there) = nodes(&redis, NEVER, SOON).await;
    let (people, moved, group) = meet(&here, &there).await;
    let message = people[0].say(&group, "1").await;
    read(&people[1], &group, &message).await;
    stored(&there, 1).await;
    // Until it says so nothing falls, and then neither.
    read(&people[2], &group, &message).await;
    assert_eq!(counts(&moved[0], &group).await, [2]);
    stored(&there, 2).await;
    assert_eq!((counts(&people[0], &group).await, counts(&moved[0], &group).await), (vec![2], vec![2]));
    // It was not dead, and says it all again.
    here.stop().await;
    assert_eq!(counts(&moved[0], &group).await, [2]);
    there.stop().await;
    assert_eq!(rows(&there).await, 2);
}

/// Waits until a node says this of itself.
async fn reports(app: &TestApp, status: &str) {
    let begun = Instant::now();
    loop {
        let answer = app.client.get(format!("{}/health/ready", app.url)).send().await.unwrap();
        if answer.json::<serde_json::Value>().await.unwrap()["status"] == status {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "it is never {status}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_redis_that_is_killed_takes_no_receipt_with_it() {
    let mut redis = TestRedis::start().await;
    let (here, there) = nodes(&redis, NEVER, NEVER).await;
    let (people, moved, group) = meet(&here, &there).await;
    let (first, second) = (people[0].say(&group, "1").await, people[0].say(&group, "2").await);
    read(&people[1], &group, &first).await;
    redis.kill();
    // Whoever took it still knows it.
    assert_eq!(counts(&people[0], &group).await, [1, 0]);
    assert_eq!(stands(&here, &people[1], &group).await, (1, first["id"].clone()));
    read(&people[1], &group, &second).await;
    read(&people[2], &group, &second).await;
    assert_eq!(counts(&people[0], &group).await, [2, 2]);
    redis.start_again().await;
    reports(&here, "ok").await;
    reports(&there, "ok").await;
    // It is back and empty: what this node knows alone is stored at once.
    stored(&here, 4).await;
    assert_eq!(counts(&moved[0], &group).await, [2, 2]);
    assert_eq!(stands(&there, &moved[1], &group).await.0, 0);
    let third = people[0].say(&group, "3").await;
    read(&moved[1], &group, &third).await;
    assert_eq!(counts(&people[0], &group).await, [2, 2, 1]);
}

#[tokio::test]
async fn a_redis_that_stands_still_holds_no_reader_up() {
    let redis = TestRedis::start().await;
    let (mut here, mut there) = nodes(&redis, SOON, SOON).await;
    let (people, _, group) = meet(&here, &there).await;
    let mut messages = Vec::new();
    for n in 1..=6 {
        messages.push(people[0].say(&group, &n.to_string()).await);
    }
    for (n, message) in messages.iter().enumerate() {
        match n {
            2 => redis.pause(),
            4 => redis.resume(),
            _ => {}
        }
        // It would stand still until somebody resumes it.
        read(&people[1], &group, message).await;
    }
    assert_eq!(counts(&people[0], &group).await, [1; 6]);
    here.stop().await;
    there.stop().await;
    assert_eq!(rows(&here).await, 6);
}
