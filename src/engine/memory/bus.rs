//! The bus within one process: a queue from those who publish to the one who listens.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};

use crate::{
    engine::bus::{Bus, Heard},
    model::event::{Channel, Event},
};

/// How many events may wait for the listener. One that is lost is read from the database as a hole, so this only
/// bounds memory: some 64 MB of the largest messages.
const WAITING: usize = 4096;

/// The bus of a single node.
#[derive(Default)]
pub struct MemoryBus(Mutex<State>);

#[derive(Default)]
struct State {
    listened: HashSet<Channel>,
    listener: Option<Sender<Heard>>,
    /// Something was lost that the listener does not know of yet.
    gap: bool,
}

impl State {
    /// Under the lock, so that one publisher's events keep their order.
    fn pass_on(&mut self, event: Option<(Channel, Arc<Event>)>) {
        let Some(listener) = &self.listener else { return };
        if self.gap {
            self.gap = listener.try_send(Heard::Gap).is_err();
        }
        let Some((channel, event)) = event else { return };
        if !self.gap && matches!(listener.try_send(Heard::Event(channel, event)), Err(TrySendError::Full(_))) {
            self.gap = true;
            tracing::warn!("bus.full");
        }
    }
}

impl MemoryBus {
    /// Passes on what was said on a channel, to a listener who listens to it.
    pub fn deliver(&self, channel: Channel, event: Arc<Event>) {
        let mut state = self.state();
        if state.listened.contains(&channel) {
            state.pass_on(Some((channel, event)));
        }
    }

    /// Tells the listener that something may have been lost.
    pub fn tell_of_gap(&self) {
        let mut state = self.state();
        state.gap = true;
        state.pass_on(None);
    }

    /// Whether the channel is listened to.
    pub fn listens(&self, channel: Channel) -> bool {
        self.state().listened.contains(&channel)
    }

    /// All channels that are listened to.
    pub fn listened(&self) -> HashSet<Channel> {
        self.state().listened.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for MemoryBus {
    fn publish(&self, channel: Channel, event: Event) {
        self.deliver(channel, Arc::new(event));
    }

    fn listen(&self, channel: Channel) {
        self.state().listened.insert(channel);
    }

    fn ignore(&self, channel: Channel) {
        self.state().listened.remove(&channel);
    }

    fn heard(&self) -> Receiver<Heard> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.state().listener = Some(sender);
        receiver
    }
}
