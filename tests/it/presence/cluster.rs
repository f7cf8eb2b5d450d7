//! Presence on two nodes and one Redis: one truth, whatever dies.

use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::{DEADLINE, beat, hears, hears_nothing, seen, sees};
use crate::support::{Person, Program, Socket, TestApp, TestRedis};

struct Nodes {
    here: TestApp,
    there: TestApp,
    /// Here.
    alice: Person,
    /// There.
    bob: Person,
}

async fn nodes(redis: &TestRedis, presence: &[(&str, &str)]) -> Nodes {
    let url = redis.url();
    let settings = [&[("REDIS_URL", url.as_str())], presence].concat();
    let here = TestApp::start_with(&settings).await;
    let there = here.beside(&settings).await;
    redis.listeners("audience", 2).await;
    let (alice, bob) = (here.register("alice").await, there.register("bob").await);
    alice.direct(&bob).await;
    Nodes { here, there, alice, bob }
}

/// Which keys there are, without those that are always there.
async fn keys(redis: &TestRedis) -> Vec<String> {
    let mut keys: Vec<String> =
        redis::cmd("KEYS").arg("presence*").query_async(&mut redis.connection().await).await.unwrap();
    keys.retain(|key| key != "presence_era");
    keys.sort();
    keys
}

#[tokio::test]
async fn devices_on_several_nodes_are_one_person() {
    let redis = TestRedis::start().await;
    let quick = [("PRESENCE_GRACE", "50ms"), ("PRESENCE_SWEEP", "20ms")];
    let Nodes { here, there, alice, bob } = nodes(&redis, &quick).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    let mut phone = Socket::signed_in(&there, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    let mut desk = Socket::signed_in(&here, &bob).await;
    beat(&mut phone, "away").await;
    beat(&mut desk, "online").await;
    drop(phone);
    beat(&mut desk, "away").await;
    hears(&mut of_alice, &bob, "away").await;
    let away = sees(&alice, &bob, "away").await;
    assert!(away["lastSeenAt"].is_string());

    // As operators see it.
    let mut direct = redis.connection().await;
    let key = format!("presence:{}", bob.id);
    let begun = Instant::now();
    let json = loop {
        let json: String = redis::cmd("GET").arg(&key).query_async(&mut direct).await.unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        if json["devices"].as_object().unwrap().len() == 1 {
            break json;
        }
        assert!(begun.elapsed() < DEADLINE, "{json}");
        sleep(Duration::from_millis(10)).await;
    };
    let device = json["devices"].as_object().unwrap().values().next().unwrap();
    assert_eq!((&json["status"], &device["status"]), (&json!("away"), &json!("away")));
    assert!(device["until"].is_u64() && device.as_object().unwrap().len() == 2, "{json}");
    assert!(json["lastActivity"].is_u64(), "{json}");
    let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut direct).await.unwrap();
    assert!((1..=30_000).contains(&left), "{left}");

    drop(desk);
    hears(&mut of_alice, &bob, "offline").await;
    assert!(!keys(&redis).await.contains(&key));
    hears_nothing(&mut of_alice).await;
}

#[tokio::test]
async fn the_people_of_a_killed_node_are_gone_when_their_time_runs_out() {
    let redis = TestRedis::start().await;
    let presence = [("PRESENCE_TTL", "4s"), ("PRESENCE_SWEEP", "100ms")];
    let Nodes { here, there: _there, alice, bob } = nodes(&redis, &presence).await;
    let url = redis.url();
    let program = Program::start(&here, &[&[("REDIS_URL", url.as_str())][..], &presence].concat()).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    let mut of_bob = Socket::signed_in_to(&program.url, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    let begun = Instant::now();
    beat(&mut of_bob, "online").await;
    program.stop().await;
    hears(&mut of_alice, &bob, "offline").await;
    assert!(begun.elapsed() >= Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(sees(&alice, &bob, "offline").await["lastSeenAt"].is_string());
}

#[tokio::test]
async fn the_people_of_a_node_that_stops_are_gone_after_the_grace() {
    let redis = TestRedis::start().await;
    let Nodes { here, mut there, alice, bob } =
        nodes(&redis, &[("PRESENCE_GRACE", "50ms"), ("PRESENCE_SWEEP", "20ms")]).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    let _of_bob = Socket::signed_in(&there, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    there.stop().await;
    let offline = hears(&mut of_alice, &bob, "offline").await;
    assert_eq!(sees(&alice, &bob, "offline").await["lastSeenAt"], offline["lastSeenAt"]);
}

#[tokio::test]
async fn a_redis_that_forgets_everything_is_told_again() {
    let redis = TestRedis::start().await;
    let presence = [("PRESENCE_TTL", "10s"), ("PRESENCE_SWEEP", "100ms")];
    let Nodes { here, there, alice, bob } = nodes(&redis, &presence).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    let mut of_bob = Socket::signed_in(&there, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    beat(&mut of_bob, "away").await;
    hears(&mut of_alice, &bob, "away").await;
    redis::cmd("FLUSHALL").exec_async(&mut redis.connection().await).await.unwrap();
    // Nobody flickers while they are told again, and all of them are.
    sees(&alice, &bob, "away").await;
    assert_eq!(sees(&bob, &alice, "online").await["userId"], json!(alice.id));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(6) {
        beat(&mut of_bob, "away").await;
        beat(&mut of_alice, "online").await;
        hears_nothing(&mut of_alice).await;
        sleep(Duration::from_millis(500)).await;
    }
    beat(&mut of_bob, "online").await;
    hears(&mut of_alice, &bob, "online").await;
}

#[tokio::test]
async fn what_happened_while_redis_was_away_is_found_out_after_it() {
    let mut redis = TestRedis::start().await;
    let presence = [("PRESENCE_TTL", "4s"), ("PRESENCE_GRACE", "50ms"), ("PRESENCE_SWEEP", "100ms")];
    let Nodes { here, there, alice, bob } = nodes(&redis, &presence).await;
    let carol = there.register("carol").await;
    alice.direct(&carol).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    let mut of_bob = Socket::signed_in(&there, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    redis.kill();
    // Nobody waits for it, and what was known before is shown.
    beat(&mut of_bob, "away").await;
    assert_eq!(seen(&alice, &bob).await["status"], "online");
    drop(of_bob);
    let mut of_carol = Socket::signed_in(&there, &carol).await;
    beat(&mut of_carol, "away").await;
    redis.start_again().await;
    let begun = Instant::now();
    let (mut gone, mut came) = (false, false);
    while !(gone && came) {
        beat(&mut of_carol, "away").await;
        beat(&mut of_alice, "online").await;
        for (name, update) in std::mem::take(&mut of_alice.heard) {
            if name == "presence:update" {
                gone |= update["userId"] == bob.id.as_str() && update["status"] == "offline";
                came |= update["userId"] == carol.id.as_str() && update["status"] == "away";
            }
        }
        assert!(begun.elapsed() < DEADLINE, "{gone} {came}");
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(
        (seen(&alice, &bob).await["status"].clone(), seen(&alice, &carol).await["status"].clone()),
        (json!("offline"), json!("away"))
    );
}

#[tokio::test]
async fn news_that_the_bus_lost_is_found_by_comparing() {
    let redis = TestRedis::start().await;
    let presence = [("PRESENCE_TTL", "8s"), ("PRESENCE_GRACE", "50ms"), ("PRESENCE_SWEEP", "50ms")];
    let Nodes { here, there, alice, bob } = nodes(&redis, &presence).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    // Somebody finds the change and dies before announcing it: here, a script that is asked by nobody.
    let mut direct = redis.connection().await;
    let of_bob = Socket::signed_in(&there, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    let found: String = redis::cmd("HGET").arg("presence_found").arg(&bob.id).query_async(&mut direct).await.unwrap();
    let words: Vec<_> = found.split(' ').collect();
    let later = words[1].parse::<u64>().unwrap() + 1;
    let found = format!("away {later} {}", words[2]);
    redis::cmd("HSET").arg("presence_found").arg(&bob.id).arg(found).exec_async(&mut direct).await.unwrap();
    hears(&mut of_alice, &bob, "away").await;
    // The next one who looks finds that they are online.
    drop(of_bob);
    hears(&mut of_alice, &bob, "online").await;
    hears(&mut of_alice, &bob, "offline").await;
}

#[tokio::test]
async fn a_redis_that_tells_what_ran_out_need_not_be_swept() {
    let redis = TestRedis::start().await;
    let presence = [("PRESENCE_TTL", "1s"), ("PRESENCE_SWEEP", "60s")];
    let mut direct = redis.connection().await;
    redis::cmd("CONFIG").arg(&["SET", "notify-keyspace-events", "Ex"]).exec_async(&mut direct).await.unwrap();
    let Nodes { here, there, alice, bob } = nodes(&redis, &presence).await;
    redis.listeners("__keyevent@0__:expired", 2).await;
    let mut of_alice = Socket::signed_in(&here, &alice).await;
    let _of_bob = Socket::signed_in(&there, &bob).await;
    hears(&mut of_alice, &bob, "online").await;
    hears(&mut of_alice, &bob, "offline").await;
}
