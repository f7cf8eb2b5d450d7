//! What waits to be stored: whose turn it is, and how much is taken together. Pure.
//!
//! A conversation's messages are stored in the order in which they came, so one statement of it is in flight at a time.
//! Nothing waits for company: while there is a writer to spare, a message goes alone and at once. What comes while all
//! writers are at work is taken together; but not with a conversation whose row was found held by somebody else: that waits
//! for its row alone, and keeps some of the writers at most.

use std::collections::{HashMap, VecDeque};

use crate::model::id::ConversationId;

/// Messages that may wait; beyond that, the database is too slow for what is sent. 64 MB of the longest ones.
const MOST: usize = 4096;
/// From so many on, one statement for all is cheaper than one for each (`benches/send_path.rs`).
const FEWEST: usize = 5;
/// So many at once at most: more would make each of them wait for all.
const LARGEST: usize = 256;

/// Messages in front of `writers` writers.
pub struct Queue<T> {
    conversations: HashMap<ConversationId, Waiting<T>>,
    /// Conversations with waiting messages and none in flight, the longest-waiting first.
    turn: VecDeque<ConversationId>,
    /// How many messages those have.
    ready: usize,
    /// The same conversations, whose rows were found held.
    held: VecDeque<ConversationId>,
    /// How many of those are in flight.
    held_at_work: usize,
    /// How many wait at all.
    waiting: usize,
    writers: usize,
    idle: usize,
}

struct Waiting<T> {
    messages: VecDeque<T>,
    in_flight: bool,
    /// Its row was held when it was tried the last time.
    held: bool,
}

/// What a batch keeps from being taken again until it is done.
#[derive(Debug, PartialEq, Eq)]
pub struct InFlight {
    conversations: Vec<ConversationId>,
    held: bool,
}

impl<T> Queue<T> {
    /// Empty, with all writers idle.
    pub fn new(writers: usize) -> Self {
        Self {
            conversations: HashMap::new(),
            turn: VecDeque::new(),
            ready: 0,
            held: VecDeque::new(),
            held_at_work: 0,
            waiting: 0,
            writers,
            idle: writers,
        }
    }

    /// Puts a message behind those of its conversation. Gives it back when too many wait.
    pub fn push(&mut self, conversation: ConversationId, message: T) -> Result<(), T> {
        if self.waiting >= MOST {
            return Err(message);
        }
        let waiting = self.conversations.entry(conversation).or_insert_with(|| Waiting {
            messages: VecDeque::new(),
            in_flight: false,
            held: false,
        });
        let is_first = waiting.messages.is_empty();
        waiting.messages.push_back(message);
        self.waiting += 1;
        if !waiting.in_flight {
            self.ready += usize::from(!waiting.held);
            if is_first {
                self.turn.push_back(conversation);
            }
        }
        Ok(())
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// What an idle writer stores next: one message, or what queued, shared with the other writers. Each batch is to be
    /// ended by [`Self::done`].
    pub fn take(&mut self) -> Option<(InFlight, Vec<T>)> {
        if self.idle == 0 {
            return None;
        }
        if self.held_at_work < (self.writers / 2).max(1)
            && let Some(conversation) = self.held.pop_front()
        {
            self.idle -= 1;
            self.held_at_work += 1;
            let mut batch = Vec::new();
            self.take_of(conversation, LARGEST, &mut batch);
            return Some((InFlight { conversations: vec![conversation], held: true }, batch));
        }
        if self.turn.is_empty() {
            return None;
        }
        self.idle -= 1;
        let share = match self.ready {
            0..FEWEST => 1,
            ready => ready.div_ceil(self.writers).clamp(FEWEST, LARGEST),
        };
        let (mut conversations, mut batch) = (Vec::new(), Vec::new());
        while batch.len() < share
            && let Some(conversation) = self.turn.pop_front()
        {
            self.ready -= self.take_of(conversation, share - batch.len(), &mut batch);
            conversations.push(conversation);
        }
        Some((InFlight { conversations, held: false }, batch))
    }

    /// Takes so many messages of a conversation at most. Answers how many there were.
    fn take_of(&mut self, conversation: ConversationId, most: usize, batch: &mut Vec<T>) -> usize {
        let Some(waiting) = self.conversations.get_mut(&conversation) else { return 0 };
        let count = waiting.messages.len();
        let taken = most.min(count);
        batch.extend(waiting.messages.drain(..taken));
        self.waiting -= taken;
        waiting.in_flight = true;
        waiting.held = false;
        count
    }

    /// Messages of a batch that is still in flight could not be stored, because a row was held. They are first in their
    /// conversations again, and each of those waits alone from now on.
    pub fn give_back(&mut self, messages: impl DoubleEndedIterator<Item = (ConversationId, T)>) {
        for (conversation, message) in messages.rev() {
            let Some(waiting) = self.conversations.get_mut(&conversation) else { continue };
            waiting.messages.push_front(message);
            waiting.held = true;
            self.waiting += 1;
        }
    }

    /// A batch is stored, or given up or back.
    pub fn done(&mut self, batch: &InFlight) {
        self.idle += 1;
        self.held_at_work -= usize::from(batch.held);
        for conversation in &batch.conversations {
            let Some(waiting) = self.conversations.get_mut(conversation) else { continue };
            waiting.in_flight = false;
            if waiting.messages.is_empty() {
                self.conversations.remove(conversation);
            } else if waiting.held {
                self.held.push_back(*conversation);
            } else {
                self.ready += waiting.messages.len();
                self.turn.push_back(*conversation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids<const N: usize>() -> [ConversationId; N] {
        std::array::from_fn(|_| ConversationId::new())
    }

    fn of<const N: usize>(conversations: [ConversationId; N]) -> InFlight {
        InFlight { conversations: conversations.to_vec(), held: false }
    }

    fn held(conversation: ConversationId) -> InFlight {
        InFlight { conversations: vec![conversation], held: true }
    }

    #[test]
    fn an_idle_conversations_message_goes_alone_and_at_once() {
        let mut queue = Queue::new(2);
        let [a, b, c] = ids();
        for (n, id) in [a, b, c].into_iter().enumerate() {
            queue.push(id, n).unwrap();
        }
        assert_eq!(queue.take(), Some((of([a]), vec![0])));
        assert_eq!(queue.take(), Some((of([b]), vec![1])));
        assert_eq!(queue.take(), None);
        queue.done(&of([a]));
        assert_eq!(queue.take(), Some((of([c]), vec![2])));
    }

    #[test]
    fn what_queued_behind_a_commit_is_taken_together() {
        let mut queue = Queue::new(1);
        let [hot] = ids();
        queue.push(hot, 0).unwrap();
        assert_eq!(queue.take(), Some((of([hot]), vec![0])));
        for n in 1..=300 {
            queue.push(hot, n).unwrap();
        }
        queue.done(&of([hot]));
        assert_eq!(queue.take(), Some((of([hot]), (1..=256).collect())));
        assert_eq!(queue.take(), None);
        queue.done(&of([hot]));
        assert_eq!(queue.take(), Some((of([hot]), (257..=300).collect())));
    }

    #[test]
    fn a_conversation_is_in_flight_once() {
        let mut queue = Queue::new(4);
        let [a] = ids();
        queue.push(a, 0).unwrap();
        queue.take().unwrap();
        for n in 1..10 {
            queue.push(a, n).unwrap();
        }
        assert_eq!(queue.take(), None);
    }

    #[test]
    fn held_conversations_wait_alone_and_leave_writers_to_the_others() {
        let mut queue = Queue::new(4);
        let [a, b, c, d] = ids();
        for (n, id) in [a, a, b, c].into_iter().enumerate() {
            queue.push(id, n).unwrap();
        }
        queue.push(d, 4).unwrap();
        let (batch, messages) = queue.take().unwrap();
        assert_eq!((&batch, &messages), (&of([a, b, c, d]), &vec![0, 1, 2, 3, 4]));
        queue.give_back([a, a, b, c].into_iter().zip(messages));
        queue.done(&batch);
        assert_eq!(queue.take(), Some((held(a), vec![0, 1])));
        assert_eq!(queue.take(), Some((held(b), vec![2])));
        // Two of four writers wait for rows at most.
        assert_eq!(queue.take(), None);
        queue.push(d, 4).unwrap();
        queue.push(a, 5).unwrap();
        assert_eq!(queue.take(), Some((of([d]), vec![4])));
        queue.done(&held(b));
        assert_eq!(queue.take(), Some((held(c), vec![3])));
        // It was stored: the next one is like any other.
        queue.done(&held(a));
        assert_eq!(queue.take(), Some((of([a]), vec![5])));
    }

    #[test]
    fn what_is_too_much_is_given_back() {
        let mut queue = Queue::new(1);
        let [a] = ids();
        for n in 0..MOST {
            queue.push(a, n).unwrap();
        }
        assert_eq!(queue.push(a, MOST), Err(MOST));
        queue.take().unwrap();
        assert_eq!(queue.push(a, MOST), Ok(()));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_each_conversation_keeps_its_order(
            writers in 1_usize..5,
            steps in prop::collection::vec((0_usize..6, 0_usize..6), 1..400),
        ) {
            let ids: [_; 6] = ids();
            let mut queue = Queue::new(writers);
            let (mut pushed, mut stored): (Vec<_>, Vec<_>) = (vec![0; 6], vec![Vec::new(); 6]);
            let mut at_work: Vec<(InFlight, Vec<_>)> = Vec::new();
            let mut end = |queue: &mut Queue<_>, (in_flight, batch): (InFlight, Vec<(usize, i32)>), given_back: usize| {
                let back = batch.len().min(given_back);
                for (room, n) in &batch[..batch.len() - back] {
                    stored[*room].push(*n);
                }
                let back = batch[batch.len() - back..].iter();
                queue.give_back(back.map(|(room, n)| (ids[*room], (*room, *n))));
                queue.done(&in_flight);
            };
            for (room, action) in steps {
                if action < 3 {
                    queue.push(ids[room], (room, pushed[room])).unwrap();
                    pushed[room] += 1;
                }
                if action != 1 {
                    at_work.extend(queue.take());
                }
                if matches!(action, 0 | 4 | 5) && !at_work.is_empty() {
                    let batch = at_work.remove(room % at_work.len());
                    end(&mut queue, batch, if action == 5 { room } else { 0 });
                }
                prop_assert!(at_work.len() <= writers);
                prop_assert!(at_work.iter().filter(|(in_flight, _)| in_flight.held).count() <= (writers / 2).max(1));
                let in_flight: Vec<_> = at_work.iter().flat_map(|(in_flight, _)| &in_flight.conversations).collect();
                let once: std::collections::HashSet<_> = in_flight.iter().collect();
                prop_assert_eq!(in_flight.len(), once.len());
            }
            loop {
                at_work.extend(queue.take());
                let Some(batch) = at_work.pop() else { break };
                end(&mut queue, batch, 0);
            }
            for (room, numbers) in stored.iter().enumerate() {
                prop_assert_eq!(numbers, &(0..pushed[room]).collect::<Vec<_>>());
            }
            prop_assert!(queue.conversations.is_empty() && queue.turn.is_empty() && queue.held.is_empty());
            prop_assert_eq!((queue.ready, queue.waiting, queue.held_at_work, queue.idle), (0, 0, 0, writers));
        }
    }
}
