//! Messages stored by this process a moment ago.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{
    engine::messages::Dedup,
    model::id::{ClientMessageId, MessageId, UserId},
};

/// How many are remembered at most: some 15 MB.
const MOST: usize = 100_000;

/// The messages of a single node.
pub struct MemoryDedup {
    lasts: Duration,
    state: Mutex<State>,
}

type Name = (UserId, ClientMessageId);

#[derive(Default)]
struct State {
    messages: HashMap<Name, MessageId>,
    /// The oldest first.
    ends: VecDeque<(Instant, Name)>,
}

impl MemoryDedup {
    /// Remembers each for so long.
    pub fn new(lasts: Duration) -> Self {
        Self { lasts, state: Mutex::default() }
    }

    /// Without what is over.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while let Some((_, name)) = state.ends.pop_front_if(|(ends, _)| *ends <= now) {
            state.messages.remove(&name);
        }
        state
    }
}

#[async_trait]
impl Dedup for MemoryDedup {
    fn remember(&self, sender: UserId, name: ClientMessageId, message: MessageId) {
        let mut state = self.state();
        if state.messages.insert((sender, name), message).is_none() {
            state.ends.push_back((Instant::now() + self.lasts, (sender, name)));
        }
        if state.ends.len() > MOST
            && let Some((_, oldest)) = state.ends.pop_front()
        {
            state.messages.remove(&oldest);
        }
    }

    async fn recall(&self, sender: UserId, name: ClientMessageId) -> Option<MessageId> {
        self.state().messages.get(&(sender, name)).copied()
    }
}
