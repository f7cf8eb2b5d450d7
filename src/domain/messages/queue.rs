//! What waits to be stored: whose turn it is, and how much is taken together. Pure.
//!
//! A conversation's messages are stored in the order in which they came, so one statement of it is in flight at a time.
//! Nothing waits for company: while there is a writer to spare, a message goes alone and at once. What comes while all
//! writers are at work is taken together.

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
    /// How many wait at all.
    waiting: usize,
    writers: usize,
    idle: usize,
}

struct Waiting<T> {
    messages: VecDeque<T>,
    in_flight: bool,
}

impl<T> Queue<T> {
    /// Empty, with all writers idle.
    pub fn new(writers: usize) -> Self {
        let (conversations, turn) = (HashMap::new(), VecDeque::new());
        Self { conversations, turn, ready: 0, waiting: 0, writers, idle: writers }
    }

    /// Puts a message behind those of its conversation. Gives it back when too many wait.
    pub fn push(&mut self, conversation: ConversationId, message: T) -> Result<(), T> {
        if self.waiting >= MOST {
            return Err(message);
        }
        let waiting = self
            .conversations
            .entry(conversation)
            .or_insert_with(|| Waiting { messages: VecDeque::new(), in_flight: false });
        if waiting.messages.is_empty() && !waiting.in_flight {
            self.turn.push_back(conversation);
        }
        self.ready += usize::from(!waiting.in_flight);
        self.waiting += 1;
        waiting.messages.push_back(message);
        Ok(())
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// What an idle writer stores next, with the conversations it is of: one message, or what queued, shared with the other
    /// writers. Each batch is to be ended by [`Self::done`].
    pub fn take(&mut self) -> Option<(Vec<ConversationId>, Vec<T>)> {
        if self.idle == 0 || self.turn.is_empty() {
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
            let Some(waiting) = self.conversations.get_mut(&conversation) else { continue };
            self.ready -= waiting.messages.len();
            let taken = (share - batch.len()).min(waiting.messages.len());
            batch.extend(waiting.messages.drain(..taken));
            waiting.in_flight = true;
            self.waiting -= taken;
            conversations.push(conversation);
        }
        Some((conversations, batch))
    }

    /// A batch of these conversations is stored, or given up.
    pub fn done(&mut self, conversations: &[ConversationId]) {
        self.idle += 1;
        for conversation in conversations {
            let Some(waiting) = self.conversations.get_mut(conversation) else { continue };
            waiting.in_flight = false;
            if waiting.messages.is_empty() {
                self.conversations.remove(conversation);
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

    #[test]
    fn an_idle_conversations_message_goes_alone_and_at_once() {
        let mut queue = Queue::new(2);
        let [a, b, c] = ids();
        for (n, id) in [a, b, c].into_iter().enumerate() {
            queue.push(id, n).unwrap();
        }
        assert_eq!(queue.take(), Some((vec![a], vec![0])));
        assert_eq!(queue.take(), Some((vec![b], vec![1])));
        assert_eq!(queue.take(), None);
        queue.done(&[a]);
        assert_eq!(queue.take(), Some((vec![c], vec![2])));
    }

    #[test]
    fn what_queued_behind_a_commit_is_taken_together() {
        let mut queue = Queue::new(1);
        let [hot] = ids();
        queue.push(hot, 0).unwrap();
        assert_eq!(queue.take(), Some((vec![hot], vec![0])));
        for n in 1..=300 {
            queue.push(hot, n).unwrap();
        }
        queue.done(&[hot]);
        assert_eq!(queue.take(), Some((vec![hot], (1..=256).collect())));
        assert_eq!(queue.take(), None);
        queue.done(&[hot]);
        assert_eq!(queue.take(), Some((vec![hot], (257..=300).collect())));
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
            steps in prop::collection::vec((0_usize..6, 0_usize..4), 1..400),
        ) {
            let ids: [_; 6] = ids();
            let mut queue = Queue::new(writers);
            let (mut pushed, mut stored): (Vec<_>, Vec<_>) = (vec![0; 6], vec![Vec::new(); 6]);
            let mut at_work: Vec<(Vec<ConversationId>, Vec<_>)> = Vec::new();
            let mut end = |queue: &mut Queue<_>, (conversations, batch): (Vec<_>, Vec<(usize, i32)>)| {
                for (room, n) in batch {
                    stored[room].push(n);
                }
                queue.done(&conversations);
            };
            for (room, action) in steps {
                if action < 3 {
                    queue.push(ids[room], (room, pushed[room])).unwrap();
                    pushed[room] += 1;
                }
                if action != 1 {
                    at_work.extend(queue.take());
                }
                if action == 0 && !at_work.is_empty() {
                    let batch = at_work.remove(room % at_work.len());
                    end(&mut queue, batch);
                }
                prop_assert!(at_work.len() <= writers);
                let in_flight: Vec<_> = at_work.iter().flat_map(|(conversations, _)| conversations).collect();
                let once: std::collections::HashSet<_> = in_flight.iter().collect();
                prop_assert_eq!(in_flight.len(), once.len());
            }
            loop {
                at_work.extend(queue.take());
                let Some(batch) = at_work.pop() else { break };
                end(&mut queue, batch);
            }
            for (room, numbers) in stored.iter().enumerate() {
                prop_assert_eq!(numbers, &(0..pushed[room]).collect::<Vec<_>>());
            }
            prop_assert!(queue.conversations.is_empty() && queue.turn.is_empty());
            prop_assert_eq!((queue.ready, queue.waiting, queue.idle), (0, 0, writers));
        }
    }
}
