//! How often one person may do things, whichever transport they use: buckets that both transports ask. A bucket is
//! spent in the transport's first line, before any work; services never ask.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
};
use tokio::time::sleep;

use crate::{
    config::limits::{LimitedAction, LimitsConfig, Rate},
    error::{Error, Result},
    model::{
        id::{SessionId, UserId},
        limit::Budget,
    },
};

/// How often buckets that are full again are forgotten: it bounds memory by what a minute brings.
pub const FORGET: Duration = Duration::from_mins(1);

/// Whose bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKey {
    /// One person's.
    User(UserId),
    /// One session's.
    Session(SessionId),
    /// One address's. Of IPv6 one network of 64 bits, for that is what one customer gets.
    Address(IpAddr),
}

impl LimitKey {
    /// The bucket of an address.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

type Buckets = DefaultKeyedRateLimiter<LimitKey, StateInformationMiddleware>;

/// At so many times a limit its refusals are no longer listened to (contract, section 2).
const FLOOD: u32 = 5;

/// The buckets of this node that both transports share.
pub struct Limits {
    buckets: HashMap<LimitedAction, Bucket>,
    clock: DefaultClock,
}

struct Bucket {
    rate: Rate,
    spent: Buckets,
    /// How often each was told that nothing is left.
    refused: Buckets,
}

impl Limits {
    /// What is spent here; the rest belongs to one transport alone.
    const SHARED: [LimitedAction; 6] = [
        LimitedAction::SendMessage,
        LimitedAction::ReadReceipt,
        LimitedAction::Connect,
        LimitedAction::Subscribe,
        LimitedAction::Typing,
        LimitedAction::PresenceHeartbeat,
    ];

    /// Full buckets.
    pub fn new(config: &LimitsConfig) -> Self {
        let buckets = Self::SHARED.map(|action| {
            let rate = config.rate(action);
            let beyond = Rate { burst: rate.burst.saturating_mul(FLOOD - 1), ..rate };
            let buckets = |rate| RateLimiter::keyed(quota(rate)).with_middleware();
            (action, Bucket { rate, spent: buckets(rate), refused: buckets(beyond) })
        });
        Self { buckets: buckets.into(), clock: DefaultClock::default() }
    }

    /// Takes one out of a bucket. Answers what is left; nothing left is `RATE_LIMITED`.
    pub fn spend(&self, action: LimitedAction, user: UserId) -> Result<Budget> {
        let Some(Bucket { rate, spent, .. }) = self.buckets.get(&action) else {
            return Err(Error::internal(format!("{action:?} has no bucket")));
        };
        match spent.check_key(&LimitKey::User(user)) {
            Ok(state) => Ok(budget(*rate, state.remaining_burst_capacity())),
            Err(refused) => Err(Error::rate_limited(refused.wait_time_from(self.clock.now()), budget(*rate, 0))),
        }
    }

    /// Counts a refusal. Answers whether there were so many that nobody does that by mistake: within the limit's time five
    /// times what it allows.
    pub fn is_flood(&self, action: LimitedAction, user: UserId) -> bool {
        let bucket = self.buckets.get(&action);
        bucket.is_some_and(|bucket| bucket.refused.check_key(&LimitKey::User(user)).is_err())
    }

    /// Forgets buckets that are full again, for ever.
    pub async fn forget(self: Arc<Self>) {
        loop {
            sleep(FORGET).await;
            for buckets in self.buckets.values().flat_map(|bucket| [&bucket.spent, &bucket.refused]) {
                buckets.retain_recent();
                buckets.shrink_to_fit();
            }
        }
    }
}

/// A rate in the library's words.
fn quota(rate: Rate) -> Quota {
    let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(rate.interval()).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst)
}

/// Where a bucket stands with this much in it.
pub fn budget(rate: Rate, remaining: u32) -> Budget {
    let missing = rate.interval() * rate.burst.saturating_sub(remaining);
    Budget { limit: rate.burst, remaining, reset: missing.as_secs() + u64::from(missing.subsec_nanos() > 0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_bucket_is_one_persons_and_runs_empty() {
        let limits = Limits::new(&LimitsConfig::load(false, false, |_| None).unwrap());
        let (alice, bob) = (UserId::new(), UserId::new());
        for left in (0..30).rev() {
            let budget = limits.spend(LimitedAction::SendMessage, alice).unwrap();
            assert_eq!((budget.limit, budget.remaining), (30, left));
        }
        let refused = limits.spend(LimitedAction::SendMessage, alice).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert_eq!(refused.budget.unwrap().reset, 60);
        let wait = refused.retry_after.unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(2), "{wait:?}");
        assert!(limits.spend(LimitedAction::SendMessage, bob).is_ok());
        assert!(limits.spend(LimitedAction::Subscribe, alice).is_ok());
    }

    #[test]
    fn five_times_a_limit_is_a_flood() {
        let limits = Limits::new(&LimitsConfig::load(false, false, |_| None).unwrap());
        let (alice, bob) = (UserId::new(), UserId::new());
        let refusals = (0..1000).take_while(|_| !limits.is_flood(LimitedAction::SendMessage, alice)).count();
        // One comes back each half second.
        assert!((4 * 30..4 * 30 + 3).contains(&refusals), "{refusals}");
        assert!(!limits.is_flood(LimitedAction::SendMessage, bob));
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let key = |text: &str| LimitKey::address(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
