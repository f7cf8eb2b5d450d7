//! What happens at the same moment: nothing is lost, nothing is done by halves, and the numbers stay dense.

use std::{pin::Pin, time::Duration};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::{sync::Notify, time::timeout};

use crate::support::{Person, Seen, Socket, TestApp, answer, new_id};

type Asking<'a> = Pin<Box<dyn Future<Output = u16> + Send + 'a>>;

fn asking(person: &Person, method: Method, path: String, body: Value) -> Asking<'_> {
    Box::pin(async move { answer(person.request(method, &path).json(&body)).await.0 })
}

fn group_path(group: &str) -> String {
    format!("/api/v1/conversations/{group}")
}

fn member_path(group: &str, person: &Person) -> String {
    format!("/api/v1/conversations/{group}/participants/{}", person.id)
}

fn message(group: &str) -> Value {
    json!({"conversationId": group, "content": "hello", "clientMessageId": new_id()})
}

/// The heads of a conversation as the database has them, after its numbers were found to be dense as far as rows tell.
async fn heads(app: &TestApp, conversation: &str) -> (i64, i64) {
    let found = app
        .text(&format!(
            "select json_build_object(
                'seq', c.last_seq, 'rev', c.last_rev,
                'seqs', (select coalesce(json_agg(seq order by seq), '[]') from messages where conversation_id = c.id),
                'revs', (
                    select coalesce(json_agg(rev order by rev), '[]') from (
                        select rev from messages where conversation_id = c.id and rev is not null
                        union all
                        select rev from conversation_participants where conversation_id = c.id and rev is not null
                        union all select c.rev where c.rev is not null
                    ) changed
                )
            )::text from conversations c where c.id = '{conversation}'"
        ))
        .await;
    let found: Value = serde_json::from_str(&found).unwrap();
    let (seq, rev) = (found["seq"].as_i64().unwrap(), found["rev"].as_i64().unwrap());
    assert_eq!(found["seqs"], json!((1..=seq).collect::<Vec<_>>()));
    let revs: Vec<_> = found["revs"].as_array().unwrap().iter().map(|one| one.as_i64().unwrap()).collect();
    // A row that changed twice keeps its last number, and nobody has another's.
    assert!(revs.windows(2).all(|two| two[0] < two[1]), "{revs:?}");
    assert_eq!(revs.last().copied().unwrap_or_default(), rev, "{revs:?}");
    (seq, rev)
}

/// What a socket heard that was not looked at, until what was said before now has reached it.
async fn heard(socket: &mut Socket, group: &str) -> Vec<(String, Value)> {
    assert_eq!(socket.ask("unsubscribe", &json!({"conversationId": group})).await["ok"], true);
    socket.heard.drain(..).collect()
}

#[tokio::test]
async fn a_hundred_sends_race_one_removal() {
    let app = TestApp::start().await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let group = alice.group(&[&bob, &carol]).await;
    let mut seen = 0;
    for _ in 0..3 {
        let mut sockets = Vec::new();
        for person in [&bob, &bob, &carol] {
            let mut socket = Socket::signed_in(&app, person).await;
            assert_eq!(socket.ask("subscribe", &json!({"conversationId": group})).await["ok"], true);
            sockets.push(socket);
        }
        let [sending, watching, witness] = &mut sockets[..] else { panic!() };
        let halfway = Notify::new();
        let over_socket = async {
            for id in 0..50 {
                sending.raw(&format!("42/chat,{id}[\"message:send\",{}]", message(&group))).await;
            }
            let mut answers = Vec::new();
            for id in 0..50 {
                let answer = sending.answer(id).await;
                assert!(answer["ok"] == true || answer["error"]["code"] == "NOT_IN_CONVERSATION", "{answer}");
                answers.push(answer["ok"] == true);
                if id == 20 {
                    halfway.notify_one();
                }
            }
            answers
        };
        let path = format!("{}/messages", group_path(&group));
        let over_http = join_all((0..50).map(|_| asking(&bob, Method::POST, path.clone(), message(&group))));
        let removal = async {
            halfway.notified().await;
            asking(&alice, Method::DELETE, member_path(&group, &bob), json!({})).await
        };
        let (answers, statuses, removed) = tokio::join!(over_socket, over_http, removal);
        assert_eq!(removed, 204);
        assert!(statuses.iter().all(|status| matches!(status, 201 | 403)), "{statuses:?}");
        // One socket's sends take effect in their order: once refused, always refused.
        assert!(answers.is_sorted_by(|before, after| before >= after), "{answers:?}");
        let stored = answers.iter().filter(|ok| **ok).count() + statuses.iter().filter(|one| **one == 201).count();

        let after = alice.say(&group, "after").await["seq"].as_i64().unwrap();
        assert_eq!(after, seen + i64::try_from(stored).unwrap() + 1, "what was refused is not stored, and the rest is");
        assert_eq!(heads(&app, &group).await.0, after);
        for socket in [sending, watching] {
            socket.event("participant:removed").await;
            let later = heard(socket, &group).await;
            assert!(later.is_empty(), "who was removed went on to hear {later:?}");
        }
        let mut seqs = Vec::new();
        while seqs.last() != Some(&after) {
            seqs.push(witness.event("message:received").await["message"]["seq"].as_i64().unwrap());
        }
        assert_eq!(seqs, (seen + 1..=after).collect::<Vec<_>>());
        seen = after;
        assert_eq!(
            asking(&alice, Method::POST, format!("{}/participants", group_path(&group)), json!({"userIds": [bob.id]}))
                .await,
            200
        );
    }
}

#[tokio::test]
async fn what_was_told_of_everything_at_once_is_what_is_there() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol", "dave", "erin"] {
        people.push(app.register(name).await);
    }
    let [alice, bob, carol, dave, erin] = &people[..] else { panic!() };
    for _ in 0..3 {
        let group = alice.group(&[bob, carol, erin]).await;
        assert_eq!(asking(alice, Method::PATCH, member_path(&group, bob), json!({"role": "owner"})).await, 200);
        let mut messages = Vec::new();
        for person in [alice, bob, carol] {
            messages.push(person.say(&group, "hello").await["id"].as_str().unwrap().to_owned());
        }
        let mut witness = Socket::signed_in(&app, erin).await;
        let subscribed = witness.ask("subscribe", &json!({"conversationId": group})).await;
        let before = Seen::of(&erin.get(&group_path(&group)).await.1["data"]);

        let add = |who, whom: &Person| {
            asking(who, Method::POST, format!("{}/participants", group_path(&group)), json!({"userIds": [whom.id]}))
        };
        let remove = |who, whom| asking(who, Method::DELETE, member_path(&group, whom), json!({}));
        let role = |who, whom, role: &str| asking(who, Method::PATCH, member_path(&group, whom), json!({"role": role}));
        let rename = |who, title: &str| asking(who, Method::PATCH, group_path(&group), json!({"title": title}));
        let delete =
            |who, at: usize| asking(who, Method::DELETE, format!("/api/v1/messages/{}", messages[at]), json!({}));
        let say = |who| asking(who, Method::POST, format!("{}/messages", group_path(&group)), message(&group));
        let mut doing = Vec::new();
        for n in 0..4 {
            doing.extend([
                rename(alice, &format!("A{n}")),
                rename(bob, &format!("B{n}")),
                say(alice),
                say(carol),
                say(erin),
            ]);
            doing.extend([add(alice, dave), remove(bob, dave), add(bob, dave), remove(dave, dave), say(dave)]);
            doing.extend([
                role(alice, carol, "admin"),
                role(bob, carol, "member"),
                role(bob, alice, "member"),
                role(alice, bob, "admin"),
            ]);
            doing.extend([delete(alice, n % 3), delete(bob, n % 3), delete(carol, n % 3)]);
        }
        doing.extend([remove(alice, alice), remove(bob, bob), remove(alice, bob), remove(carol, carol)]);
        let statuses = join_all(doing).await;
        assert!(statuses.iter().all(|status| matches!(status, 200 | 201 | 204 | 403 | 404 | 409)), "{statuses:?}");

        let (_, rev) = heads(&app, &group).await;
        let (_, body) = erin.get(&group_path(&group)).await;
        assert_eq!((&body["data"]["lastRev"], &subscribed["ok"]), (&json!(rev), &json!(true)), "{body}");
        let fresh = Seen::of(&body["data"]);
        let mut seen = before;
        // Every change once and in its order, or not at all where its row changed again.
        let mut last = 0;
        let caught_up = async {
            while seen.now() != fresh.now() || last != rev {
                let (name, event) = witness.next().await;
                if let Some(next) = event["rev"].as_i64() {
                    assert!(next > last, "{next} after {last}: {name}");
                    last = next;
                }
                seen.hear(&name, &event);
            }
        };
        let caught_up = timeout(Duration::from_secs(20), caught_up).await;
        assert!(caught_up.is_ok(), "what was told makes {:?}, what is there is {:?}", seen.now(), fresh.now());
        let participants = body["data"]["participants"].as_array().unwrap();
        assert!(participants.iter().any(|one| one["role"] == "owner"), "{body}");
    }
    // Two owners end it at once, while others write and leave.
    for _ in 0..5 {
        let group = alice.group(&[bob, carol]).await;
        assert_eq!(asking(alice, Method::PATCH, member_path(&group, bob), json!({"role": "owner"})).await, 200);
        let delete = |who| asking(who, Method::DELETE, group_path(&group), json!({}));
        let say = || asking(carol, Method::POST, format!("{}/messages", group_path(&group)), message(&group));
        let leave = asking(carol, Method::DELETE, member_path(&group, carol), json!({}));
        let statuses = join_all([delete(alice), say(), delete(bob), leave, say()]).await;
        assert_eq!(
            statuses.iter().filter(|status| **status == 204).count(),
            1 + usize::from(statuses[3] == 204),
            "{statuses:?}"
        );
        assert!(statuses.iter().all(|status| matches!(status, 201 | 204 | 403 | 404)), "{statuses:?}");
        heads(&app, &group).await;
    }
}

#[tokio::test]
async fn a_direct_conversation_is_made_while_it_is_deleted() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    for _ in 0..5 {
        let group = alice.direct(&bob).await;
        let make = |who, whom: &Person| {
            asking(
                who,
                Method::POST,
                "/api/v1/conversations".into(),
                json!({"type": "direct", "participantIds": [whom.id]}),
            )
        };
        let delete = || asking(&alice, Method::DELETE, group_path(&group), json!({}));
        let mut doing: Vec<_> = (0..10).flat_map(|_| [make(&alice, &bob), make(&bob, &alice)]).collect();
        doing.insert(7, delete());
        let mut statuses = join_all(doing).await;
        assert!(matches!(statuses.remove(7), 204 | 403), "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
        let left = "select count(*)::text from conversations where deleted_at is null";
        assert_eq!(app.text(left).await, "1");
        // The next round is begun by alice.
        let id = alice.direct(&bob).await;
        app.execute(&format!("update conversations set deleted_at = now() where id = '{id}'")).await;
    }
}

/// Waits until so many statements wait for what a test holds; the work that they belong to must not end before.
async fn wait_for_locks(app: &TestApp, expected: &str, work: &mut (impl Future<Output = Vec<u16>> + Unpin)) {
    let waiting = "select count(*)::text from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    loop {
        tokio::select! {
            biased;
            statuses = &mut *work => panic!("nothing was waited for: {statuses:?}"),
            waiting = app.text(waiting) => if waiting == expected { break },
        }
    }
}

#[tokio::test]
async fn who_joins_while_the_last_one_leaves_is_left_the_group() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    assert_eq!(asking(&bob, Method::DELETE, member_path(&group, &bob), json!({})).await, 204);
    let mut joining = PgConnection::connect(app.database.url.reveal()).await.unwrap();
    let conversation = format!("begin; update conversations set last_rev = last_rev + 1 where id = '{group}'");
    joining.execute(sqlx::AssertSqlSafe(conversation)).await.unwrap();
    let mut leaving = join_all([asking(&alice, Method::DELETE, member_path(&group, &alice), json!({}))]);
    wait_for_locks(&app, "1", &mut leaving).await;
    let join = format!(
        "update conversation_participants set is_active = true, rev = 2
            where conversation_id = '{group}' and user_id = '{}'; commit",
        bob.id
    );
    joining.execute(sqlx::AssertSqlSafe(join)).await.unwrap();
    assert_eq!(leaving.await, [204]);
    let (status, body) = bob.get(&group_path(&group)).await;
    assert_eq!((status, &body["data"]["participants"][0]["role"]), (200, &json!("owner")), "{body}");
    heads(&app, &group).await;
}

/// Whoever is gone is in no group, and cannot be written to.
async fn nobody_is_left_behind(app: &TestApp) {
    let left = "select count(*)::text from conversation_participants p
        join users u on u.id = p.user_id and u.deleted_at is not null
        join conversations c on c.id = p.conversation_id and c.deleted_at is null
        where p.is_active and (c.type = 'group' or not c.is_read_only)";
    assert_eq!(app.text(left).await, "0");
}

#[tokio::test]
async fn nobody_joins_who_is_deleting_the_account() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    assert_eq!(asking(&bob, Method::DELETE, member_path(&group, &bob), json!({})).await, 204);
    // The deletion has begun and is not done.
    let mut deleting = PgConnection::connect(app.database.url.reveal()).await.unwrap();
    let erase = format!(
        "begin; update users set deleted_at = now(), email_key = 'gone', username_key = 'gone' where id = '{}'",
        bob.id
    );
    deleting.execute(sqlx::AssertSqlSafe(erase)).await.unwrap();
    let make = |kind: &str, title: Value| json!({"type": kind, "title": title, "participantIds": [bob.id]});
    let bobs = json!({"type": "direct", "participantIds": [alice.id]});
    let mut doing = join_all([
        asking(&alice, Method::POST, format!("{}/participants", group_path(&group)), json!({"userIds": [bob.id]})),
        asking(&alice, Method::POST, "/api/v1/conversations".into(), make("direct", Value::Null)),
        asking(&alice, Method::POST, "/api/v1/conversations".into(), make("group", json!("Tea"))),
        asking(&bob, Method::POST, "/api/v1/conversations".into(), bobs),
    ]);
    wait_for_locks(&app, "4", &mut doing).await;
    deleting.execute("commit").await.unwrap();
    let statuses = doing.await;
    assert_eq!(statuses, [400, 400, 400, 400]);
    nobody_is_left_behind(&app).await;
}

#[tokio::test]
async fn an_account_is_deleted_while_it_is_asked_everywhere() {
    let app = TestApp::start().await;
    let (alice, carol) = (app.register("alice").await, app.register("carol").await);
    for _ in 0..2 {
        let bob = app.register("bob").await;
        let groups = [alice.group(&[&bob]).await, bob.group(&[&alice]).await, alice.group(&[&carol]).await];
        let deletion = asking(&bob, Method::DELETE, "/api/v1/users/me".into(), json!({"password": Person::PASSWORD}));
        let asked = async {
            let mut statuses = Vec::new();
            for n in 0..40 {
                let group = &groups[n % 3];
                statuses.extend(
                    join_all([
                        asking(
                            &alice,
                            Method::POST,
                            format!("{}/participants", group_path(group)),
                            json!({"userIds": [bob.id]}),
                        ),
                        asking(&bob, Method::POST, format!("{}/messages", group_path(group)), message(group)),
                        asking(
                            &alice,
                            Method::POST,
                            "/api/v1/conversations".into(),
                            json!({"type": "direct", "participantIds": [bob.id]}),
                        ),
                        asking(
                            &bob,
                            Method::POST,
                            "/api/v1/conversations".into(),
                            json!({"type": "direct", "participantIds": [carol.id]}),
                        ),
                        asking(
                            &bob,
                            Method::POST,
                            "/api/v1/conversations".into(),
                            json!({"type": "group", "title": "x", "participantIds": [carol.id]}),
                        ),
                    ])
                    .await,
                );
            }
            statuses
        };
        let (deleted, statuses) = tokio::join!(deletion, asked);
        assert_eq!(deleted, 204);
        assert!(statuses.iter().all(|status| matches!(status, 200 | 201 | 400 | 401 | 403 | 404)), "{statuses:?}");
        nobody_is_left_behind(&app).await;
        for group in &groups {
            heads(&app, group).await;
        }
    }
}
