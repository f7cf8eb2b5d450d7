//! The order of a room: whatever arrives, in whatever order and however often, leaves in the order in which it took effect:
//! messages by `seq`, other changes by `rev`, each once. A message waits for the changes before its commit, so that nobody
//! who was removed gets what came after; a change waits for the message that it is about. Pure.

use std::collections::BTreeMap;

/// How many messages, and how many changes, wait for a missing one. What does not fit is read from the database with the
/// hole.
const WAITING: usize = 256;

/// The numbers of a room's newest message and its newest other change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Of the message.
    pub seq: i64,
    /// Of the change.
    pub rev: i64,
}

/// What is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passed<M, C> {
    /// A message.
    Message(M),
    /// Another change.
    Change(C),
}

/// Passes messages and changes on in their order.
#[derive(Debug)]
pub struct Sequencer<M, C> {
    /// The numbers passed on last; unknown until a snapshot told them.
    head: Option<Head>,
    messages: BTreeMap<i64, Waiting<M>>,
    changes: BTreeMap<i64, Waiting<C>>,
    /// Everything up to these numbers exists, whether it arrived or not.
    known: Head,
    /// Of the changes up to this number all that matter were read: a number that is missing is a row that changed again.
    read: i64,
}

#[derive(Debug)]
struct Waiting<T> {
    /// The number of the other kind that must have been passed on before.
    after: i64,
    item: T,
}

/// What is missing: messages and changes after some numbers, up to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// The last ones that are there.
    pub after: Head,
    /// The last ones that are missing; the same as `after` where nothing is.
    pub until: Head,
}

impl<M, C> Default for Sequencer<M, C> {
    fn default() -> Self {
        Self { head: None, messages: BTreeMap::new(), changes: BTreeMap::new(), known: Head::default(), read: 0 }
    }
}

impl<M, C> Sequencer<M, C> {
    /// A snapshot of the database showed `head`: what comes after it is passed on from here. Only the first one counts.
    /// Answers what had been waiting for it.
    pub fn start(&mut self, head: Head) -> Vec<Passed<M, C>> {
        if self.head.is_some() {
            return Vec::new();
        }
        self.head = Some(head);
        self.messages = self.messages.split_off(&(head.seq + 1));
        self.changes = self.changes.split_off(&(head.rev + 1));
        self.run()
    }

    /// A message arrived, which was committed after the changes up to `rev`. Answers what can be passed on now, in order.
    pub fn offer_message(&mut self, seq: i64, rev: i64, item: M) -> Vec<Passed<M, C>> {
        self.expect(Head { seq, rev });
        let next = self.head.map(|head| head.seq + 1);
        put(&mut self.messages, next, seq, Waiting { after: rev, item });
        self.run()
    }

    /// A change arrived, which is about the message `seq`, or none (0).
    pub fn offer_change(&mut self, rev: i64, seq: i64, item: C) -> Vec<Passed<M, C>> {
        self.expect(Head { seq, rev });
        let next = self.head.map(|head| head.rev + 1);
        put(&mut self.changes, next, rev, Waiting { after: seq, item });
        self.run()
    }

    /// What is missing was read from the database, in this order: the changes up to `rev`, as each row stands now, and then
    /// messages that were committed before the change after that. Tombstones say themselves that they were deleted, so a
    /// change need not wait for its message here.
    pub fn offer_read(
        &mut self,
        changes: impl IntoIterator<Item = (i64, C)>,
        rev: i64,
        messages: impl IntoIterator<Item = (i64, M)>,
    ) -> Vec<Passed<M, C>> {
        let Some(head) = self.head else { return Vec::new() };
        for (rev, item) in changes {
            if rev > head.rev {
                self.changes.entry(rev).and_modify(|waiting| waiting.after = 0).or_insert(Waiting { after: 0, item });
            }
        }
        self.read = self.read.max(rev);
        for (seq, item) in messages {
            if seq > head.seq {
                self.messages.entry(seq).or_insert(Waiting { after: rev, item });
            }
        }
        self.run()
    }

    /// Nobody here waits for the messages up to this number. Answers the changes that waited for one of them.
    pub fn skip(&mut self, seq: i64) -> Vec<Passed<M, C>> {
        if let Some(head) = &mut self.head {
            head.seq = head.seq.max(seq);
            self.messages = self.messages.split_off(&(head.seq + 1));
        }
        self.run()
    }

    /// The numbers passed on last.
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    /// Everything up to these numbers exists: what does not arrive is missing.
    pub fn expect(&mut self, head: Head) {
        self.known = Head { seq: self.known.seq.max(head.seq), rev: self.known.rev.max(head.rev) };
    }

    /// What is missing before what waits, or up to what exists.
    pub fn hole(&self) -> Option<Hole> {
        let after = self.head?;
        let until = Head {
            seq: missing(after.seq, self.known.seq, &self.messages),
            rev: missing(after.rev, self.known.rev, &self.changes),
        };
        (until != after).then_some(Hole { after, until })
    }

    fn run(&mut self) -> Vec<Passed<M, C>> {
        let mut passed = Vec::new();
        let Some(mut head) = self.head else { return passed };
        loop {
            let message =
                self.messages.first_entry().filter(|it| *it.key() == head.seq + 1 && it.get().after <= head.rev);
            if let Some(message) = message {
                head.seq += 1;
                passed.push(Passed::Message(message.remove().item));
                continue;
            }
            match self.changes.first_entry() {
                Some(change) if *change.key() <= self.read.max(head.rev) + 1 => {
                    if change.get().after > head.seq {
                        break;
                    }
                    head.rev = *change.key();
                    passed.push(Passed::Change(change.remove().item));
                }
                _ if head.rev < self.read => head.rev = self.read,
                _ => break,
            }
        }
        self.head = Some(head);
        passed
    }
}

/// Keeps an item that is not passed on yet; the next one always, others while there is room.
fn put<T>(waiting: &mut BTreeMap<i64, Waiting<T>>, next: Option<i64>, number: i64, item: Waiting<T>) {
    let late = next.is_some_and(|next| number < next);
    if !late && (waiting.len() < WAITING || next == Some(number)) {
        waiting.entry(number).or_insert(item);
    }
}

/// The last number that is missing before the first that waits, or else up to the last that exists.
fn missing<T>(after: i64, known: i64, waiting: &BTreeMap<i64, Waiting<T>>) -> i64 {
    waiting.first_key_value().map_or(known, |(first, _)| first - 1).max(after)
}

#[cfg(test)]
mod tests;
