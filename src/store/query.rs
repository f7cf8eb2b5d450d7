//! How long statements take: `.timed(series!("select", "messages"))` behind one measures it. A series is looked up once and
//! kept where the statement stands, so that measuring touches atomics only.

use std::sync::LazyLock;

use tokio::time::Instant;

use crate::observability::metrics::Series;

/// A statement that is measured.
pub(super) trait Timed: Future + Sized {
    /// Measures it, however it ends.
    async fn timed(self, series: &'static LazyLock<Series>) -> Self::Output {
        let begun = Instant::now();
        let output = self.await;
        series.observe(begun.elapsed());
        output
    }
}

impl<F: Future> Timed for F {}

/// The series of an operation on a table.
macro_rules! series {
    ($operation:literal, $table:literal) => {{
        static SERIES: std::sync::LazyLock<crate::observability::metrics::Series> =
            std::sync::LazyLock::new(|| crate::observability::metrics::query($operation, $table));
        &SERIES
    }};
}
pub(super) use series;
