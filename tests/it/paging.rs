//! Lists are walked while others write: nothing comes twice, and nothing is passed over.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Person, TestApp};

/// How much each of three people writes during a walk.
const EACH: i64 = 80;

async fn group(owner: &Person, other: &Person) -> String {
    let body = json!({"type": "group", "title": "Tea", "participantIds": [other.id]});
    owner.post("/api/v1/conversations", &body).await.1["data"]["id"].as_str().unwrap().to_owned()
}

async fn page(person: &Person, path: &str) -> Value {
    let (status, body) = person.get(&format!("/api/v1{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    body["data"].clone()
}

fn ids(list: &Value) -> Vec<String> {
    list["conversations"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

fn seqs(history: &Value) -> Vec<i64> {
    history["messages"].as_array().unwrap().iter().map(|one| one["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn the_list_is_walked_while_conversations_become_active() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(group(&alice, &bob).await);
    }
    // The oldest come last: the first and the third are still to come when they become active, the others were seen.
    let mut becoming_active = [2, 27, 5, 20, 11].into_iter();
    let (mut walked, mut active, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let list = page(&alice, &format!("/conversations?limit=4{cursor}")).await;
        walked.extend(ids(&list));
        let Some(next) = list["meta"]["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        if let Some(number) = becoming_active.next() {
            bob.say(&all[number], "Hello").await;
            active.push(all[number].clone());
        }
    }
    assert_eq!(active.len(), 5);
    let once: BTreeSet<_> = walked.iter().collect();
    assert_eq!(once.len(), walked.len(), "nothing comes twice");
    // The two that moved up before the walk reached them stand on the first page now.
    assert_eq!(walked.len(), 28);
    let first = ids(&page(&alice, "/conversations?limit=5").await);
    assert!(first.iter().eq(active.iter().rev()), "the newest activity comes first");
    let found: BTreeSet<_> = walked.iter().chain(&first).collect();
    assert_eq!(found.len(), all.len(), "nothing is passed over");
}

#[tokio::test]
async fn the_history_is_walked_in_both_directions_while_three_people_write() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let body = json!({"type": "group", "title": "Tea", "participantIds": [bob.id, carol.id]});
    let (_, body) = alice.post("/api/v1/conversations", &body).await;
    let group = body["data"]["id"].as_str().unwrap().to_owned();
    let history = format!("/conversations/{group}/messages");
    for _ in 0..10 {
        alice.say(&group, "before").await;
    }
    let last = 10 + 3 * EACH;
    let writing = futures_util::future::join_all([&alice, &bob, &carol].map(|person| {
        let group = &group;
        async move {
            for _ in 0..EACH {
                person.say(group, "meanwhile").await;
            }
        }
    }));
    let forwards = async {
        let (mut read, mut grew) = (Vec::new(), 0);
        while read.last() != Some(&last) {
            let before = read.len();
            let after = read.last().copied().unwrap_or(0);
            read.extend(seqs(&page(&bob, &format!("{history}?limit=7&after={after}")).await));
            grew += i64::from(read.len() > before);
        }
        (read, grew)
    };
    let backwards = async {
        let mut walks = 0;
        loop {
            let (mut read, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = page(&carol, &format!("{history}?limit=9{cursor}")).await;
                read.extend(seqs(&page));
                let Some(next) = page["meta"]["cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let head = read[0];
            assert!(read.iter().copied().eq((1..=head).rev()), "from {head} down: {read:?}");
            walks += 1;
            if head == last {
                return walks;
            }
        }
    };
    let (_, (forwards, grew), walks) = tokio::join!(writing, forwards, backwards);
    assert!(forwards.iter().copied().eq(1..=last), "{forwards:?}");
    assert!(grew > 2 && walks > 1, "nobody wrote meanwhile");
}

#[tokio::test]
async fn a_cursor_changed_anywhere_or_of_another_list_is_refused() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let (one, other) = (group(&alice, &bob).await, group(&alice, &bob).await);
    for conversation in [&one, &other] {
        alice.say(conversation, "Hello").await;
        alice.say(conversation, "Are you there?").await;
    }
    let (list, history) = ("/conversations".to_owned(), format!("/conversations/{one}/messages"));
    let of_other = format!("/conversations/{other}/messages");
    let mut cursors = Vec::new();
    for path in [&list, &history] {
        let first = page(&alice, &format!("{path}?limit=1")).await;
        let cursor = first["meta"]["cursor"].as_str().unwrap().to_owned();
        page(&alice, &format!("{path}?limit=1&cursor={cursor}")).await;
        cursors.push(cursor);
    }
    let refused = async |person: &Person, path: &str, cursor: &str| {
        let (status, body) = person.get(&format!("/api/v1{path}?limit=1&cursor={cursor}")).await;
        let what = format!("{path} {cursor}: {body}");
        assert_eq!((status, body["error"]["details"]["cursor"].is_array()), (400, true), "{what}");
    };
    for (path, cursor) in [&list, &history].into_iter().zip(&cursors) {
        for at in 0..cursor.len() {
            for letter in ["A", "B", "_"].into_iter().filter(|letter| *letter != &cursor[at..=at]) {
                refused(&alice, path, &format!("{}{letter}{}", &cursor[..at], &cursor[at + 1..])).await;
            }
            refused(&alice, path, &cursor[..at]).await;
        }
        refused(&alice, path, &format!("{cursor}A")).await;
    }
    refused(&bob, &list, &cursors[0]).await;
    refused(&alice, &list, &cursors[1]).await;
    refused(&alice, &history, &cursors[0]).await;
    refused(&alice, &of_other, &cursors[1]).await;
}
