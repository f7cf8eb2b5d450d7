//! What takes too long for every day: `make faults` runs it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    nodes::rolling_restarts,
    plan::{Chance, Shape},
    scene::{Scene, Setup, seed},
};
use crate::support::{DatabaseProxy, End, Line, Socket, TestApp, TestPostgres, TestRedis, database};

/// As many clients as CI can carry.
fn large() -> Shape {
    Shape { users: 20, steps: 60, ..Shape::default() }
}

/// F1, and F23 as far as one small machine goes.
#[tokio::test]
#[ignore = "long; make faults"]
async fn the_only_node_is_killed_ten_times() {
    let mut scene = Scene::begin(Setup { shape: large(), ..Setup::default() }).await;
    for percent in (5..95).step_by(9) {
        scene.stored(percent).await;
        scene.kill(0).await;
        scene.start_again(0).await;
    }
    scene.end().await;
}

/// F5.
#[tokio::test]
#[ignore = "long; make faults"]
async fn two_nodes_are_restarted_twenty_times() {
    let mut scene = Scene::begin(Setup { shape: large(), ..Setup::two() }).await;
    rolling_restarts(&mut scene, 20).await;
    scene.end().await;
}

/// F6.
#[tokio::test]
#[ignore = "long; make faults"]
async fn a_node_stands_still_for_twenty_seconds() {
    let setup = Setup { shape: large(), patience: (Duration::from_secs(3), true), ..Setup::two() };
    let mut scene = Scene::begin(setup).await;
    scene.stored(20).await;
    scene.node(0).pause();
    sleep(Duration::from_secs(20)).await;
    scene.node(0).resume();
    scene.end().await;
}

/// F8.
#[tokio::test]
#[ignore = "long; make faults"]
async fn the_database_stands_still_for_twenty_seconds() {
    let postgres = TestPostgres::start().await;
    let mut scene = Scene::begin(Setup { database: Some(postgres.database()), ..Setup::two() }).await;
    scene.stored(30).await;
    postgres.pause();
    sleep(Duration::from_secs(20)).await;
    postgres.resume();
    scene.end().await;
}

/// F10.
#[tokio::test]
#[ignore = "long; make faults"]
async fn the_database_takes_a_second_for_each_answer() {
    let proxy = DatabaseProxy::before(&database().await).await;
    let mut scene = Scene::begin(Setup { database: Some(proxy.database()), ..Setup::default() }).await;
    for (percent, delay) in [(20, 300), (30, 1000), (40, 0)] {
        scene.stored(percent).await;
        proxy.slow_down(Duration::from_millis(delay));
    }
    scene.end().await;
}

/// F17: senders do not notice that Redis stands still.
#[tokio::test]
#[ignore = "long; make faults"]
async fn a_redis_stands_still_for_ten_seconds_and_dies() {
    let mut scene = Scene::begin(Setup { shape: large(), ..Setup::two() }).await;
    scene.stored(10).await;
    let from = scene.position();
    scene.stored(30).await;
    let usual = scene.answer_time(from);
    scene.redis.as_ref().unwrap().pause();
    let from = scene.position();
    sleep(Duration::from_secs(10)).await;
    let without = scene.answer_time(from);
    println!("answered within {usual:?} with Redis, and within {without:?} without, in the middle");
    scene.redis.as_mut().unwrap().kill();
    scene.redis.as_mut().unwrap().start_again().await;
    scene.end().await;
    // A wait for Redis on the way to the answer would be 100 ms or more.
    assert!(without < 3 * usual + Duration::from_millis(50), "{usual:?} became {without:?}");
}

/// F13: the data finds no place any more, then PostgreSQL's own log, and it gives up.
#[tokio::test]
#[ignore = "long; make faults"]
async fn the_disk_is_full() {
    let Some(mut postgres) = TestPostgres::start_on_small_disk(200).await else {
        println!("F13 was not tried: only root may mount a small file system, and not in every container");
        return;
    };
    let mut scene = Scene::begin(Setup { database: Some(postgres.database()), ..Setup::default() }).await;
    scene.stored(20).await;
    postgres.fill_disk();
    scene.refused_more(5).await;
    assert!(scene.world.can_be_read().await, "what is stored can be read");
    postgres.free_disk();
    scene.stored_more(100).await;

    postgres.fill_disk();
    postgres.gives_up_for_want_of_place().await;
    scene.refused_more(5).await;
    postgres.free_disk();
    postgres.start_again().await;
    scene.end().await;
}

/// F21: clients that are cut off without a word. They are given up when they have not answered a ping.
#[tokio::test]
#[ignore = "long; make faults"]
async fn clients_that_are_cut_off_are_gone_in_the_end() {
    let redis = TestRedis::start().await;
    // Presence does not run out by itself.
    let settings = [("REDIS_URL", &*redis.url()), ("PRESENCE_TTL", "3600s"), ("PRESENCE_GRACE", "50ms")];
    let app = TestApp::start_with(&settings).await;
    let line = Line::to(End::Address(app.url.replacen("http://", "", 1))).await;
    let far = app.at(&format!("http://{}", line.address));
    let (alice, bob, carol) = (app.register("alice").await, app.register("bob").await, app.register("carol").await);
    let mut of_alice = Socket::signed_in(&app, &alice).await;
    let mut of_bob = Socket::signed_in(&far, &bob).await;
    let conversation = alice.direct(&bob).await;
    assert_eq!(of_bob.ask("subscribe", &json!({"conversationId": conversation})).await["ok"], true);
    // Carol polls.
    alice.direct(&carol).await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", far.url);
    let poll = async |url: &str| far.client.get(url).send().await.unwrap().text().await.unwrap();
    let opened: Value = serde_json::from_str(&poll(&url).await[1..]).unwrap();
    let url = format!("{url}&sid={}", opened["sid"].as_str().unwrap());
    let connect = format!("40/chat,{}", json!({"token": carol.token}));
    assert_eq!(far.client.post(&url).body(connect).send().await.unwrap().status(), 200);
    while !poll(&url).await.contains("auth:success") {}
    for person in [&bob, &carol] {
        redis.listeners(&format!("user:{}", person.id), 1).await;
    }

    line.cut();
    let gone = async {
        let mut left = vec![&bob.id, &carol.id];
        while !left.is_empty() {
            let update = of_alice.event("presence:update").await;
            left.retain(|id| update["status"] != "offline" || update["userId"] != ***id);
        }
        for person in [&bob, &carol] {
            redis.listeners(&format!("user:{}", person.id), 0).await;
        }
    };
    tokio::select! {
        said = poll(&url) => panic!("{said}"),
        gone = timeout(Duration::from_mins(2), gone) => gone.expect("they are given up"),
    }
    drop(of_bob);
}

/// What can be broken, and mended.
#[derive(Clone, Copy, Debug)]
enum Fault {
    NodeKilled,
    NodeStopped,
    DatabaseKilled,
    DatabaseStopped,
    RedisKilled,
    RedisStopped,
}

impl Fault {
    async fn strike(self, scene: &mut Scene, postgres: &mut TestPostgres) {
        match self {
            Self::NodeKilled => scene.kill(0).await,
            Self::NodeStopped => scene.node(0).pause(),
            Self::DatabaseKilled => postgres.end("-QUIT"),
            Self::DatabaseStopped => postgres.pause(),
            Self::RedisKilled => scene.redis.as_mut().unwrap().kill(),
            Self::RedisStopped => scene.redis.as_ref().unwrap().pause(),
        }
    }

    async fn mend(self, scene: &mut Scene, postgres: &mut TestPostgres) {
        match self {
            Self::NodeKilled => scene.start_again(0).await,
            Self::NodeStopped => scene.node(0).resume(),
            Self::DatabaseKilled => postgres.start_again().await,
            Self::DatabaseStopped => postgres.resume(),
            Self::RedisKilled => scene.redis.as_mut().unwrap().start_again().await,
            Self::RedisStopped => scene.redis.as_ref().unwrap().resume(),
        }
    }
}

/// F29: two faults at once, whichever.
#[tokio::test]
#[ignore = "long; make faults"]
async fn two_faults_at_once() {
    use Fault::{DatabaseKilled, DatabaseStopped, NodeKilled, NodeStopped, RedisKilled, RedisStopped};
    let parts = [[DatabaseKilled, DatabaseStopped], [RedisKilled, RedisStopped], [NodeKilled, NodeStopped]];
    let mut chance = Chance::new(seed());
    for round in 0..12 {
        let mut postgres = TestPostgres::start().await;
        let (shape, patience) = (Shape::small(), (Duration::from_secs(5), true));
        let setup = Setup { database: Some(postgres.database()), shape, patience, ..Setup::two() };
        let mut scene = Scene::begin(setup).await;
        let spared = chance.below(3);
        let faults: Vec<_> = (0..3).filter(|part| *part != spared).map(|part| parts[part][chance.below(2)]).collect();
        println!("round {round}: {faults:?}");
        scene.stored(20).await;
        for fault in &faults {
            fault.strike(&mut scene, &mut postgres).await;
        }
        sleep(Duration::from_millis(500 + 250 * chance.below(12) as u64)).await;
        for fault in &faults {
            fault.mend(&mut scene, &mut postgres).await;
        }
        scene.end().await;
    }
}
