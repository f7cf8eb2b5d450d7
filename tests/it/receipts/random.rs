//! People who do this and that in an order that looks like chance: after each step every count is what it must be, whether
//! it is stored or waits, and in the end the database says the same.

use std::collections::HashSet;

use futures_util::future::join_all;
use redis::AsyncCommands as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{DEADLINE, SOON, counts, listed, read, set_privacy, try_read};
use crate::support::{Person, TestApp, TestRedis, answer};

/// Numbers that look like chance, the same ones for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// What must be true of somebody. Numbers are of messages, from 1.
struct Member {
    there: bool,
    shown: bool,
    read: usize,
    seen: usize,
    seen_from: usize,
}

/// What must be true of a message.
struct Message {
    id: Value,
    sender: usize,
    deleted: bool,
    readers: HashSet<usize>,
}

/// What the rules say that must be true.
struct Truth {
    members: Vec<Member>,
    messages: Vec<Message>,
}

impl Truth {
    fn of(people: usize) -> Self {
        let member = |_| Member { there: true, shown: true, read: 0, seen: 0, seen_from: 0 };
        Self { members: (0..people).map(member).collect(), messages: Vec::new() }
    }

    fn send(&mut self, sender: usize, message: &Value) {
        self.messages.push(Message { id: message["id"].clone(), sender, deleted: false, readers: HashSet::new() });
        self.members[sender].read = self.messages.len();
    }

    fn read(&mut self, reader: usize, seq: usize) {
        let member = &mut self.members[reader];
        member.read = member.read.max(seq);
        let from = member.seen.max(member.seen_from);
        if member.shown && seq > from {
            member.seen = seq;
            for message in &mut self.messages[from..seq] {
                if message.sender != reader && !message.deleted {
                    message.readers.insert(reader);
                }
            }
        }
    }

    fn join(&mut self, who: usize) {
        let head = self.messages.len();
        let member = &mut self.members[who];
        (member.there, member.read, member.seen, member.seen_from) = (true, head, 0, head);
    }

    fn show(&mut self, who: usize, shown: bool) {
        let head = self.messages.len();
        let member = &mut self.members[who];
        if shown && !member.shown {
            member.seen_from = head;
        }
        member.shown = shown;
    }

    fn counts(&self) -> Vec<i64> {
        self.messages.iter().map(|message| i64::try_from(message.readers.len()).unwrap()).collect()
    }

    fn unread(&self, who: usize) -> usize {
        self.messages[self.members[who].read..].iter().filter(|message| !message.deleted).count()
    }
}

/// Does so many things, and checks everything after each. The first person owns the group and stays.
async fn live(nodes: &[Vec<Person>], group: &str, mut dice: Dice, steps: usize) -> Truth {
    let mut truth = Truth::of(nodes[0].len());
    for _ in 0..steps {
        let (who, node) = (dice.throw(nodes[0].len()), dice.throw(nodes.len()));
        let person = &nodes[node][who];
        let there = truth.members[who].there;
        let seat = format!("/api/v1/conversations/{group}/participants/{}", person.id);
        match dice.throw(12) {
            0..=2 if there => truth.send(who, &person.say(group, "Hello").await),
            3..=8 if !truth.messages.is_empty() => {
                let seq = dice.throw(truth.messages.len()) + 1;
                let (status, _) = try_read(person, group, &truth.messages[seq - 1].id).await;
                assert_eq!(status, if there { 200 } else { 403 });
                if there {
                    truth.read(who, seq);
                }
            }
            9 if there => {
                let own = truth.messages.iter().position(|message| message.sender == who && !message.deleted);
                if let Some(own) = own {
                    let path = format!("/api/v1/messages/{}", truth.messages[own].id.as_str().unwrap());
                    assert_eq!(answer(person.request(Method::DELETE, &path)).await.0, 204);
                    truth.messages[own].deleted = true;
                }
            }
            10 => {
                let shown = !truth.members[who].shown;
                set_privacy(person, shown).await;
                // Whoever is not there starts afresh when they come.
                truth.show(who, shown);
            }
            11 if there && who > 0 => {
                assert_eq!(answer(person.request(Method::DELETE, &seat)).await.0, 204);
                truth.members[who].there = false;
            }
            11 if who > 0 => {
                let path = format!("/api/v1/conversations/{group}/participants");
                assert_eq!(nodes[node][0].post(&path, &json!({"userIds": [person.id]})).await.0, 200);
                truth.join(who);
            }
            _ => continue,
        }
        let node = &nodes[dice.throw(nodes.len())];
        if nodes.len() == 1 {
            assert_eq!(counts(&node[0], group).await, truth.counts());
        } else {
            agree(&node[0], group, &truth.counts()).await;
        }
        let somebody = dice.throw(node.len());
        if truth.members[somebody].there && nodes.len() == 1 {
            assert_eq!(listed(&node[somebody], group).await["unreadCount"], truth.unread(somebody));
        }
    }
    truth
}

/// Waits until a history says this, and never more. At once, unless Redis was too slow for its answer to be waited for: then
/// the other node learns of it when it is stored.
async fn agree(person: &Person, group: &str, wanted: &[i64]) {
    let begun = Instant::now();
    loop {
        let now = counts(person, group).await;
        assert!(now.iter().zip(wanted).all(|(now, wanted)| now <= wanted), "{now:?}, not {wanted:?}");
        if now == wanted {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "{now:?}, not {wanted:?}");
    }
}

/// What is stored, by message.
async fn in_the_database(app: &TestApp, group: &str) -> Vec<i64> {
    let query = format!(
        "select coalesce(string_agg(
             (select count(*) from read_receipts r where r.message_id = m.id)::text, ' ' order by seq), '')
         from messages m where conversation_id = '{group}'"
    );
    app.text(&query).await.split_whitespace().map(|count| count.parse().unwrap()).collect()
}

async fn people(app: &TestApp) -> (Vec<Person>, String) {
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol", "dave", "erin"] {
        people.push(app.register(name).await);
    }
    let group = people[0].group(&people[1..].iter().collect::<Vec<_>>()).await;
    (people, group)
}

#[tokio::test]
async fn every_count_is_right_after_every_step() {
    let mut app = TestApp::start_with(&[SOON]).await;
    let (people, group) = people(&app).await;
    let truth = live(&[people], &group, Dice(7), 250).await;
    app.stop().await;
    assert_eq!(in_the_database(&app, &group).await, truth.counts());
}

#[tokio::test]
async fn every_count_is_right_after_every_step_on_two_nodes() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let mut here = TestApp::start_with(&[("REDIS_URL", &url), SOON]).await;
    let mut there = here.beside(&[("REDIS_URL", &url), SOON]).await;
    let (people, group) = people(&here).await;
    let moved = people.iter().map(|person| person.moved(&there)).collect::<Vec<_>>();
    let truth = live(&[people, moved], &group, Dice(11), 250).await;
    here.stop().await;
    there.stop().await;
    assert_eq!(in_the_database(&here, &group).await, truth.counts());
    // What Redis counts is what is stored, and nobody waits.
    let mut connection = redis.connection().await;
    for (message, count) in truth.messages.iter().zip(truth.counts()) {
        let key = format!("read_count:{group}:{}", message.id.as_str().unwrap());
        let fields: Vec<(String, i64)> = connection.hgetall(&key).await.unwrap();
        assert!(fields.is_empty() || fields == [("rows".to_owned(), count)], "{fields:?}, not {count}");
    }
    let rest: Vec<String> = connection.keys("read_pos:*").await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn what_is_read_while_redis_is_lost_again_and_again_is_stored_once() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let mut here = TestApp::start_with(&[("REDIS_URL", &url), SOON]).await;
    let mut there = here.beside(&[("REDIS_URL", &url), ("RECEIPTS_FLUSH_MS", "300")]).await;
    let (people, group) = people(&here).await;
    let moved = people.iter().map(|person| person.moved(&there)).collect::<Vec<_>>();
    let nodes = [people, moved];
    let (mut truth, mut dice) = (Truth::of(5), Dice(3));
    let mut connection = redis.connection().await;
    for step in 0..150 {
        let (who, node) = (dice.throw(5), dice.throw(2));
        if step % 4 == 0 {
            truth.send(who, &nodes[node][who].say(&group, "Hello").await);
        }
        let seq = dice.throw(truth.messages.len()) + 1;
        let message = json!({"id": truth.messages[seq - 1].id});
        read(&nodes[node][who], &group, &message).await;
        truth.read(who, seq);
        if step % 10 == 9 {
            redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
        }
    }
    here.stop().await;
    there.stop().await;
    assert_eq!(in_the_database(&here, &group).await, truth.counts());
}

#[tokio::test]
async fn many_at_once_on_many_devices_count_once_and_never_back() {
    let mut app = TestApp::start_with(&[SOON]).await;
    let (people, group) = people(&app).await;
    many_at_once(&people, &people, &group, true).await;
    app.stop().await;
    assert_eq!(in_the_database(&app, &group).await, [4; 40]);
}

#[tokio::test]
async fn many_at_once_on_two_nodes_count_once() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let mut here = TestApp::start_with(&[("REDIS_URL", &url), SOON]).await;
    let mut there = here.beside(&[("REDIS_URL", &url), SOON]).await;
    let (people, group) = people(&here).await;
    let moved = people.iter().map(|person| person.moved(&there)).collect::<Vec<_>>();
    // A node that did not wait for a slow Redis may know less for a moment.
    many_at_once(&people, &moved, &group, false).await;
    here.stop().await;
    there.stop().await;
    assert_eq!(in_the_database(&here, &group).await, [4; 40]);
}

/// Everybody reads on two devices, forward and back, while the first person watches from both.
async fn many_at_once(people: &[Person], moved: &[Person], group: &str, never_back: bool) {
    let mut messages = Vec::new();
    for n in 1..=40 {
        messages.push(people[0].say(group, &n.to_string()).await);
    }
    let reading = people.iter().chain(moved).enumerate().filter(|(n, _)| n % people.len() > 0).map(|(n, person)| {
        let messages = &messages;
        async move {
            let mut dice = Dice(u64::try_from(n).unwrap());
            for end in 1..=messages.len() {
                // Forward all in all, and back again and again.
                read(person, group, &messages[dice.throw(end)]).await;
            }
            read(person, group, &messages[messages.len() - 1]).await;
        }
    });
    let done = std::cell::Cell::new(false);
    let readers = async {
        join_all(reading).await;
        done.set(true);
    };
    let watching = [&people[0], &moved[0]].map(|alice| {
        let (done, most) = (&done, messages.len());
        async move {
            let mut before = vec![0; most];
            while !done.get() {
                let now = counts(alice, group).await;
                let fell = now.iter().zip(&before).any(|(now, before)| now < before);
                assert!(!(never_back && fell), "{now:?} came after {before:?}");
                assert!(now.iter().all(|count| *count <= 4), "{now:?}");
                before = now;
            }
        }
    });
    tokio::join!(readers, join_all(watching));
    agree(&people[0], group, &[4; 40]).await;
}
