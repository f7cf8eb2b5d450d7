//! Receipts of several nodes, and what becomes of them when Redis or a node is lost.

use std::collections::HashMap;

use redis::AsyncCommands as _;
use tokio::time::{Instant, sleep};

use super::{PATIENCE, connection, database, keys, node};
use crate::{
    engine::receipts::{Queued, Receipts},
    model::{
        id::{ConversationId, MessageId, ReceiptId, UserId},
        receipt::Receipt,
    },
    runtime::clock,
};

fn receipt(room: ConversationId, message: MessageId) -> Receipt {
    Receipt {
        id: ReceiptId::new(),
        conversation_id: room,
        user_id: UserId::new(),
        message_id: message,
        seq: 7,
        read_at: clock::now(),
        shown: true,
        messages: vec![message],
    }
}

async fn queue(receipts: &dyn Receipts, receipt: &Receipt) -> i64 {
    let (mark, _) = receipts.look(receipt.conversation_id, receipt.user_id).await;
    let rows = receipt.messages.iter().map(|message| (*message, 0)).collect();
    match receipts.queue(mark, receipt, &rows).await {
        Queued::Waiting(counts) => counts[0],
        other => panic!("{other:?}"),
    }
}

fn ids(receipts: &[Receipt]) -> Vec<ReceiptId> {
    receipts.iter().map(|receipt| receipt.id).collect()
}

#[tokio::test]
async fn one_node_at_a_time_stores_what_all_queued() {
    let url = database().await;
    let ((here, _), (there, _)) = (node(&url).await, node(&url).await);
    let (here, there) = (here.receipts, there.receipts);
    let (room, message) = (ConversationId::new(), MessageId::new());
    let (first, second) = (receipt(room, message), receipt(room, message));
    assert_eq!((queue(&*here, &first).await, queue(&*there, &second).await), (1, 2));
    for node in [&here, &there] {
        assert_eq!(node.counts(room, &[message]).await[&message], 2);
        assert_eq!(node.readers(room, message).await.len(), 2);
        assert_eq!(node.positions(first.user_id, &[room]).await[&room], 7);
    }
    let claimed = here.claim().await.unwrap();
    assert_eq!(ids(&claimed), [first.id, second.id]);
    assert_eq!(there.claim().await, None);
    // What this node is about to have stored is not its own any more, for another one has stored it.
    here.settle(&claimed, &HashMap::from([(message, 2)])).await;
    here.release().await;
    assert!(here.own().await.is_empty());
    assert_eq!(ids(&there.own().await), [second.id]);
    let mut redis = connection(url.reveal()).await;
    let mut names: Vec<String> = redis.keys("*").await.unwrap();
    names.sort();
    assert_eq!(names, [keys::read_count(room, message), keys::RECEIPTS_STORED.to_owned()]);
    let lifetime: u64 = redis.ttl(keys::read_count(room, message)).await.unwrap();
    assert!((86_000..=86_400).contains(&lifetime), "{lifetime}");
    assert!(there.claim().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_nodes_turn_passes_on_and_its_return_changes_nothing() {
    let url = database().await;
    let ((dead, _), (other, _)) = (node(&url).await, node(&url).await);
    let (dead, other) = (dead.receipts, other.receipts);
    let (room, message) = (ConversationId::new(), MessageId::new());
    let first = receipt(room, message);
    queue(&*dead, &first).await;
    let claimed = dead.claim().await.unwrap();
    assert_eq!(other.claim().await, None);
    // As when its time has run out.
    let mut redis = connection(url.reveal()).await;
    let lasts: u64 = redis.pttl(keys::RECEIPTS_TURN).await.unwrap();
    assert!((1..=15_000).contains(&lasts), "{lasts}");
    redis.del::<_, ()>(keys::RECEIPTS_TURN).await.unwrap();
    assert_eq!(ids(&other.claim().await.unwrap()), [first.id]);
    // It stood still and goes on where it was: that one has taken over.
    dead.settle(&claimed, &HashMap::from([(message, 1)])).await;
    assert_eq!(ids(&other.claim().await.unwrap()), [first.id]);
    assert_eq!(other.counts(room, &[message]).await[&message], 1);
    other.settle(&claimed, &HashMap::from([(message, 1)])).await;
    assert!(other.claim().await.unwrap().is_empty());
    assert_eq!(other.counts(room, &[message]).await[&message], 1);
}

#[tokio::test]
async fn what_a_node_queued_outlives_redis() {
    let url = database().await;
    let (node, _) = node(&url).await;
    let receipts = node.receipts;
    let (room, message) = (ConversationId::new(), MessageId::new());
    let (first, second) = (receipt(room, message), receipt(room, message));
    queue(&*receipts, &first).await;
    queue(&*receipts, &second).await;
    let mut redis = connection(url.reveal()).await;
    redis::cmd("FLUSHDB").exec_async(&mut redis).await.unwrap();
    // Nothing falls, and the next reader is the third.
    assert_eq!(receipts.counts(room, &[message]).await[&message], 2);
    assert_eq!(receipts.positions(first.user_id, &[room]).await[&room], 7);
    let third = receipt(room, message);
    assert_eq!(queue(&*receipts, &third).await, 3);
    let own = receipts.own().await;
    assert_eq!(ids(&own), [first.id, second.id, third.id]);
    assert_eq!(ids(&receipts.claim().await.unwrap()), [third.id]);
    receipts.settle(&own, &HashMap::from([(message, 3)])).await;
    assert_eq!(receipts.counts(room, &[message]).await[&message], 3);
    assert!(receipts.own().await.is_empty());
}

#[tokio::test]
async fn without_redis_a_node_queues_by_itself() {
    let nowhere = tempfile::tempdir().unwrap();
    let url = crate::config::secret::Secret::new(format!("redis+unix://{}/socket", nowhere.path().display()));
    let (node, _) = node(&url).await;
    let receipts = node.receipts;
    let (room, message) = (ConversationId::new(), MessageId::new());
    let first = receipt(room, message);
    assert_eq!(queue(&*receipts, &first).await, 1);
    assert_eq!(receipts.counts(room, &[message]).await[&message], 1);
    assert_eq!(receipts.claim().await, Some(Vec::new()));
    let own = receipts.own().await;
    assert_eq!(ids(&own), [first.id]);
    receipts.settle(&own, &HashMap::from([(message, 1)])).await;
    assert!(receipts.own().await.is_empty());
}

#[tokio::test]
async fn what_is_no_receipt_is_put_away() {
    let url = database().await;
    let (node, redis) = node(&url).await;
    let receipts = node.receipts;
    let mut direct = connection(url.reveal()).await;
    let odd = ["", "{", "null", "7", "[]", "{}", r#"{"id":7}"#, r#"{"id":"x"}"#, r#"{"id":"y","seq":"many"}"#];
    direct.rpush::<_, _, ()>(keys::RECEIPTS, odd.to_vec()).await.unwrap();
    let good = receipt(ConversationId::new(), MessageId::new());
    queue(&*receipts, &good).await;
    assert_eq!(ids(&receipts.claim().await.unwrap()), [good.id]);
    let mut put_away: Vec<String> = direct.lrange(keys::RECEIPTS_UNREADABLE, 0, -1).await.unwrap();
    put_away.sort();
    let mut odd = odd.to_vec();
    odd.sort_unstable();
    assert_eq!(put_away, odd);
    assert!(redis.is_up());
}

#[tokio::test]
async fn a_connection_made_anew_is_noticed() {
    let url = database().await;
    let (node, redis) = node(&url).await;
    let receipts = node.receipts;
    let lost = receipts.lost();
    tokio::pin!(lost);
    assert!(futures_util::poll!(lost.as_mut()).is_pending());
    let mut direct = connection(url.reveal()).await;
    let id = super::id(&redis.asked).await;
    redis::cmd("CLIENT").arg("KILL").arg("ID").arg(id).exec_async(&mut direct).await.unwrap();
    tokio::time::timeout(PATIENCE, lost).await.unwrap();
    let begun = Instant::now();
    while !redis.is_up() {
        assert!(begun.elapsed() < PATIENCE, "it does not come back");
        sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_reader_at_two_nodes_counts_once_whoever_stores_it() {
    let url = database().await;
    let ((here, _), (there, _)) = (node(&url).await, node(&url).await);
    let (here, there) = (here.receipts, there.receipts);
    let (room, message) = (ConversationId::new(), MessageId::new());
    let (alices, bobs) = (receipt(room, message), receipt(room, message));
    // She has two devices, at two nodes, and both looked before either said something.
    let (mark, _) = here.look(room, alices.user_id).await;
    let rows = HashMap::from([(message, 0)]);
    assert_eq!(there.queue(mark, &alices, &rows).await, Queued::Waiting(vec![1]));
    assert_eq!(queue(&*here, &bobs).await, 2);
    let later = Receipt { id: ReceiptId::new(), seq: 8, ..alices.clone() };
    assert_eq!(here.queue(mark, &later, &rows).await, Queued::Waiting(vec![2]));
    let count = async |node: &dyn Receipts| node.counts(room, &[message]).await[&message];
    assert_eq!((count(&*here).await, count(&*there).await), (2, 2));
    // The other node stores what this one still keeps, and then a third one reads here.
    let claimed = there.claim().await.unwrap();
    there.settle(&claimed, &HashMap::from([(message, 2)])).await;
    there.release().await;
    assert_eq!(queue(&*here, &receipt(room, message)).await, 3);
    assert_eq!((count(&*here).await, count(&*there).await), (3, 3));
    // Which this one stores.
    let claimed = here.claim().await.unwrap();
    here.settle(&claimed, &HashMap::from([(message, 3)])).await;
    assert_eq!((count(&*here).await, count(&*there).await), (3, 3));
    let own = here.own().await;
    assert_eq!(ids(&own), [bobs.id, later.id]);
    here.settle(&own, &HashMap::from([(message, 3)])).await;
    assert_eq!((count(&*here).await, count(&*there).await), (3, 3));
}
