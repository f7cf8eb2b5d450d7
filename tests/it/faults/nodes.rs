//! Nodes that die, end and stand still.

use std::time::Duration;

use super::{
    plan::Shape,
    scene::{Scene, Setup},
};

/// Where a node dies, counted so that it does in the middle of a small load.
const PLACES: [&str; 4] = ["before_commit:8", "after_commit:8", "before_publish:40", "after_publish:40"];

#[tokio::test]
async fn two_nodes_are_one() {
    Scene::begin(Setup::two()).await.end().await;
}

/// F1.
#[tokio::test]
async fn the_only_node_is_killed_and_started_again() {
    let mut scene = Scene::begin(Setup::default()).await;
    for percent in [20, 60] {
        scene.stored(percent).await;
        scene.kill(0).await;
        scene.start_again(0).await;
    }
    scene.end().await;
}

/// F2, F3 and F4: what was committed and not told is found by `lastSeq`, and what was not answered is stored once.
#[tokio::test]
async fn the_only_node_dies_around_a_commit() {
    for place in PLACES {
        let setup = Setup { shape: Shape::small(), fail_at: Some(place), ..Setup::default() };
        let mut scene = Scene::begin(setup).await;
        scene.dies(0).await;
        scene.start_again(0).await;
        scene.end().await;
    }
}

/// F2 and F3: the other node tells what the dead one did not.
#[tokio::test]
async fn one_of_two_nodes_dies_around_a_commit() {
    for place in PLACES {
        let setup = Setup { shape: Shape::small(), fail_at: Some(place), ..Setup::two() };
        let mut scene = Scene::begin(setup).await;
        scene.dies(0).await;
        scene.end().await;
    }
}

/// F5.
#[tokio::test]
async fn two_nodes_are_restarted_one_after_the_other() {
    let mut scene = Scene::begin(Setup::two()).await;
    rolling_restarts(&mut scene, 2).await;
    scene.end().await;
}

/// Each node ends in good order and is started again, so many times.
pub async fn rolling_restarts(scene: &mut Scene, rounds: usize) {
    for round in 0..rounds {
        for node in [0, 1] {
            scene.stored(80 * (2 * round + node) / (2 * rounds)).await;
            scene.ends(node).await;
            scene.start_again(node).await;
        }
    }
}

/// F6.
#[tokio::test]
async fn a_node_stands_still_and_goes_on() {
    let setup = Setup { patience: (Duration::from_secs(3), true), ..Setup::two() };
    let mut scene = Scene::begin(setup).await;
    scene.stored(20).await;
    scene.node(0).pause();
    scene.stored(60).await;
    scene.node(0).resume();
    scene.end().await;
}
