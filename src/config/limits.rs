//! Every limit, in one table: what is limited, how often, and the variable that changes it. `docs/configuration.md`
//! shows the same table to operators.

use std::time::Duration;

/// How often something may be done: `burst` times at once, and as often again in each `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// How long until all of it is there again.
    pub period: Duration,
}

impl Rate {
    /// What `RATE_LIMITS=off` makes of every limit: more than one node can serve.
    const LIFTED: Self = Self { burst: 1_000_000, period: Duration::from_secs(1) };

    const fn new(burst: u32, period: Duration) -> Self {
        Self { burst, period }
    }

    /// Reads `30/60s`, `5/15m` or `100/1h`.
    pub fn parse(text: &str) -> Option<Self> {
        let (burst, period) = text.split_once('/')?;
        let burst = burst.parse().ok().filter(|burst| *burst > 0)?;
        let (number, unit) = period.split_at_checked(period.len().checked_sub(1)?)?;
        let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
        let seconds = match unit {
            "s" => number,
            "m" => number.checked_mul(60)?,
            "h" => number.checked_mul(3600)?,
            _ => return None,
        };
        Some(Self { burst, period: Duration::from_secs(seconds) })
    }

    /// How long until one more.
    pub fn interval(self) -> Duration {
        (self.period / self.burst).max(Duration::from_nanos(1))
    }
}

macro_rules! limits {
    ($($(#[doc = $text:literal])+ $name:ident $key:literal $burst:literal / $period:expr;)+) => {
        /// What is limited.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum LimitedAction {
            $($(#[doc = $text])+ $name,)+
        }

        impl LimitedAction {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The variable that changes the limit.
            pub fn variable(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// What the contract says.
            fn rate(self) -> Rate {
                match self { $(Self::$name => Rate::new($burst, $period),)+ }
            }
        }
    };
}

limits! {
    /// Accounts made from one address. Development allows 100.
    Register "LIMIT_REGISTER" 5 / Duration::from_mins(15);
    /// Failed sign-ins to one account from one address.
    FailedLogins "LIMIT_FAILED_LOGINS" 5 / Duration::from_mins(15);
    /// Failed sign-ins to one account, wherever from.
    FailedLoginsOfAccount "LIMIT_FAILED_LOGINS_OF_ACCOUNT" 50 / Duration::from_mins(15);
    /// Failed sign-ins from one address, whatever account.
    FailedLoginsOfAddress "LIMIT_FAILED_LOGINS_OF_ADDRESS" 50 / Duration::from_mins(15);
    /// Renewals of one session.
    Refresh "LIMIT_REFRESH" 10 / Duration::from_mins(1);
    /// Everything else of the API, for one person, or else one address.
    Api "LIMIT_API" 300 / Duration::from_mins(1);
    /// Pages of the list of conversations.
    ListConversations "LIMIT_LIST_CONVERSATIONS" 60 / Duration::from_mins(1);
    /// Pages of history.
    ReadHistory "LIMIT_READ_HISTORY" 60 / Duration::from_mins(1);
    /// Conversations made.
    CreateConversation "LIMIT_CREATE_CONVERSATION" 10 / Duration::from_mins(1);
    /// Messages sent, over HTTP and sockets together.
    SendMessage "LIMIT_SEND_MESSAGE" 30 / Duration::from_mins(1);
    /// Searches for people.
    SearchUsers "LIMIT_SEARCH_USERS" 30 / Duration::from_mins(1);
    /// Sockets opened from one address: an office comes back through one.
    ConnectFromAddress "LIMIT_CONNECT_FROM_ADDRESS" 60 / Duration::from_mins(1);
    /// Sockets that one person signs in.
    Connect "LIMIT_CONNECT" 20 / Duration::from_mins(1);
    /// `subscribe` events.
    Subscribe "LIMIT_SUBSCRIBE" 60 / Duration::from_mins(1);
    /// Messages said to be read, over HTTP and sockets together.
    ReadReceipt "LIMIT_READ_RECEIPT" 100 / Duration::from_mins(1);
    /// `typing:start` and `typing:stop` events.
    Typing "LIMIT_TYPING" 60 / Duration::from_mins(1);
    /// `presence:heartbeat` events.
    PresenceHeartbeat "LIMIT_PRESENCE_HEARTBEAT" 120 / Duration::from_mins(1);
}

/// All limits of a node.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    rates: Vec<Rate>,
    /// Whether `RATE_LIMITS=off` lifted them.
    pub lifted: bool,
}

impl Default for LimitsConfig {
    /// The contract's.
    fn default() -> Self {
        Self { rates: LimitedAction::ALL.iter().map(|action| action.rate()).collect(), lifted: false }
    }
}

impl LimitsConfig {
    /// The contract's limits, changed by what `setting` answers for each variable. An error names the variable.
    pub fn load<'a>(
        development: bool,
        lifted: bool,
        setting: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Self, &'static str> {
        let rate = |action: &LimitedAction| {
            if lifted {
                return Ok(Rate::LIFTED);
            }
            match (setting(action.variable()), action) {
                (Some(text), _) => Rate::parse(text).ok_or(action.variable()),
                (None, LimitedAction::Register) if development => Ok(Rate { burst: 100, ..action.rate() }),
                (None, _) => Ok(action.rate()),
            }
        };
        Ok(Self { rates: LimitedAction::ALL.iter().map(rate).collect::<Result<_, _>>()?, lifted })
    }

    /// How often this may be done.
    pub fn rate(&self, action: LimitedAction) -> Rate {
        self.rates[action as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_says_the_same() {
        let table = include_str!("../../docs/configuration.md");
        for action in LimitedAction::ALL {
            let rate = action.rate();
            let row = format!("| `{}` | {} in {} min", action.variable(), rate.burst, rate.period.as_secs() / 60);
            assert!(table.contains(&row), "docs/configuration.md lacks: {row}");
        }
        assert_eq!(table.matches("| `LIMIT_").count(), LimitedAction::ALL.len());
    }

    #[test]
    fn a_rate_is_a_number_per_time() {
        assert_eq!(Rate::parse("5/15m"), Some(Rate::new(5, Duration::from_mins(15))));
        assert_eq!(Rate::parse("30/60s").unwrap().interval(), Duration::from_secs(2));
        for bad in ["", "5", "0/1m", "5/0s", "5/m", "5/", "/1m", "-1/1m", "5/1d", "5/1ä", "5/18446744073709551615h"] {
            assert_eq!(Rate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn limits_are_the_contracts_unless_changed_or_lifted() {
        let none = |_| None;
        let production = LimitsConfig::load(false, false, none).unwrap();
        assert_eq!(production.rate(LimitedAction::Register).burst, 5);
        assert_eq!(production.rate(LimitedAction::Subscribe).burst, 60);
        assert_eq!(LimitsConfig::load(true, false, none).unwrap().rate(LimitedAction::Register).burst, 100);
        assert_eq!(LimitsConfig::load(false, true, none).unwrap().rate(LimitedAction::Api), Rate::LIFTED);
        let changed = |name| (name == "LIMIT_API").then_some("7/1s");
        assert_eq!(LimitsConfig::load(false, false, changed).unwrap().rate(LimitedAction::Api).burst, 7);
        let wrong = |name| (name == "LIMIT_API").then_some("many");
        assert_eq!(LimitsConfig::load(false, false, wrong).unwrap_err(), "LIMIT_API");
    }
}
