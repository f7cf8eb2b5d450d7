//! The bus within one process: a queue from those who publish to the one who listens.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
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
}

impl MemoryBus {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for MemoryBus {
    fn publish(&self, channel: Channel, event: Event) {
        let state = self.state();
        if !state.listened.contains(&channel) {
            return;
        }
        let Some(listener) = &state.listener else { return };
        // Sent under the lock, so that one publisher's events keep their order.
        if let Err(TrySendError::Full(_)) = listener.try_send((channel, Arc::new(event))) {
            tracing::warn!(?channel, "bus.full");
        }
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
