//! A Redis that dies, forgets, stands still, refuses and cuts its listeners off.

use super::scene::{Scene, Setup};

async fn ask(scene: &mut Scene, command: &[&str]) {
    let url = scene.redis.as_ref().unwrap().url();
    // A busy machine makes a client give up early.
    scene
        .wait("an answer of Redis", async || {
            let connected = redis::Client::open(url.as_str()).unwrap().get_multiplexed_async_connection().await;
            let Ok(mut redis) = connected else { return false };
            redis::cmd(command[0]).arg(&command[1..]).exec_async(&mut redis).await.is_ok()
        })
        .await;
}

/// F16.
#[tokio::test]
async fn a_redis_dies_and_forgets() {
    let mut scene = Scene::begin(Setup::two()).await;
    scene.stored(20).await;
    scene.redis.as_mut().unwrap().kill();
    scene.stored(50).await;
    scene.redis.as_mut().unwrap().start_again().await;
    scene.stored(70).await;
    ask(&mut scene, &["FLUSHALL"]).await;
    scene.end().await;
}

/// F17.
#[tokio::test]
async fn a_redis_stands_still_and_goes_on() {
    let mut scene = Scene::begin(Setup::two()).await;
    scene.stored(20).await;
    scene.redis.as_ref().unwrap().pause();
    scene.stored(60).await;
    scene.redis.as_ref().unwrap().resume();
    scene.end().await;
}

/// F18.
#[tokio::test]
async fn listeners_are_cut_off_again_and_again() {
    let mut scene = Scene::begin(Setup::two()).await;
    for percent in (10..90).step_by(5) {
        scene.stored(percent).await;
        ask(&mut scene, &["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    }
    scene.end().await;
}

/// F19.
#[tokio::test]
async fn a_redis_is_out_of_memory_and_then_a_copy() {
    let mut scene = Scene::begin(Setup::two()).await;
    scene.stored(20).await;
    ask(&mut scene, &["CONFIG", "SET", "maxmemory", "1"]).await;
    scene.stored(40).await;
    ask(&mut scene, &["CONFIG", "SET", "maxmemory", "0"]).await;
    ask(&mut scene, &["REPLICAOF", "127.0.0.1", "1"]).await;
    scene.stored(70).await;
    ask(&mut scene, &["REPLICAOF", "NO", "ONE"]).await;
    scene.end().await;
}
