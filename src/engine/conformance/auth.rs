//! What every implementation of the failed sign-ins must do.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use crate::engine::auth::{Admission, Attempt, AttemptLimits, Attempts};

const LONG: AttemptLimits = AttemptLimits { pair: 3, account: 5, address: 6, window: Duration::from_mins(15) };

/// Runs the suite; `fresh` makes one that has counted nothing.
pub async fn all<F: Future<Output = Arc<dyn Attempts>>>(fresh: impl Fn() -> F) {
    refuses_when_a_counter_is_full(fresh().await).await;
    gives_back(fresh().await).await;
    admits_no_more_than_the_limit_at_once(fresh().await).await;
    forgets_after_the_window(fresh().await).await;
}

fn attempt(account: &str, address: u8) -> Attempt {
    Attempt { account: account.to_owned(), address: Some([192, 0, 2, address].into()) }
}

async fn admitted(attempts: &Arc<dyn Attempts>, account: &str, address: u8) -> bool {
    matches!(attempts.reserve(&attempt(account, address), LONG).await.unwrap(), Admission::Admitted { .. })
}

async fn refuses_when_a_counter_is_full(attempts: Arc<dyn Attempts>) {
    for left in (0..3).rev() {
        let admission = attempts.reserve(&attempt("alice", 1), LONG).await.unwrap();
        assert_eq!(admission, Admission::Admitted { remaining: left });
    }
    // The pair is full, and a refused attempt counts nowhere.
    for _ in 0..10 {
        match attempts.reserve(&attempt("alice", 1), LONG).await.unwrap() {
            Admission::Refused { wait } => assert!(wait > Duration::from_mins(14) && wait <= LONG.window, "{wait:?}"),
            Admission::Admitted { .. } => panic!("admitted"),
        }
    }
    // The account is full after five, from wherever.
    assert!(admitted(&attempts, "alice", 2).await);
    assert!(admitted(&attempts, "alice", 3).await);
    assert!(!admitted(&attempts, "alice", 4).await);
    // The address is full after six, whatever account.
    assert!(admitted(&attempts, "bob", 1).await);
    assert!(admitted(&attempts, "carol", 1).await);
    assert!(admitted(&attempts, "dave", 1).await);
    assert!(!admitted(&attempts, "erin", 1).await);
    assert!(admitted(&attempts, "erin", 9).await);
    // Without an address the account alone is counted.
    let nowhere = Attempt { account: "frank".to_owned(), address: None };
    assert_eq!(attempts.reserve(&nowhere, LONG).await.unwrap(), Admission::Admitted { remaining: 4 });
}

async fn gives_back(attempts: Arc<dyn Attempts>) {
    for _ in 0..10 {
        assert!(admitted(&attempts, "alice", 1).await);
        attempts.give_back(&attempt("alice", 1)).await;
    }
    // What was never reserved gives nothing.
    attempts.give_back(&attempt("alice", 1)).await;
    for _ in 0..3 {
        assert!(admitted(&attempts, "alice", 1).await);
    }
    assert!(!admitted(&attempts, "alice", 1).await);
}

async fn admits_no_more_than_the_limit_at_once(attempts: Arc<dyn Attempts>) {
    let tries = (0..64).map(|_| admitted(&attempts, "alice", 1));
    let admitted = futures_util::future::join_all(tries).await;
    assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 3);
}

async fn forgets_after_the_window(attempts: Arc<dyn Attempts>) {
    let short = AttemptLimits { pair: 1, window: Duration::from_millis(300), ..LONG };
    let begun = Instant::now();
    assert!(matches!(attempts.reserve(&attempt("alice", 1), short).await.unwrap(), Admission::Admitted { .. }));
    while let Admission::Refused { wait } = attempts.reserve(&attempt("alice", 1), short).await.unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it is never forgotten");
        sleep(wait).await;
    }
}
