//! Finds whose time ran out, tells an engine that forgot everything who is here, and stores when people were last seen.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{AT_ONCE, PresenceService, lock};
use crate::error::Result;

/// How often it is stored when those were last seen who are still here: a row for each of them.
const WRITE: Duration = Duration::from_mins(2);
/// How many are stored at once.
const ROWS: usize = 1000;

/// Sweeps, until the node stops.
pub async fn run(presence: Arc<PresenceService>) {
    let mut ticks = interval(presence.config.sweep);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = Instant::now();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = presence.engine.presence.hint() => {}
        }
        if let Err(error) = presence.sweep().await
            && lock(&presence.trust).lose()
        {
            tracing::warn!(%error, "presence.unswept");
        }
        let all = written.elapsed() >= WRITE;
        if all {
            written = Instant::now();
        }
        presence.write_last_seen(all).await;
    }
}

/// Whether the engine knows everybody who is here. One that was away, or that forgot everything, does when all nodes had
/// the time to tell it again.
#[derive(Default)]
pub struct Trust {
    era: Option<String>,
    lost: bool,
    from: Option<Instant>,
}

impl Trust {
    /// It cannot be reached, or was not told everything. Answers whether it was thought to be well.
    pub fn lose(&mut self) -> bool {
        !std::mem::replace(&mut self.lost, true)
    }

    /// It is there, in this era. Answers whether it must be told again.
    fn find(&mut self, era: &str) -> bool {
        let other = self.era.as_ref().is_some_and(|before| before != era);
        self.era = Some(era.to_owned());
        std::mem::take(&mut self.lost) || other
    }

    /// It was told; it can be believed from then on.
    fn told(&mut self, from: Instant) {
        self.from = Some(from);
    }

    /// Whether it can be believed.
    pub fn holds(&self, era: &str) -> bool {
        !self.lost && self.era.as_deref() == Some(era) && self.from.is_none_or(|from| from <= Instant::now())
    }
}

impl PresenceService {
    /// Finds whose time ran out; but not before the engine knows everybody again.
    async fn sweep(&self) -> Result<()> {
        let era = self.engine.presence.era().await?;
        let lost = lock(&self.trust).find(&era);
        if lost {
            self.tell_again().await?;
            lock(&self.trust).told(Instant::now() + self.config.ttl / 4);
        }
        while lock(&self.trust).holds(&era) {
            let (changes, more) = self.engine.presence.sweep(AT_ONCE).await?;
            self.found(changes);
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// Tells the engine of all devices of this node: it was away, or forgot them.
    async fn tell_again(&self) -> Result<()> {
        let devices: Vec<_> = lock(&self.devices).iter().map(|(socket, device)| (*socket, *device)).collect();
        let here = devices.into_iter().filter(|(_, device)| device.at.elapsed() < self.config.ttl);
        let signs: Vec<_> = here.map(|(socket, device)| self.sign(socket, device)).collect();
        for signs in signs.chunks(AT_ONCE) {
            self.found(self.engine.presence.note(signs).await?);
        }
        Ok(())
    }

    /// Stores when people were last seen: of those who left, and of all if asked so.
    pub(super) async fn write_last_seen(&self, all: bool) {
        let mut seen: HashMap<_, _> = {
            let mut unwritten = lock(&self.unwritten);
            let mut seen = std::mem::take(&mut unwritten.left);
            if all {
                for (user, at) in unwritten.active.drain() {
                    let before = seen.entry(user).or_insert(at);
                    *before = at.max(*before);
                }
            }
            seen
        };
        let rows: Vec<_> = seen.drain().collect();
        for rows in rows.chunks(ROWS) {
            if let Err(error) = self.store.write_last_seen(rows).await {
                tracing::warn!(%error, "presence.last_seen_unwritten");
                let mut unwritten = lock(&self.unwritten);
                for (user, at) in rows {
                    unwritten.left.entry(*user).or_insert(*at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_forgot_or_was_away_is_told_again_and_not_believed_at_once() {
        let mut trust = Trust::default();
        let (soon, now) = (Instant::now() + Duration::from_mins(1), Instant::now());
        assert!(!trust.holds("one"), "nothing is known of it");
        assert!(!trust.find("one") && trust.holds("one") && !trust.holds("two"));
        assert!(trust.find("two"));
        trust.told(soon);
        assert!(!trust.holds("two") && !trust.find("two"));
        trust.told(now);
        assert!(trust.holds("two"));
        assert!(trust.lose() && !trust.lose() && !trust.holds("two"));
        assert!(trust.find("two"));
        trust.told(soon);
        assert!(!trust.holds("two"));
    }
}
