//! Receipts: how far each member has read, and who read what. In a direct conversation they are stored at once, in a group
//! they are counted at once and stored together a little later (`flush`).

mod counts;
mod flush;
pub mod pace;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::Mutex;

use super::{caller::Caller, conversations::refusal};
use crate::{
    engine::{
        Engine,
        receipts::{Mark, Queued},
    },
    error::{Error, ErrorCode, Result},
    model::{
        conversation::ConversationType,
        event::{Channel, Event, ReadBy, ReadSynced, ReceiptUpdated},
        id::{ConversationId, MessageId, ReceiptId, SocketId, UserId},
        receipt::{ReadPosition, ReadState, Receipt, Receipts},
    },
    runtime::tasks::Tasks,
    store::{
        Store,
        receipts::{Covered, Reading},
    },
};

/// Of how many newly covered messages a receipt is given, the newest ones (contract, section 5).
const MOST: i64 = 500;
/// How often what is looked up may be overtaken by what is stored meanwhile.
const TRIES: usize = 10;

/// Says what is read, and who read it.
pub struct ReceiptService {
    store: Store,
    engine: Engine,
    tasks: Tasks,
    counts: counts::Counts,
    flushing: Mutex<()>,
}

impl ReceiptService {
    /// On this database and engine. What waits is stored this often, and once more when the node stops.
    pub fn start(store: Store, engine: Engine, every: Duration, tasks: Tasks) -> Arc<Self> {
        let service =
            Arc::new(Self { store, engine, tasks, counts: counts::Counts::default(), flushing: Mutex::default() });
        service.tasks.supervise("receipts", flush::run(Arc::clone(&service), every));
        service.tasks.supervise("receipts-told", counts::run(Arc::clone(&service)));
        service.tasks.spawn(flush::last(Arc::clone(&service)));
        service
    }

    /// The caller has read everything up to a message; `by` is the socket that said so. Answers where they stand now. Said
    /// again, or of an older message, it changes nothing.
    pub async fn read(
        &self,
        caller: &Caller,
        conversation: ConversationId,
        message: MessageId,
        by: Option<SocketId>,
    ) -> Result<ReadState> {
        let user = caller.user_id;
        for _ in 0..TRIES {
            // The engine first: what waits there, and does no longer, is in what the database says then.
            let (mark, waiting) = self.engine.receipts.look(conversation, user).await;
            let seen = waiting.and_then(|waiting| waiting.receipt).map_or(0, |(seq, _)| seq);
            let Some(reading) = self.store.reading(user, conversation, message, seen, MOST).await? else {
                return Err(refusal(self.store.membership(conversation, user).await?));
            };
            let seq = reading
                .seq
                .ok_or_else(|| Error::invalid("lastReadMessageId", "There is no such message in this conversation."))?;
            let read = reading.last_read_seq.max(waiting.map_or(0, |waiting| waiting.seq));
            if seq > read || (reading.shown && seq > reading.receipts_until) {
                let receipt = Receipt {
                    id: ReceiptId::new(),
                    conversation_id: conversation,
                    user_id: user,
                    message_id: message,
                    seq,
                    read_at: reading.now,
                    shown: reading.shown,
                    messages: reading.covered.iter().map(|covered| covered.id).collect(),
                };
                let taken = match reading.kind {
                    ConversationType::Direct => self.store_now(&receipt, &caller.username).await?,
                    ConversationType::Group => self.queue(mark, &receipt, &reading.covered).await?,
                };
                if !taken {
                    continue;
                }
            }
            return self.answer(user, conversation, &reading, read, seq, by).await;
        }
        Err(Error::new(ErrorCode::ServiceUnavailable, "Too many are reading.").retry_after(Duration::from_secs(1)))
    }

    /// A direct conversation's: stored before it is answered, and the other one is told.
    async fn store_now(&self, receipt: &Receipt, username: &str) -> Result<bool> {
        if self.store.store_receipt(receipt).await? && receipt.shown {
            let updated = ReceiptUpdated {
                conversation_id: receipt.conversation_id,
                message_id: receipt.message_id,
                seq: receipt.seq,
                read_by: ReadBy { user_id: receipt.user_id, username: username.to_owned(), read_at: receipt.read_at },
            };
            let channel = Channel::Chat(receipt.conversation_id);
            self.engine.bus.publish(channel, Event::ReceiptUpdated(updated));
        }
        Ok(true)
    }

    /// A group's: counted, and stored later. Answers whether it was taken, and not overtaken by what was stored meanwhile.
    async fn queue(&self, mark: Mark, receipt: &Receipt, covered: &[Covered]) -> Result<bool> {
        let mut rows = HashMap::new();
        loop {
            match self.engine.receipts.queue(mark, receipt, &rows).await {
                Queued::Waiting(counts) => {
                    self.count(receipt.conversation_id, covered, &counts);
                    break;
                }
                Queued::Unknown(messages) => rows.extend(self.store.read_counts(&messages).await?),
                Queued::Stale => return Ok(false),
                Queued::Full => {
                    let full = Error::new(ErrorCode::ServiceUnavailable, "Too many receipts are waiting to be stored.");
                    return Err(full.retry_after(Duration::from_secs(1)));
                }
            }
        }
        if self.tasks.stopping().is_cancelled() {
            // The last flush may be over.
            self.flush().await;
        }
        Ok(true)
    }

    /// Where the reader stands now. Their other devices are told when it is further than before.
    async fn answer(
        &self,
        user: UserId,
        conversation: ConversationId,
        reading: &Reading,
        before: i64,
        seq: i64,
        by: Option<SocketId>,
    ) -> Result<ReadState> {
        let states = self.store.read_states(user, &[(conversation, reading.head, before.max(seq))]).await?;
        let state = states.get(&conversation).cloned().ok_or_else(Error::not_in_conversation)?;
        if seq > before {
            let synced = ReadSynced { conversation_id: conversation, state: state.clone() };
            self.engine.bus.publish(Channel::User(user), Event::ReadSynced { synced, by });
        }
        Ok(state)
    }

    /// Who has read a message: what is stored and what waits to be.
    pub async fn of_message(&self, caller: &Caller, message: MessageId) -> Result<Receipts> {
        let place = self.store.place_of(message, caller.user_id).await?;
        let place = place.ok_or_else(|| Error::not_found("There is no such message."))?;
        if !place.member {
            return Err(Error::not_in_conversation());
        }
        let waiting = self.engine.receipts.readers(place.conversation_id, message).await;
        let receipts = self.store.readers(message, &place, &waiting).await?;
        let read_count = i64::try_from(receipts.len()).unwrap_or(i64::MAX);
        Ok(Receipts { receipts, read_count, total_participants: place.total_participants })
    }

    /// How far somebody has read each of these conversations by what waits to be stored, 0 where nothing does.
    pub async fn positions(&self, user: UserId, conversations: &[ConversationId]) -> Vec<i64> {
        let waiting = self.engine.receipts.positions(user, conversations).await;
        conversations.iter().map(|id| waiting.get(id).copied().unwrap_or_default()).collect()
    }

    /// How far the other members of these conversations have read, as far as they let it be seen. In `groups`, which are some
    /// of them, receipts may wait to be stored.
    pub async fn reads(
        &self,
        except: UserId,
        conversations: &[ConversationId],
        groups: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Vec<ReadPosition>>> {
        let mut waiting = Vec::new();
        for group in groups {
            let positions = self.engine.receipts.waiting(*group).await;
            waiting.extend(positions.into_iter().filter_map(|(user, position)| {
                let (seq, at) = position.receipt?;
                Some((*group, user, seq, at))
            }));
        }
        self.store.read_positions(except, conversations, &waiting).await
    }
}
