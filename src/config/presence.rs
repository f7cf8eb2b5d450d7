//! How long people count as here.

use std::time::Duration;

/// Presence. The defaults are what clients are told; tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceConfig {
    /// `PRESENCE_TTL`: how long a heartbeat counts.
    pub ttl: Duration,
    /// `PRESENCE_GRACE`: how long a closed connection counts, so that nobody sees who comes right back.
    pub grace: Duration,
    /// `PRESENCE_SWEEP`: how often those are looked for whose time ran out.
    pub sweep: Duration,
}

impl Default for PresenceConfig {
    /// The contract's.
    fn default() -> Self {
        Self { ttl: Duration::from_secs(30), grace: Duration::from_secs(5), sweep: Duration::from_secs(2) }
    }
}

impl PresenceConfig {
    /// The contract's, changed by what `setting` answers for each variable. An error names the variable.
    pub fn load<'a>(setting: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, &'static str> {
        let default = Self::default();
        let duration = |name, default| setting(name).map_or(Ok(default), |text| parse(text).ok_or(name));
        Ok(Self {
            ttl: duration("PRESENCE_TTL", default.ttl)?,
            grace: duration("PRESENCE_GRACE", default.grace)?,
            sweep: duration("PRESENCE_SWEEP", default.sweep)?,
        })
    }
}

/// Reads `30s` or `500ms`.
fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s')?, 1000),
    };
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some(Duration::from_millis(u64::from(u32::checked_mul(number, unit)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(parse("30s"), Some(Duration::from_secs(30)));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        for bad in ["", "s", "ms", "0s", "-1s", "1", "1m", "1.5s", "s30", "99999999999s", "4294967s0"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(PresenceConfig::load(|name| (name == "PRESENCE_GRACE").then_some("soon")), Err("PRESENCE_GRACE"));
    }
}
