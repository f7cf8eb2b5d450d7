//! The clock: wall time for what people read. Durations are measured with `tokio::time::Instant`.

use crate::model::time::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn now() -> Timestamp {
    Timestamp(chrono::Utc::now())
}
