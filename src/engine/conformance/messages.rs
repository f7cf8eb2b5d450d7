//! What every memory of stored messages must do.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{
    engine::messages::{Dedup, REMEMBERED},
    model::id::{ClientMessageId, MessageId, UserId},
};

/// How long to wait for what must come. Long, because it only matters when the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the suite; `lasting` makes one that remembers for so long.
pub async fn all<F: Future<Output = Arc<dyn Dedup>>>(lasting: impl Fn(Duration) -> F) {
    remembers_by_sender_and_name(&*lasting(REMEMBERED).await).await;
    forgets_after_a_while(&*lasting(Duration::from_millis(100)).await).await;
}

/// Remembering is not waited for.
async fn recalls(dedup: &dyn Dedup, sender: UserId, name: ClientMessageId, message: Option<MessageId>) {
    let begun = Instant::now();
    while dedup.recall(sender, name).await != message {
        assert!(begun.elapsed() < PATIENCE, "it is not {message:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn remembers_by_sender_and_name(dedup: &dyn Dedup) {
    let (alice, bob) = (UserId::new(), UserId::new());
    let names: Vec<_> = (0..1000).map(|_| (ClientMessageId::new(), MessageId::new())).collect();
    assert_eq!(dedup.recall(alice, names[0].0).await, None);
    for (name, message) in &names {
        dedup.remember(alice, *name, *message);
    }
    for (name, message) in &names {
        recalls(dedup, alice, *name, Some(*message)).await;
    }
    assert_eq!(dedup.recall(bob, names[0].0).await, None);
    assert_eq!(dedup.recall(alice, ClientMessageId::new()).await, None);
}

async fn forgets_after_a_while(dedup: &dyn Dedup) {
    let (alice, name, message) = (UserId::new(), ClientMessageId::new(), MessageId::new());
    for _ in 0..2 {
        let begun = Instant::now();
        dedup.remember(alice, name, message);
        recalls(dedup, alice, name, Some(message)).await;
        recalls(dedup, alice, name, None).await;
        assert!(begun.elapsed() >= Duration::from_millis(100));
    }
}
