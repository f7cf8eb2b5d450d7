//! Failed sign-ins within one process.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{
    engine::auth::{Admission, Attempt, AttemptLimits, Attempts},
    error::Result,
};

/// How many counters there may be before those that ended are swept out.
const SWEEP: usize = 10_000;

/// The counters of a single node.
#[derive(Default)]
pub struct MemoryAttempts(Mutex<HashMap<Key, Counter>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, IpAddr),
    Account(String),
    Address(IpAddr),
}

struct Counter {
    failed: u32,
    until: Instant,
}

/// The counters of an attempt, and how much each bears.
fn counters(attempt: &Attempt) -> impl Iterator<Item = (Key, fn(&AttemptLimits) -> u32)> + '_ {
    let account = attempt.account.clone();
    let of_address = attempt.address.into_iter().flat_map(|address| {
        let pair: fn(&AttemptLimits) -> u32 = |limits| limits.pair;
        let all: fn(&AttemptLimits) -> u32 = |limits| limits.address;
        [(Key::Pair(attempt.account.clone(), address), pair), (Key::Address(address), all)]
    });
    let all: fn(&AttemptLimits) -> u32 = |limits| limits.account;
    of_address.chain([(Key::Account(account), all)])
}

#[async_trait]
impl Attempts for MemoryAttempts {
    async fn reserve(&self, attempt: &Attempt, limits: AttemptLimits) -> Result<Admission> {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= SWEEP {
            all.retain(|_, counter| counter.until > now);
        }
        let mut wait = Duration::ZERO;
        for (key, limit) in counters(attempt) {
            if let Some(counter) = all.get(&key).filter(|counter| counter.until > now)
                && counter.failed >= limit(&limits)
            {
                wait = wait.max(counter.until - now);
            }
        }
        if wait > Duration::ZERO {
            return Ok(Admission::Refused { wait });
        }
        let mut remaining = u32::MAX;
        for (key, limit) in counters(attempt) {
            let counter = all.entry(key).or_insert(Counter { failed: 0, until: now + limits.window });
            if counter.until <= now {
                *counter = Counter { failed: 0, until: now + limits.window };
            }
            counter.failed += 1;
            remaining = remaining.min(limit(&limits).saturating_sub(counter.failed));
        }
        Ok(Admission::Admitted { remaining })
    }

    async fn give_back(&self, attempt: &Attempt) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in counters(attempt) {
            if let Some(counter) = all.get_mut(&key) {
                counter.failed = counter.failed.saturating_sub(1);
            }
            if all.get(&key).is_some_and(|counter| counter.failed == 0) {
                all.remove(&key);
            }
        }
    }
}
