//! `trice doctor`: looks at everything that Trice stands on, and says what to do about what is wrong.

use std::{fmt, process::ExitCode, time::Duration};

use super::{database, fail, say};
use crate::{
    config::{Config, ConfigError, database::DatabaseConfig, engine::EngineConfig},
    engine::redis,
    store::{Inspection, Store},
};

/// The oldest PostgreSQL and Redis that do.
const POSTGRES: i32 = 15;
const REDIS: u32 = 6;
/// How far clocks may be apart: the promise is three seconds, and latencies are told by both.
const APART: Duration = Duration::from_secs(1);
/// Each socket is an open file. So many do for a small group; the largest node is meant to carry 10,000 sockets.
const FILES: u64 = 4096;

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    /// Trice works, but not as well as it could, or not as safely.
    Weak,
    /// Trice does not work.
    Broken,
}

/// What was found.
struct Finding {
    part: &'static str,
    state: State,
    what: String,
    remedy: &'static str,
}

impl Finding {
    fn well(part: &'static str, what: impl Into<String>) -> Self {
        Self { part, state: State::Well, what: what.into(), remedy: "" }
    }

    fn weak(part: &'static str, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { part, state: State::Weak, what: what.into(), remedy }
    }

    fn broken(part: &'static str, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { part, state: State::Broken, what: what.into(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.state {
            State::Well => "well  ",
            State::Weak => "weak  ",
            State::Broken => "BROKEN",
        };
        write!(f, "{mark}  {}: {}", self.part, self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "\n        {}", self.remedy) }
    }
}

/// Looks, prints what was found, and fails when Trice would not work.
pub fn run() -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => return report(&[refused(&error), files()]),
    };
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(database::with(&config, async |database| {
            let mut findings = vec![configuration(&config)];
            findings.extend(of_database(&database).await);
            findings.push(of_redis(&config.engine).await);
            findings.push(files());
            report(&findings)
        })),
        Err(error) => fail(error),
    }
}

fn report(findings: &[Finding]) -> ExitCode {
    for finding in findings {
        say(finding);
    }
    if findings.iter().any(|finding| finding.state == State::Broken) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn refused(error: &ConfigError) -> Finding {
    Finding::broken("configuration", error.to_string(), "docs/configuration.md lists every setting.")
}

fn configuration(config: &Config) -> Finding {
    if config.limits.lifted {
        return Finding::weak(
            "configuration",
            "RATE_LIMITS=off lifts all limits",
            "Only load tests want that: unset it.",
        );
    }
    if config.http.client_url.is_some() && !config.http.secure() {
        let what = "CLIENT_URL is plain http: passwords and messages travel in the clear";
        return Finding::weak(
            "configuration",
            what,
            "Put a proxy with a certificate before Trice, and name its https address.",
        );
    }
    Finding::well("configuration", "complete")
}

async fn of_database(config: &DatabaseConfig) -> Vec<Finding> {
    let reached = async {
        let store = Store::connect(config, false).await?;
        let found = store.inspect().await;
        let unsafe_settings = store.unsafe_settings().await;
        store.close().await;
        Ok::<_, crate::error::Error>((found?, unsafe_settings?))
    };
    let (found, unsafe_settings) = match reached.await {
        Ok(found) => found,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            let remedy =
                "Is PostgreSQL running, and is DATABASE_URL its address, with the right user, password and database?";
            return vec![Finding::broken("database", format!("cannot be used: {cause}"), remedy)];
        }
    };
    let database = of_postgres(found.version / 10_000, &unsafe_settings);
    vec![database, of_migrations(&found), of_clock(found.clock_is_ahead_by)]
}

fn of_migrations(found: &Inspection) -> Finding {
    match (found.pending.len(), found.later.len()) {
        (0, 0) => Finding::well("migrations", "all applied"),
        (0, count) => {
            let remedy = "The version before such a migration works, while nodes are replaced or an update is taken back; none older.";
            Finding::weak("migrations", format!("all applied, and {count} of a later version"), remedy)
        }
        (count, _) => {
            Finding::weak("migrations", format!("{count} not applied yet"), "`trice serve` applies them at its start.")
        }
    }
}

/// The version, and the settings that are not safe.
fn of_postgres(version: i32, unsafe_settings: &[String]) -> Finding {
    if version < POSTGRES {
        return Finding::broken("database", format!("PostgreSQL {version}"), "Trice needs 15 or newer.");
    }
    if unsafe_settings.is_empty() {
        return Finding::well("database", format!("PostgreSQL {version}"));
    }
    let what = format!("PostgreSQL {version} has switched off {}", unsafe_settings.join(", "));
    let remedy = "Acknowledged messages can be lost in a power cut: switch them on in postgresql.conf.";
    Finding::weak("database", what, remedy)
}

/// By how many milliseconds the database's clock is ahead.
fn of_clock(ahead: i64) -> Finding {
    let what = format!("{} ms from the database's", ahead.unsigned_abs());
    if Duration::from_millis(ahead.unsigned_abs()) <= APART {
        return Finding::well("clock", what);
    }
    Finding::broken(
        "clock",
        what,
        "Tokens would end too early or late: keep both machines' clocks by NTP (timedatectl set-ntp true).",
    )
}

async fn of_redis(engine: &EngineConfig) -> Finding {
    let EngineConfig::Redis(url) = engine else {
        return Finding::well("redis", "not used: one node");
    };
    match redis::inspect(url).await {
        Ok(found) => of_found_redis(found.version, found.tells_of_expiry),
        Err(problem) => {
            let remedy = "Is Redis running, and is REDIS_URL its address, with the right password? Nodes do not hear each other.";
            Finding::broken("redis", format!("cannot be used: {problem}"), remedy)
        }
    }
}

/// The version, and whether it tells when keys run out.
fn of_found_redis(version: u32, tells_of_expiry: bool) -> Finding {
    if version < REDIS {
        return Finding::broken("redis", format!("Redis {version}"), "Trice needs 6 or newer.");
    }
    if tells_of_expiry {
        return Finding::well("redis", format!("Redis {version}, tells when keys run out"));
    }
    let remedy = "Others see up to two seconds later that somebody left: redis-cli config set notify-keyspace-events Ex, and in redis.conf.";
    Finding::weak("redis", format!("Redis {version} does not tell when keys run out"), remedy)
}

/// How many files this process may have open, where the system tells.
fn files() -> Finding {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(limit) = open_files(&limits) else {
        return Finding::well("file limit", "not told by this system");
    };
    let what = format!("{limit} open files");
    if limit >= FILES {
        return Finding::well("file limit", what);
    }
    Finding::weak(
        "file limit",
        what,
        "Each socket is one: LimitNOFILE=65536 (systemd), ulimits (Compose), or ulimit -n 65536.",
    )
}

/// The limit that counts, which is the first one of the two.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_limit_is_read_as_linux_writes_it() {
        let head = "Limit                     Soft Limit           Hard Limit           Units     \n";
        let line = |limit: &str| {
            open_files(&format!(
                "{head}Max open files            {limit}                 1048576              files     \n"
            ))
        };
        assert_eq!((line("1024"), line("unlimited"), open_files(head)), (Some(1024), Some(u64::MAX), None));
    }

    #[test]
    fn what_is_too_old_does_not_do() {
        for (database, redis, works) in [(14, 5, false), (15, 6, true), (17, 8, true)] {
            assert_eq!(of_postgres(database, &[]).state == State::Well, works, "{database}");
            assert_eq!(of_found_redis(redis, true).state == State::Well, works, "{redis}");
        }
    }

    #[test]
    fn a_clock_may_be_a_second_wrong_and_no_more() {
        for (ahead, well) in [(0, true), (-1000, true), (1000, true), (1001, false), (-1001, false)] {
            assert_eq!(of_clock(ahead).state == State::Well, well, "{ahead}");
        }
    }
}
