//! Subscribing: join first, look after, so that nothing said in between is lost; replay, answer, then what was held.

use std::collections::{HashMap, HashSet};

use super::{DeliveryService, sequencer::Head};
use crate::{
    domain::caller::Caller,
    error::{Error, Result},
    model::{
        conversation::ConversationType,
        id::{ConversationId, SocketId},
        presence::Presence,
        socket::{Subscribed, Subscription},
    },
    runtime::clock,
    store::{participants::Standing, presence::SMALL_GROUP, replay::Range},
};

/// How many missed messages, and how many missed changes, one call replays, over all its conversations.
const REPLAYED: usize = 500;

/// What a call answers about each conversation it named.
pub type Answers = Vec<(ConversationId, Result<Subscribed>)>;

/// One conversation of a call: what is asked, and what the snapshot shows of it; nothing if it is not the caller's.
struct Asked {
    wanted: Subscription,
    found: Option<Subscribed>,
}

impl DeliveryService {
    /// Subscribes a socket to conversations. What was missed is replayed before `answer` is called, what is said
    /// meanwhile follows after it. The replay goes as fast as the socket reads. An error means that nothing could be done,
    /// and that `answer` was not called. One call at a time for a socket.
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
        // What an earlier call left there does not add up with this one's.
        if !self.sockets.drained(socket).await || !self.join(socket, &ids) {
            return Ok(());
        }
        let caught_up = match self.snapshot(caller, wanted, bulk).await {
            Ok(asked) => self.replay_missed(socket, asked).await,
            Err(error) => Err(error),
        };
        match caught_up {
            Ok(Some(asked)) => self.go_live(socket, asked, answer),
            Ok(None) => {}
            Err(error) => {
                for id in ids {
                    self.unsubscribe(socket, id);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Answers whether the socket is still there.
    fn join(&self, socket: SocketId, ids: &[ConversationId]) -> bool {
        let mut rooms = self.rooms();
        ids.iter().all(|id| rooms.join(socket, *id))
    }

    /// Where the caller stands in each conversation.
    async fn snapshot(&self, caller: &Caller, wanted: Vec<Subscription>, bulk: bool) -> Result<Vec<Asked>> {
        let ids: Vec<_> = wanted.iter().map(|one| one.conversation_id).collect();
        let waiting = self.receipts.positions(caller.user_id, &ids).await;
        let standings = self.store.standings(caller.user_id, &ids, &waiting).await?;
        let small: Vec<_> = standings.iter().filter(|one| tells_reads(one, bulk)).collect();
        let groups: Vec<_> = small.iter().filter(|one| one.kind == ConversationType::Group).collect();
        let groups: Vec<_> = groups.into_iter().map(|one| one.conversation_id).collect();
        let small: Vec<_> = small.into_iter().map(|one| one.conversation_id).collect();
        let mut reads = self.receipts.reads(caller.user_id, &small, &groups).await?;
        let mut standings: HashMap<_, _> = standings.into_iter().map(|one| (one.conversation_id, one)).collect();
        let mut presence = self.presence_in(caller, &small).await?;
        let renamed = self.mismatched(&wanted).await?;
        let asked = wanted.into_iter().map(|wanted| {
            let Subscription { conversation_id, last_seq, last_rev, .. } = wanted;
            let found = standings.remove(&conversation_id).map(|standing| Subscribed {
                conversation_id,
                seq: standing.seq,
                rev: standing.rev,
                last_read_seq: standing.last_read_seq,
                unread_count: standing.unread_count,
                reads: reads.remove(&conversation_id).unwrap_or_default(),
                presence: presence.remove(&conversation_id).unwrap_or_default(),
                truncated: false,
                reset: last_seq.is_some_and(|seq| seq > standing.seq)
                    || last_rev.is_some_and(|rev| rev > standing.rev)
                    || renamed.contains(&conversation_id),
                timestamp: Some(clock::now()),
            });
            Asked { wanted, found }
        });
        Ok(asked.collect())
    }

    /// Whether the other members of these conversations are here.
    async fn presence_in(
        &self,
        caller: &Caller,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Vec<Presence>>> {
        if conversations.is_empty() {
            return Ok(HashMap::new());
        }
        let members = self.store.sightings_of_members(caller.user_id, conversations).await?;
        let sightings = members.iter().map(|(_, sighting)| sighting.clone()).collect();
        let seen = self.presence.of(caller.user_id, sightings).await;
        let mut presence: HashMap<_, Vec<_>> = HashMap::new();
        for (conversation, member) in members {
            presence.entry(conversation).or_default().extend(seen.get(&member.user_id).cloned());
        }
        Ok(presence)
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

    /// Replays what was missed up to the snapshot, and notes where more is left. Nothing when the socket is gone.
    async fn replay_missed(&self, socket: SocketId, mut asked: Vec<Asked>) -> Result<Option<Vec<Asked>>> {
        self.show(socket, &mut asked);
        let (mut changes, mut messages, mut left) = (Vec::new(), Vec::new(), REPLAYED);
        for Asked { wanted, found } in &mut asked {
            let Some(found) = found.as_mut().filter(|found| !found.reset) else { continue };
            let conversation_id = wanted.conversation_id;
            if let Some(after) = wanted.last_rev.filter(|after| *after < found.rev) {
                changes.push(Range { conversation_id, after, until: found.rev });
            }
            if let Some(after) = wanted.last_seq.filter(|after| *after < found.seq) {
                // Without holes, the numbers are the count.
                let until = found.seq.min(after + i64::try_from(left).unwrap_or(i64::MAX));
                left -= usize::try_from(until - after).unwrap_or(left);
                found.truncated |= until < found.seq;
                if after < until {
                    messages.push(Range { conversation_id, after, until });
                }
            }
        }
        let Some(cut) = self.replay_changes(socket, &changes, REPLAYED).await? else { return Ok(None) };
        if !self.replay_messages(socket, &mut messages).await? {
            return Ok(None);
        }
        let cut: HashSet<_> = cut.into_iter().collect();
        for found in asked.iter_mut().filter_map(|asked| asked.found.as_mut()) {
            found.truncated |= cut.contains(&found.conversation_id);
        }
        Ok(Some(asked))
    }

    /// What the snapshot shows is known to the socket from now on, or will be. Whoever was removed meanwhile is out.
    fn show(&self, socket: SocketId, asked: &mut [Asked]) {
        let mut rooms = self.rooms();
        for Asked { wanted, found } in asked {
            let id = wanted.conversation_id;
            if let Some(subscribed) = found {
                let (passing, may_stay) = rooms.show(socket, id, Head { seq: subscribed.seq, rev: subscribed.rev });
                self.emit(passing);
                if may_stay {
                    continue;
                }
            }
            *found = None;
            rooms.leave(socket, id);
        }
    }

    /// The answer, and what was held back.
    fn go_live(&self, socket: SocketId, asked: Vec<Asked>, answer: impl FnOnce(Answers)) {
        let mut rooms = self.rooms();
        let mut held = Vec::new();
        let answers = asked.into_iter().map(|Asked { wanted, found }| {
            let id = wanted.conversation_id;
            let caught_up = rooms.caught_up(socket, id);
            let subscribed = found.zip(caught_up).map(|(mut subscribed, caught_up)| {
                subscribed.truncated |= !caught_up.complete;
                held.extend(caught_up.missed);
                subscribed
            });
            (id, subscribed.ok_or_else(Error::not_in_conversation))
        });
        answer(answers.collect());
        for event in held {
            self.sockets.replay(socket, &event);
        }
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
