//! The bus: events on channels, from any node to all nodes that listen.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::event::{Channel, Event};

/// What the listener hears.
#[derive(Debug)]
pub enum Heard {
    /// An event, and where it was said.
    Event(Channel, Arc<Event>),
    /// From here on events may be missing: the listener was too slow, or Redis was lost and is back.
    Gap,
}

/// Publish and subscribe.
///
/// - **At most once**: an event may be lost, and is never repeated. Whoever must not miss it asks the database; when it is
///   known that some may be lost, the listener hears of a [`Heard::Gap`] before it hears anything later.
/// - **In order** per channel and publisher. Nothing is said about the order of several publishers.
/// - **No echo filter**: a node hears its own events, if it listens to the channel, also while Redis is away.
/// - Nothing here waits: publishing is fire and forget, also when the other side is gone.
pub trait Bus: Send + Sync {
    /// Tells everybody who listens to the channel.
    fn publish(&self, channel: Channel, event: Event);

    /// Listens to a channel from now on. To listen twice is to listen once.
    fn listen(&self, channel: Channel);

    /// Listens to it no more.
    fn ignore(&self, channel: Channel);

    /// Everything heard on the channels listened to. There is one listener: the newest call takes over.
    fn heard(&self) -> mpsc::Receiver<Heard>;
}
