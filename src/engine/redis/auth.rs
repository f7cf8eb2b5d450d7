//! Failed sign-ins, counted in Redis for all nodes; by this node alone while Redis is away.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{Script, ScriptInvocation};

use super::{connection::Connection, keys};
use crate::{
    engine::{
        auth::{Admission, Attempt, AttemptLimits, Attempts},
        memory::MemoryAttempts,
    },
    error::Result,
};

/// The counters of all nodes.
pub struct RedisAttempts {
    connection: Arc<Connection>,
    /// How long somebody who signs in may wait for Redis.
    budget: Duration,
    reserve: Script,
    give_back: Script,
    /// Counts with the same numbers while Redis is away: the door is never open to everybody, nor shut.
    alone: MemoryAttempts,
}

impl RedisAttempts {
    /// Counts over this connection.
    pub fn new(connection: Arc<Connection>, budget: Duration) -> Self {
        Self {
            connection,
            budget,
            reserve: Script::new(include_str!("scripts/reserve.lua")),
            give_back: Script::new(include_str!("scripts/give_back.lua")),
            alone: MemoryAttempts::default(),
        }
    }

    async fn run<T: redis::FromRedisValue>(&self, operation: &'static str, script: &ScriptInvocation<'_>) -> Option<T> {
        self.connection.ask(operation, self.budget, async |mut redis| script.invoke_async(&mut redis).await).await.ok()
    }
}

/// What a counter bears.
type Limit = fn(&AttemptLimits) -> u32;

/// The counters of an attempt.
fn counters(attempt: &Attempt) -> Vec<(String, Limit)> {
    let mut counters: Vec<(_, Limit)> = vec![(keys::failed_logins_of_account(attempt), |limits| limits.account)];
    if let Some(address) = attempt.address {
        counters.push((keys::failed_logins(attempt, address), |limits| limits.pair));
        counters.push((keys::failed_logins_of_address(address), |limits| limits.address));
    }
    counters
}

#[async_trait]
impl Attempts for RedisAttempts {
    async fn reserve(&self, attempt: &Attempt, limits: AttemptLimits) -> Result<Admission> {
        let mut script = self.reserve.prepare_invoke();
        script.arg(u64::try_from(limits.window.as_millis()).unwrap_or(u64::MAX));
        for (key, limit) in counters(attempt) {
            script.key(key).arg(limit(&limits));
        }
        match self.run::<(bool, u64)>("reserve_login", &script).await {
            Some((true, remaining)) => {
                Ok(Admission::Admitted { remaining: u32::try_from(remaining).unwrap_or(u32::MAX) })
            }
            Some((false, wait)) => Ok(Admission::Refused { wait: Duration::from_millis(wait) }),
            None => self.alone.reserve(attempt, limits).await,
        }
    }

    /// An attempt that was reserved here and is given back there, because Redis went or came meanwhile, stays counted.
    async fn give_back(&self, attempt: &Attempt) {
        let mut script = self.give_back.prepare_invoke();
        for (key, _) in counters(attempt) {
            script.key(key);
        }
        if self.run::<()>("give_back_login", &script).await.is_none() {
            self.alone.give_back(attempt).await;
        }
    }
}
