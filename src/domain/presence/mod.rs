//! Presence: who is here, told to those whom it concerns. What devices say becomes one status in the engine; who of the
//! people connected here is told of it is `delivery`'s business.

mod sweep;
mod view;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::Instant,
};

use self::{sweep::Trust, view::View};
use crate::{
    config::presence::PresenceConfig,
    engine::{
        Engine,
        presence::{Says, Seen, Sign},
    },
    error::Result,
    model::{
        event::{Channel, Event, PresenceUpdate},
        id::{SocketId, UserId},
        presence::{Activity, Presence, PresenceStatus},
        time::Timestamp,
    },
    observability::metrics,
    runtime::{
        clock,
        tasks::{CancellationToken, Tasks},
    },
    store::{Store, presence::Sighting},
};

/// How many signs and changes may wait. When there are more, the sweep tells the engine again, and nodes compare.
const WAITING: usize = 8192;
/// How many are taken together.
const AT_ONCE: usize = 256;

/// Who is here.
pub struct PresenceService {
    store: Store,
    engine: Engine,
    config: PresenceConfig,
    signs: Sender<Sign>,
    changes: Sender<Seen>,
    devices: Mutex<HashMap<SocketId, Device>>,
    unwritten: Mutex<Unwritten>,
    view: Mutex<View>,
    trust: Mutex<Trust>,
}

/// A device of this node, and what it said last.
#[derive(Clone, Copy)]
struct Device {
    user: UserId,
    activity: Option<Activity>,
    at: Instant,
}

/// When people were last seen, as far as it is not stored.
#[derive(Default)]
struct Unwritten {
    /// Those who left: others want to know.
    left: HashMap<UserId, Timestamp>,
    /// Those who are here: in case this node does not live to see them leave.
    active: HashMap<UserId, Timestamp>,
}

impl PresenceService {
    /// On this database and engine. Its workers end with `tasks`.
    pub fn start(store: Store, engine: Engine, config: PresenceConfig, tasks: &Tasks) -> Arc<Self> {
        let (signs, heard) = mpsc::channel(WAITING);
        let (changes, found) = mpsc::channel(WAITING);
        let service = Arc::new(Self {
            store,
            engine,
            config,
            signs,
            changes,
            devices: Mutex::default(),
            unwritten: Mutex::default(),
            view: Mutex::default(),
            trust: Mutex::default(),
        });
        tasks.supervise_to_the_end("presence-note", Arc::clone(&service).note_all(heard, tasks.stopping()));
        tasks.supervise("presence-announce", Arc::clone(&service).announce_all(found));
        tasks.supervise("presence-sweep", sweep::run(Arc::clone(&service)));
        service
    }

    /// How long a heartbeat counts.
    pub fn ttl(&self) -> Duration {
        self.config.ttl
    }

    /// A socket proved whose it is. Waits for nothing, as everything that sockets do here.
    pub fn connect(&self, user: UserId, socket: SocketId) {
        self.here(socket, Device { user, activity: None, at: Instant::now() });
    }

    /// The person is here, and at this device or not.
    pub fn heartbeat(&self, user: UserId, socket: SocketId, activity: Activity) {
        self.here(socket, Device { user, activity: Some(activity), at: Instant::now() });
    }

    fn here(&self, socket: SocketId, device: Device) {
        lock(&self.devices).insert(socket, device);
        if device.activity != Some(Activity::Away) {
            lock(&self.unwritten).active.insert(device.user, clock::now());
        }
        self.say(self.sign(socket, device));
    }

    /// A socket is gone.
    pub fn disconnect(&self, socket: SocketId) {
        let device = lock(&self.devices).remove(&socket);
        if let Some(Device { user, .. }) = device {
            self.say(Sign { user, device: socket, says: Says::Gone { lasts: self.config.grace } });
        }
    }

    /// What the engine is told of a device that is here.
    fn sign(&self, socket: SocketId, Device { user, activity, at }: Device) -> Sign {
        Sign { user, device: socket, says: Says::Here { activity, ago: at.elapsed(), lasts: self.config.ttl } }
    }

    fn say(&self, sign: Sign) {
        if self.signs.try_send(sign).is_err() && lock(&self.trust).lose() {
            tracing::warn!("presence.full: the engine is told again soon");
        }
    }

    /// What somebody sees of these people.
    pub async fn of(&self, viewer: UserId, sightings: Vec<Sighting>) -> HashMap<UserId, Presence> {
        let shown = |one: &Sighting| one.presence_enabled || one.user_id == viewer;
        let ids: Vec<_> = sightings.iter().filter(|one| shown(one)).map(|one| one.user_id).collect();
        let seen = self.seen(&ids).await;
        let presence = |one: Sighting| {
            let (status, last_active) = seen.get(&one.user_id).copied().unwrap_or((PresenceStatus::Offline, None));
            let (status, last_seen_at) = match (shown(&one), status) {
                (false, _) => (PresenceStatus::Offline, None),
                (true, PresenceStatus::Online) => (status, None),
                (true, _) => (status, last_active.max(one.last_seen_at)),
            };
            (one.user_id, Presence { user_id: one.user_id, status, last_seen_at })
        };
        sightings.into_iter().map(presence).collect()
    }

    /// What is known of these people; while the engine is away, what was heard last has to do.
    async fn seen(&self, users: &[UserId]) -> HashMap<UserId, (PresenceStatus, Option<Timestamp>)> {
        if let Ok(seen) = self.engine.presence.of(users).await {
            return seen.into_iter().map(|seen| (seen.user, (seen.status, seen.last_active))).collect();
        }
        let view = lock(&self.view);
        users.iter().filter_map(|user| Some((*user, (view.status(*user)?, None)))).collect()
    }

    /// Somebody lets others see whether they are here, or no longer.
    pub async fn change_visibility(&self, user: UserId, visible: bool) {
        // While the engine is away nothing is known, and whoever hides is hidden all the same.
        let restated = self.engine.presence.restate(user).await;
        let seen = restated.unwrap_or_else(|_| Seen {
            user,
            status: PresenceStatus::Offline,
            last_active: None,
            timestamp: lock(&self.view).after(user).unwrap_or_else(clock::now),
        });
        self.publish(if visible { seen } else { unseen(seen) });
    }

    /// Tells the engine what devices say; in the end, that all of this node are gone.
    async fn note_all(self: Arc<Self>, mut heard: Receiver<Sign>, stopping: CancellationToken) {
        let mut signs = Vec::with_capacity(AT_ONCE);
        while let Some(1..) = stopping.run_until_cancelled(heard.recv_many(&mut signs, AT_ONCE)).await {
            self.note(&mut signs).await;
        }
        while let Ok(sign) = heard.try_recv() {
            signs.push(sign);
        }
        let lasts = self.config.grace;
        let left = std::mem::take(&mut *lock(&self.devices));
        signs.extend(left.into_iter().map(|(device, Device { user, .. })| Sign {
            user,
            device,
            says: Says::Gone { lasts },
        }));
        self.note(&mut signs).await;
        self.write_last_seen(true).await;
    }

    /// What the engine cannot take now it is told again by the sweep.
    async fn note(&self, signs: &mut Vec<Sign>) {
        match self.engine.presence.note(signs).await {
            Ok(changes) => self.found(changes),
            Err(error) => tracing::debug!(%error, "presence.unnoted"),
        }
        signs.clear();
    }

    /// This node found changes, and announces them.
    fn found(&self, changes: Vec<Seen>) {
        for seen in changes {
            if let (PresenceStatus::Offline, Some(at)) = (seen.status, seen.last_active) {
                lock(&self.unwritten).left.insert(seen.user, at);
            }
            if self.changes.try_send(seen).is_err() {
                tracing::warn!("presence.changes_full");
            }
        }
    }

    /// Announces changes, but not those of people who do not let them be seen.
    async fn announce_all(self: Arc<Self>, mut found: Receiver<Seen>) {
        let mut changes = Vec::with_capacity(AT_ONCE);
        while found.recv_many(&mut changes, AT_ONCE).await > 0 {
            let users: Vec<_> = changes.iter().map(|seen| seen.user).collect();
            match self.store.hidden_among(&users).await {
                Ok(hidden) => {
                    let seen = changes.iter().filter(|seen| !hidden.contains(&seen.user));
                    seen.for_each(|seen| self.publish(*seen));
                }
                // Nodes find it when they compare.
                Err(error) => tracing::warn!(%error, "presence.unannounced"),
            }
            changes.clear();
        }
    }

    fn publish(&self, seen: Seen) {
        metrics::presence_changed(lock(&self.view).status(seen.user), seen.status);
        self.engine.bus.publish(Channel::Audience, Event::PresenceUpdate(update(seen)));
    }

    /// Whether this is news for the people of this node.
    pub fn hear(&self, update: &PresenceUpdate) -> bool {
        lock(&self.view).hear(update.user_id, update.status, update.timestamp)
    }

    /// Could not be told to the people of this node.
    pub fn unhear(&self, user: UserId) {
        lock(&self.view).forget(user);
    }

    /// Compares what the people of this node were told with what the engine knows. Answers what they are to be told.
    pub async fn compare(&self) -> Result<Vec<PresenceUpdate>> {
        let era = self.engine.presence.era().await?;
        let everybody = self.engine.presence.everybody().await?;
        if self.engine.presence.era().await? != era || !lock(&self.trust).holds(&era) {
            return Ok(Vec::new());
        }
        let known: HashSet<_> = everybody.iter().map(|seen| seen.user).collect();
        let newer: Vec<_> = {
            let view = lock(&self.view);
            everybody.into_iter().filter(|seen| !view.knows(seen.user, seen.timestamp)).collect()
        };
        let users: Vec<_> = newer.iter().map(|seen| seen.user).collect();
        let hidden: HashSet<_> = if users.is_empty() {
            HashSet::new()
        } else {
            self.store.hidden_among(&users).await?.into_iter().collect()
        };
        let lost = lock(&self.view).missing_from(&known);
        let stored = if lost.is_empty() { Vec::new() } else { self.store.sightings(&lost).await? };

        let mut view = lock(&self.view);
        let mut news: Vec<_> = newer
            .into_iter()
            .map(|seen| if hidden.contains(&seen.user) { unseen(seen) } else { seen })
            .filter(|seen| view.hear(seen.user, seen.status, seen.timestamp))
            .map(update)
            .collect();
        for Sighting { user_id, presence_enabled, last_seen_at } in stored {
            let Some(timestamp) = view.after(user_id) else { continue };
            let status = PresenceStatus::Offline;
            if view.hear(user_id, status, timestamp) {
                let last_seen_at = last_seen_at.filter(|_| presence_enabled);
                news.push(PresenceUpdate { user_id, status, last_seen_at, timestamp });
            }
        }
        view.retain(&known);
        Ok(news)
    }
}

/// How it looks when somebody does not let it be seen.
fn unseen(seen: Seen) -> Seen {
    Seen { status: PresenceStatus::Offline, last_active: None, ..seen }
}

fn update(Seen { user, status, last_active, timestamp }: Seen) -> PresenceUpdate {
    let last_seen_at = last_active.filter(|_| status != PresenceStatus::Online);
    PresenceUpdate { user_id: user, status, last_seen_at, timestamp }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
