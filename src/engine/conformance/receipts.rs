//! What every queue of receipts promises.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    engine::receipts::{PendingPosition, Queued, Receipts},
    model::{
        id::{ConversationId, MessageId, ReceiptId, UserId},
        receipt::Receipt,
    },
    runtime::clock,
};

/// Runs the suite; `fresh` makes one that has nothing to do.
pub async fn all<F: Future<Output = Arc<dyn Receipts>>>(fresh: impl Fn() -> F) {
    asks_for_what_it_does_not_know(&*fresh().await).await;
    counts_each_reader_once(&*fresh().await).await;
    knows_how_far_each_has_read(&*fresh().await).await;
    keeps_what_is_claimed_until_it_is_settled(&*fresh().await).await;
    does_not_take_what_was_overtaken(&*fresh().await).await;
    lets_go_of_what_is_set_aside(&*fresh().await).await;
    for seed in 1..=5 {
        never_counts_back_nor_twice(&*fresh().await, Dice(seed)).await;
    }
}

/// Up to this message, and what is covered.
fn receipt(room: ConversationId, user: UserId, seq: i64, messages: &[MessageId]) -> Receipt {
    Receipt {
        id: ReceiptId::new(),
        conversation_id: room,
        user_id: user,
        message_id: MessageId::new(),
        seq,
        read_at: clock::now(),
        shown: true,
        messages: messages.to_vec(),
    }
}

/// A database with nothing but the rows of receipts, and no order that it would have to keep.
#[derive(Default)]
struct Rows(HashMap<MessageId, HashSet<UserId>>);

impl Rows {
    fn of(&self, messages: &[MessageId]) -> HashMap<MessageId, i64> {
        let count = |message| self.0.get(message).map_or(0, |readers| i64::try_from(readers.len()).unwrap());
        messages.iter().map(|message| (*message, count(message))).collect()
    }

    fn store(&mut self, receipt: &Receipt) {
        for message in &receipt.messages {
            self.0.entry(*message).or_default().insert(receipt.user_id);
        }
    }
}

/// As a service does it: looks, asks the database, queues.
async fn queue(receipts: &dyn Receipts, rows: &Rows, receipt: &Receipt) -> Vec<i64> {
    let (mark, _) = receipts.look(receipt.conversation_id, receipt.user_id).await;
    let mut known = HashMap::new();
    loop {
        match receipts.queue(mark, receipt, &known).await {
            Queued::Waiting(counts) => return counts,
            Queued::Unknown(messages) => known.extend(rows.of(&messages)),
            other => panic!("{other:?}"),
        }
    }
}

/// As a worker does it, from the first to the last.
async fn flush(receipts: &dyn Receipts, rows: &mut Rows) {
    loop {
        let (mut batch, claimed) = (receipts.own().await, receipts.claim().await.unwrap());
        batch.extend(claimed);
        if batch.is_empty() {
            break;
        }
        batch.iter().for_each(|receipt| rows.store(receipt));
        let messages: Vec<_> = batch.iter().flat_map(|receipt| receipt.messages.clone()).collect();
        receipts.settle(&batch, &rows.of(&messages)).await;
    }
    receipts.release().await;
}

async fn asks_for_what_it_does_not_know(receipts: &dyn Receipts) {
    let (room, [first, second]) = (ConversationId::new(), [MessageId::new(), MessageId::new()]);
    assert!(receipts.counts(room, &[first, second]).await.is_empty());
    let covering = receipt(room, UserId::new(), 2, &[second, first]);
    let (mark, _) = receipts.look(room, covering.user_id).await;
    let unknown = receipts.queue(mark, &covering, &HashMap::from([(second, 3)])).await;
    assert_eq!(unknown, Queued::Unknown(vec![first]));
    // It was not taken, and counts nowhere.
    assert!(receipts.claim().await.unwrap().is_empty());
    let rows = HashMap::from([(first, 0), (second, 3)]);
    assert_eq!(receipts.queue(mark, &covering, &rows).await, Queued::Waiting(vec![4, 1]));
    // What is known is not taken from somebody who may know less.
    let another = receipt(room, UserId::new(), 2, &[second, first]);
    let rows = HashMap::from([(first, 7), (second, 7)]);
    assert_eq!(receipts.queue(mark, &another, &rows).await, Queued::Waiting(vec![5, 2]));
    assert_eq!(receipts.counts(room, &[first, second]).await, HashMap::from([(first, 2), (second, 5)]));
    receipts.release().await;
}

async fn counts_each_reader_once(receipts: &dyn Receipts) {
    let (room, rows) = (ConversationId::new(), Rows::default());
    let [first, second] = [MessageId::new(), MessageId::new()];
    let (alice, bob) = (UserId::new(), UserId::new());
    // From two devices that looked at the same moment.
    let (mark, _) = receipts.look(room, alice).await;
    let known = rows.of(&[first, second]);
    let one = receipt(room, alice, 1, &[first]);
    let other = receipt(room, alice, 2, &[second, first]);
    assert_eq!(receipts.queue(mark, &one, &known).await, Queued::Waiting(vec![1]));
    assert_eq!(receipts.queue(mark, &other, &known).await, Queued::Waiting(vec![1, 1]));
    // Said again, it says nothing new.
    assert_eq!(queue(receipts, &rows, &receipt(room, alice, 2, &[second, first])).await, Vec::<i64>::new());
    assert_eq!(queue(receipts, &rows, &receipt(room, alice, 1, &[first])).await, Vec::<i64>::new());
    assert_eq!(queue(receipts, &rows, &receipt(room, bob, 1, &[first])).await, [2]);
    let readers = receipts.readers(room, first).await;
    assert_eq!(readers.keys().copied().collect::<HashSet<_>>(), HashSet::from([alice, bob]));
    // When it was read first.
    assert_eq!(readers[&alice].to_string(), one.read_at.to_string());
    assert!(receipts.readers(room, MessageId::new()).await.is_empty());
}

async fn knows_how_far_each_has_read(receipts: &dyn Receipts) {
    let (room, other, mut rows) = (ConversationId::new(), ConversationId::new(), Rows::default());
    let (alice, bob) = (UserId::new(), UserId::new());
    assert_eq!(receipts.look(room, alice).await.1, None);
    let seen = receipt(room, alice, 3, &[]);
    queue(receipts, &rows, &seen).await;
    let hidden = Receipt { shown: false, ..receipt(room, alice, 5, &[]) };
    queue(receipts, &rows, &hidden).await;
    queue(receipts, &rows, &receipt(room, alice, 4, &[])).await;
    queue(receipts, &rows, &Receipt { shown: false, ..receipt(room, bob, 1, &[]) }).await;
    let position = receipts.look(room, alice).await.1.unwrap();
    // Read up to 5, which may be seen up to 4.
    assert_eq!((position.seq, position.receipt.unwrap().0), (5, 4));
    let bobs = receipts.waiting(room).await[&bob];
    assert_eq!(bobs, PendingPosition { seq: 1, receipt: None });
    assert_eq!(receipts.positions(alice, &[room, other]).await, HashMap::from([(room, 5)]));
    assert!(receipts.waiting(other).await.is_empty());
    flush(receipts, &mut rows).await;
    assert!(receipts.waiting(room).await.is_empty());
    assert!(receipts.positions(alice, &[room, other]).await.is_empty());
}

async fn keeps_what_is_claimed_until_it_is_settled(receipts: &dyn Receipts) {
    let (room, message, mut rows) = (ConversationId::new(), MessageId::new(), Rows::default());
    let first = receipt(room, UserId::new(), 1, &[message]);
    queue(receipts, &rows, &first).await;
    let claimed = receipts.claim().await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [first.id]);
    // Whoever claimed it is gone; and more came meanwhile.
    let second = receipt(room, UserId::new(), 1, &[message]);
    assert_eq!(queue(receipts, &rows, &second).await, [2]);
    let claimed = receipts.claim().await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [first.id, second.id]);
    rows.store(&first);
    receipts.settle(&claimed[..1], &rows.of(&[message])).await;
    assert_eq!(receipts.counts(room, &[message]).await[&message], 2);
    assert_eq!(receipts.readers(room, message).await.len(), 1);
    let claimed = receipts.claim().await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [second.id]);
    receipts.release().await;
}

async fn does_not_take_what_was_overtaken(receipts: &dyn Receipts) {
    let (room, message, mut rows) = (ConversationId::new(), MessageId::new(), Rows::default());
    let alice = UserId::new();
    let (mark, _) = receipts.look(room, alice).await;
    // Another device of hers says so, and it is stored, before the first one comes to it.
    queue(receipts, &rows, &receipt(room, alice, 1, &[message])).await;
    flush(receipts, &mut rows).await;
    let late = receipt(room, alice, 2, &[MessageId::new(), message]);
    let known = rows.of(&late.messages);
    assert_eq!(receipts.queue(mark, &late, &known).await, Queued::Stale);
    let count = receipts.counts(room, &[message]).await.get(&message).copied();
    assert!(count.is_none_or(|count| count == 1), "{count:?}");
}

async fn lets_go_of_what_is_set_aside(receipts: &dyn Receipts) {
    let (room, message, rows) = (ConversationId::new(), MessageId::new(), Rows::default());
    let poison = receipt(room, UserId::new(), 1, &[message]);
    queue(receipts, &rows, &poison).await;
    queue(receipts, &rows, &receipt(room, UserId::new(), 1, &[message])).await;
    let claimed = receipts.claim().await.unwrap();
    receipts.settle(&claimed[..1], &HashMap::new()).await;
    assert_eq!(receipts.counts(room, &[message]).await[&message], 1);
    assert!(!receipts.waiting(room).await.contains_key(&poison.user_id));
    assert_eq!(receipts.claim().await.unwrap().len(), 1);
    receipts.release().await;
}

/// Some people read some messages in some order, and now and then it is stored, wholly or half.
async fn never_counts_back_nor_twice(receipts: &dyn Receipts, mut dice: Dice) {
    let (room, mut rows, mut read) = (ConversationId::new(), Rows::default(), Rows::default());
    let messages: Vec<_> = std::iter::repeat_with(MessageId::new).take(12).collect();
    let people: Vec<_> = std::iter::repeat_with(UserId::new).take(5).collect();
    let mut at = vec![0_usize; people.len()];
    let mut shown: HashMap<MessageId, i64> = HashMap::new();
    for _ in 0..120 {
        let (who, chance) = (dice.throw(people.len()), dice.throw(10));
        if chance < 7 {
            let to = dice.throw(messages.len()) + 1;
            let covered = messages.get(at[who]..to).unwrap_or_default();
            let new = receipt(room, people[who], i64::try_from(to).unwrap(), covered);
            let counts = queue(receipts, &rows, &new).await;
            read.store(&new);
            at[who] = at[who].max(to);
            let expected = read.of(covered);
            for (message, count) in covered.iter().zip(counts) {
                assert_eq!(count, expected[message]);
            }
        } else if chance < 9 {
            flush(receipts, &mut rows).await;
            assert_eq!(rows.of(&messages), read.of(&messages));
        } else {
            // It is stored, and whoever did it dies before saying so.
            receipts.claim().await.unwrap().iter().for_each(|receipt| rows.store(receipt));
            receipts.release().await;
        }
        let known = receipts.counts(room, &messages).await;
        let (expected, stored) = (read.of(&messages), rows.of(&messages));
        for message in &messages {
            let count = known.get(message).copied().unwrap_or(stored[message]);
            assert_eq!(count, expected[message]);
            let before = shown.insert(*message, count).unwrap_or_default();
            assert!(count >= before, "{count} came after {before}");
        }
    }
}

/// Numbers that look like chance, the same ones for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}
