//! Receipts in Redis, for all nodes. What this node queued it keeps until it saw it stored; while Redis is away that is the
//! queue.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::DateTime;
use redis::{FromRedisValue, RedisResult, Script, ScriptInvocation, aio::MultiplexedConnection};
use serde::Serialize;
use uuid::Uuid;

use super::{connection::Connection, keys};
use crate::{
    engine::{
        memory::MemoryReceipts,
        receipts::{Mark, PendingPosition, Queued, Receipts},
    },
    model::{
        id::{ConversationId, MessageId, NodeId, ReceiptId, UserId},
        receipt::Receipt,
        time::Timestamp,
    },
};

/// How long a count lives after it was last added to (contract, section 3).
const LIFETIME: Duration = Duration::from_hours(24);
/// How many receipts may wait.
const MOST: usize = 1_000_000;
/// How many bytes of receipts are claimed at once: some ten thousand messages covered, or three thousand readers.
const AT_ONCE: usize = 1 << 20;
/// How long a node's turn lasts that says nothing more. Longer than what it does between two words: a statement and its
/// tries.
const TURN: Duration = Duration::from_secs(15);
/// How long Redis may take for what nobody waits for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The receipts of all nodes.
pub struct RedisReceipts {
    connection: Arc<Connection>,
    /// How long a reader may wait for Redis.
    budget: Duration,
    node: NodeId,
    own: MemoryReceipts,
    queue: Script,
    claim: Script,
    settle: Script,
    end_turn: Script,
}

/// What the script is told about receipts that are stored.
#[derive(Serialize)]
struct Settled {
    rows: Vec<(String, i64)>,
    receipts: Vec<(ReceiptId, String, UserId, i64, Vec<usize>)>,
}

impl Settled {
    fn of(receipts: &[Receipt], rows: &HashMap<MessageId, i64>) -> Self {
        let mut settled = Self { rows: Vec::new(), receipts: Vec::with_capacity(receipts.len()) };
        let mut places = HashMap::new();
        for receipt in receipts {
            let place = |message: &MessageId| {
                *places.entry(*message).or_insert_with(|| {
                    let key = keys::read_count(receipt.conversation_id, *message);
                    settled.rows.push((key, rows.get(message).copied().unwrap_or(-1)));
                    // Lua counts from one.
                    settled.rows.len()
                })
            };
            let covered = receipt.messages.iter().map(place).collect();
            let positions = keys::read_pos(receipt.conversation_id);
            settled.receipts.push((receipt.id, positions, receipt.user_id, receipt.seq, covered));
        }
        settled
    }
}

impl RedisReceipts {
    /// Queues over this connection.
    pub fn new(connection: Arc<Connection>, budget: Duration) -> Self {
        Self {
            connection,
            budget,
            node: NodeId::new(),
            own: MemoryReceipts::default(),
            queue: Script::new(include_str!("scripts/queue_receipt.lua")),
            claim: Script::new(include_str!("scripts/claim_receipts.lua")),
            settle: Script::new(include_str!("scripts/settle_receipts.lua")),
            end_turn: Script::new(include_str!("scripts/end_turn.lua")),
        }
    }

    async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>, budget: Duration) -> Option<T> {
        self.connection.ask(budget, async |mut redis| script.invoke_async(&mut redis).await).await.ok()
    }

    async fn ask<T, F>(&self, question: impl FnOnce(MultiplexedConnection) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        self.connection.ask(self.budget, question).await.ok()
    }

    /// Queues in Redis, and keeps what Redis took. Nothing if Redis does not answer.
    async fn queue_shared(&self, mark: u64, receipt: &Receipt, rows: &HashMap<MessageId, i64>) -> Option<Queued> {
        let mut script = self.queue.prepare_invoke();
        script.key(keys::RECEIPTS).key(keys::read_pos(receipt.conversation_id)).key(keys::RECEIPTS_STORED);
        script
            .arg(mark)
            .arg(receipt.user_id.to_string())
            .arg(serde_json::to_string(receipt).ok()?)
            .arg(receipt.seq)
            .arg(u8::from(receipt.shown))
            .arg(receipt.read_at.0.timestamp_millis())
            .arg(LIFETIME.as_secs())
            .arg(MOST);
        for message in &receipt.messages {
            script.key(keys::read_count(receipt.conversation_id, *message));
            script.arg(rows.get(message).map(ToString::to_string).unwrap_or_default());
        }
        let answer: Vec<String> = self.run(&script, self.budget).await?;
        let numbers: Vec<i64> = answer.iter().skip(1).filter_map(|number| number.parse().ok()).collect();
        match answer.first()?.as_str() {
            "waiting" if numbers.len() == 2 * receipt.messages.len() => {
                let counts: Vec<_> = numbers.chunks_exact(2).map(|count| (count[0], count[1])).collect();
                // A Redis that was lost may know less than this node.
                Some(Queued::Waiting(self.own.keep(receipt, &counts)))
            }
            // It says nothing new.
            "waiting" => Some(Queued::Waiting(Vec::new())),
            "unknown" => {
                let places = numbers.into_iter().filter_map(|place| usize::try_from(place).ok());
                Some(Queued::Unknown(places.filter_map(|place| receipt.messages.get(place).copied()).collect()))
            }
            "stale" => Some(Queued::Stale),
            "full" => Some(Queued::Full),
            _ => None,
        }
    }

    /// What is no receipt is put where an operator finds it.
    async fn put_away(&self, unreadable: Vec<(String, String)>) {
        if unreadable.is_empty() {
            return;
        }
        tracing::error!(count = unreadable.len(), key = keys::RECEIPTS_UNREADABLE, "receipts.unreadable");
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        for (name, receipt) in unreadable {
            pipeline.hdel(keys::RECEIPTS_CLAIMED, name).ignore().rpush(keys::RECEIPTS_UNREADABLE, receipt).ignore();
        }
        let asked = self.connection.ask(PATIENCE, async |mut redis| pipeline.exec_async(&mut redis).await).await;
        if asked.is_err() {
            // They are claimed again.
            tracing::warn!("receipts.unreadable_kept");
        }
    }
}

fn position(text: &str) -> Option<PendingPosition> {
    let mut numbers = text.split(' ').map(str::parse::<i64>);
    let mut number = || numbers.next()?.ok();
    let (seq, seen, at) = (number()?, number()?, number()?);
    let receipt = (seen > 0).then(|| Some((seen, moment(at)?))).flatten();
    Some(PendingPosition { seq, receipt })
}

fn moment(milliseconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(milliseconds).map(Timestamp)
}

#[async_trait]
impl Receipts for RedisReceipts {
    async fn look(&self, conversation: ConversationId, user: UserId) -> (Mark, Option<PendingPosition>) {
        let (mut mark, own) = self.own.look(conversation, user).await;
        let mut pipeline = redis::pipe();
        // The mark first: what is stored between the two makes it stale.
        pipeline.get(keys::RECEIPTS_STORED).hget(keys::read_pos(conversation), user.to_string());
        let asked = self.ask(async |mut redis| pipeline.query_async(&mut redis).await).await;
        let Some((stored, known)) = asked.map(|it: (Option<u64>, Option<String>)| it) else { return (mark, own) };
        mark.shared = Some(stored.unwrap_or_default());
        let known = known.as_deref().and_then(position);
        (mark, known.into_iter().chain(own).reduce(PendingPosition::and))
    }

    async fn queue(&self, mark: Mark, receipt: &Receipt, rows: &HashMap<MessageId, i64>) -> Queued {
        let shared = match mark.shared {
            Some(mark) => self.queue_shared(mark, receipt, rows).await,
            None => None,
        };
        match shared {
            Some(queued) => queued,
            // Redis may have it all the same: then it is stored twice, which is once.
            None => self.own.queue(mark, receipt, rows).await,
        }
    }

    async fn positions(&self, user: UserId, conversations: &[ConversationId]) -> HashMap<ConversationId, i64> {
        let mut positions = self.own.positions(user, conversations).await;
        if conversations.is_empty() {
            return positions;
        }
        let mut pipeline = redis::pipe();
        for conversation in conversations {
            pipeline.hget(keys::read_pos(*conversation), user.to_string());
        }
        let known: Option<Vec<Option<String>>> =
            self.ask(async |mut redis| pipeline.query_async(&mut redis).await).await;
        for (conversation, known) in conversations.iter().zip(known.unwrap_or_default()) {
            if let Some(known) = known.as_deref().and_then(position) {
                let seq = positions.entry(*conversation).or_default();
                *seq = known.seq.max(*seq);
            }
        }
        positions
    }

    async fn waiting(&self, conversation: ConversationId) -> HashMap<UserId, PendingPosition> {
        let mut waiting = self.own.waiting(conversation).await;
        let mut command = redis::cmd("HGETALL");
        command.arg(keys::read_pos(conversation));
        let known: Option<HashMap<String, String>> =
            self.ask(async |mut redis| command.query_async(&mut redis).await).await;
        for (user, known) in known.unwrap_or_default() {
            let (Ok(user), Some(known)) = (Uuid::parse_str(&user), position(&known)) else { continue };
            waiting.entry(user.into()).and_modify(|own| *own = own.and(known)).or_insert(known);
        }
        waiting
    }

    async fn counts(&self, conversation: ConversationId, messages: &[MessageId]) -> HashMap<MessageId, i64> {
        let mut counts = self.own.counts(conversation, messages).await;
        if messages.is_empty() {
            return counts;
        }
        let mut pipeline = redis::pipe();
        for message in messages {
            let key = keys::read_count(conversation, *message);
            pipeline.hget(&key, "rows").hlen(key);
        }
        let known: Option<Vec<Option<i64>>> = self.ask(async |mut redis| pipeline.query_async(&mut redis).await).await;
        for (message, known) in messages.iter().zip(known.unwrap_or_default().chunks(2)) {
            if let [Some(rows), Some(fields)] = known {
                let count = counts.entry(*message).or_default();
                *count = (rows + fields - 1).max(*count);
            }
        }
        counts
    }

    async fn readers(&self, conversation: ConversationId, message: MessageId) -> HashMap<UserId, Timestamp> {
        let mut readers = self.own.readers(conversation, message).await;
        let mut command = redis::cmd("HGETALL");
        command.arg(keys::read_count(conversation, message));
        let known: Option<HashMap<String, i64>> =
            self.ask(async |mut redis| command.query_async(&mut redis).await).await;
        for (user, at) in known.unwrap_or_default() {
            if let (Ok(user), Some(at)) = (Uuid::parse_str(&user), moment(at)) {
                readers.insert(user.into(), at);
            }
        }
        readers
    }

    async fn claim(&self) -> Option<Vec<Receipt>> {
        let mut script = self.claim.prepare_invoke();
        script
            .key(keys::RECEIPTS)
            .key(keys::RECEIPTS_CLAIMED)
            .key(keys::RECEIPTS_TURN)
            .key(keys::RECEIPTS_UNREADABLE)
            .arg(self.node.to_string())
            .arg(TURN.as_millis().to_string())
            .arg(AT_ONCE);
        // Without Redis there is no queue but one's own.
        let Some(taken) = self.run::<Option<Vec<String>>>(&script, PATIENCE).await else { return Some(Vec::new()) };
        let (mut receipts, mut unreadable) = (Vec::new(), Vec::new());
        let mut taken = taken?.into_iter();
        while let (Some(name), Some(receipt)) = (taken.next(), taken.next()) {
            match serde_json::from_str(&receipt) {
                Ok(receipt) => receipts.push(receipt),
                Err(_) => unreadable.push((name, receipt)),
            }
        }
        self.put_away(unreadable).await;
        receipts.sort_by_key(|receipt: &Receipt| receipt.id);
        Some(receipts)
    }

    async fn own(&self) -> Vec<Receipt> {
        self.own.claim().await.unwrap_or_default()
    }

    async fn settle(&self, receipts: &[Receipt], rows: &HashMap<MessageId, i64>) {
        self.own.forget(receipts);
        let Ok(settled) = serde_json::to_string(&Settled::of(receipts, rows)) else { return };
        let mut script = self.settle.prepare_invoke();
        script
            .key(keys::RECEIPTS_CLAIMED)
            .key(keys::RECEIPTS_TURN)
            .key(keys::RECEIPTS_STORED)
            .arg(self.node.to_string())
            .arg(TURN.as_millis().to_string())
            .arg(settled);
        match self.run::<u8>(&script, PATIENCE).await {
            Some(1) => {}
            // They are claimed again, and stored already.
            Some(_) => tracing::info!("receipts.turn_lost"),
            None => tracing::info!("receipts.settled_alone"),
        }
    }

    async fn release(&self) {
        let mut script = self.end_turn.prepare_invoke();
        script.key(keys::RECEIPTS_TURN).arg(self.node.to_string());
        if self.run::<()>(&script, PATIENCE).await.is_none() {
            tracing::debug!("receipts.turn_kept: it ends by itself");
        }
    }

    async fn lost(&self) {
        self.connection.renewed().await;
    }
}
