//! What waits for a client to read. Engine.IO holds a few packets, the others wait here, where they are counted: a client that
//! is too far behind is given up. What is replayed to it is not counted, for that is written no faster than it reads.
//!
//! Engine.IO tells nobody when it has room again. As long as something waits somebody looks again, the less often the less
//! happens; where nothing waits nobody looks, and nothing is allocated.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use engineioxide::Str;
use tokio::{sync::Notify, time::sleep};

use super::socket::Slot;
use crate::runtime::tasks::CancellationToken;

/// How many packets Engine.IO holds, besides those that are [`RESERVED`].
const HELD_BELOW: usize = 64;
/// Places that are left free there. A ping that finds none ends the connection; the others are for a farewell.
const RESERVED: usize = 3;
/// What Engine.IO is to have room for.
pub const BELOW: usize = HELD_BELOW + RESERVED;
/// How many counted packets may wait (contract, "Delivery"), with those that Engine.IO holds.
const BACKLOG: usize = 256 - HELD_BELOW;
/// How many bytes they may have together.
const BACKLOG_BYTES: usize = 4 * 1024 * 1024;
/// How much of a replay may wait before its next page.
const PAGE: usize = 256 * 1024;
/// How much is handed on at once: the buffer below grows to that and stays so for as long as the connection lives.
const AT_ONCE: usize = 32 * 1024;
/// How soon to look again after something was handed on, and how late when nothing could be.
const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(100);

/// Whether a packet counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is news, or an answer: too many of them are a reason to give the client up.
    Live,
    /// It belongs to a replay, which waits for the client.
    Replayed,
}

/// What became of a packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Put {
    /// It is on its way, or waits behind others.
    Done,
    /// It waits, and somebody must [`Outbox::carry`] from now on.
    Waits,
    /// The client is too far behind.
    TooMuch,
}

/// The packets of one socket that wait.
pub struct Outbox {
    below: Arc<engineioxide::Socket<Slot>>,
    waiting: Mutex<Waiting>,
    /// Something was handed on.
    moved: Notify,
}

#[derive(Default)]
struct Waiting {
    packets: VecDeque<(Str, Kind)>,
    counted: usize,
    counted_bytes: usize,
    replayed_bytes: usize,
    /// Somebody carries what waits.
    carried: bool,
    /// Nothing is taken any more.
    shut: bool,
}

impl Waiting {
    fn count(&mut self, packet: &Str, kind: Kind) {
        match kind {
            Kind::Live => {
                self.counted += 1;
                self.counted_bytes += packet.len();
            }
            Kind::Replayed => self.replayed_bytes += packet.len(),
        }
    }

    fn uncount(&mut self, packet: &Str, kind: Kind) {
        match kind {
            Kind::Live => {
                self.counted -= 1;
                self.counted_bytes -= packet.len();
            }
            Kind::Replayed => self.replayed_bytes -= packet.len(),
        }
    }
}

impl Outbox {
    /// Nothing waits.
    pub fn new(below: Arc<engineioxide::Socket<Slot>>) -> Self {
        Self { below, waiting: Mutex::default(), moved: Notify::new() }
    }

    /// Puts a packet behind those before it.
    pub fn put(&self, packet: Str, kind: Kind) -> Put {
        let mut waiting = self.waiting();
        if waiting.shut {
            return Put::Done;
        }
        let packet = if waiting.packets.is_empty() {
            match self.hand_on(packet) {
                Ok(()) => return Put::Done,
                Err(packet) => packet,
            }
        } else {
            packet
        };
        waiting.count(&packet, kind);
        waiting.packets.push_back((packet, kind));
        if waiting.counted > BACKLOG || waiting.counted_bytes > BACKLOG_BYTES {
            return Put::TooMuch;
        }
        if std::mem::replace(&mut waiting.carried, true) { Put::Done } else { Put::Waits }
    }

    /// Hands on what waits, as the client reads, until nothing does or the socket is closed.
    pub async fn carry(&self, closed: CancellationToken) {
        let mut wait = SOON;
        while closed.run_until_cancelled(sleep(wait)).await.is_some() {
            let Some(moved) = self.hand_on_some() else { return };
            wait = if moved { SOON } else { LATE.min(2 * wait) };
        }
    }

    /// Ends when there is room for the next page of a replay.
    pub async fn drained(&self) {
        while self.waiting().replayed_bytes >= PAGE {
            self.moved.notified().await;
        }
    }

    /// Takes nothing any more and forgets what waits, but for these last words.
    pub fn shut(&self, words: impl IntoIterator<Item = Str>) {
        let mut waiting = self.waiting();
        if std::mem::replace(&mut *waiting, Waiting { shut: true, ..Waiting::default() }).shut {
            return;
        }
        for word in words {
            if self.below.emit(word).is_err() {
                break;
            }
        }
        drop(waiting);
        self.moved.notify_one();
    }

    /// Answers whether anything was handed on; nothing when nothing waits any more.
    fn hand_on_some(&self) -> Option<bool> {
        let mut waiting = self.waiting();
        let mut bytes = 0;
        while bytes < AT_ONCE
            && let Some((packet, kind)) = waiting.packets.pop_front()
        {
            let length = packet.len();
            waiting.uncount(&packet, kind);
            if let Err(packet) = self.hand_on(packet) {
                waiting.count(&packet, kind);
                waiting.packets.push_front((packet, kind));
                break;
            }
            bytes += length;
        }
        let more = !waiting.packets.is_empty();
        if !more {
            waiting.packets = VecDeque::new();
            waiting.carried = false;
        }
        drop(waiting);
        if bytes > 0 {
            self.moved.notify_one();
        }
        more.then_some(bytes > 0)
    }

    /// To be called under the lock: whoever looks for free places takes them for a moment.
    fn hand_on(&self, packet: Str) -> Result<(), Str> {
        let Ok(place) = self.below.reserve() else { return Err(packet) };
        if [(); RESERVED].map(|()| self.below.reserve()).iter().any(Result::is_err) {
            return Err(packet);
        }
        place.emit(packet);
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
