//! Who is here, in Redis for all nodes, by the clock of Redis. While it is away nothing is known and nothing changes.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::DateTime;
use redis::{FromRedisValue, Script, ScriptInvocation};
use tokio::sync::Notify;

use super::{
    connection::{Away, Connection},
    keys,
};
use crate::{
    engine::presence::{Presence, Says, Seen, Sign},
    error::{Error, ErrorCode, Result},
    model::{
        id::{NodeId, UserId},
        presence::{Activity, PresenceStatus},
        time::Timestamp,
    },
};

/// How many signs one call takes: some milliseconds of Redis.
const AT_ONCE: usize = 64;
/// How many people one call reads.
const READ: usize = 1000;

/// The people of all nodes.
pub struct RedisPresence {
    connection: Arc<Connection>,
    /// How long somebody may wait who wants to look.
    budget: Duration,
    script: Script,
    expired: Arc<Notify>,
}

type Found = (String, String, i64, i64);

impl RedisPresence {
    /// Over this connection; `expired` is told when a key ran out.
    pub fn new(connection: Arc<Connection>, budget: Duration, expired: Arc<Notify>) -> Self {
        Self { connection, budget, script: Script::new(include_str!("scripts/presence.lua")), expired }
    }

    /// Nobody waits for this, so that it may take longer.
    async fn run<T: FromRedisValue>(
        &self,
        operation: &'static str,
        prepare: impl FnOnce(&mut ScriptInvocation<'_>),
    ) -> Result<T> {
        let mut script = self.script.prepare_invoke();
        script.key(keys::PRESENCE_FOUND).key(keys::PRESENCE_DUE);
        prepare(&mut script);
        let answer =
            self.connection.ask(operation, 10 * self.budget, async |mut redis| script.invoke_async(&mut redis).await);
        answer.await.map_err(away)
    }
}

fn away(_: Away) -> Error {
    Error::new(ErrorCode::ServiceUnavailable, "Who is here cannot be told right now.")
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp(DateTime::from_timestamp_millis(millis).unwrap_or_default())
}

fn seen((user, status, at, active): Found) -> Option<Seen> {
    let status = match status.as_str() {
        "online" => PresenceStatus::Online,
        "away" => PresenceStatus::Away,
        _ => PresenceStatus::Offline,
    };
    let last_active = Some(active).filter(|at| *at > 0).map(timestamp);
    Some(Seen { user: UserId(user.parse().ok()?), status, last_active, timestamp: timestamp(at) })
}

/// What the hash has about a person.
fn read(user: String, found: &str) -> Option<Seen> {
    let mut words = found.split(' ');
    let status = words.next()?.to_owned();
    seen((user, status, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

#[async_trait]
impl Presence for RedisPresence {
    async fn note(&self, signs: &[Sign]) -> Result<Vec<Seen>> {
        let mut changes = Vec::new();
        for signs in signs.chunks(AT_ONCE) {
            let found: Vec<Found> = self
                .run("presence_note", |script| {
                    script.arg("note");
                    for Sign { user, device, says } in signs {
                        let (word, ago, lasts) = match *says {
                            Says::Here { activity: Some(Activity::Online), ago, lasts } => ("online", ago, lasts),
                            Says::Here { activity: Some(Activity::Away), ago, lasts } => ("away", ago, lasts),
                            Says::Here { activity: None, ago, lasts } => ("connects", ago, lasts),
                            Says::Gone { lasts } => ("gone", Duration::ZERO, lasts),
                        };
                        script.arg(user.to_string()).arg(device.to_string()).arg(word);
                        script.arg(millis(ago)).arg(millis(lasts));
                    }
                })
                .await?;
            changes.extend(found.into_iter().filter_map(seen));
        }
        Ok(changes)
    }

    async fn sweep(&self, most: usize) -> Result<(Vec<Seen>, bool)> {
        let (looked_at, found): (usize, Vec<Found>) = self
            .run("presence_sweep", |script| {
                script.arg("sweep").arg(most);
            })
            .await?;
        Ok((found.into_iter().filter_map(seen).collect(), looked_at >= most))
    }

    async fn restate(&self, user: UserId) -> Result<Seen> {
        let found: Vec<Found> = self
            .run("presence_restate", |script| {
                script.arg("restate").arg(user.to_string());
            })
            .await?;
        found.into_iter().find_map(seen).ok_or_else(|| Error::internal("the script answered nothing"))
    }

    async fn of(&self, users: &[UserId]) -> Result<Vec<Seen>> {
        let mut people = Vec::with_capacity(users.len());
        for users in users.chunks(READ) {
            let names: Vec<_> = users.iter().map(ToString::to_string).collect();
            let mut command = redis::cmd("HMGET");
            command.arg(keys::PRESENCE_FOUND).arg(&names);
            let asked = self
                .connection
                .ask("presence_read", self.budget, async |mut redis| command.query_async(&mut redis).await);
            let found: Vec<Option<String>> = asked.await.map_err(away)?;
            people.extend(names.into_iter().zip(found).filter_map(|(user, found)| read(user, &found?)));
        }
        Ok(people)
    }

    async fn everybody(&self) -> Result<Vec<Seen>> {
        let (mut people, mut cursor) = (Vec::new(), 0_u64);
        loop {
            let mut command = redis::cmd("HSCAN");
            command.arg(keys::PRESENCE_FOUND).arg(cursor).arg("COUNT").arg(READ);
            let asked = self
                .connection
                .ask("presence_scan", 10 * self.budget, async |mut redis| command.query_async(&mut redis).await);
            let (next, found): (u64, Vec<(String, String)>) = asked.await.map_err(away)?;
            people.extend(found.into_iter().filter_map(|(user, found)| read(user, &found)));
            if next == 0 {
                return Ok(people);
            }
            cursor = next;
        }
    }

    /// Whoever finds none begins a new one.
    async fn era(&self) -> Result<String> {
        let mut pipeline = redis::pipe();
        pipeline.atomic().cmd("SET").arg(keys::PRESENCE_ERA).arg(NodeId::new().to_string()).arg("NX").ignore();
        pipeline.cmd("GET").arg(keys::PRESENCE_ERA);
        let asked =
            self.connection.ask("presence_era", self.budget, async |mut redis| pipeline.query_async(&mut redis).await);
        let (era,): (String,) = asked.await.map_err(away)?;
        Ok(era)
    }

    async fn hint(&self) {
        self.expired.notified().await;
    }
}

/// Listens to what Redis says of keys that ran out, if it is set up to say so; anew on each connection.
pub async fn listen(heard: Arc<Connection>, database: i64) {
    loop {
        let live = heard.established().await;
        let channel = keys::expired(database);
        // A hint, which Redis may refuse.
        live.propose("subscribe", Duration::from_secs(1), async |mut redis| redis.subscribe(channel).await).await;
        live.until_lost_or(std::future::pending()).await;
    }
}
