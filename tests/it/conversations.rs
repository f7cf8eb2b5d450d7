//! Conversations: made once, listed newest first, closed to strangers.

use serde_json::json;

use crate::support::{TestApp, new_id};

#[tokio::test]
async fn two_people_have_one_direct_conversation_also_when_twenty_requests_race() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let (from_alice, from_bob) = (
        json!({"type": "direct", "participantIds": [bob.id]}),
        json!({"type": "direct", "participantIds": [alice.id]}),
    );
    let tries = (0..20).map(|n| {
        let (person, body) = if n % 2 == 0 { (&alice, &from_alice) } else { (&bob, &from_bob) };
        person.post("/api/v1/conversations", body)
    });
    let answers = futures_util::future::join_all(tries).await;
    let mut ids: Vec<_> = answers.iter().map(|(_, body)| body["data"]["id"].as_str().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 19);
}

#[tokio::test]
async fn a_group_has_a_title_and_its_people() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (status, body) = alice
        .post(
            "/api/v1/conversations",
            &json!({"type": "group", "title": " Team ", "participantIds": [bob.id, carol.id, alice.id]}),
        )
        .await;
    assert_eq!(status, 201, "{body}");
    let group = &body["data"];
    assert_eq!(group["title"], "Team");
    assert_eq!(group["participantCount"], 3);
    assert_eq!((&group["lastSeq"], &group["lastRev"], &group["unreadCount"]), (&json!(0), &json!(0), &json!(0)));
    let owner = group["participants"].as_array().unwrap().iter().find(|one| one["role"] == "owner").unwrap();
    assert_eq!(owner["user"]["id"], alice.id.as_str());
    let (status, same) = carol.get(&format!("/api/v1/conversations/{}", group["id"].as_str().unwrap())).await;
    assert_eq!(status, 200);
    assert_eq!(same["data"]["participants"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn bad_conversations_are_refused_by_field() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    for (body, field) in [
        (json!({"type": "direct", "participantIds": [new_id()]}), "participantIds"),
        (json!({"type": "direct", "participantIds": [alice.id]}), "participantIds"),
        (json!({"type": "direct", "participantIds": []}), "participantIds"),
        (json!({"type": "group", "participantIds": [bob.id]}), "title"),
        (json!({"type": "group", "title": "\u{202e}x", "participantIds": [bob.id]}), "title"),
        (json!({"type": "party", "participantIds": [bob.id]}), "type"),
        (json!({"type": "direct", "participantIds": ["bob"]}), "participantIds[0]"),
    ] {
        let (status, answer) = alice.post("/api/v1/conversations", &body).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"]["details"][field].is_array(), "{body} {answer}");
    }
}

#[tokio::test]
async fn strangers_get_403_and_unknown_is_404() {
    let app = TestApp::start().await;
    let (alice, bob, eve) = (app.register("alice").await, app.register("bob").await, app.register("eve").await);
    let conversation = alice.direct(&bob).await;
    for path in ["", "/messages"] {
        let (status, body) = eve.get(&format!("/api/v1/conversations/{conversation}{path}")).await;
        assert_eq!((status, &body["error"]["code"]), (403, &json!("NOT_IN_CONVERSATION")), "{path}");
        let (status, body) = eve.get(&format!("/api/v1/conversations/{}{path}", new_id())).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("NOT_FOUND")), "{path}");
    }
    let message = json!({"content": "let me in", "clientMessageId": new_id()});
    let (status, body) = eve.post(&format!("/api/v1/conversations/{conversation}/messages"), &message).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("NOT_IN_CONVERSATION")));
    let (status, _) = eve.post(&format!("/api/v1/conversations/{}/messages", new_id()), &message).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_list_is_newest_first_and_its_pages_fit_together() {
    let app = TestApp::start().await;
    let alice = app.register("alice").await;
    let mut conversations = Vec::new();
    for name in ["bob", "carol", "dave", "erin", "frank"] {
        let person = app.register(name).await;
        conversations.push(alice.direct(&person).await);
    }
    alice.say(&conversations[1], "hello").await;
    let expected: Vec<_> = [1, 4, 3, 2, 0].iter().map(|at| conversations[*at].clone()).collect();

    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let (status, body) = alice.get(&format!("/api/v1/conversations?limit=2{cursor}")).await;
        assert_eq!(status, 200, "{body}");
        for one in body["data"]["conversations"].as_array().unwrap() {
            found.push(one["id"].as_str().unwrap().to_owned());
        }
        let meta = &body["data"]["meta"];
        assert_eq!(meta["hasMore"], !meta["cursor"].is_null());
        match meta["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn the_list_shows_the_last_message_and_what_is_unread() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    alice.say(&conversation, "one").await;
    alice.say(&conversation, "two").await;
    let unread = async |person: &crate::support::Person| {
        let (_, body) = person.get("/api/v1/conversations").await;
        let one = body["data"]["conversations"][0].clone();
        (one["unreadCount"].as_i64().unwrap(), one["lastMessage"]["content"].as_str().unwrap().to_owned())
    };
    assert_eq!(unread(&alice).await, (0, "two".to_owned()));
    assert_eq!(unread(&bob).await, (2, "two".to_owned()));
    // Answering counts as having read.
    bob.say(&conversation, "three").await;
    assert_eq!(unread(&bob).await, (0, "three".to_owned()));
    assert_eq!(unread(&alice).await, (1, "three".to_owned()));
}

#[tokio::test]
async fn a_cursor_of_somebody_else_is_of_no_use() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    for name in ["carol", "dave"] {
        let person = app.register(name).await;
        alice.direct(&person).await;
    }
    let (_, body) = alice.get("/api/v1/conversations?limit=1").await;
    let cursor = body["data"]["meta"]["cursor"].as_str().unwrap();
    let (status, body) = bob.get(&format!("/api/v1/conversations?cursor={cursor}")).await;
    assert_eq!(status, 400);
    assert!(body["error"]["details"]["cursor"].is_array());
}
