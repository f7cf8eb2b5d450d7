//! Failed sign-ins, counted for all nodes.

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;

use crate::error::Result;

/// Whose sign-in. The account is a digest: what people type as their e-mail is kept nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Which account, whether there is one or not.
    pub account: String,
    /// Where from.
    pub address: Option<IpAddr>,
}

/// How many failures each counter bears within a window that begins with the first one.
#[derive(Debug, Clone, Copy)]
pub struct AttemptLimits {
    /// Of one account from one address.
    pub pair: u32,
    /// Of one account.
    pub account: u32,
    /// Of one address.
    pub address: u32,
    /// How long a counter counts.
    pub window: Duration,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may be made.
    Admitted {
        /// How many more of this account from this address would be.
        remaining: u32,
    },
    /// One counter is full.
    Refused {
        /// Until when.
        wait: Duration,
    },
}

/// Counts failed sign-ins.
///
/// - **Reserved before the password is looked at**, and atomically: of any number of attempts at once no more than the
///   limit are admitted. A refused attempt counts nowhere.
/// - **Given back** when it did not fail: then it is as if it had not been made.
/// - A counter is forgotten a window after its first failure.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Counts an attempt in advance, if no counter is full.
    async fn reserve(&self, attempt: &Attempt, limits: AttemptLimits) -> Result<Admission>;

    /// It did not fail.
    async fn give_back(&self, attempt: &Attempt);
}
