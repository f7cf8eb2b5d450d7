//! What `trice doctor` looks at.

use std::{collections::HashMap, time::Duration};

use redis::{InfoDict, RedisResult};
use tokio::time::timeout;

use super::connection;
use crate::config::secret::Secret;

/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How Redis is.
#[derive(Debug)]
pub struct Inspection {
    /// The first number of its version.
    pub version: u32,
    /// Whether it says when a key ran out (`notify-keyspace-events`).
    pub tells_of_expiry: bool,
}

/// Looks at Redis, and changes nothing; or says why that cannot be done.
pub async fn inspect(url: &Secret) -> Result<Inspection, String> {
    let client = connection::client(url).map_err(|error| error.message.into_owned())?;
    let asked = async {
        let mut redis = client.get_multiplexed_async_connection().await?;
        let info: InfoDict = redis::cmd("INFO").arg("server").query_async(&mut redis).await?;
        let version = info.get::<String>("redis_version").unwrap_or_default();
        let version = version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default();
        // Who may not ask cannot know; a provider may forbid it.
        let told: RedisResult<HashMap<String, String>> =
            redis::cmd("CONFIG").arg("GET").arg("notify-keyspace-events").query_async(&mut redis).await;
        let events = told.unwrap_or_default().into_values().next().unwrap_or_default();
        Ok(Inspection { version, tells_of_expiry: tells_of_expiry(&events) })
    };
    match timeout(PATIENCE, asked).await {
        Ok(found) => found.map_err(|error: redis::RedisError| error.to_string()),
        Err(_) => Err("it does not answer".to_owned()),
    }
}

/// `E`: on channels named by the event; `x`, or `A` for all: when a key ran out.
fn tells_of_expiry(events: &str) -> bool {
    events.contains('E') && events.contains(['x', 'A'])
}

#[cfg(test)]
mod tests {
    use super::tells_of_expiry;

    #[test]
    fn expiry_is_told_by_name_of_the_event() {
        for (events, told) in
            [("", false), ("Ex", true), ("AE", true), ("xE", true), ("Kx", false), ("E", false), ("A", false)]
        {
            assert_eq!(tells_of_expiry(events), told, "{events}");
        }
    }
}
