//! Places where a program under test dies. Not in a release: there, a place is nothing.
//!
//! `FAIL_AT=after_commit:40` ends the program, as `kill -9` would, when it comes to the place of that name for the fortieth
//! time. The crate `fail` does more and would do it in a build of its own; dying is all that tests need, and they run the
//! program that everybody builds.

/// The program comes to this place.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };

    #[expect(clippy::disallowed_methods, reason = "it is no setting: nobody but a test sets it")]
    static DEADLY: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let place = std::env::var("FAIL_AT").ok()?;
        let (name, time) = place.split_once(':')?;
        Some((name.to_owned(), time.parse().ok()?))
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);
    if let Some((deadly, time)) = &*DEADLY
        && deadly == name
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *time
    {
        std::process::abort();
    }
}

/// The program comes to this place.
#[cfg(not(debug_assertions))]
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is nothing")]
pub fn point(_: &str) {}
