//! What the people of this node were told last about everybody: older news is dropped, and no news is no news. Pure.

use std::collections::{HashMap, HashSet};

use crate::model::{id::UserId, presence::PresenceStatus, time::Timestamp};

/// What was told, and how new that is.
#[derive(Debug, Default)]
pub struct View(HashMap<UserId, Told>);

#[derive(Debug, Clone, Copy)]
struct Told {
    status: PresenceStatus,
    timestamp: Timestamp,
}

impl View {
    /// Somebody is said to have this status since then. Answers whether that is news; of who is unknown everything is.
    pub fn hear(&mut self, user: UserId, status: PresenceStatus, timestamp: Timestamp) -> bool {
        let before = self.0.get(&user).copied();
        if before.is_some_and(|before| before.timestamp >= timestamp) {
            return false;
        }
        self.0.insert(user, Told { status, timestamp });
        before.is_none_or(|before| before.status != status)
    }

    /// What was told last, if anything.
    pub fn status(&self, user: UserId) -> Option<PresenceStatus> {
        self.0.get(&user).map(|told| told.status)
    }

    /// Whether something this new was heard.
    pub fn knows(&self, user: UserId, timestamp: Timestamp) -> bool {
        self.0.get(&user).is_some_and(|told| told.timestamp >= timestamp)
    }

    /// Those who were told to be here, and are not among these.
    pub fn missing_from(&self, known: &HashSet<UserId>) -> Vec<UserId> {
        let here = self.0.iter().filter(|(_, told)| told.status != PresenceStatus::Offline);
        here.map(|(user, _)| *user).filter(|user| !known.contains(user)).collect()
    }

    /// A timestamp that is just newer than what was told: clocks differ, and what comes by the engine's is newer still.
    pub fn after(&self, user: UserId) -> Option<Timestamp> {
        self.0.get(&user).map(|told| Timestamp(told.timestamp.0 + chrono::Duration::milliseconds(1)))
    }

    /// What was heard of somebody did not get through.
    pub fn forget(&mut self, user: UserId) {
        self.0.remove(&user);
    }

    /// Forgets those who are offline and of whom nobody knows anything any more.
    pub fn retain(&mut self, known: &HashSet<UserId>) {
        self.0.retain(|user, told| told.status != PresenceStatus::Offline || known.contains(user));
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp(DateTime::from_timestamp(second, 0).unwrap())
    }

    #[test]
    fn news_is_newer_and_different() {
        let (mut view, alice) = (View::default(), UserId::new());
        let (online, away, offline) = (PresenceStatus::Online, PresenceStatus::Away, PresenceStatus::Offline);
        for (status, second, news) in [
            (offline, 10, true),
            (online, 20, true),
            (online, 20, false),
            (offline, 15, false),
            (online, 30, false),
            (away, 25, false),
            (away, 31, true),
            (offline, 32, true),
        ] {
            assert_eq!(view.hear(alice, status, at(second)), news, "{status:?} {second}");
        }
        assert_eq!(view.status(alice), Some(offline));
        assert!(view.knows(alice, at(32)) && !view.knows(alice, at(33)) && !view.knows(UserId::new(), at(1)));
    }

    #[test]
    fn whoever_vanished_is_missed_once() {
        let (mut view, alice, bob) = (View::default(), UserId::new(), UserId::new());
        view.hear(alice, PresenceStatus::Online, at(50));
        view.hear(bob, PresenceStatus::Away, at(50));
        assert_eq!(view.missing_from(&HashSet::from([bob])), [alice]);
        let after = view.after(alice).unwrap();
        assert!(after > at(50) && after < at(51) && view.hear(alice, PresenceStatus::Offline, after));
        assert_eq!(view.missing_from(&HashSet::from([bob])), []);
        view.retain(&HashSet::from([bob]));
        assert_eq!((view.status(alice), view.status(bob)), (None, Some(PresenceStatus::Away)));
    }
}
