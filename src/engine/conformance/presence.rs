//! What every implementation of presence must do.

use std::{collections::HashMap, sync::Arc, time::Duration};

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use tokio::time::{Instant, sleep};

use crate::{
    engine::presence::{Presence, Says, Seen, Sign, state::Person},
    model::{
        id::{SocketId, UserId},
        presence::{Activity, PresenceStatus},
    },
};

const LONG: Duration = Duration::from_hours(1);
/// How long to wait for what must come. Long, because it only matters when the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the suite; `fresh` makes one that knows nobody.
pub async fn all<F: Future<Output = Arc<dyn Presence>>>(fresh: impl Fn() -> F) {
    devices_become_one_status(&*fresh().await).await;
    time_runs_out_and_the_sweep_finds_it(&*fresh().await).await;
    a_close_counts_a_little_longer_and_is_final(&*fresh().await).await;
    each_change_has_one_finder(&*fresh().await).await;
    timestamps_rise_and_a_restatement_is_newer(&*fresh().await).await;
    remembers_who_left_and_knows_nobody_else(&*fresh().await).await;
    does_what_the_state_machine_does(&*fresh().await).await;
}

fn here(user: UserId, device: SocketId, activity: Activity, lasts: Duration) -> Sign {
    Sign { user, device, says: Says::Here { activity: Some(activity), ago: Duration::ZERO, lasts } }
}

fn gone(user: UserId, device: SocketId, lasts: Duration) -> Sign {
    Sign { user, device, says: Says::Gone { lasts } }
}

async fn note(presence: &dyn Presence, sign: Sign) -> Option<PresenceStatus> {
    let changes = presence.note(&[sign]).await.unwrap();
    assert!(changes.len() <= 1 && changes.iter().all(|seen| seen.user == sign.user), "{changes:?}");
    changes.first().map(|seen| seen.status)
}

/// The engine counts whole milliseconds, by another clock than the one that tests look at.
const OTHER_CLOCK: Duration = Duration::from_millis(5);

/// Sweeps until somebody changed.
async fn swept(presence: &dyn Presence) -> Seen {
    let begun = Instant::now();
    loop {
        let (changes, _) = presence.sweep(100).await.unwrap();
        if let Some(change) = changes.first() {
            assert_eq!(changes.len(), 1, "{changes:?}");
            return *change;
        }
        assert!(begun.elapsed() < PATIENCE, "nobody changes");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn devices_become_one_status(presence: &dyn Presence) {
    let (alice, phone, laptop) = (UserId::new(), SocketId::new(), SocketId::new());
    let (online, away) = (Activity::Online, Activity::Away);
    for (device, activity, expected) in [
        (phone, online, Some(PresenceStatus::Online)),
        (phone, online, None),
        (laptop, away, None),
        (phone, away, Some(PresenceStatus::Away)),
        (laptop, away, None),
        (laptop, online, Some(PresenceStatus::Online)),
    ] {
        assert_eq!(note(presence, here(alice, device, activity, LONG)).await, expected);
    }
    assert_eq!(note(presence, gone(alice, laptop, Duration::ZERO)).await, Some(PresenceStatus::Away));
    assert_eq!(note(presence, gone(alice, phone, Duration::ZERO)).await, Some(PresenceStatus::Offline));
    assert_eq!(note(presence, gone(alice, phone, Duration::ZERO)).await, None);
}

async fn time_runs_out_and_the_sweep_finds_it(presence: &dyn Presence) {
    let (alice, phone, laptop) = (UserId::new(), SocketId::new(), SocketId::new());
    let (short, shorter) = (Duration::from_millis(400), Duration::from_millis(200));
    let begun = Instant::now();
    note(presence, here(alice, phone, Activity::Away, short)).await;
    note(presence, here(alice, laptop, Activity::Online, shorter)).await;
    // Nobody calls for it, and what is to come first does not wait for what comes last.
    let away = swept(presence).await;
    assert!(begun.elapsed() + OTHER_CLOCK >= shorter);
    assert_eq!((away.user, away.status), (alice, PresenceStatus::Away));
    let offline = swept(presence).await;
    assert!(begun.elapsed() + OTHER_CLOCK >= short);
    assert_eq!((offline.user, offline.status), (alice, PresenceStatus::Offline));
    assert!(offline.timestamp > away.timestamp && offline.last_active == away.last_active);
    assert!(offline.last_active.unwrap() < offline.timestamp);
    // A sign holds off what was to come.
    note(presence, here(alice, phone, Activity::Online, shorter)).await;
    note(presence, here(alice, phone, Activity::Online, LONG)).await;
    sleep(2 * shorter).await;
    assert_eq!(presence.sweep(100).await.unwrap(), (Vec::new(), false));
}

async fn a_close_counts_a_little_longer_and_is_final(presence: &dyn Presence) {
    let (alice, before, after) = (UserId::new(), SocketId::new(), SocketId::new());
    let connects =
        Sign { user: alice, device: after, says: Says::Here { activity: None, ago: Duration::ZERO, lasts: LONG } };
    note(presence, here(alice, before, Activity::Away, LONG)).await;
    let grace = Duration::from_millis(300);
    assert_eq!(note(presence, gone(alice, before, grace)).await, None);
    assert_eq!(note(presence, here(alice, before, Activity::Online, LONG)).await, None);
    // Whoever comes back is as they were.
    assert_eq!(note(presence, connects).await, None);
    sleep(grace).await;
    assert_eq!(presence.sweep(100).await.unwrap().0, []);
    assert_eq!(presence.of(&[alice]).await.unwrap()[0].status, PresenceStatus::Away);
    assert_eq!(note(presence, here(alice, after, Activity::Online, LONG)).await, Some(PresenceStatus::Online));
    note(presence, gone(alice, after, Duration::from_millis(10))).await;
    assert_eq!(swept(presence).await.status, PresenceStatus::Offline);
    // Who connects for the first time is at it.
    let first = Sign { user: UserId::new(), ..connects };
    assert_eq!(note(presence, first).await, Some(PresenceStatus::Online));
}

async fn each_change_has_one_finder(presence: &dyn Presence) {
    let users: Vec<_> = (0..50).map(|_| UserId::new()).collect();
    for user in &users {
        let device = SocketId::new();
        let calls = (0..8).map(|_| note(presence, here(*user, device, Activity::Online, Duration::from_millis(1))));
        let found = futures_util::future::join_all(calls).await;
        assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), [PresenceStatus::Online]);
    }
    sleep(Duration::from_millis(5)).await;
    let mut found: HashMap<UserId, usize> = HashMap::new();
    let begun = Instant::now();
    while found.len() < users.len() {
        let sweeps = (0..8).map(|_| presence.sweep(7));
        for swept in futures_util::future::join_all(sweeps).await {
            for seen in swept.unwrap().0 {
                assert_eq!(seen.status, PresenceStatus::Offline);
                *found.entry(seen.user).or_default() += 1;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "{} were found", found.len());
    }
    assert!(found.values().all(|times| *times == 1), "{found:?}");
}

async fn timestamps_rise_and_a_restatement_is_newer(presence: &dyn Presence) {
    let (alice, phone) = (UserId::new(), SocketId::new());
    let mut last = None;
    for round in 0..20 {
        let activity = if round % 2 == 0 { Activity::Online } else { Activity::Away };
        let changes = presence.note(&[here(alice, phone, activity, LONG)]).await.unwrap();
        assert!(changes[0].timestamp > last.unwrap_or(changes[0].timestamp) || round == 0);
        last = Some(changes[0].timestamp);
    }
    let again = presence.restate(alice).await.unwrap();
    assert_eq!((again.user, again.status), (alice, PresenceStatus::Away));
    assert!(Some(again.timestamp) > last);
    assert_eq!(presence.of(&[alice]).await.unwrap(), [again]);
    let unknown = presence.restate(UserId::new()).await.unwrap();
    assert_eq!((unknown.status, unknown.last_active), (PresenceStatus::Offline, None));
}

async fn remembers_who_left_and_knows_nobody_else(presence: &dyn Presence) {
    let users: Vec<_> = (0..2500).map(|_| UserId::new()).collect();
    let signs: Vec<_> = users.iter().map(|user| here(*user, SocketId::new(), Activity::Online, LONG)).collect();
    assert_eq!(presence.note(&signs).await.unwrap().len(), users.len());
    let first = signs[0];
    presence.note(&[gone(first.user, first.device, Duration::ZERO)]).await.unwrap();
    let mut known = presence.everybody().await.unwrap();
    known.sort_by_key(|seen| seen.user);
    let ids: Vec<_> = known.iter().map(|seen| seen.user).collect();
    assert_eq!(ids, users);
    let left = presence.of(&[UserId::new(), first.user, users[1]]).await.unwrap();
    let status: Vec<_> = left.iter().map(|seen| (seen.user, seen.status, seen.last_active.is_some())).collect();
    let expected = [(first.user, PresenceStatus::Offline, true), (users[1], PresenceStatus::Online, true)];
    assert_eq!(status, expected);
    assert_eq!(presence.of(&[]).await.unwrap(), []);
    assert_eq!(presence.era().await.unwrap(), presence.era().await.unwrap());
}

/// Whatever devices say, in whatever order, as long as no time passes that counts: it lasts for ever, or not at all.
async fn does_what_the_state_machine_does(presence: &dyn Presence) {
    let lasts = || prop_oneof![Just(LONG), Just(Duration::ZERO)];
    let activity = prop_oneof![Just(None), Just(Some(Activity::Online)), Just(Some(Activity::Away))];
    let says = prop_oneof![
        3 => (activity, lasts()).prop_map(|(activity, lasts)| Says::Here { activity, ago: Duration::ZERO, lasts }),
        1 => lasts().prop_map(|lasts| Says::Gone { lasts }),
    ];
    let plans = proptest::collection::vec((0..4_usize, says), 1..40);
    let mut runner = TestRunner::default();
    for _ in 0..100 {
        let plan = plans.new_tree(&mut runner).unwrap().current();
        let (user, devices, mut person) = (UserId::new(), [(); 4].map(|()| SocketId::new()), Person::default());
        for (device, says) in &plan {
            let device = devices[*device];
            let found = note(presence, Sign { user, device, says: *says }).await;
            person.hear(device, *says, 1_000_000);
            let expected = person.settle(1_000_000).then_some(person.status);
            assert_eq!(found, expected, "{plan:?}");
        }
    }
}
