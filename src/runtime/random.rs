//! Chance: waits that many would otherwise end at the same moment.

use std::time::Duration;

/// A wait of about this long: half of it at least, one and a half at most.
pub fn around(wait: Duration) -> Duration {
    let mut bytes = [0; 2];
    // Without chance the wait is as it stands.
    let chance = getrandom::fill(&mut bytes).map_or(u32::from(u16::MAX / 2), |()| u32::from(u16::from_ne_bytes(bytes)));
    wait / 2 + wait * chance / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_about_as_long_and_differs() {
        let wait = Duration::from_millis(100);
        let waits: Vec<_> = std::iter::repeat_with(|| around(wait)).take(100).collect();
        assert!(waits.iter().all(|it| *it >= wait / 2 && *it <= wait * 3 / 2), "{waits:?}");
        assert!(waits.iter().any(|it| *it != waits[0]));
    }
}
