//! Who is here: as others see it, over the API and live, on one node.

mod cluster;

use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::support::{DatabaseProxy, Person, Socket, TestApp, answer, database, new_id};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);
/// Those whose time ran out are found at once.
const QUICK: [(&str, &str); 2] = [("PRESENCE_GRACE", "50ms"), ("PRESENCE_SWEEP", "20ms")];

/// Waits for the next news of somebody's presence, and checks what it says.
async fn hears(socket: &mut Socket, person: &Person, status: &str) -> Value {
    let (_, update) = socket.event_of(&["presence:update"]).await;
    assert_eq!((&update["userId"], &update["status"]), (&json!(person.id), &json!(status)), "{update}");
    assert!(update["timestamp"].is_string(), "{update}");
    update
}

/// Whatever was said before this has come.
async fn hears_nothing(socket: &mut Socket) {
    socket.ask("unsubscribe", &json!({"conversationId": new_id()})).await;
    let heard: Vec<_> = socket.heard.iter().filter(|(name, _)| name == "presence:update").collect();
    assert!(heard.is_empty(), "{heard:?}");
}

async fn beat(socket: &mut Socket, status: &str) {
    assert_eq!(socket.ask("presence:heartbeat", &json!({"status": status})).await, json!({"ok": true}));
}

/// What the viewer sees of somebody.
async fn seen(viewer: &Person, person: &Person) -> Value {
    let (status, body) = viewer.get(&format!("/api/v1/users/{}", person.id)).await;
    assert_eq!(status, 200, "{body}");
    body["data"]["presence"].clone()
}

/// Waits until the viewer sees somebody so.
async fn sees(viewer: &Person, person: &Person, status: &str) -> Value {
    let begun = Instant::now();
    loop {
        let presence = seen(viewer, person).await;
        if presence["status"] == status {
            return presence;
        }
        assert!(begun.elapsed() < DEADLINE, "{presence} is not {status}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn whom_it_concerns_is_told_once_per_change() {
    let app = TestApp::start_with(&QUICK).await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    alice.direct(&bob).await;
    let group = alice.group(&[&bob]).await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let mut of_carol = Socket::signed_in(&app, &carol).await;
    let never = json!({"userId": bob.id, "status": "offline", "lastSeenAt": null});
    assert_eq!(seen(&alice, &bob).await, never);

    let mut of_bob = Socket::signed_in(&app, &bob).await;
    let online = hears(&mut of_alice, &bob, "online").await;
    assert_eq!(online.get("lastSeenAt"), None);
    assert_eq!(seen(&alice, &bob).await, json!({"userId": bob.id, "status": "online", "lastSeenAt": null}));
    beat(&mut of_bob, "online").await;
    beat(&mut of_bob, "away").await;
    let away = hears(&mut of_alice, &bob, "away").await;
    assert!(away["lastSeenAt"].is_string() && away["timestamp"].as_str() > online["timestamp"].as_str(), "{away}");
    assert_eq!(sees(&alice, &bob, "away").await["lastSeenAt"], away["lastSeenAt"]);

    // A second device is at work, and the first one is not asked any more.
    let mut desk = Socket::signed_in(&app, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    beat(&mut of_bob, "away").await;
    beat(&mut of_bob, "online").await;
    beat(&mut desk, "away").await;
    drop(of_bob);
    hears(&mut of_alice, &bob, "away").await;
    beat(&mut desk, "online").await;
    hears(&mut of_alice, &bob, "online").await;
    drop(desk);
    let offline = hears(&mut of_alice, &bob, "offline").await;
    let last = sees(&alice, &bob, "offline").await["lastSeenAt"].clone();
    assert_eq!(offline["lastSeenAt"], last);
    let begun = Instant::now();
    let stored = format!(
        "select coalesce(to_char(last_seen_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '') from users
         where id = '{}'",
        bob.id
    );
    while json!(app.text(&stored).await) != last {
        assert!(begun.elapsed() < DEADLINE, "it is not stored");
        sleep(Duration::from_millis(10)).await;
    }

    // It is nobody else's business, nor one's own.
    hears_nothing(&mut of_alice).await;
    hears_nothing(&mut of_carol).await;
    assert_eq!(seen(&carol, &bob).await, Value::Null);
    carol.direct(&alice).await;
    beat(&mut of_alice, "away").await;
    hears(&mut of_carol, &alice, "away").await;
    let left = format!("/api/v1/conversations/{group}/participants/{}", bob.id);
    assert_eq!(answer(alice.request(reqwest::Method::DELETE, &left)).await.0, 204);
    assert_eq!(seen(&alice, &bob).await["status"], "offline");
}

#[tokio::test]
async fn a_heartbeat_asks_the_database_nothing() {
    let proxy = DatabaseProxy::before(&database().await).await;
    let app = TestApp::start_with_database(proxy.database(), &QUICK).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    alice.direct(&bob).await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    let asked = || {
        let about_presence =
            |statement: &str| ["last_seen_at", "presence_enabled"].iter().any(|it| statement.contains(it));
        proxy.executed().into_iter().filter(|(_, statement)| about_presence(statement)).collect::<Vec<_>>()
    };
    asked();
    for _ in 0..20 {
        beat(&mut of_bob, "online").await;
    }
    hears_nothing(&mut of_alice).await;
    assert_eq!(asked(), []);
    // A change does.
    beat(&mut of_bob, "away").await;
    hears(&mut of_alice, &bob, "away").await;
    assert!(!asked().is_empty());
}

#[tokio::test]
async fn everything_that_shows_people_to_each_other_shows_it() {
    let app = TestApp::start_with(&QUICK).await;
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let (group, direct) = (alice.group(&[&bob, &carol]).await, alice.direct(&bob).await);
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    beat(&mut of_bob, "away").await;
    let away = sees(&alice, &bob, "away").await;
    let offline = json!({"userId": carol.id, "status": "offline", "lastSeenAt": null});

    let subscribed = of_alice.ask("subscribe", &json!({"conversationId": group})).await;
    let presence = subscribed["presence"].as_array().unwrap();
    assert!(presence.len() == 2 && presence.contains(&away) && presence.contains(&offline), "{subscribed}");
    let many = json!({"conversations": [{"conversationId": group}, {"conversationId": direct}]});
    let subscribed = of_alice.ask("subscribe", &many).await["conversations"].clone();
    assert_eq!((&subscribed[0]["presence"], &subscribed[1]["presence"]), (&json!([]), &json!([away])));

    let (_, details) = alice.get(&format!("/api/v1/conversations/{group}")).await;
    let people = details["data"]["participants"].as_array().unwrap();
    let of = |person: &Person| people.iter().find(|one| one["user"]["id"] == person.id.as_str()).unwrap();
    assert_eq!((&of(&bob)["presence"], &of(&carol)["presence"]), (&away, &offline));
    assert_eq!(of(&alice)["presence"]["status"], "online");
    let rename = alice.request(reqwest::Method::PATCH, &format!("/api/v1/conversations/{group}"));
    let (_, renamed) = answer(rename.json(&json!({"title": "Coffee"}))).await;
    assert_eq!(renamed["data"]["participants"], details["data"]["participants"]);
    // Where it would be stale soon it is not.
    let (_, list) = alice.get("/api/v1/conversations").await;
    assert!(!list.to_string().contains("presence"), "{list}");
    assert!(!of_alice.event("conversation:updated").await.to_string().contains("presence"));
}

#[tokio::test]
async fn who_comes_right_back_was_never_gone() {
    let app = TestApp::start_with(&[("PRESENCE_SWEEP", "20ms"), ("PRESENCE_GRACE", "10s")]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    alice.direct(&bob).await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    for status in ["online", "away"] {
        beat(&mut of_bob, status).await;
        if status == "away" {
            hears(&mut of_alice, &bob, "away").await;
        }
        for _ in 0..3 {
            of_bob.raw("41/chat,").await;
            of_bob.end().await;
            of_bob = Socket::signed_in(&app, &bob).await;
        }
        hears_nothing(&mut of_alice).await;
        assert_eq!(seen(&alice, &bob).await["status"], status);
    }
    beat(&mut of_bob, "online").await;
    hears(&mut of_alice, &bob, "online").await;
}

#[tokio::test]
async fn who_says_nothing_for_too_long_is_gone() {
    let app = TestApp::start_with(&[("PRESENCE_TTL", "300ms"), ("PRESENCE_SWEEP", "20ms")]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    alice.direct(&bob).await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let begun = Instant::now();
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    let online = hears(&mut of_alice, &bob, "online").await;
    let offline = hears(&mut of_alice, &bob, "offline").await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    // They were there until the last word, not until it was missed.
    let last = offline["lastSeenAt"].as_str();
    assert!(last <= online["timestamp"].as_str() && last < offline["timestamp"].as_str(), "{offline}");
    beat(&mut of_bob, "away").await;
    hears(&mut of_alice, &bob, "away").await;
    hears(&mut of_alice, &bob, "offline").await;
}

#[tokio::test]
async fn who_hides_is_offline_to_others_and_sees_them_as_before() {
    let app = TestApp::start_with(&QUICK).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let direct = alice.direct(&bob).await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    beat(&mut of_bob, "away").await;
    hears(&mut of_alice, &bob, "away").await;
    let privacy = async |enabled: bool| {
        let request = bob.request(reqwest::Method::PATCH, "/api/v1/users/me/privacy");
        assert_eq!(answer(request.json(&json!({"presenceEnabled": enabled}))).await.0, 200);
    };
    privacy(false).await;
    assert_eq!(hears(&mut of_alice, &bob, "offline").await.get("lastSeenAt"), None);
    let hidden = json!({"userId": bob.id, "status": "offline", "lastSeenAt": null});
    beat(&mut of_bob, "online").await;
    drop(of_bob);
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    beat(&mut of_bob, "away").await;
    beat(&mut of_bob, "online").await;
    assert_eq!(seen(&alice, &bob).await, hidden);
    assert_eq!(of_alice.ask("subscribe", &json!({"conversationId": direct})).await["presence"], json!([hidden]));
    assert_eq!(
        (&seen(&bob, &alice).await["status"], &seen(&bob, &bob).await["status"]),
        (&json!("online"), &json!("online"))
    );
    drop(of_alice);
    hears(&mut of_bob, &alice, "offline").await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    hears(&mut of_bob, &alice, "online").await;
    hears_nothing(&mut of_alice).await;

    privacy(true).await;
    hears(&mut of_alice, &bob, "online").await;
    assert_eq!(seen(&alice, &bob).await["status"], "online");
    drop(of_bob);
    hears(&mut of_alice, &bob, "offline").await;
    privacy(false).await;
    assert_eq!(seen(&alice, &bob).await, hidden);
}

#[tokio::test]
async fn a_large_group_is_not_told_and_can_look() {
    let app = TestApp::start_with(&QUICK).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let group = alice.group(&[&bob]).await;
    app.execute(
        "insert into users (id, email, email_key, username, username_key, password_hash, display_name)
         select gen_random_uuid(), name || '@example.org', name || '@example.org', name, name, '', name
         from (select 'person' || n as name from generate_series(1, 99) n) named",
    )
    .await;
    let join = |count: usize| {
        format!(
            "insert into conversation_participants (id, conversation_id, user_id)
             select gen_random_uuid(), '{group}', id from users where password_hash = '' order by id limit {count}
             on conflict do nothing"
        )
    };
    app.execute(&join(98)).await;
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let of_bob = Socket::signed_in(&app, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    let subscribed = of_alice.ask("subscribe", &json!({"conversationId": group})).await;
    assert_eq!(subscribed["presence"].as_array().unwrap().len(), 99);
    // One more is too many.
    app.execute(&join(99)).await;
    drop(of_bob);
    sees(&alice, &bob, "offline").await;
    let mut of_bob = Socket::signed_in(&app, &bob).await;
    sees(&alice, &bob, "online").await;
    let subscribed = of_alice.ask("subscribe", &json!({"conversationId": group})).await;
    assert_eq!(subscribed["presence"], json!([]));
    let (_, details) = alice.get(&format!("/api/v1/conversations/{group}")).await;
    let people = details["data"]["participants"].as_array().unwrap();
    let here = people.iter().filter(|one| one["presence"]["status"] == "online").count();
    assert_eq!((people.len(), here), (101, 2));
    // What comes later is told where few see it, and nothing came before it.
    alice.direct(&bob).await;
    beat(&mut of_bob, "away").await;
    hears(&mut of_alice, &bob, "away").await;
}
