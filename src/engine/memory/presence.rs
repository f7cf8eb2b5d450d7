//! Who is here, within one process: one ordered set of deadlines for everybody.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::DateTime;
use tokio::time::Instant;

use crate::{
    engine::presence::{Presence, Seen, Sign, state::Person},
    error::Result,
    model::{id::UserId, time::Timestamp},
    runtime::{clock, deadlines::Deadlines},
};

/// The people of a single node.
#[derive(Default)]
pub struct MemoryPresence(Mutex<State>);

#[derive(Default)]
struct State {
    people: HashMap<UserId, Person>,
    due: Deadlines<UserId, u64>,
    /// The moment of the last call: by the wall, and to count from.
    last: Option<(u64, Instant)>,
}

impl MemoryPresence {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Goes on when the wall clock is set back, and forward with it.
    fn now(&mut self) -> u64 {
        let (wall, instant) = (u64::try_from(clock::now().0.timestamp_millis()).unwrap_or_default(), Instant::now());
        let counted =
            self.last.map_or(0, |(last, at)| last + u64::try_from((instant - at).as_millis()).unwrap_or_default());
        if counted >= wall {
            // The count goes on from where it began, or parts of milliseconds would be lost at each call.
            return counted;
        }
        self.last = Some((wall, instant));
        wall
    }

    /// Does something with somebody, and notes when to look at them again.
    fn with<T>(&mut self, user: UserId, now: u64, act: impl FnOnce(&mut Person) -> T) -> T {
        let person = self.people.entry(user).or_default();
        let outcome = act(person);
        if let Some(due) = person.due(now) {
            self.due.set(user, due);
        } else {
            self.people.remove(&user);
            self.due.remove(&user);
        }
        outcome
    }
}

fn seen(user: UserId, person: &Person) -> Seen {
    Seen {
        user,
        status: person.status,
        last_active: Some(person.last_active).filter(|at| *at > 0).map(timestamp),
        timestamp: timestamp(person.timestamp),
    }
}

fn timestamp(millis: u64) -> Timestamp {
    Timestamp(DateTime::from_timestamp_millis(i64::try_from(millis).unwrap_or_default()).unwrap_or_default())
}

#[async_trait]
impl Presence for MemoryPresence {
    async fn note(&self, signs: &[Sign]) -> Result<Vec<Seen>> {
        let mut state = self.state();
        let now = state.now();
        let mut changes = Vec::new();
        for sign in signs {
            changes.extend(state.with(sign.user, now, |person| {
                person.hear(sign.device, sign.says, now);
                person.settle(now).then(|| seen(sign.user, person))
            }));
        }
        Ok(changes)
    }

    async fn sweep(&self, most: usize) -> Result<(Vec<Seen>, bool)> {
        let mut state = self.state();
        let now = state.now();
        let mut changes = Vec::new();
        for _ in 0..most {
            let Some(user) = state.due.pop(now) else { return Ok((changes, false)) };
            changes.extend(state.with(user, now, |person| person.settle(now).then(|| seen(user, person))));
        }
        Ok((changes, true))
    }

    async fn restate(&self, user: UserId) -> Result<Seen> {
        let mut state = self.state();
        let now = state.now();
        Ok(state.with(user, now, |person| {
            person.settle(now);
            person.restate(now);
            seen(user, person)
        }))
    }

    async fn of(&self, users: &[UserId]) -> Result<Vec<Seen>> {
        let state = self.state();
        Ok(users.iter().filter_map(|user| Some(seen(*user, state.people.get(user)?))).collect())
    }

    async fn everybody(&self) -> Result<Vec<Seen>> {
        Ok(self.state().people.iter().map(|(user, person)| seen(*user, person)).collect())
    }

    /// Nothing is forgotten before the process ends.
    async fn era(&self) -> Result<String> {
        Ok(String::new())
    }

    /// The sweep costs nothing when nobody is due.
    async fn hint(&self) {
        std::future::pending::<()>().await;
    }
}
