//! Subscribing: join first, look after, so that nothing said in between is lost; replay, answer, then what was held.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{DeliveryService, rooms::Head};
use crate::{
    domain::caller::Caller,
    error::{Error, Result},
    model::{
        conversation::ConversationType,
        event::{Channel, MessageReceived, ServerEvent},
        id::{ConversationId, SocketId},
        message::Message,
        socket::{Subscribed, Subscription},
    },
    runtime::clock,
    store::participants::Standing,
};

/// How many missed messages one call replays, over all its conversations.
const REPLAYED: usize = 500;
/// Up to this many people a group tells how far each has read; in a larger one its details do.
const SMALL_GROUP: i64 = 100;

/// What a call answers about each conversation it named.
pub type Answers = Vec<(ConversationId, Result<Subscribed>)>;

impl DeliveryService {
    /// Subscribes a socket to conversations. What was missed is replayed before `answer` is called, what is said
    /// meanwhile follows after it. An error means that nothing could be done, and that `answer` was not called.
    pub async fn subscribe(
        &self,
        socket: SocketId,
        caller: &Caller,
        wanted: Vec<Subscription>,
        answer: impl FnOnce(Answers) + Send,
    ) -> Result<()> {
        let bulk = wanted.len() > 1;
        let wanted = each_once(wanted);
        let ids: Vec<_> = wanted.iter().map(|one| one.conversation_id).collect();
        if !self.join(socket, &ids) {
            return Ok(());
        }
        let snapshot = match self.snapshot(caller, &wanted, bulk).await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                for id in ids {
                    self.unsubscribe(socket, id);
                }
                return Err(error);
            }
        };

        let mut rooms = self.rooms();
        let mut answers = Answers::with_capacity(ids.len());
        let mut held = Vec::new();
        for (id, found) in snapshot {
            let answer = if let Some((mut subscribed, missed)) = found {
                for message in missed {
                    self.sockets.emit(&[socket], &ServerEvent::MessageReceived(MessageReceived { message }));
                }
                let snapshot = Head { seq: subscribed.seq, rev: subscribed.rev };
                let (outgoing, caught_up) = rooms.caught_up(socket, id, snapshot);
                self.emit(outgoing);
                subscribed.truncated |= !caught_up.complete;
                held.extend(caught_up.missed);
                Ok(subscribed)
            } else {
                if rooms.leave(socket, id) {
                    self.engine.bus.ignore(Channel::Chat(id));
                }
                Err(Error::not_in_conversation())
            };
            answers.push((id, answer));
        }
        answer(answers);
        for message in held {
            let message = Arc::unwrap_or_clone(message);
            self.sockets.emit(&[socket], &ServerEvent::MessageReceived(MessageReceived { message }));
        }
        Ok(())
    }

    /// Answers whether the socket is still there.
    fn join(&self, socket: SocketId, ids: &[ConversationId]) -> bool {
        let mut rooms = self.rooms();
        ids.iter().all(|id| {
            let joined = rooms.join(socket, *id);
            if joined {
                self.engine.bus.listen(Channel::Chat(*id));
            }
            joined
        })
    }

    /// Where the caller stands in each conversation, and what they missed; nothing for one that is not theirs.
    async fn snapshot(
        &self,
        caller: &Caller,
        wanted: &[Subscription],
        bulk: bool,
    ) -> Result<Vec<(ConversationId, Option<(Subscribed, Vec<Message>)>)>> {
        let ids: Vec<_> = wanted.iter().map(|one| one.conversation_id).collect();
        let standings = self.store.standings(caller.user_id, &ids).await?;
        let small: Vec<_> =
            standings.iter().filter(|one| tells_reads(one, bulk)).map(|one| one.conversation_id).collect();
        let mut reads = self.store.read_positions(caller.user_id, &small).await?;
        let mut standings: HashMap<_, _> = standings.into_iter().map(|one| (one.conversation_id, one)).collect();

        let mut left = REPLAYED;
        let mut snapshot = Vec::with_capacity(ids.len());
        for &Subscription { conversation_id: id, last_seq } in wanted {
            let Some(standing) = standings.remove(&id) else {
                snapshot.push((id, None));
                continue;
            };
            let mut subscribed = Subscribed {
                conversation_id: id,
                seq: standing.seq,
                rev: standing.rev,
                last_read_seq: standing.last_read_seq,
                unread_count: standing.unread_count,
                reads: reads.remove(&id).unwrap_or_default(),
                truncated: false,
                reset: last_seq.is_some_and(|last_seq| last_seq > standing.seq),
                timestamp: clock::now(),
            };
            let mut missed = Vec::new();
            if let Some(last_seq) = last_seq.filter(|last_seq| *last_seq < standing.seq) {
                let limit = i64::try_from(left).unwrap_or(i64::MAX);
                missed = self.store.messages_after(id, last_seq, standing.seq, limit).await?;
                left -= missed.len();
                subscribed.truncated = missed.last().map_or(last_seq, |last| last.seq) < standing.seq;
            }
            snapshot.push((id, Some((subscribed, missed))));
        }
        Ok(snapshot)
    }
}

/// A conversation named twice counts as it was named last.
fn each_once(wanted: Vec<Subscription>) -> Vec<Subscription> {
    let mut seen = HashSet::new();
    let mut once: Vec<_> = wanted.into_iter().rev().filter(|one| seen.insert(one.conversation_id)).collect();
    once.reverse();
    once
}

fn tells_reads(standing: &Standing, bulk: bool) -> bool {
    standing.kind == ConversationType::Direct || (!bulk && standing.participant_count <= SMALL_GROUP)
}
