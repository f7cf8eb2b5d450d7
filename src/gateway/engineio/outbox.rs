//! What waits for a client to read. It is counted: a client that is too far behind is given up. What is replayed to it is not
//! counted, for that is written no faster than it reads. Where nothing waits, nothing is allocated.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::Notify;

use super::Text;

/// How many counted packets may wait (contract, "Delivery").
const BACKLOG: usize = 256;
/// How many bytes they may have together.
const BACKLOG_BYTES: usize = 4 * 1024 * 1024;
/// How much of a replay may wait before its next page.
const PAGE: usize = 256 * 1024;

/// Whether a packet counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is news, or an answer: too many of them are a reason to give the client up.
    Live,
    /// It belongs to a replay, which waits for the client.
    Replayed,
}

/// The client is too far behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuch;

/// The packets of one client that wait. One at a time takes them.
#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    /// Something was taken, or the end has come nearer.
    moved: Notify,
}

#[derive(Default)]
struct Waiting {
    packets: VecDeque<(Text, Kind)>,
    counted: usize,
    counted_bytes: usize,
    replayed_bytes: usize,
    /// Who takes them, as long as there are none.
    taker: Option<Waker>,
    /// Nothing is put any more.
    shut: bool,
    /// Nobody takes any more.
    ended: bool,
}

impl Outbox {
    /// Puts a packet behind those before it.
    pub fn put(&self, packet: Text, kind: Kind) -> Result<(), TooMuch> {
        let mut waiting = self.waiting();
        if waiting.shut {
            return Ok(());
        }
        match kind {
            Kind::Live => {
                waiting.counted += 1;
                waiting.counted_bytes += packet.len();
            }
            Kind::Replayed => waiting.replayed_bytes += packet.len(),
        }
        waiting.packets.push_back((packet, kind));
        if waiting.counted > BACKLOG || waiting.counted_bytes > BACKLOG_BYTES {
            return Err(TooMuch);
        }
        let taker = waiting.taker.take();
        drop(waiting);
        if let Some(taker) = taker {
            taker.wake();
        }
        Ok(())
    }

    /// Takes the packet that waits longest, as soon as there is one; nothing when it is shut and the last one is taken.
    pub async fn next(&self) -> Option<Text> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same, for whoever polls.
    pub fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Text>> {
        let mut waiting = self.waiting();
        if let Some(packet) = waiting.pop(&self.moved) {
            return Poll::Ready(Some(packet));
        }
        if waiting.shut {
            return Poll::Ready(None);
        }
        if waiting.taker.as_ref().is_some_and(|taker| taker.will_wake(context.waker())) {
            return Poll::Pending;
        }
        let before = waiting.taker.replace(context.waker().clone());
        drop(waiting);
        // When a WebSocket takes over, a request may look a last time: whoever stays must not be forgotten for it.
        if let Some(before) = before {
            before.wake();
        }
        Poll::Pending
    }

    /// Takes a packet if one waits.
    pub fn take(&self) -> Option<Text> {
        self.waiting().pop(&self.moved)
    }

    /// Whether it is shut and the last packet is taken.
    pub fn is_over(&self) -> bool {
        let waiting = self.waiting();
        waiting.shut && waiting.packets.is_empty()
    }

    /// Ends when there is room for the next page of a replay.
    pub async fn drained(&self) {
        self.until(|waiting| waiting.replayed_bytes < PAGE).await;
    }

    /// Ends when nothing is put any more.
    pub async fn is_shut(&self) {
        self.until(|waiting| waiting.shut).await;
    }

    /// Ends when nobody takes any more.
    pub async fn has_ended(&self) {
        self.until(|waiting| waiting.ended).await;
    }

    /// Takes nothing in any more and forgets what waits, but for these last words.
    pub fn shut(&self, words: impl IntoIterator<Item = Text>) {
        let mut waiting = self.waiting();
        if waiting.shut {
            return;
        }
        let packets = words.into_iter().map(|word| (word, Kind::Replayed)).collect();
        let taker = waiting.taker.take();
        *waiting = Waiting { packets, shut: true, ..Waiting::default() };
        drop(waiting);
        self.moved.notify_waiters();
        if let Some(taker) = taker {
            taker.wake();
        }
    }

    /// Nobody takes any more.
    pub fn end(&self) {
        self.shut([]);
        self.waiting().ended = true;
        self.moved.notify_waiters();
    }

    async fn until(&self, done: impl Fn(&Waiting) -> bool) {
        loop {
            // Before one looks, so that what happens after that is noticed.
            let moved = self.moved.notified();
            if done(&self.waiting()) {
                return;
            }
            moved.await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn pop(&mut self, moved: &Notify) -> Option<Text> {
        let (packet, kind) = self.packets.pop_front()?;
        if self.packets.is_empty() {
            self.packets = VecDeque::new();
        }
        match kind {
            // Last words are not counted.
            _ if self.shut => {}
            Kind::Live => {
                self.counted -= 1;
                self.counted_bytes -= packet.len();
            }
            Kind::Replayed => {
                self.replayed_bytes -= packet.len();
                moved.notify_waiters();
            }
        }
        Some(packet)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn text(size: usize) -> Text {
        Text::from("x".repeat(size))
    }

    #[test]
    fn gives_out_in_order_and_gives_up_who_is_too_far_behind() {
        for (size, fit) in [(1, BACKLOG), (BACKLOG_BYTES / 4, 4)] {
            let outbox = Outbox::default();
            for _ in 0..fit {
                outbox.put(text(size), Kind::Live).unwrap();
            }
            outbox.put(text(size), Kind::Replayed).unwrap();
            assert_eq!(outbox.put(text(size), Kind::Live), Err(TooMuch));
        }
        let outbox = Outbox::default();
        for size in 1..=3 {
            outbox.put(text(size), Kind::Live).unwrap();
        }
        assert_eq!([1, 2, 3].map(|_| outbox.take().unwrap().len()), [1, 2, 3]);
        assert_eq!(outbox.waiting().counted, 0);
    }

    #[tokio::test]
    async fn wakes_who_takes_and_who_waits_for_room() {
        let outbox = Outbox::default();
        let (taken, ()) = tokio::join!(outbox.next(), async { outbox.put(text(7), Kind::Live).unwrap() });
        assert_eq!(taken.unwrap().len(), 7);
        outbox.put(text(PAGE), Kind::Replayed).unwrap();
        assert!(outbox.drained().now_or_never().is_none());
        tokio::join!(outbox.drained(), async { outbox.next().await });
    }

    #[tokio::test]
    async fn whoever_stays_is_not_forgotten_for_one_who_looked_and_left() {
        let outbox = std::sync::Arc::new(Outbox::default());
        let stays = crate::runtime::tasks::Tasks::default().spawn({
            let outbox = std::sync::Arc::clone(&outbox);
            async move { outbox.next().await }
        });
        while outbox.waiting().taker.is_none() {
            tokio::task::yield_now().await;
        }
        assert!(outbox.next().now_or_never().is_none());
        // It is woken, looks, and waits again.
        tokio::task::yield_now().await;
        outbox.put(text(5), Kind::Live).unwrap();
        let taken = tokio::time::timeout(std::time::Duration::from_secs(5), stays).await.expect("it was forgotten");
        assert_eq!(taken.unwrap().unwrap().len(), 5);
    }

    #[tokio::test]
    async fn shut_it_says_its_last_words() {
        let outbox = Outbox::default();
        outbox.put(text(1), Kind::Live).unwrap();
        tokio::join!(outbox.is_shut(), async { outbox.shut([text(2)]) });
        outbox.put(text(3), Kind::Live).unwrap();
        outbox.shut([text(4)]);
        assert!(!outbox.is_over());
        assert_eq!(outbox.next().await.unwrap().len(), 2);
        assert!(outbox.is_over());
        assert_eq!(outbox.next().await, None);
        tokio::join!(outbox.has_ended(), async { outbox.end() });
    }
}
