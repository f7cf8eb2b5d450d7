//! What a client sent and nobody has taken up yet: counted, in packets and in bytes. Where nothing waits next to nothing is
//! allocated, where a channel would keep a block for many.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Notify, task::coop::consume_budget, time::Instant};

/// How many packets of one socket may wait for those before them.
const WAITING: usize = 256;
/// How many bytes they may have together.
const WAITING_BYTES: usize = 1024 * 1024;
/// At so many times what may wait a client is not listened to any more (contract, section 2).
const FLOOD: usize = 5;
/// For how many packets there is memory while none waits.
const USUAL: usize = 4;

/// A packet that waits for its turn.
#[derive(Debug)]
pub enum Work {
    /// The client wants into the namespace, perhaps with a token.
    Connect(String),
    /// An event, and when it came; with an id it wants an answer.
    Event(Option<u64>, String, Instant),
    /// The node is stopping: the socket goes as soon as nothing is left to be done.
    Leave,
}

impl Work {
    fn size(&self) -> usize {
        match self {
            Self::Connect(payload) | Self::Event(_, payload, _) => payload.len(),
            Self::Leave => 0,
        }
    }
}

/// Why a packet was not taken.
#[derive(Debug)]
pub enum Refused {
    /// Too much waits already.
    Full(Work),
    /// So much was refused since all was taken up the last time that the client is not listened to any more.
    Flood,
}

/// The packets of one socket that wait.
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    packets: VecDeque<Work>,
    bytes: usize,
    /// What found no place since all was taken up the last time: packets, and their bytes.
    refused: usize,
    refused_bytes: usize,
    /// Nobody takes anything any more.
    shut: bool,
}

impl Inbox {
    /// Puts a packet behind those before it.
    pub fn put(&self, packet: Work) -> Result<(), Refused> {
        let size = packet.size();
        let mut waiting = self.waiting();
        if waiting.shut || waiting.packets.len() >= WAITING || waiting.bytes + size > WAITING_BYTES {
            waiting.refused += 1;
            waiting.refused_bytes += size;
            let flood = waiting.refused > (FLOOD - 1) * WAITING || waiting.refused_bytes > (FLOOD - 1) * WAITING_BYTES;
            return Err(if flood { Refused::Flood } else { Refused::Full(packet) });
        }
        waiting.bytes += size;
        waiting.packets.push_back(packet);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes the packet that waits longest, as soon as there is one. For one taker; dropped before the end, it takes nothing.
    pub async fn take(&self) -> Work {
        // Whoever sends without a pause gets no more than their share.
        consume_budget().await;
        loop {
            if let Some(packet) = self.next() {
                return packet;
            }
            self.arrived.notified().await;
        }
    }

    fn next(&self) -> Option<Work> {
        let mut waiting = self.waiting();
        let packet = waiting.packets.pop_front()?;
        waiting.bytes -= packet.size();
        if waiting.packets.is_empty() {
            (waiting.refused, waiting.refused_bytes) = (0, 0);
            waiting.packets.shrink_to(USUAL);
        }
        Some(packet)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting().packets.is_empty()
    }

    /// Nobody takes anything any more.
    pub fn shut(&self) {
        *self.waiting() = Waiting { shut: true, ..Waiting::default() };
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(size: usize) -> Work {
        Work::Connect("x".repeat(size))
    }

    async fn taken(inbox: &Inbox) -> usize {
        inbox.take().await.size()
    }

    #[tokio::test]
    async fn gives_out_in_the_order_of_arrival() {
        let inbox = Inbox::default();
        let (first, ()) =
            tokio::join!(taken(&inbox), async { (1..=3).for_each(|size| inbox.put(packet(size)).unwrap()) });
        assert_eq!([first, taken(&inbox).await, taken(&inbox).await], [1, 2, 3]);
        assert!(inbox.is_empty());
    }

    #[tokio::test]
    async fn takes_no_more_than_may_wait_and_gives_a_flood_up() {
        for (size, fit) in [(1, WAITING), (WAITING_BYTES / 4, 4)] {
            let inbox = Inbox::default();
            for _ in 0..fit {
                inbox.put(packet(size)).unwrap();
            }
            for _ in 0..(FLOOD - 1) * fit {
                assert!(matches!(inbox.put(packet(size)), Err(Refused::Full(_))));
            }
            assert!(matches!(inbox.put(packet(size)), Err(Refused::Flood)));
            // All is taken up: it counts from nought again.
            for _ in 0..fit {
                inbox.take().await;
            }
            for _ in 0..fit {
                inbox.put(packet(size)).unwrap();
            }
            assert!(matches!(inbox.put(packet(size)), Err(Refused::Full(_))));
        }
    }

    #[test]
    fn takes_nothing_when_it_is_shut() {
        let inbox = Inbox::default();
        inbox.put(packet(1)).unwrap();
        inbox.shut();
        assert!(inbox.is_empty());
        assert!(matches!(inbox.put(packet(1)), Err(Refused::Full(_))));
    }
}
