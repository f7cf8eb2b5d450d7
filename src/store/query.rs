//! How long statements take: `.timed(series!("select", "messages"))` behind one measures it, and gives up what is not answered.
//! A series is looked up once and kept where the statement stands, so that measuring touches atomics only.

use std::{sync::LazyLock, time::Duration};

use tokio::time::{Instant, timeout};

use crate::observability::metrics::Series;

/// How long a statement may take: longer than the server allows it (`statement_timeout`), so this only ends what is not answered
/// at all. A server that was cut off without a word would keep its client waiting for ever.
const LATE: Duration = Duration::from_secs(4);

/// A statement that is measured.
pub(super) trait Timed<T>: Future<Output = sqlx::Result<T>> + Sized {
    /// Measures it, however it ends, and gives it up when it is late.
    async fn timed(self, series: &'static LazyLock<Series>) -> sqlx::Result<T> {
        let begun = Instant::now();
        let output = self.in_time().await;
        series.observe(begun.elapsed());
        output
    }

    /// Gives it up when it is late.
    async fn in_time(self) -> sqlx::Result<T> {
        timeout(LATE, self).await.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())))
    }
}

impl<T, F: Future<Output = sqlx::Result<T>>> Timed<T> for F {}

/// The series of an operation on a table.
macro_rules! series {
    ($operation:literal, $table:literal) => {{
        static SERIES: std::sync::LazyLock<crate::observability::metrics::Series> =
            std::sync::LazyLock::new(|| crate::observability::metrics::query($operation, $table));
        &SERIES
    }};
}
pub(super) use series;
