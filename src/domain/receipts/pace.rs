//! How often a group's counts are told: the first ones at once, what comes after that once a second. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use tokio::time::Instant;

use crate::model::id::ConversationId;

/// How often one conversation's counts are told (contract, section 5).
const EVERY: Duration = Duration::from_secs(1);
/// Of how many messages, the newest ones.
const MOST: usize = 50;
/// How long to remember what was told: an older number that comes late is no news.
const REMEMBERED: Duration = Duration::from_secs(10);

/// A message's number, how many have read it, and what else is to be told.
pub type Item<T> = (i64, i64, T);

/// What waits to be told, and when it may be.
pub struct Pace<T>(HashMap<ConversationId, Room<T>>);

struct Room<T> {
    told_at: Option<Instant>,
    told: BTreeMap<i64, i64>,
    waiting: BTreeMap<i64, (i64, T)>,
}

impl<T> Default for Pace<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Pace<T> {
    /// Counts are known. They only grow: a smaller one than was told, or than waits, is an older one.
    pub fn offer(&mut self, conversation: ConversationId, items: impl IntoIterator<Item = Item<T>>) {
        let room = self.0.entry(conversation).or_insert_with(|| Room {
            told_at: None,
            told: BTreeMap::new(),
            waiting: BTreeMap::new(),
        });
        for (seq, count, rest) in items {
            let waiting = room.waiting.get(&seq).map(|(count, _)| count);
            if room.told.get(&seq).max(waiting).is_none_or(|known| *known < count) {
                room.waiting.insert(seq, (count, rest));
            }
            if room.waiting.len() > MOST {
                room.waiting.pop_first();
            }
        }
    }

    /// What may be told now, the oldest message first.
    pub fn due(&mut self, now: Instant) -> Vec<(ConversationId, Vec<Item<T>>)> {
        let mut due = Vec::new();
        self.0.retain(|conversation, room| {
            let rested = room.told_at.is_none_or(|at| now >= at + EVERY);
            if rested && !room.waiting.is_empty() {
                let items: Vec<_> = std::mem::take(&mut room.waiting)
                    .into_iter()
                    .map(|(seq, (count, rest))| (seq, count, rest))
                    .collect();
                room.told.extend(items.iter().map(|(seq, count, _)| (*seq, *count)));
                while room.told.len() > 2 * MOST {
                    room.told.pop_first();
                }
                room.told_at = Some(now);
                due.push((*conversation, items));
            }
            room.told_at.is_some_and(|at| now < at + REMEMBERED)
        });
        due
    }

    /// When to look again.
    pub fn next(&self, now: Instant) -> Option<Instant> {
        let next = |room: &Room<T>| match (room.told_at, room.waiting.is_empty()) {
            (Some(at), false) => at + EVERY,
            (Some(at), true) => at + REMEMBERED,
            (None, _) => now,
        };
        self.0.values().map(next).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn room() -> ConversationId {
        ConversationId::new()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_rest_together() {
        let (mut pace, room, now) = (Pace::default(), room(), Instant::now());
        pace.offer(room, [(1, 1, ())]);
        assert_eq!(pace.due(now), [(room, vec![(1, 1, ())])]);
        pace.offer(room, [(1, 2, ()), (2, 1, ())]);
        pace.offer(room, [(1, 3, ())]);
        assert_eq!(pace.due(now + EVERY / 2), []);
        assert_eq!(pace.next(now), Some(now + EVERY));
        assert_eq!(pace.due(now + EVERY), [(room, vec![(1, 3, ()), (2, 1, ())])]);
        assert_eq!(pace.due(now + EVERY + REMEMBERED), []);
        assert!(pace.0.is_empty());
    }

    #[test]
    fn a_late_number_is_no_news() {
        let (mut pace, room, now) = (Pace::default(), room(), Instant::now());
        pace.offer(room, [(1, 5, ())]);
        pace.due(now);
        pace.offer(room, [(1, 4, ()), (1, 5, ())]);
        assert_eq!(pace.due(now + EVERY), []);
    }

    #[test]
    fn only_the_newest_are_told() {
        let (mut pace, room) = (Pace::default(), room());
        pace.offer(room, (1..=500).map(|seq| (seq, 1, ())));
        let due = pace.due(Instant::now());
        assert_eq!(due[0].1.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (451..=500).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn what_is_told_rises_and_ends_with_the_last_number(
            steps in prop::collection::vec((0_i64..5, 0_u64..700), 1..200),
        ) {
            let (mut pace, room, mut now) = (Pace::default(), room(), Instant::now());
            let (mut counts, mut told) = ([0; 5], BTreeMap::new());
            let mut hear = |due: Vec<(ConversationId, Vec<Item<()>>)>| {
                let heard = !due.is_empty();
                for (seq, count, ()) in due.into_iter().flat_map(|(_, items)| items) {
                    let before = told.insert(seq, count);
                    assert!(before.is_none_or(|before| before < count));
                }
                heard
            };
            let mut last: Option<Instant> = None;
            for (seq, wait) in steps {
                let count = &mut counts[usize::try_from(seq).unwrap()];
                *count += 1;
                pace.offer(room, [(seq, *count, ())]);
                if hear(pace.due(now)) {
                    prop_assert!(last.is_none_or(|last| now - last >= EVERY));
                    last = Some(now);
                }
                now += Duration::from_millis(wait);
            }
            hear(pace.due(now + EVERY));
            for (seq, count) in counts.iter().enumerate() {
                prop_assert_eq!(told.get(&i64::try_from(seq).unwrap()).copied().unwrap_or_default(), *count);
            }
        }
    }
}
