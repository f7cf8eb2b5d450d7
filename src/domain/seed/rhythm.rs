//! When people write: by day and hour, over the weeks before now.

use chrono::{DateTime, Datelike as _, Duration, Timelike as _, Utc, Weekday};

use super::random::Random;

/// How far back the demo goes.
const DAYS: i64 = 42;

/// Whether people write at work, or after it.
#[derive(Clone, Copy)]
pub enum Rhythm {
    /// From Monday to Friday, in the day.
    Office,
    /// In the evening, at lunch, and all weekend.
    Leisure,
}

impl Rhythm {
    /// How likely somebody writes in this hour, in percent of the busiest.
    fn at(self, moment: DateTime<Utc>) -> i64 {
        let weekend = matches!(moment.weekday(), Weekday::Sat | Weekday::Sun);
        match (self, weekend, moment.hour()) {
            (Self::Office, false, 9..=11 | 13..=16) | (Self::Leisure, _, 18..=21) => 100,
            (Self::Office, false, 8 | 12 | 17) => 50,
            (Self::Office, false, 18..=20) => 8,
            (Self::Leisure, true, 9..=17) => 70,
            (Self::Leisure, false, 12) => 40,
            (Self::Leisure, _, 7 | 8 | 22) => 30,
            (Self::Leisure, false, 9..=17) => 12,
            (Self::Office, true, 9..=20) | (Self::Leisure, _, 23) => 3,
            _ => 0,
        }
    }

    /// When this many dialogues begin, the first one first.
    pub fn beginnings(self, count: usize, now: DateTime<Utc>, random: &mut Random) -> Vec<DateTime<Utc>> {
        let mut moments = Vec::with_capacity(count);
        while moments.len() < count {
            let moment = now - Duration::seconds(1 + random.below(DAYS * 24 * 60 * 60));
            if random.chance(self.at(moment)) {
                moments.push(moment);
            }
        }
        moments.sort_unstable();
        moments
    }
}

/// The day before everything.
pub fn beginning(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(DAYS + 1)
}

/// Moments that rise, pressed together if they would go beyond now.
pub fn fit(moments: &mut [DateTime<Utc>], now: DateTime<Utc>) {
    let first = beginning(now);
    let Some(&last) = moments.last().filter(|last| **last > now) else { return };
    let (room, length) = ((now - first).num_milliseconds(), (last - first).num_milliseconds());
    for moment in moments {
        let along = i128::from((*moment - first).num_milliseconds()) * i128::from(room) / i128::from(length);
        *moment = first + Duration::milliseconds(i64::try_from(along).unwrap_or(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_sleep_and_work_and_nobody_writes_tomorrow() {
        let now = "2026-11-25T21:00:00Z".parse().unwrap();
        let office = Rhythm::Office.beginnings(500, now, &mut Random::new(1));
        assert!(office.is_sorted() && office.iter().all(|moment| *moment < now && *moment > beginning(now)));
        assert!(office.iter().all(|moment| (8..=20).contains(&moment.hour())));
        let weekend = |moment: &&DateTime<Utc>| matches!(moment.weekday(), Weekday::Sat | Weekday::Sun);
        assert!(office.iter().filter(weekend).count() < 50);
        let leisure = Rhythm::Leisure.beginnings(500, now, &mut Random::new(1));
        assert!(leisure.iter().filter(|moment| moment.hour() >= 18).count() > 200);
    }

    #[test]
    fn what_does_not_fit_is_pressed_together() {
        let now: DateTime<Utc> = "2026-11-25T21:00:00Z".parse().unwrap();
        let whole = now - beginning(now);
        let mut moments = vec![beginning(now), now, now + whole];
        fit(&mut moments, now);
        assert_eq!(moments, [beginning(now), now - whole / 2, now]);
    }
}
