//! The bus between nodes. A node hears its own events from itself, whether Redis is there or not; Redis carries them to
//! the others (docs/decisions/0008-own-events-are-delivered-at-home.md).

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{
        Notify,
        mpsc::{self, Receiver, Sender},
    },
    time::sleep,
};

use super::{
    connection::{Away, Connection, Live},
    keys,
};
use crate::{
    engine::{
        bus::{Bus, Heard},
        memory::MemoryBus,
    },
    model::{
        event::{Channel, Event},
        id::NodeId,
    },
};

/// How many events may wait for Redis: some 64 MB of the largest messages. Nobody waits for them, and what is lost is
/// read from the database.
const WAITING: usize = 4096;
/// How many events one round trip carries.
const AT_ONCE: usize = 256;
/// How many channels are subscribed to in one round trip.
const CHANNELS: usize = 1000;
/// How long Redis may take for what nobody waits for.
const BUDGET: Duration = Duration::from_secs(1);
/// How often losses are told.
const TELL: Duration = Duration::from_secs(1);

/// The bus of one of several nodes.
pub struct RedisBus {
    inbox: Arc<Inbox>,
    outbox: Sender<(Channel, Arc<Event>)>,
    /// Channels that may have to be subscribed to, or no longer; collected only while somebody follows them.
    changed: Mutex<Option<HashSet<Channel>>>,
    woken: Notify,
    lost: AtomicU64,
}

/// An event as it travels, and which node said it.
#[derive(Serialize, Deserialize)]
struct Said<E> {
    node: NodeId,
    event: E,
}

/// What other nodes say.
pub struct Inbox {
    node: NodeId,
    local: MemoryBus,
}

impl Inbox {
    /// For a node that has just begun.
    pub fn new() -> Self {
        Self { node: NodeId::new(), local: MemoryBus::default() }
    }

    /// Takes what was said on a channel. What this node said itself it has heard before.
    pub fn take(&self, name: &[u8], payload: &[u8]) {
        let channel = std::str::from_utf8(name).ok().and_then(keys::channel);
        match (channel, serde_json::from_slice::<Said<Event>>(payload)) {
            (Some(_), Ok(said)) if said.node == self.node => {}
            (Some(channel), Ok(said)) => self.local.deliver(channel, Arc::new(said.event)),
            // A newer node may say what this one does not know. The payload holds what people wrote.
            (_, read) => tracing::warn!(bytes = payload.len(), known = read.is_ok(), "bus.unreadable"),
        }
    }
}

/// The events on their way to Redis.
pub type Outbox = Receiver<(Channel, Arc<Event>)>;

impl RedisBus {
    /// A bus, and what [`Self::publish_all`] is to empty.
    pub fn new(inbox: Arc<Inbox>) -> (Self, Outbox) {
        let (outbox, waiting) = mpsc::channel(WAITING);
        let bus = Self { inbox, outbox, changed: Mutex::default(), woken: Notify::new(), lost: AtomicU64::default() };
        (bus, waiting)
    }

    /// Brings events to Redis in the order in which they were said. What it does not take at once is lost: nothing is
    /// tried again, for it may have arrived.
    pub async fn publish_all(self: Arc<Self>, connection: Arc<Connection>, mut waiting: Outbox) {
        let mut events = Vec::with_capacity(AT_ONCE);
        while waiting.recv_many(&mut events, AT_ONCE).await > 0 {
            let mut pipeline = redis::pipe();
            for (channel, event) in &events {
                match serde_json::to_vec(&Said { node: self.inbox.node, event: &**event }) {
                    Ok(payload) => {
                        pipeline.cmd("PUBLISH").arg(keys::of_channel(*channel)).arg(payload).ignore();
                    }
                    Err(error) => tracing::error!(%error, "bus.unwritable"),
                }
            }
            let taken = match connection.live() {
                Some(live) => {
                    live.insist("publish", BUDGET, async |mut redis| pipeline.exec_async(&mut redis).await).await
                }
                None => Err(Away),
            };
            if taken.is_err() {
                self.lost.fetch_add(events.len() as u64, Ordering::Relaxed);
            }
            events.clear();
        }
    }

    /// Tells once a second what was lost.
    pub async fn tell_losses(self: Arc<Self>) {
        loop {
            sleep(TELL).await;
            let count = self.lost.swap(0, Ordering::Relaxed);
            if count > 0 {
                tracing::warn!(count, "bus.lost: other nodes find these events in the database");
            }
        }
    }

    /// Subscribes to what is listened to, anew on each connection; the listener learns that there was a gap.
    pub async fn subscribe_all(self: Arc<Self>, connection: Arc<Connection>) {
        loop {
            let live = connection.established().await;
            let mut subscribed = HashSet::new();
            self.follow_from_now_on();
            if self.follow(&live, &mut subscribed).await.is_ok() {
                self.inbox.local.tell_of_gap();
                while live.until_lost_or(self.woken.notified()).await {
                    if self.follow(&live, &mut subscribed).await.is_err() {
                        break;
                    }
                }
            }
            *self.changed() = None;
        }
    }

    /// Looks at what is listened to under the lock: what is listened to later is a change.
    fn follow_from_now_on(&self) {
        let mut changed = self.changed();
        *changed = Some(self.inbox.local.listened());
    }

    /// Subscribes and unsubscribes as far as something changed. An error means that the connection is lost.
    async fn follow(&self, live: &Live, subscribed: &mut HashSet<Channel>) -> Result<(), Away> {
        let changed = self.changed().as_mut().map(std::mem::take).unwrap_or_default();
        let (add, remove): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|channel| self.inbox.local.listens(*channel));
        let add: Vec<_> = add.into_iter().filter(|channel| subscribed.insert(*channel)).collect();
        let remove: Vec<_> = remove.into_iter().filter(|channel| subscribed.remove(channel)).collect();
        for channels in add.chunks(CHANNELS) {
            let names: Vec<_> = channels.iter().copied().map(keys::of_channel).collect();
            live.insist("subscribe", BUDGET, async |mut redis| redis.subscribe(names).await).await?;
        }
        for channels in remove.chunks(CHANNELS) {
            let names: Vec<_> = channels.iter().copied().map(keys::of_channel).collect();
            live.insist("unsubscribe", BUDGET, async |mut redis| redis.unsubscribe(names).await).await?;
        }
        Ok(())
    }

    fn changed(&self) -> MutexGuard<'_, Option<HashSet<Channel>>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, channel: Channel) {
        if let Some(changed) = self.changed().as_mut() {
            changed.insert(channel);
            self.woken.notify_one();
        }
    }
}

impl Bus for RedisBus {
    fn publish(&self, channel: Channel, event: Event) {
        let event = Arc::new(event);
        self.inbox.local.deliver(channel, Arc::clone(&event));
        if self.outbox.try_send((channel, event)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn listen(&self, channel: Channel) {
        self.inbox.local.listen(channel);
        self.change(channel);
    }

    fn ignore(&self, channel: Channel) {
        self.inbox.local.ignore(channel);
        self.change(channel);
    }

    fn heard(&self) -> Receiver<Heard> {
        self.inbox.local.heard()
    }
}
