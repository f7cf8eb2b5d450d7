//! Who types on this node, and when that ends: nothing of it is stored. Whether a socket may say it is asked before
//! (`delivery`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::caller::Caller;
use crate::{
    engine::Engine,
    model::{
        event::{Channel, Event, Typing},
        id::{ConversationId, SocketId, UserId},
    },
    runtime::{clock, deadlines::Deadlines},
};

/// How long somebody types who does not say it again (contract, section 2).
const LASTS: Duration = Duration::from_secs(5);

/// Who types on this node.
pub struct TypingService {
    engine: Engine,
    typists: Mutex<Typists>,
    begun: Notify,
}

/// Who types where, at which of their sockets, and until when. Pure.
#[derive(Default)]
struct Typists {
    by_place: HashMap<(ConversationId, UserId), Typist>,
    ends: Deadlines<(ConversationId, UserId, SocketId), Instant>,
}

struct Typist {
    username: String,
    sockets: Vec<SocketId>,
}

/// Who does not type any more, and where.
#[derive(Debug, PartialEq, Eq)]
struct Stopped {
    conversation: ConversationId,
    user: UserId,
    username: String,
}

impl TypingService {
    /// Nobody types yet.
    pub fn new(engine: Engine) -> Self {
        Self { engine, typists: Mutex::default(), begun: Notify::new() }
    }

    /// Somebody types at a socket, from now on or still.
    pub fn start(&self, caller: &Caller, socket: SocketId, conversation: ConversationId) {
        let mut typists = self.typists();
        typists.start(conversation, caller.user_id, &caller.username, socket, Instant::now() + LASTS);
        self.begun.notify_one();
        let typing = typing(conversation, caller.user_id, caller.username.clone());
        // Under the lock, so that beginnings and ends keep their order.
        self.engine.bus.publish(Channel::Chat(conversation), Event::TypingStarted(typing));
    }

    /// They do not any more.
    pub fn stop(&self, user: UserId, socket: SocketId, conversation: ConversationId) {
        let mut typists = self.typists();
        let stopped = typists.stop(conversation, user, socket);
        self.tell(stopped);
    }

    /// They have said what they typed, or take part no more.
    pub fn end(&self, user: UserId, conversation: ConversationId) {
        let mut typists = self.typists();
        let stopped = typists.end(conversation, user);
        self.tell(stopped);
    }

    /// A socket is gone.
    pub fn disconnect(&self, socket: SocketId) {
        let mut typists = self.typists();
        let stopped = typists.disconnect(socket);
        self.tell(stopped);
    }

    /// Ends what is not said again, until the node stops.
    pub async fn expire(self: Arc<Self>) {
        loop {
            let first = self.typists().ends.first();
            match first {
                Some(first) => sleep_until(first).await,
                None => self.begun.notified().await,
            }
            let mut typists = self.typists();
            let stopped = typists.expire(Instant::now());
            self.tell(stopped);
        }
    }

    /// To be called under the lock.
    fn tell(&self, stopped: impl IntoIterator<Item = Stopped>) {
        for Stopped { conversation, user, username } in stopped {
            let typing = typing(conversation, user, username);
            self.engine.bus.publish(Channel::Chat(conversation), Event::TypingStopped(typing));
        }
    }

    fn typists(&self) -> MutexGuard<'_, Typists> {
        self.typists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn typing(conversation_id: ConversationId, user_id: UserId, username: String) -> Typing {
    Typing { conversation_id, user_id, username, timestamp: clock::now() }
}

impl Typists {
    fn start(&mut self, conversation: ConversationId, user: UserId, username: &str, socket: SocketId, until: Instant) {
        let typist = self
            .by_place
            .entry((conversation, user))
            .or_insert_with(|| Typist { username: username.to_owned(), sockets: Vec::new() });
        if !typist.sockets.contains(&socket) {
            typist.sockets.push(socket);
        }
        self.ends.set((conversation, user, socket), until);
    }

    /// Answers whether they have stopped at the last of their sockets.
    fn stop(&mut self, conversation: ConversationId, user: UserId, socket: SocketId) -> Option<Stopped> {
        self.ends.remove(&(conversation, user, socket));
        let typist = self.by_place.get_mut(&(conversation, user))?;
        typist.sockets.retain(|other| *other != socket);
        if typist.sockets.is_empty() { self.end(conversation, user) } else { None }
    }

    fn end(&mut self, conversation: ConversationId, user: UserId) -> Option<Stopped> {
        let Typist { username, sockets } = self.by_place.remove(&(conversation, user))?;
        for socket in sockets {
            self.ends.remove(&(conversation, user, socket));
        }
        Some(Stopped { conversation, user, username })
    }

    /// Looks through all who type: at any moment they are few.
    fn disconnect(&mut self, socket: SocketId) -> Vec<Stopped> {
        let at_socket = self.by_place.iter().filter(|(_, typist)| typist.sockets.contains(&socket));
        let places: Vec<_> = at_socket.map(|(place, _)| *place).collect();
        places.into_iter().filter_map(|(conversation, user)| self.stop(conversation, user, socket)).collect()
    }

    fn expire(&mut self, now: Instant) -> Vec<Stopped> {
        let mut stopped = Vec::new();
        while let Some((conversation, user, socket)) = self.ends.pop(now) {
            stopped.extend(self.stop(conversation, user, socket));
        }
        stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_types_at_two_sockets_has_stopped_when_both_have() {
        let (mut typists, conversation, user) = (Typists::default(), ConversationId::new(), UserId::new());
        let (one, other, now) = (SocketId::new(), SocketId::new(), Instant::now());
        let stopped = Some(Stopped { conversation, user, username: "alice".into() });
        let start = |typists: &mut Typists, socket, seconds| {
            typists.start(conversation, user, "alice", socket, now + Duration::from_secs(seconds));
        };
        start(&mut typists, one, 5);
        start(&mut typists, other, 5);
        assert_eq!(typists.stop(conversation, user, one), None);
        assert_eq!(typists.stop(conversation, user, one), None);
        assert_eq!(typists.stop(conversation, user, other), stopped);
        assert_eq!(typists.stop(conversation, user, other), None);

        start(&mut typists, one, 5);
        start(&mut typists, other, 7);
        start(&mut typists, one, 6);
        assert_eq!(typists.expire(now + Duration::from_secs(5)), []);
        assert_eq!(typists.expire(now + Duration::from_secs(6)), []);
        assert_eq!(typists.expire(now + Duration::from_secs(7)), Vec::from_iter(stopped));
        assert!(typists.by_place.is_empty() && typists.ends.first().is_none());
    }

    #[test]
    fn a_message_ends_it_everywhere_and_the_end_of_a_socket_there() {
        let (mut typists, now) = (Typists::default(), Instant::now());
        let [here, there] = [ConversationId::new(), ConversationId::new()];
        let [alice, bob] = [UserId::new(), UserId::new()];
        let [one, two, three] = [SocketId::new(), SocketId::new(), SocketId::new()];
        for (place, who, socket) in
            [(here, alice, one), (here, alice, two), (there, alice, one), (there, alice, two), (there, bob, three)]
        {
            typists.start(place, who, "", socket, now);
        }
        let stopped = |conversation, user| Stopped { conversation, user, username: String::new() };
        assert_eq!(typists.end(here, alice), Some(stopped(here, alice)));
        assert_eq!(typists.end(here, alice), None);
        assert_eq!(typists.disconnect(one), []);
        assert_eq!(typists.disconnect(two), [stopped(there, alice)]);
        assert_eq!(typists.expire(now), [stopped(there, bob)]);
        assert!(typists.by_place.is_empty() && typists.ends.first().is_none());
    }
}
