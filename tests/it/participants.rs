//! Who takes part: added, removed, left, handed over, renamed, deleted; who may, and who hears of it.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Executor as _;

use crate::support::{Person, Socket, TestApp, answer, new_id};

async fn group(owner: &Person, others: &[&Person]) -> String {
    let ids: Vec<_> = others.iter().map(|person| &person.id).collect();
    let body = json!({"type": "group", "title": "Tea", "participantIds": ids});
    let (status, body) = owner.post("/api/v1/conversations", &body).await;
    assert_eq!(status, 201, "{body}");
    body["data"]["id"].as_str().unwrap().to_owned()
}

async fn add(person: &Person, group: &str, users: &[&Person]) -> (u16, Value) {
    let ids: Vec<_> = users.iter().map(|person| &person.id).collect();
    person.post(&format!("/api/v1/conversations/{group}/participants"), &json!({"userIds": ids})).await
}

async fn remove(person: &Person, group: &str, user: &Person) -> u16 {
    let path = format!("/api/v1/conversations/{group}/participants/{}", user.id);
    answer(person.request(Method::DELETE, &path)).await.0
}

async fn role(person: &Person, group: &str, user: &Person, role: &str) -> (u16, Value) {
    let path = format!("/api/v1/conversations/{group}/participants/{}", user.id);
    answer(person.request(Method::PATCH, &path).json(&json!({"role": role}))).await
}

async fn rename(person: &Person, group: &str, body: Value) -> (u16, Value) {
    answer(person.request(Method::PATCH, &format!("/api/v1/conversations/{group}")).json(&body)).await
}

async fn delete(person: &Person, group: &str) -> u16 {
    answer(person.request(Method::DELETE, &format!("/api/v1/conversations/{group}"))).await.0
}

async fn roles(person: &Person, group: &str) -> Vec<(String, String)> {
    let (_, body) = person.get(&format!("/api/v1/conversations/{group}")).await;
    let participants = body["data"]["participants"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    participants.iter().map(|one| (text(&one["user"]["id"]), text(&one["role"]))).collect()
}

#[tokio::test]
async fn each_role_may_do_what_it_may() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for name in ["owner", "admin", "member", "stranger", "other"] {
        people.push(app.register(name).await);
    }
    let [owner, admin, member, stranger, other] = &people[..] else { panic!() };
    let group = group(owner, &[admin, member, other]).await;
    assert_eq!(role(owner, &group, admin, "admin").await.0, 200);

    for (who, title, added, role_given, removed, deleted) in
        [(stranger, 403, 403, 403, 403, 403), (member, 403, 403, 403, 403, 403), (admin, 200, 200, 403, 204, 403)]
    {
        assert_eq!(rename(who, &group, json!({"title": "Coffee"})).await.0, title, "{}", who.username);
        assert_eq!(add(who, &group, &[other]).await.0, added, "{}", who.username);
        assert_eq!(role(who, &group, other, "admin").await.0, role_given, "{}", who.username);
        assert_eq!(delete(who, &group).await, deleted, "{}", who.username);
        assert_eq!(remove(who, &group, owner).await, 403, "{}", who.username);
        assert_eq!(remove(who, &group, other).await, removed, "{}", who.username);
    }
    // An admin removes members only, and an owner anybody.
    assert_eq!(add(owner, &group, &[other]).await.0, 200);
    assert_eq!(role(owner, &group, other, "admin").await.0, 200);
    assert_eq!(remove(admin, &group, other).await, 403);
    assert_eq!(remove(owner, &group, other).await, 204);

    // What is not there, and what is no group.
    assert_eq!(remove(owner, &group, other).await, 404);
    assert_eq!(role(owner, &group, other, "admin").await.0, 404);
    assert_eq!(rename(owner, &new_id(), json!({"title": "x"})).await.0, 404);
    let direct = owner.direct(member).await;
    for (status, body) in [
        rename(owner, &direct, json!({"title": "x"})).await,
        add(owner, &direct, &[other]).await,
        role(owner, &direct, member, "admin").await,
    ] {
        assert_eq!((status, body["error"]["details"]["type"].is_array()), (400, true), "{body}");
    }
    assert_eq!(remove(member, &direct, member).await, 400);
    // Of a direct conversation its maker is the owner.
    assert_eq!((delete(member, &direct).await, delete(owner, &direct).await), (403, 204));
    assert_eq!(owner.get(&format!("/api/v1/conversations/{direct}")).await.0, 404);
    assert_ne!(owner.direct(member).await, direct);
}

#[tokio::test]
async fn bad_changes_are_refused_by_field() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = group(&alice, &[&bob]).await;
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("a\nb")),
        ("title", json!("x".repeat(101))),
        ("avatarUrl", json!("http://example.org/a.png")),
    ] {
        let (status, body) = rename(&alice, &group, json!({field: value})).await;
        assert_eq!((status, body["error"]["details"][field].is_array()), (400, true), "{body}");
    }
    let path = format!("/api/v1/conversations/{group}/participants");
    for users in [json!([]), json!([new_id()]), json!(["x"]), json!(vec![new_id(); 101]), json!("all")] {
        let (status, body) = alice.post(&path, &json!({"userIds": users})).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("VALIDATION_ERROR")), "{users}");
    }
    assert_eq!(role(&alice, &group, &bob, "king").await.0, 400);
    assert_eq!(answer(alice.request(Method::DELETE, &format!("{path}/nobody"))).await.0, 400);
    assert_eq!(roles(&alice, &group).await.len(), 2);
}

#[tokio::test]
async fn the_last_owner_hands_over_and_the_last_person_takes_the_group_along() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = group(&alice, &[&bob]).await;
    assert_eq!(add(&alice, &group, &[&carol]).await.0, 200);
    let (status, body) = role(&alice, &group, &alice, "member").await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("CONFLICT")));
    // An admin comes before a member who is there longer.
    assert_eq!(role(&alice, &group, &carol, "admin").await.0, 200);
    assert_eq!(remove(&alice, &group, &alice).await, 204);
    assert!(roles(&bob, &group).await.contains(&(carol.id.clone(), "owner".to_owned())));
    assert_eq!(alice.get(&format!("/api/v1/conversations/{group}")).await.0, 403);
    assert_eq!(remove(&carol, &group, &carol).await, 204);
    assert_eq!(roles(&bob, &group).await, [(bob.id.clone(), "owner".to_owned())]);
    assert_eq!(remove(&bob, &group, &bob).await, 204);
    assert_eq!(bob.get(&format!("/api/v1/conversations/{group}")).await.0, 404);
}

#[tokio::test]
async fn every_change_is_told_to_the_members_with_its_number() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = group(&alice, &[&bob]).await;
    alice.say(&group, "Before Carol").await;
    let (mut bobs, mut carols) = (Socket::signed_in(&app, &bob).await, Socket::signed_in(&app, &carol).await);

    assert_eq!(rename(&alice, &group, json!({"title": "Coffee"})).await.1["data"]["title"], "Coffee");
    let updated = bobs.event("conversation:updated").await;
    assert_eq!((&updated["conversation"]["title"], &updated["rev"]), (&json!("Coffee"), &json!(1)));
    assert!(updated["conversation"].get("unreadCount").is_none());

    assert_eq!(add(&alice, &group, &[&carol]).await.1["data"]["participants"].as_array().unwrap().len(), 3);
    let added = bobs.event("participant:added").await;
    assert_eq!((&added["participant"]["user"]["id"], &added["rev"]), (&json!(carol.id), &json!(2)));
    let created = carols.event("conversation:created").await;
    assert_eq!((&created["conversation"]["id"], &created["rev"]), (&json!(group), &json!(2)));
    // Who joins sees the whole history, and has read it.
    let (_, body) = carol.get(&format!("/api/v1/conversations/{group}")).await;
    assert_eq!((&body["data"]["unreadCount"], &body["data"]["lastSeq"]), (&json!(0), &json!(1)));
    let (_, body) = carol.get(&format!("/api/v1/conversations/{group}/messages")).await;
    assert_eq!(body["data"]["messages"][0]["content"], "Before Carol");

    // To add somebody again changes nothing, and takes no number.
    assert_eq!(add(&alice, &group, &[&carol]).await.0, 200);
    assert_eq!(role(&alice, &group, &carol, "admin").await.1["data"]["role"], "admin");
    let updated = bobs.event("participant:updated").await;
    assert_eq!((&updated["participant"]["role"], &updated["rev"]), (&json!("admin"), &json!(3)));

    // Whoever is removed is told, and hears nothing after that.
    carols.ask("subscribe", &json!({"conversationId": group})).await;
    assert_eq!(remove(&alice, &group, &carol).await, 204);
    for socket in [&mut bobs, &mut carols] {
        let removed = socket.event("participant:removed").await;
        assert_eq!((&removed["userId"], &removed["rev"]), (&json!(carol.id), &json!(4)));
    }
    alice.say(&group, "After Carol").await;
    assert_eq!(
        carols.ask("subscribe", &json!({"conversationId": group})).await["error"]["code"],
        "NOT_IN_CONVERSATION"
    );
    assert!(carols.heard.iter().all(|(event, _)| event != "message:received"), "{:?}", carols.heard);
    assert_eq!(carol.get(&format!("/api/v1/conversations/{group}/messages")).await.0, 403);

    // Who comes again starts with all of it read.
    assert_eq!(add(&alice, &group, &[&carol]).await.0, 200);
    let (_, body) = carol.get(&format!("/api/v1/conversations/{group}")).await;
    assert_eq!((&body["data"]["unreadCount"], &body["data"]["lastSeq"]), (&json!(0), &json!(2)));

    assert_eq!(delete(&alice, &group).await, 204);
    let deleted = bobs.event("conversation:deleted").await;
    assert_eq!((&deleted["conversationId"], &deleted["rev"]), (&json!(group), &json!(6)));
}

#[tokio::test]
async fn changes_at_once_are_numbered_without_holes_and_leave_one_owner() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for n in 0..8 {
        people.push(app.register(&format!("person{n}")).await);
    }
    let group = group(&people[0], &people[1..].iter().collect::<Vec<_>>()).await;
    let leaving = people[..7].iter().map(|person| remove(person, &group, person));
    let statuses = futures_util::future::join_all(leaving).await;
    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    assert_eq!(roles(&people[7], &group).await, [(people[7].id.clone(), "owner".to_owned())]);
    let numbers = app
        .text(&format!(
            "select string_agg(rev::text, ',' order by rev) from conversation_participants where conversation_id = '{group}'"
        ))
        .await;
    let (_, body) = people[7].get(&format!("/api/v1/conversations/{group}")).await;
    let head = body["data"]["lastRev"].as_i64().unwrap();
    // Seven left; somebody was made owner one to seven times, and each row keeps its last number.
    assert!((8..=14).contains(&head), "{head}");
    assert!(numbers.ends_with(&head.to_string()) || head == 14, "{numbers} up to {head}");
}

#[tokio::test]
async fn people_who_join_together_are_numbered_one_by_one() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(app.register(&format!("person{n}")).await);
    }
    let group = group(&people[0], &[&people[1]]).await;
    let mut socket = Socket::signed_in(&app, &people[1]).await;
    let joining: Vec<_> = people[2..].iter().collect();
    // One who does not exist spoils it for all.
    let mut ids: Vec<_> = joining.iter().map(|person| person.id.clone()).collect();
    ids.push(new_id());
    let path = format!("/api/v1/conversations/{group}/participants");
    let (status, body) = people[0].post(&path, &json!({"userIds": ids})).await;
    assert_eq!((status, body["error"]["details"]["userIds"].is_array()), (400, true), "{body}");
    let (status, body) = add(&people[0], &group, &joining).await;
    assert_eq!((status, body["data"]["participants"].as_array().unwrap().len()), (200, 6));
    for (rev, id) in (1..).zip(&ids[..4]) {
        let added = socket.event("participant:added").await;
        assert_eq!((&added["participant"]["user"]["id"], &added["rev"]), (&json!(id), &json!(rev)));
    }
    let (_, body) = people[0].get(&format!("/api/v1/conversations/{group}")).await;
    assert_eq!(body["data"]["lastRev"], 4);
}

#[tokio::test]
async fn a_change_is_made_also_when_nobody_can_be_told() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = group(&alice, &[&bob]).await;
    let mut socket = Socket::signed_in(&app, &alice).await;
    // Who becomes owner cannot be read any more; who left can be told all the same.
    app.execute("alter table users rename column avatar_url to picture").await;
    assert_eq!(remove(&alice, &group, &alice).await, 204);
    let removed = socket.event("participant:removed").await;
    assert_eq!((&removed["userId"], &removed["rev"]), (&json!(alice.id), &json!(1)));
    app.execute("alter table users rename column picture to avatar_url").await;
    assert_eq!(roles(&bob, &group).await, [(bob.id.clone(), "owner".to_owned())]);
}

#[tokio::test]
async fn nobody_joins_or_is_written_to_who_is_deleting_the_account() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol"] {
        people.push(app.register(name).await);
    }
    let [alice, bob, carol] = &people[..] else { panic!() };
    let group = group(alice, &[carol]).await;
    let direct = |from: &Person, to: &Person| {
        let body = json!({"type": "direct", "participantIds": [to.id]});
        let request = from.request(Method::POST, "/api/v1/conversations").json(&body);
        async { answer(request).await.0 }
    };
    // Bob's account is deleted, and that is not committed yet.
    let mut deletion = app.connection().await;
    let erase = format!(
        "begin; update users set email_key = 'deleted', username_key = 'deleted', deleted_at = now() where id = '{}'",
        bob.id
    );
    deletion.execute(sqlx::AssertSqlSafe(erase)).await.unwrap();
    let joining = [bob];
    let requests = async { tokio::join!(add(alice, &group, &joining), direct(carol, bob), direct(bob, carol)) };
    let committed = async {
        app.waits_for_lock(3).await;
        deletion.execute("commit").await.unwrap();
    };
    let (((added, body), to_bob, from_bob), ()) = tokio::join!(requests, committed);
    assert_eq!((added, to_bob, from_bob), (400, 400, 400), "{body}");
    assert_eq!(roles(alice, &group).await.len(), 2);
}

#[tokio::test]
async fn accounts_are_deleted_while_their_owners_send_and_are_added_without_a_deadlock() {
    let mut app = TestApp::start().await;
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(app.register(&format!("person{n}")).await);
    }
    let [alice, others @ ..] = &people[..] else { panic!() };
    let mut conversations = Vec::new();
    for other in others {
        conversations.push((
            alice.direct(other).await,
            group(alice, &[other]).await,
            group(alice, &[others.first().unwrap()]).await,
        ));
    }
    let password = json!({"password": Person::PASSWORD});
    let mut requests = Vec::new();
    for (other, (direct, shared, foreign)) in others.iter().zip(&conversations) {
        for _ in 0..5 {
            for conversation in [direct, shared] {
                let body = json!({"content": "Bye", "clientMessageId": new_id()});
                let path = format!("/api/v1/conversations/{conversation}/messages");
                requests.push(other.request(Method::POST, &path).json(&body));
            }
            let everybody: Vec<_> = others.iter().rev().map(|person| &person.id).collect();
            let path = format!("/api/v1/conversations/{foreign}/participants");
            requests.push(alice.request(Method::POST, &path).json(&json!({"userIds": everybody})));
        }
        requests.push(other.request(Method::DELETE, "/api/v1/users/me").json(&password));
    }
    let answers = futures_util::future::join_all(requests.into_iter().map(answer)).await;
    // A machine that has too much to do may answer 503, which says nothing about locks.
    let failed: Vec<_> = answers.iter().filter(|(status, _)| *status == 500).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(answers.iter().any(|(status, _)| *status == 204), "no account was deleted");
    let left = "select count(*)::text from conversation_participants p join conversations c on c.id = p.conversation_id
        join users u on u.id = p.user_id where u.deleted_at is not null and p.is_active
        and (c.type = 'group' or not c.is_read_only)";
    assert_eq!(app.text(left).await, "0", "a deleted account takes part in something");
    // PostgreSQL counts what a connection met when the connection ends.
    app.stop().await;
    let deadlocks = "select deadlocks::text from pg_stat_database where datname = current_database()";
    assert_eq!(app.text(deadlocks).await, "0");
}

#[tokio::test]
async fn people_are_found_by_id() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let (status, body) = alice.get(&format!("/api/v1/users/{}", bob.id)).await;
    assert_eq!((status, &body["data"]["username"]), (200, &json!(bob.username)));
    assert!(body["data"].get("email").is_none());
    assert_eq!(alice.get(&format!("/api/v1/users/{}", new_id())).await.0, 404);
    assert_eq!(alice.get("/api/v1/users/bob").await.0, 400);
}
