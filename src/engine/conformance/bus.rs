//! What every bus promises.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{sync::mpsc::Receiver, time::timeout};

use crate::{
    engine::bus::{Bus, Heard},
    model::{
        event::{Channel, Event},
        id::{ConversationId, SessionId, UserId},
    },
};

/// How long to wait for what must come. Long, because it only matters when the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs everything, each on a bus of its own.
pub async fn all<F: Future<Output = Arc<dyn Bus>>>(make: impl Fn() -> F) {
    hears_only_what_it_listens_to(&*make().await).await;
    hears_once_what_it_listens_to_twice(&*make().await).await;
    keeps_the_order_of_a_channel(&*make().await).await;
    hears_nothing_after_ignoring(&*make().await).await;
    publishes_into_the_void(&*make().await);
    loses_rather_than_waits_and_says_so(&*make().await).await;
}

async fn hears_only_what_it_listens_to(bus: &dyn Bus) {
    let (mine, other) = (Channel::User(UserId::new()), Channel::Chat(ConversationId::new()));
    let mut heard = bus.heard();
    bus.listen(mine);
    let (theirs, ours) = (news(), news());
    bus.publish(other, theirs);
    bus.publish(mine, ours.clone());
    assert_eq!(next(&mut heard).await, (mine, ours));
}

async fn hears_once_what_it_listens_to_twice(bus: &dyn Bus) {
    let channel = Channel::User(UserId::new());
    let mut heard = bus.heard();
    bus.listen(channel);
    bus.listen(channel);
    let (first, second) = (news(), news());
    bus.publish(channel, first.clone());
    bus.publish(channel, second.clone());
    assert_eq!(next(&mut heard).await, (channel, first));
    assert_eq!(next(&mut heard).await, (channel, second));
}

async fn keeps_the_order_of_a_channel(bus: &dyn Bus) {
    let channel = Channel::Chat(ConversationId::new());
    let mut heard = bus.heard();
    bus.listen(channel);
    let sent: Vec<_> = std::iter::repeat_with(news).take(500).collect();
    for event in &sent {
        bus.publish(channel, event.clone());
    }
    for event in sent {
        assert_eq!(next(&mut heard).await, (channel, event));
    }
}

async fn hears_nothing_after_ignoring(bus: &dyn Bus) {
    let (left, kept) = (Channel::User(UserId::new()), Channel::User(UserId::new()));
    let mut heard = bus.heard();
    bus.listen(left);
    bus.listen(kept);
    bus.ignore(left);
    bus.publish(left, news());
    let last = news();
    bus.publish(kept, last.clone());
    assert_eq!(next(&mut heard).await, (kept, last));
}

fn publishes_into_the_void(bus: &dyn Bus) {
    let channel = Channel::User(UserId::new());
    bus.publish(channel, news());
    bus.listen(channel);
    drop(bus.heard());
    bus.publish(channel, news());
}

async fn loses_rather_than_waits_and_says_so(bus: &dyn Bus) {
    let channel = Channel::User(UserId::new());
    let mut heard = bus.heard();
    bus.listen(channel);
    let (first, last) = (news(), news());
    bus.publish(channel, first.clone());
    assert_eq!(next(&mut heard).await, (channel, first));
    // Nobody listens meanwhile.
    let sent = 20_000;
    for _ in 0..sent {
        bus.publish(channel, news());
    }
    let mut kept = 0;
    while heard.try_recv().is_ok() {
        kept += 1;
    }
    assert!(kept < sent, "all were kept, so there is no bound");
    bus.publish(channel, last.clone());
    assert!(matches!(timeout(PATIENCE, heard.recv()).await.unwrap(), Some(Heard::Gap)));
    assert_eq!(next(&mut heard).await, (channel, last));
}

fn news() -> Event {
    Event::SessionRevoked { session_id: SessionId::new() }
}

async fn next(heard: &mut Receiver<Heard>) -> (Channel, Event) {
    loop {
        // A new bus may be unsure what it missed before it was asked.
        if let Heard::Event(channel, event) = timeout(PATIENCE, heard.recv()).await.unwrap().unwrap() {
            return (channel, (*event).clone());
        }
    }
}
