//! Two nodes on one database and one Redis: what happens on one is heard on the other, and losing Redis loses nothing.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::support::{Person, Socket, TestApp, TestRedis, answer, new_id};

/// How long a test waits for what must happen. Long, because it only matters when the test fails.
const DEADLINE: Duration = Duration::from_secs(20);

async fn nodes(redis: &TestRedis) -> (TestApp, TestApp) {
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str())];
    let here = TestApp::start_with(&settings).await;
    let there = here.beside(&settings).await;
    (here, there)
}

async fn subscribed(app: &TestApp, person: &Person, conversation: &str) -> Socket {
    let mut socket = Socket::signed_in(app, person).await;
    let answer = socket.ask("subscribe", &json!({"conversationId": conversation, "lastSeq": 0})).await;
    assert_eq!(answer["ok"], true, "{answer}");
    socket
}

/// Sends a message that says its own number, and has it stored under that number.
async fn send(socket: &mut Socket, conversation: &str, seq: i64) {
    let message = json!({"conversationId": conversation, "content": seq.to_string(), "clientMessageId": new_id()});
    let answer = socket.ask("message:send", &message).await;
    assert_eq!((&answer["ok"], &answer["seq"]), (&json!(true), &json!(seq)), "{answer}");
}

async fn hears(socket: &mut Socket, seqs: impl IntoIterator<Item = i64>) {
    for seq in seqs {
        let heard = socket.event("message:received").await;
        let (number, content) = (&heard["message"]["seq"], &heard["message"]["content"]);
        assert_eq!((number, content), (&json!(seq), &json!(seq.to_string())));
    }
}

async fn health(app: &TestApp) -> (u16, Value) {
    answer(app.client.get(format!("{}/health/ready", app.url))).await
}

/// Waits until a node says this of itself.
async fn reports(app: &TestApp, status: &str) -> Value {
    let begun = Instant::now();
    loop {
        let (code, report) = health(app).await;
        if report["status"] == status {
            assert_eq!(code, 200, "{report}");
            return report["checks"].clone();
        }
        assert!(begun.elapsed() < DEADLINE, "{report}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn messages_cross_in_order() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis).await;
    let (alice, bob) = (here.register("alice").await, there.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut of_bob = subscribed(&there, &bob, &conversation).await;
    let mut other_device = subscribed(&there, &alice, &conversation).await;
    let mut of_alice = subscribed(&here, &alice, &conversation).await;
    redis.listeners(&format!("chat:{conversation}"), 2).await;
    for n in 1..=200 {
        let message = json!({"conversationId": conversation, "content": n.to_string(), "clientMessageId": new_id()});
        of_alice.send("message:send", &message).await;
    }
    hears(&mut of_bob, 1..=200).await;
    hears(&mut other_device, 1..=200).await;
    send(&mut of_bob, &conversation, 201).await;
    hears(&mut of_alice, [201]).await;
    // Nobody is there any more, on the node that they left.
    drop((of_bob, other_device));
    redis.listeners(&format!("chat:{conversation}"), 1).await;
    redis.listeners(&format!("user:{}", bob.id), 0).await;
}

#[tokio::test]
async fn changes_cross() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis).await;
    let (alice, bob, carol) =
        (here.register("alice").await, there.register("bob").await, there.register("carol").await);
    let mut socket = Socket::signed_in(&there, &bob).await;
    redis.listeners(&format!("user:{}", bob.id), 1).await;
    let body = json!({"type": "group", "title": "Tea", "participantIds": [bob.id]});
    let (_, created) = alice.post("/api/v1/conversations", &body).await;
    let group = created["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(socket.event("conversation:created").await["conversation"]["id"], group.as_str());

    assert_eq!(socket.ask("subscribe", &json!({"conversationId": group})).await["ok"], true);
    redis.listeners(&format!("chat:{group}"), 1).await;
    let participants = format!("/api/v1/conversations/{group}/participants");
    assert_eq!(alice.post(&participants, &json!({"userIds": [carol.id]})).await.0, 200);
    assert_eq!(socket.event("participant:added").await["participant"]["user"]["id"], carol.id.as_str());
    let of_carol = format!("{participants}/{}", carol.id);
    answer(alice.request(Method::PATCH, &of_carol).json(&json!({"role": "admin"}))).await;
    assert_eq!(socket.event("participant:updated").await["participant"]["role"], "admin");
    answer(alice.request(Method::PATCH, &format!("/api/v1/conversations/{group}")).json(&json!({"title": "Two"})))
        .await;
    assert_eq!(socket.event("conversation:updated").await["conversation"]["title"], "Two");
    answer(alice.request(Method::DELETE, &of_carol)).await;
    assert_eq!(socket.event("participant:removed").await["userId"], carol.id.as_str());
    redis.listeners("audience", 2).await;
    answer(alice.request(Method::PATCH, "/api/v1/users/me").json(&json!({"displayName": "Alicia"}))).await;
    assert_eq!(socket.event("user:updated").await["user"]["displayName"], "Alicia");
}

#[tokio::test]
async fn a_logout_closes_the_sockets_on_the_other_node() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis).await;
    let alice = here.register("alice").await;
    let mut socket = Socket::signed_in(&there, &alice).await;
    let me = || answer(there.client.get(format!("{}/api/v1/users/me", there.url)).bearer_auth(&alice.token));
    assert_eq!(me().await.0, 200);
    redis.listeners(&format!("user:{}", alice.id), 1).await;
    alice.post("/api/v1/auth/logout", &json!({})).await;
    // The sweep would come later than this waits.
    assert_eq!(socket.event("auth:error").await["code"], "TOKEN_REVOKED");
    assert_eq!(socket.end().await.last().unwrap(), "41/chat,");
    let (status, body) = me().await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!("TOKEN_REVOKED")));
}

#[tokio::test]
async fn whoever_is_removed_hears_nothing_more_on_the_other_node() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis).await;
    let (alice, bob, carol) =
        (here.register("alice").await, there.register("bob").await, there.register("carol").await);
    let body = json!({"type": "group", "title": "Tea", "participantIds": [bob.id, carol.id]});
    let (_, created) = alice.post("/api/v1/conversations", &body).await;
    let group = created["data"]["id"].as_str().unwrap().to_owned();
    let (mut of_bob, mut of_carol) = (subscribed(&there, &bob, &group).await, subscribed(&there, &carol, &group).await);
    redis.listeners(&format!("chat:{group}"), 1).await;
    let of_bob_there = format!("/api/v1/conversations/{group}/participants/{}", bob.id);
    assert_eq!(answer(alice.request(Method::DELETE, &of_bob_there)).await.0, 204);
    alice.say(&group, "1").await;
    hears(&mut of_carol, [1]).await;
    assert_eq!(of_bob.event("participant:removed").await["userId"], bob.id.as_str());
    // Whatever was said before this answer has come.
    of_bob.ask("unsubscribe", &json!({"conversationId": group})).await;
    assert!(of_bob.heard.iter().all(|(name, _)| name != "message:received"), "{:?}", of_bob.heard);
}

#[tokio::test]
async fn members_who_do_not_listen_hear_of_changes_once_and_only_while_they_are_members() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis).await;
    let (alice, bob, carol) =
        (here.register("alice").await, there.register("bob").await, there.register("carol").await);
    let (mut of_bob, mut of_carol) = (Socket::signed_in(&there, &bob).await, Socket::signed_in(&there, &carol).await);
    for person in [&bob, &carol] {
        redis.listeners(&format!("user:{}", person.id), 1).await;
    }
    let group = alice.group(&[&bob, &carol]).await;
    for socket in [&mut of_bob, &mut of_carol] {
        assert_eq!(socket.event("conversation:created").await["conversation"]["id"], group.as_str());
    }
    // The node listens for them, and a change travels there once.
    let channel = format!("chat:{group}");
    redis.listeners(&channel, 1).await;
    let mut bus = redis.said_on(&[&channel, "audience"]).await;
    let path = format!("/api/v1/conversations/{group}");
    let rename = |title: &str| answer(alice.request(Method::PATCH, &path).json(&json!({"title": title})));
    assert_eq!(rename("Coffee").await.0, 200);
    answer(alice.request(Method::PATCH, "/api/v1/users/me").json(&json!({"displayName": "Alicia"}))).await;
    assert_eq!((bus.next().await, bus.next().await), (channel.clone(), "audience".to_owned()));
    for socket in [&mut of_bob, &mut of_carol] {
        assert_eq!(socket.event("conversation:updated").await["conversation"]["title"], "Coffee");
    }
    let of_carol_there = format!("{path}/participants/{}", carol.id);
    assert_eq!(answer(alice.request(Method::DELETE, &of_carol_there)).await.0, 204);
    assert_eq!(rename("Cocoa").await.0, 200);
    assert_eq!(of_bob.event("conversation:updated").await["conversation"]["title"], "Cocoa");
    assert_eq!(of_carol.event("participant:removed").await["userId"], carol.id.as_str());
    of_carol.ask("unsubscribe", &json!({"conversationId": group})).await;
    assert!(of_carol.heard.iter().all(|(name, _)| name != "conversation:updated"), "{:?}", of_carol.heard);
    // Nobody is left there.
    assert_eq!(answer(bob.request(Method::DELETE, &format!("{path}/participants/{}", bob.id))).await.0, 204);
    redis.listeners(&channel, 1).await;
    drop(of_carol);
    redis.listeners(&format!("user:{}", carol.id), 0).await;
}

#[tokio::test]
async fn failed_sign_ins_count_on_both_nodes() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str()), ("RATE_LIMITS", "on"), ("LIMIT_FAILED_LOGINS", "4/15m")];
    let here = TestApp::start_with(&settings).await;
    let there = here.beside(&settings).await;
    let alice = here.register("alice").await;
    let fail = async |app: &TestApp| {
        let body = json!({"email": alice.email, "password": "Wrong1Password"});
        answer(app.client.post(format!("{}/api/v1/auth/login", app.url)).json(&body)).await.0
    };
    for app in [&here, &there, &here, &there] {
        assert_eq!(fail(app).await, 401);
    }
    assert_eq!((fail(&here).await, fail(&there).await), (429, 429));
}

/// Messages flow while `cut` takes Redis away and `mend` brings it back.
async fn flows_through(
    redis: &mut TestRedis,
    cut: impl FnOnce(&mut TestRedis),
    mend: impl AsyncFnOnce(&mut TestRedis),
) {
    let (here, there) = nodes(redis).await;
    let (alice, bob, carol) = (here.register("alice").await, there.register("bob").await, here.register("carol").await);
    let body = json!({"type": "group", "title": "Tea", "participantIds": [bob.id, carol.id]});
    let (_, created) = alice.post("/api/v1/conversations", &body).await;
    let group = created["data"]["id"].as_str().unwrap().to_owned();
    let channel = format!("chat:{group}");
    let mut of_alice = subscribed(&here, &alice, &group).await;
    let mut of_bob = subscribed(&there, &bob, &group).await;
    let mut of_carol = subscribed(&here, &carol, &group).await;
    redis.listeners(&channel, 2).await;
    for seq in 1..=20 {
        send(&mut of_alice, &group, seq).await;
    }
    hears(&mut of_bob, 1..=20).await;
    hears(&mut of_carol, 1..=20).await;
    assert_eq!(health(&here).await.1["status"], "ok");

    cut(redis);
    for seq in 21..=60 {
        send(&mut of_alice, &group, seq).await;
        hears(&mut of_carol, [seq]).await;
    }
    // Whoever signs in meanwhile neither waits nor is let in with a wrong password.
    for (password, status) in [("Wrong1Password", 401), (Person::PASSWORD, 200)] {
        let body = json!({"email": alice.email, "password": password});
        let login = here.client.post(format!("{}/api/v1/auth/login", here.url)).json(&body);
        assert_eq!(answer(login).await.0, status);
    }
    for app in [&here, &there] {
        let checks = reports(app, "degraded").await;
        let lost: Vec<_> = checks.as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
        assert_eq!(lost.len(), 1, "{checks}");
        assert_eq!(lost[0]["name"], "redis", "{checks}");
    }
    for seq in 61..=80 {
        send(&mut of_alice, &group, seq).await;
    }
    hears(&mut of_carol, 61..=80).await;

    mend(redis).await;
    reports(&here, "ok").await;
    reports(&there, "ok").await;
    redis.listeners(&channel, 2).await;
    send(&mut of_alice, &group, 81).await;
    hears(&mut of_bob, 21..=81).await;
    hears(&mut of_carol, [81]).await;
    send(&mut of_bob, &group, 82).await;
    hears(&mut of_alice, [82]).await;
}

#[tokio::test]
async fn a_redis_that_is_killed_takes_nothing_with_it() {
    let mut redis = TestRedis::start().await;
    flows_through(&mut redis, TestRedis::kill, TestRedis::start_again).await;
}

#[tokio::test]
async fn a_redis_that_stands_still_holds_nobody_up() {
    let mut redis = TestRedis::start().await;
    flows_through(&mut redis, |redis| redis.pause(), async |redis| redis.resume()).await;
}

#[tokio::test]
async fn a_node_that_is_cut_off_again_and_again_misses_nothing() {
    let redis = TestRedis::start().await;
    let (here, there) = nodes(&redis).await;
    let (alice, bob) = (here.register("alice").await, there.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut of_alice = subscribed(&here, &alice, &conversation).await;
    let mut of_bob = subscribed(&there, &bob, &conversation).await;
    let channel = format!("chat:{conversation}");
    let mut killer = redis.connection().await;
    for tens in 0..10 {
        redis.listeners(&channel, 2).await;
        for seq in 1..=10 {
            send(&mut of_alice, &conversation, 10 * tens + seq).await;
            if seq == 5 {
                redis::cmd("CLIENT").arg(&["KILL", "TYPE", "pubsub"]).exec_async(&mut killer).await.unwrap();
            }
        }
    }
    redis.listeners(&channel, 2).await;
    send(&mut of_alice, &conversation, 101).await;
    hears(&mut of_bob, 1..=101).await;
}

#[tokio::test]
async fn nodes_that_cannot_hear_each_other_are_not_both_ready() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let mut alone = TestApp::start().await;
    reports(&alone, "ok").await;
    let others = [alone.beside(&[]).await, alone.beside(&[("REDIS_URL", &url)]).await];
    let alice = others[0].register("alice").await;
    for other in &others {
        let (code, report) = health(other).await;
        assert_eq!((code, &report["status"]), (503, &json!("unavailable")));
        let checks = report["checks"].as_array().unwrap();
        assert!(checks.iter().any(|check| check["name"] == "place" && check["ok"] == false), "{report}");
        // It serves whoever comes nevertheless.
        assert_eq!(
            answer(other.client.get(format!("{}/api/v1/users/me", other.url)).bearer_auth(&alice.token)).await.0,
            200
        );
    }
    // When it goes, one of them has the place.
    alone.stop().await;
    let begun = Instant::now();
    while health(&others[0]).await.0 != 200 && health(&others[1]).await.0 != 200 {
        assert!(begun.elapsed() < DEADLINE, "nobody took the place");
        sleep(Duration::from_millis(20)).await;
    }
    assert_ne!(health(&others[0]).await.0, health(&others[1]).await.0);
}

#[tokio::test]
async fn a_place_that_was_lost_is_taken_again() {
    let app = TestApp::start().await;
    reports(&app, "ok").await;
    let holders = "from pg_locks l join pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and d.datname = current_database()";
    let holder = app.text(&format!("select pid::text {holders}")).await;
    app.execute(&format!("select pg_terminate_backend(pid) {holders}")).await;
    let begun = Instant::now();
    loop {
        let next = app.text(&format!("select coalesce(max(pid)::text, '') {holders}")).await;
        if !next.is_empty() && next != holder {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "nobody took the place");
        sleep(Duration::from_millis(20)).await;
    }
    reports(&app, "ok").await;
}

#[tokio::test]
async fn a_node_starts_without_its_redis_and_finds_it_later() {
    let mut redis = TestRedis::start().await;
    redis.kill();
    let (here, there) = nodes(&redis).await;
    reports(&here, "degraded").await;
    let (alice, bob) = (here.register("alice").await, there.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut of_bob = subscribed(&there, &bob, &conversation).await;
    redis.start_again().await;
    redis.listeners(&format!("chat:{conversation}"), 1).await;
    reports(&here, "ok").await;
    alice.say(&conversation, "1").await;
    hears(&mut of_bob, [1]).await;
}
