//! Many devices become one status. Pure: time is an argument, in milliseconds of the engine's clock. The memory engine
//! is made of it, and `redis/scripts/presence.lua` does the same.

use std::collections::HashMap;

use super::Says;
use crate::model::{
    id::SocketId,
    presence::{Activity, PresenceStatus},
};

/// How long somebody is remembered who is offline: until their last activity is written elsewhere, and longer than any
/// news is on its way.
pub const REMEMBERED: u64 = 60_000;

/// A person's devices, and what was found out about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    devices: HashMap<SocketId, Device>,
    /// When they were last at a device; 0 if never.
    pub last_active: u64,
    /// What was found last.
    pub status: PresenceStatus,
    /// When that was.
    pub timestamp: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Device {
    activity: Activity,
    until: u64,
    leaving: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self { devices: HashMap::new(), last_active: 0, status: PresenceStatus::Offline, timestamp: 0 }
    }
}

impl Person {
    /// A device says something. What comes of it is told by [`Self::settle`].
    pub fn hear(&mut self, device: SocketId, says: Says, now: u64) {
        self.prune(now);
        match says {
            Says::Here { activity, ago, lasts } => {
                let known = self.devices.get(&device);
                if known.is_some_and(|known| known.leaving) {
                    return;
                }
                let left = self.devices.values().filter(|device| device.leaving).map(|device| device.activity).max();
                let activity = activity.or(left).unwrap_or(Activity::Online);
                let at = now.saturating_sub(millis(ago));
                let until = (at + millis(lasts)).max(known.map_or(0, |known| known.until));
                if activity == Activity::Online {
                    self.last_active = self.last_active.max(at);
                }
                self.devices.insert(device, Device { activity, until, leaving: false });
            }
            Says::Gone { lasts } => {
                if let Some(device) = self.devices.get_mut(&device) {
                    device.until = device.until.min(now + millis(lasts));
                    device.leaving = true;
                }
            }
        }
    }

    /// Looks what the status is now. Answers whether it is another one than was found last.
    pub fn settle(&mut self, now: u64) -> bool {
        self.prune(now);
        let activity = self.devices.values().map(|device| device.activity).max();
        let status = activity.map_or(PresenceStatus::Offline, PresenceStatus::from);
        let changed = status != self.status;
        if changed {
            self.status = status;
            self.restate(now);
        }
        changed
    }

    /// Counts as changed now.
    pub fn restate(&mut self, now: u64) {
        self.timestamp = now.max(self.timestamp + 1);
    }

    /// When to look again: before that nothing changes by itself. Nothing means that the person can be forgotten.
    pub fn due(&self, now: u64) -> Option<u64> {
        let first = self.devices.values().map(|device| device.until).min();
        first.or_else(|| Some(self.timestamp + REMEMBERED).filter(|until| *until > now && self.timestamp > 0))
    }

    fn prune(&mut self, now: u64) {
        self.devices.retain(|_, device| device.until > now);
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const TTL: u64 = 30_000;
    const GRACE: u64 = 5_000;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Connect(u8),
        Beat(u8, bool),
        Close(u8),
        Wait(u64),
        Look,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let device = 0..4u8;
        let step = prop_oneof![
            device.clone().prop_map(Step::Connect),
            (device.clone(), any::<bool>()).prop_map(|(device, away)| Step::Beat(device, away)),
            device.prop_map(Step::Close),
            prop_oneof![0..3u64, 0..2 * GRACE, 0..2 * TTL, Just(GRACE), Just(TTL)].prop_map(Step::Wait),
            Just(Step::Look),
        ];
        proptest::collection::vec(step, 0..40)
    }

    fn id(device: u8) -> SocketId {
        SocketId(Uuid::from_u128(u128::from(device) + 1))
    }

    fn here(activity: Option<Activity>) -> Says {
        Says::Here { activity, ago: Duration::ZERO, lasts: Duration::from_millis(TTL) }
    }

    fn gone() -> Says {
        Says::Gone { lasts: Duration::from_millis(GRACE) }
    }

    /// The same, told by what happened to each device.
    #[derive(Default)]
    struct Told(HashMap<u8, (bool, u64, Option<u64>)>);

    impl Told {
        fn is_here(&self, device: u8, now: u64) -> bool {
            self.0
                .get(&device)
                .is_some_and(|(_, beat, closed)| now < beat + TTL && closed.is_none_or(|closed| now < closed + GRACE))
        }

        fn status(&self, now: u64) -> PresenceStatus {
            let here: Vec<_> = self.0.iter().filter(|(device, _)| self.is_here(**device, now)).collect();
            if here.is_empty() {
                PresenceStatus::Offline
            } else if here.iter().any(|(_, (away, ..))| !away) {
                PresenceStatus::Online
            } else {
                PresenceStatus::Away
            }
        }

        fn beat(&mut self, device: u8, away: Option<bool>, now: u64) {
            if self.is_here(device, now) && self.0[&device].2.is_some() {
                return;
            }
            let left: Vec<_> =
                self.0.iter().filter(|(one, told)| self.is_here(**one, now) && told.2.is_some()).collect();
            let away = away.unwrap_or(!left.is_empty() && left.iter().all(|(_, (away, ..))| *away));
            self.0.insert(device, (away, now, None));
        }
    }

    proptest! {
        #[test]
        fn the_status_is_what_the_devices_make_it_whatever_happens_when(steps in steps()) {
            let (mut person, mut told, mut now) = (Person::default(), Told::default(), 1_000_000);
            let mut before = (person.status, person.timestamp);
            for step in steps {
                match step {
                    Step::Connect(device) => {
                        person.hear(id(device), here(None), now);
                        told.beat(device, None, now);
                    }
                    Step::Beat(device, away) => {
                        let activity = if away { Activity::Away } else { Activity::Online };
                        person.hear(id(device), here(Some(activity)), now);
                        told.beat(device, Some(away), now);
                    }
                    Step::Close(device) => {
                        person.hear(id(device), gone(), now);
                        if told.is_here(device, now) {
                            told.0.get_mut(&device).unwrap().2.get_or_insert(now);
                        }
                    }
                    Step::Wait(time) => {
                        // Nothing happens before it is due, and nothing is missed when it is looked at then.
                        let until = now + time;
                        while let Some(due) = person.due(now).filter(|due| *due <= until) {
                            prop_assert!(due > now || person.status == PresenceStatus::Offline);
                            let mut early = person.clone();
                            prop_assert!(due == now || !early.settle(due - 1));
                            now = due;
                            let changed = person.settle(now);
                            prop_assert_eq!(person.status, told.status(now));
                            prop_assert_eq!(changed, person.timestamp > before.1);
                            before = (person.status, person.timestamp);
                        }
                        now = until;
                        let mut later = person.clone();
                        prop_assert!(!later.settle(now));
                    }
                    Step::Look => {}
                }
                let changed = person.settle(now);
                prop_assert_eq!(person.status, told.status(now));
                prop_assert_eq!(changed, person.status != before.0);
                prop_assert_eq!(changed, person.timestamp > before.1);
                prop_assert!(!person.settle(now));
                before = (person.status, person.timestamp);
            }
        }

        #[test]
        fn who_comes_back_within_the_grace_does_not_flicker(away: bool, absence in 0..GRACE) {
            let activity = if away { Activity::Away } else { Activity::Online };
            let (mut person, now) = (Person::default(), 1_000_000);
            person.hear(id(1), here(Some(activity)), now);
            prop_assert!(person.settle(now));
            person.hear(id(1), gone(), now);
            prop_assert!(!person.settle(now));
            person.hear(id(2), here(None), now + absence);
            prop_assert!(!person.settle(now + absence));
            prop_assert!(!person.settle(now + GRACE));
        }
    }

    #[test]
    fn the_last_activity_is_the_last_time_at_a_device() {
        let mut person = Person::default();
        person.hear(id(1), here(None), 100_000);
        person.hear(id(1), here(Some(Activity::Online)), 110_000);
        person.hear(id(1), here(Some(Activity::Away)), 120_000);
        let late = Says::Here {
            activity: Some(Activity::Online),
            ago: Duration::from_secs(12),
            lasts: Duration::from_secs(30),
        };
        person.hear(id(2), late, 123_000);
        assert!(person.settle(123_000) && person.status == PresenceStatus::Online);
        assert_eq!((person.last_active, person.due(123_000)), (111_000, Some(141_000)));
        assert!(person.settle(141_000) && person.status == PresenceStatus::Away);
        assert!(person.settle(150_000) && person.status == PresenceStatus::Offline);
        assert_eq!((person.last_active, person.timestamp), (111_000, 150_000));
        assert_eq!(
            (person.due(150_000), person.due(209_999), person.due(210_000)),
            (Some(210_000), Some(210_000), None)
        );
    }
}
