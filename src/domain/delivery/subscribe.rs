//! Subscribing: join first, look after, so that nothing said in between is lost; replay, answer, then what was held.

use std::collections::{HashMap, HashSet};

use super::{DeliveryService, sequencer::Head};
use crate::{
    domain::caller::Caller,
    error::{Error, Result},
    model::{
        conversation::ConversationType,
        event::{Channel, MessageReceived, ServerEvent},
        id::{ConversationId, SocketId},
        socket::{Subscribed, Subscription},
    },
    runtime::clock,
    store::participants::Standing,
};

/// How many missed messages, and how many missed changes, one call replays, over all its conversations.
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
            let Some((mut subscribed, missed)) = found else {
                self.leave(&mut rooms, socket, id);
                answers.push((id, Err(Error::not_in_conversation())));
                continue;
            };
            for event in missed {
                self.sockets.emit(&[socket], &event);
            }
            let at = Head { seq: subscribed.seq, rev: subscribed.rev };
            let (passing, caught_up) = rooms.caught_up(socket, id, at);
            self.emit(id, passing);
            let answer = caught_up.map(|caught_up| {
                subscribed.truncated |= !caught_up.complete;
                held.extend(caught_up.missed);
                subscribed
            });
            answers.push((id, answer.ok_or_else(Error::not_in_conversation)));
        }
        answer(answers);
        for event in held {
            self.sockets.emit(&[socket], &event);
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
    ) -> Result<Vec<(ConversationId, Option<(Subscribed, Vec<ServerEvent>)>)>> {
        let ids: Vec<_> = wanted.iter().map(|one| one.conversation_id).collect();
        let standings = self.store.standings(caller.user_id, &ids).await?;
        let small: Vec<_> =
            standings.iter().filter(|one| tells_reads(one, bulk)).map(|one| one.conversation_id).collect();
        let mut reads = self.store.read_positions(caller.user_id, &small).await?;
        let mut standings: HashMap<_, _> = standings.into_iter().map(|one| (one.conversation_id, one)).collect();

        let renamed = self.mismatched(wanted).await?;

        let (mut messages_left, mut changes_left) = (REPLAYED, REPLAYED);
        let mut snapshot = Vec::with_capacity(ids.len());
        for &Subscription { conversation_id: id, last_seq, last_rev, .. } in wanted {
            let Some(standing) = standings.remove(&id) else {
                snapshot.push((id, None));
                continue;
            };
            let ahead =
                last_seq.is_some_and(|seq| seq > standing.seq) || last_rev.is_some_and(|rev| rev > standing.rev);
            let mut subscribed = Subscribed {
                conversation_id: id,
                seq: standing.seq,
                rev: standing.rev,
                last_read_seq: standing.last_read_seq,
                unread_count: standing.unread_count,
                reads: reads.remove(&id).unwrap_or_default(),
                presence: Vec::new(),
                truncated: false,
                reset: ahead || renamed.contains(&id),
                timestamp: clock::now(),
            };
            let mut missed = Vec::new();
            if !subscribed.reset {
                if let Some(last_rev) = last_rev {
                    let changes = self.changes_of(id, last_rev, standing.rev, changes_left).await?;
                    changes_left -= changes.events.len();
                    subscribed.truncated |= changes.until < standing.rev;
                    missed = changes.events;
                }
                if let Some(last_seq) = last_seq.filter(|last_seq| *last_seq < standing.seq) {
                    let limit = i64::try_from(messages_left).unwrap_or(i64::MAX);
                    let messages = self.store.messages_after(id, last_seq, standing.seq, limit).await?;
                    messages_left -= messages.len();
                    subscribed.truncated |= messages.last().map_or(last_seq, |last| last.seq) < standing.seq;
                    let received = |message| ServerEvent::MessageReceived(MessageReceived { message });
                    missed.extend(messages.into_iter().map(received));
                }
            }
            snapshot.push((id, Some((subscribed, missed))));
        }
        Ok(snapshot)
    }

    /// Those whose newest message, by number, is another one than the client says: the database is not the one it knew.
    async fn mismatched(&self, wanted: &[Subscription]) -> Result<Vec<ConversationId>> {
        let said: Vec<_> = wanted
            .iter()
            .filter_map(|one| Some((one.conversation_id, one.last_seq.filter(|seq| *seq > 0)?, one.last_message_id?)))
            .collect();
        if said.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = said.iter().map(|(id, ..)| *id).collect();
        let seqs: Vec<_> = said.iter().map(|(_, seq, _)| *seq).collect();
        let messages: Vec<_> = said.iter().map(|(.., message)| *message).collect();
        self.store.mismatched(&ids, &seqs, &messages).await
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
