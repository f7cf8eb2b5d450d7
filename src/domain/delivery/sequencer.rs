//! The order of a room: whatever arrives, in whatever order and however often, leaves as 1, 2, 3 … each once. Pure.

use std::collections::BTreeMap;

/// How many items wait for a missing one. What does not fit is read from the database with the hole.
const WAITING: usize = 256;

/// Passes items on strictly in the order of their numbers.
#[derive(Debug)]
pub struct Sequencer<T> {
    /// The number passed on last; unknown until a snapshot told it.
    head: Option<i64>,
    waiting: BTreeMap<i64, T>,
    /// Everything up to this number exists, whether it arrived or not.
    known: i64,
}

/// A run of numbers that is missing: those after `after`, up to `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// The last number that is there.
    pub after: i64,
    /// The last number that is missing.
    pub until: i64,
}

impl<T> Default for Sequencer<T> {
    fn default() -> Self {
        Self { head: None, waiting: BTreeMap::new(), known: 0 }
    }
}

impl<T> Sequencer<T> {
    /// A snapshot of the database showed `head`: what comes after it is passed on from here. Only the first one counts.
    /// Answers what had been waiting for it.
    pub fn start(&mut self, head: i64) -> Vec<T> {
        if self.head.is_some() {
            return Vec::new();
        }
        self.head = Some(head);
        self.waiting = self.waiting.split_off(&(head + 1));
        self.run()
    }

    /// An item arrived. Answers what can be passed on now, in order.
    pub fn offer(&mut self, seq: i64, item: T) -> Vec<T> {
        if self.head.is_some_and(|head| seq <= head) {
            return Vec::new();
        }
        if self.waiting.len() < WAITING || self.head.is_some_and(|head| seq == head + 1) {
            self.waiting.entry(seq).or_insert(item);
        }
        self.run()
    }

    /// The number passed on last.
    pub fn head(&self) -> Option<i64> {
        self.head
    }

    /// Everything up to this number exists: what does not arrive is missing.
    pub fn expect(&mut self, seq: i64) {
        self.known = self.known.max(seq);
    }

    /// What is missing before the first item that waits, or up to the last one that exists.
    pub fn hole(&self) -> Option<Hole> {
        let after = self.head?;
        let until = self.waiting.first_key_value().map_or(self.known, |(first, _)| first - 1);
        (until > after).then_some(Hole { after, until })
    }

    fn run(&mut self) -> Vec<T> {
        let mut ready = Vec::new();
        while let Some(head) = self.head
            && let Some(item) = self.waiting.remove(&(head + 1))
        {
            self.head = Some(head + 1);
            ready.push(item);
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_for_the_first_snapshot() {
        let mut sequencer = Sequencer::default();
        assert!(sequencer.offer(6, 6).is_empty());
        assert!(sequencer.offer(4, 4).is_empty());
        assert_eq!(sequencer.hole(), None);
        assert!(sequencer.start(4).is_empty());
        assert_eq!(sequencer.hole(), Some(Hole { after: 4, until: 5 }));
        assert_eq!(sequencer.offer(5, 5), [5, 6]);
        assert!(sequencer.start(2).is_empty());
        assert_eq!(sequencer.hole(), None);
    }

    #[test]
    fn what_exists_and_did_not_arrive_is_missing() {
        let mut sequencer = Sequencer::default();
        sequencer.expect(3);
        assert_eq!(sequencer.hole(), None);
        sequencer.start(1);
        assert_eq!(sequencer.hole(), Some(Hole { after: 1, until: 3 }));
        assert_eq!(sequencer.offer(2, 2), [2]);
        assert!(sequencer.offer(5, 5).is_empty());
        assert_eq!(sequencer.hole(), Some(Hole { after: 2, until: 4 }));
        assert_eq!((sequencer.offer(3, 3), sequencer.offer(4, 4)), (vec![3], vec![4, 5]));
        assert_eq!((sequencer.hole(), sequencer.head()), (None, Some(5)));
    }

    #[test]
    fn does_not_grow_without_bound() {
        let mut sequencer = Sequencer::default();
        sequencer.start(0);
        for seq in 2..10_000 {
            assert!(sequencer.offer(seq, seq).is_empty());
        }
        assert!(sequencer.waiting.len() <= WAITING);
        // What was turned away comes again with the hole.
        let passed: Vec<_> = (1..10_000).flat_map(|seq| sequencer.offer(seq, seq)).collect();
        assert_eq!(passed, (1..10_000).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn passes_everything_once_and_in_order(
            head in 0_i64..20,
            arrivals in Just((1_i64..=60).collect::<Vec<_>>()).prop_shuffle(),
            repeated in prop::collection::vec(1_i64..=60, 0..60),
            started_after in 0_usize..60,
        ) {
            let mut sequencer = Sequencer::default();
            let mut passed = Vec::new();
            for (at, seq) in arrivals.iter().chain(&repeated).enumerate() {
                if at == started_after {
                    passed.extend(sequencer.start(head));
                }
                passed.extend(sequencer.offer(*seq, *seq));
            }
            prop_assert_eq!(passed, (head + 1..=60).collect::<Vec<_>>());
            prop_assert_eq!(sequencer.hole(), None);
        }
    }
}
