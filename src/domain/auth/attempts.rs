//! Attempts at a password: counted before it is looked at, given back when it was right.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    config::limits::{LimitedAction, LimitsConfig},
    engine::{
        Engine,
        auth::{Admission, Attempt, AttemptLimits},
    },
    error::{Error, Result},
    model::limit::Budget,
};

/// Admits attempts.
pub struct Guard {
    engine: Engine,
    limits: AttemptLimits,
}

impl Guard {
    /// With these limits.
    pub fn new(config: &LimitsConfig, engine: Engine) -> Self {
        let pair = config.rate(LimitedAction::FailedLogins);
        let limits = AttemptLimits {
            pair: pair.burst,
            account: config.rate(LimitedAction::FailedLoginsOfAccount).burst,
            address: config.rate(LimitedAction::FailedLoginsOfAddress).burst,
            window: pair.period,
        };
        Self { engine, limits }
    }

    /// Makes an attempt at an account's password, if any is left, and answers what is left then. Nothing that `attempt`
    /// answers means that the password was wrong; an error means that nobody looked.
    pub async fn attempt<T>(
        &self,
        account: &str,
        address: Option<IpAddr>,
        attempt: impl Future<Output = Result<Option<T>>>,
    ) -> Result<(Option<T>, Budget)> {
        let digest = Sha256::digest(account.as_bytes());
        let account = URL_SAFE_NO_PAD.encode(digest);
        let reserved = Attempt { account, address };
        let left = match self.engine.attempts.reserve(&reserved, self.limits).await? {
            Admission::Admitted { remaining } => remaining,
            Admission::Refused { wait } => {
                tracing::warn!(client.address = ?address, "login.refused");
                let mut error = Error::rate_limited(wait, self.budget(0));
                error.message = "Too many failed attempts. Please wait before the next one.".into();
                return Err(error);
            }
        };
        let outcome = attempt.await;
        let failed = matches!(outcome, Ok(None));
        if !failed {
            self.engine.attempts.give_back(&reserved).await;
        }
        Ok((outcome?, self.budget(if failed { left } else { left + 1 })))
    }

    fn budget(&self, remaining: u32) -> Budget {
        let remaining = remaining.min(self.limits.pair);
        let reset = if remaining == self.limits.pair { 0 } else { self.limits.window.as_secs() };
        Budget { limit: self.limits.pair, remaining, reset }
    }
}
