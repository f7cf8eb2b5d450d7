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

/// Runs everything, each on a bus of its own.
pub async fn all<F: Future<Output = Arc<dyn Bus>>>(make: impl Fn() -> F) {
    hears_only_what_it_listens_to(&*make().await).await;
    hears_once_what_it_listens_to_twice(&*make().await).await;
    keeps_the_order_of_a_channel(&*make().await).await;
    hears_nothing_after_ignoring(&*make().await).await;
    publishes_into_the_void(&*make().await);
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

fn news() -> Event {
    Event::SessionRevoked { session_id: SessionId::new() }
}

async fn next(heard: &mut Receiver<Heard>) -> (Channel, Event) {
    let (channel, event) = timeout(Duration::from_secs(5), heard.recv()).await.unwrap().unwrap();
    (channel, (*event).clone())
}
