//! Deadlines: any number of them in one ordered set, instead of a timer for each. Pure: time is an argument.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// When each of some things ends.
#[derive(Debug)]
pub struct Deadlines<K, T> {
    by_key: HashMap<K, T>,
    by_time: BTreeSet<(T, K)>,
}

impl<K, T> Default for Deadlines<K, T> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Copy + Ord + Hash, T: Copy + Ord> Deadlines<K, T> {
    /// It ends then, whatever was said of it before.
    pub fn set(&mut self, key: K, at: T) {
        self.remove(&key);
        self.by_key.insert(key, at);
        self.by_time.insert((at, key));
    }

    /// It has no end any more.
    pub fn remove(&mut self, key: &K) {
        if let Some(at) = self.by_key.remove(key) {
            self.by_time.remove(&(at, *key));
        }
    }

    /// When the first one ends.
    pub fn first(&self) -> Option<T> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the first one out, if it has ended by now.
    pub fn pop(&mut self, now: T) -> Option<K> {
        let (_, key) = self.by_time.first().copied().filter(|(at, _)| *at <= now)?;
        self.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_end_comes_first_and_counts_as_it_was_set_last() {
        let mut deadlines = Deadlines::default();
        for (key, at) in [("a", 5), ("b", 3), ("c", 4), ("b", 6), ("d", 1)] {
            deadlines.set(key, at);
        }
        deadlines.remove(&"d");
        assert_eq!((deadlines.first(), deadlines.pop(3)), (Some(4), None));
        assert_eq!(std::iter::from_fn(|| deadlines.pop(5)).collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!((deadlines.first(), deadlines.pop(9), deadlines.pop(9)), (Some(6), Some("b"), None));
    }
}
