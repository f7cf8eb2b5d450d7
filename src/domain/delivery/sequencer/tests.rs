//! The order, asked without rooms, bus or database.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

type Plain = Sequencer<i64, i64>;

fn head(seq: i64, rev: i64) -> Head {
    Head { seq, rev }
}

fn started(seq: i64, rev: i64) -> Plain {
    let mut sequencer = Plain::default();
    assert!(sequencer.start(head(seq, rev)).is_empty());
    sequencer
}

fn messages(seqs: impl IntoIterator<Item = i64>) -> Vec<Passed<i64, i64>> {
    seqs.into_iter().map(Passed::Message).collect()
}

#[test]
fn waits_for_the_first_snapshot() {
    let mut sequencer = Plain::default();
    assert!(sequencer.offer_message(6, 0, 6).is_empty());
    assert!(sequencer.offer_message(4, 0, 4).is_empty());
    assert_eq!(sequencer.hole(), None);
    assert!(sequencer.start(head(4, 0)).is_empty());
    assert_eq!(sequencer.hole(), Some(Hole { after: head(4, 0), until: head(5, 0) }));
    assert_eq!(sequencer.offer_message(5, 0, 5), messages([5, 6]));
    assert!(sequencer.start(head(2, 0)).is_empty());
    assert_eq!(sequencer.hole(), None);
}

#[test]
fn what_exists_and_did_not_arrive_is_missing() {
    let mut sequencer = started(1, 2);
    sequencer.expect(head(3, 4));
    assert_eq!(sequencer.hole(), Some(Hole { after: head(1, 2), until: head(3, 4) }));
    assert_eq!(sequencer.offer_message(2, 0, 2), messages([2]));
    assert_eq!(sequencer.offer_change(3, 0, 3), [Passed::Change(3)]);
    assert_eq!(sequencer.hole(), Some(Hole { after: head(2, 3), until: head(3, 4) }));
    // The fourth change's row changed again: it comes with the fifth.
    assert_eq!(sequencer.offer_read([(5, 5)], 5, [(3, 3)]), [Passed::Change(5), Passed::Message(3)]);
    assert_eq!((sequencer.hole(), sequencer.head()), (None, Some(head(3, 5))));
}

#[test]
fn a_message_waits_for_the_changes_before_it() {
    let mut sequencer = started(0, 0);
    assert!(sequencer.offer_message(1, 2, 1).is_empty());
    assert!(sequencer.offer_change(2, 0, 2).is_empty());
    assert_eq!(sequencer.hole(), Some(Hole { after: head(0, 0), until: head(0, 1) }));
    assert_eq!(sequencer.offer_change(1, 0, 1), [Passed::Change(1), Passed::Change(2), Passed::Message(1)]);
}

#[test]
fn a_change_waits_for_the_message_it_is_about() {
    let mut sequencer = started(0, 0);
    assert!(sequencer.offer_change(1, 2, 1).is_empty());
    assert!(sequencer.offer_message(3, 1, 3).is_empty());
    assert_eq!(sequencer.offer_message(1, 0, 1), messages([1]));
    assert_eq!(sequencer.offer_message(2, 0, 2), [Passed::Message(2), Passed::Change(1), Passed::Message(3)]);
}

#[test]
fn a_deletion_within_a_hole_does_not_lock_it() {
    let mut sequencer = started(4, 0);
    // It is waited for live, and read together with its message.
    assert!(sequencer.offer_change(1, 6, 1).is_empty());
    let passed = sequencer.offer_read([(1, 1)], 1, [(5, 5), (6, 6), (7, 7)]);
    assert_eq!(passed, [vec![Passed::Change(1)], messages([5, 6, 7])].concat());
}

#[test]
fn does_not_grow_without_bound() {
    let mut sequencer = started(0, 0);
    for number in 2..10_000 {
        assert!(sequencer.offer_message(number, 0, number).is_empty());
        assert!(sequencer.offer_change(number, 0, number).is_empty());
    }
    assert!(sequencer.messages.len() <= WAITING && sequencer.changes.len() <= WAITING);
    // What was turned away comes again with the hole.
    let passed: Vec<_> = (1..10_000).flat_map(|seq| sequencer.offer_message(seq, 0, seq)).collect();
    assert_eq!(passed, messages(1..10_000));
}

/// What was committed, one after the other.
#[derive(Debug, Clone, Copy)]
enum Commit {
    Message,
    /// A change of one of a few rows that change again and again.
    Change(usize),
    /// A deletion of the newest message, if there is one that is not deleted.
    Deletion,
}

/// A database that remembers of each row only its last change.
#[derive(Default)]
struct Database {
    head: Head,
    /// Of each message, after which change it was committed.
    messages: Vec<i64>,
    /// Each change: its row, and the message that it is about.
    changes: Vec<(usize, i64)>,
    rows: HashMap<usize, i64>,
}

impl Database {
    fn commit(&mut self, commit: Commit) {
        match commit {
            Commit::Message => {
                self.head.seq += 1;
                self.messages.push(self.head.rev);
            }
            Commit::Change(row) => self.change(row, 0),
            Commit::Deletion => {
                let row = 1000 + usize::try_from(self.head.seq).unwrap();
                if self.head.seq > 0 && !self.rows.contains_key(&row) {
                    self.change(row, self.head.seq);
                }
            }
        }
    }

    fn change(&mut self, row: usize, about: i64) {
        self.head.rev += 1;
        self.changes.push((row, about));
        self.rows.insert(row, self.head.rev);
    }

    /// Whether a change's row has changed again since.
    fn superseded(&self, rev: i64) -> bool {
        self.rows[&self.changes[usize::try_from(rev - 1).unwrap()].0] != rev
    }

    /// What fills a hole, as the relay reads it.
    fn read(&self, sequencer: &mut Plain) -> Vec<Passed<i64, i64>> {
        let Some(head) = sequencer.head() else { return Vec::new() };
        let changes = (head.rev + 1..=self.head.rev).filter(|rev| !self.superseded(*rev)).map(|rev| (rev, rev));
        let messages = (head.seq + 1..=self.head.seq).map(|seq| (seq, seq));
        sequencer.offer_read(changes, self.head.rev, messages)
    }
}

fn commits() -> impl Strategy<Value = Vec<Commit>> {
    prop::collection::vec(
        prop_oneof![4 => Just(Commit::Message), 2 => (0_usize..4).prop_map(Commit::Change), 1 => Just(Commit::Deletion)],
        1..80,
    )
}

proptest! {
    #[test]
    fn passes_everything_once_and_in_order(
        history in commits(),
        lost in prop::collection::vec(any::<bool>(), 80),
        delays in prop::collection::vec(0_usize..12, 80),
        reads in prop::collection::vec(any::<bool>(), 80),
        started_after in 0_usize..80,
    ) {
        let mut database = Database::default();
        let (mut sequencer, mut passed) = (Plain::default(), Vec::new());
        let mut start = Head::default();
        // When each event arrives: some late, some never.
        let mut under_way: Vec<(usize, Passed<i64, i64>)> = Vec::new();
        for (at, commit) in history.iter().enumerate() {
            let before = database.head;
            database.commit(*commit);
            if !lost[at] && database.head != before {
                let event = if database.head.seq > before.seq {
                    Passed::Message(database.head.seq)
                } else {
                    Passed::Change(database.head.rev)
                };
                under_way.push((at + delays[at], event));
            }
            if at == started_after.min(history.len() - 1) {
                start = database.head;
                passed.extend(sequencer.start(start));
            }
            let (arrived, later) = under_way.into_iter().partition(|(when, _)| *when <= at);
            under_way = later;
            for (_, event) in arrived {
                passed.extend(match event {
                    Passed::Message(seq) => {
                        sequencer.offer_message(seq, database.messages[usize::try_from(seq - 1).unwrap()], seq)
                    }
                    Passed::Change(rev) => {
                        sequencer.offer_change(rev, database.changes[usize::try_from(rev - 1).unwrap()].1, rev)
                    }
                });
            }
            if reads[at] && sequencer.hole().is_some() {
                passed.extend(database.read(&mut sequencer));
            }
        }
        sequencer.expect(database.head);
        passed.extend(database.read(&mut sequencer));

        prop_assert_eq!(sequencer.head(), Some(database.head));
        prop_assert_eq!(sequencer.hole(), None);
        let seqs: Vec<_> = passed.iter().filter_map(|it| if let Passed::Message(seq) = it { Some(*seq) } else { None }).collect();
        prop_assert_eq!(seqs, (start.seq + 1..=database.head.seq).collect::<Vec<_>>());
        let revs: Vec<_> = passed.iter().filter_map(|it| if let Passed::Change(rev) = it { Some(*rev) } else { None }).collect();
        prop_assert!(revs.is_sorted_by(|one, next| one < next), "{:?}", revs);
        // Nothing that still stands is left out.
        for rev in start.rev + 1..=database.head.rev {
            prop_assert!(revs.contains(&rev) || database.superseded(rev), "{} of {:?}", rev, revs);
        }
        // No message before a change that was committed before it, unless that change's row changed again.
        let mut rev = start.rev;
        for it in &passed {
            match it {
                Passed::Change(next) => rev = *next,
                Passed::Message(seq) => {
                    let before = database.messages[usize::try_from(seq - 1).unwrap()];
                    prop_assert!((rev + 1..=before).all(|rev| database.superseded(rev)), "{} before {}", seq, before);
                }
            }
        }
    }
}
