//! The suite on a real Redis, and what only several nodes can show.

mod receipts;

use std::{sync::Arc, time::Duration};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    sync::{mpsc::Receiver, watch},
    time::{Instant, sleep, timeout},
};

use super::{
    Redis,
    connection::Connection,
    keys,
    messages::{self, RedisDedup},
};
use crate::{
    config::secret::Secret,
    engine::{
        Dedup, Engine,
        auth::{Admission, Attempt, AttemptLimits},
        bus::Heard,
        conformance,
    },
    model::{
        event::{Channel, Event},
        id::{ConversationId, SessionId, UserId},
    },
    runtime::tasks::Tasks,
};

/// How long to wait for what must come. Long, because it only matters when the test fails.
const PATIENCE: Duration = Duration::from_secs(20);
const LIMITS: AttemptLimits = AttemptLimits { pair: 3, account: 5, address: 6, window: Duration::from_mins(15) };

#[expect(clippy::disallowed_methods, reason = "tests have no other configuration")]
fn server() -> String {
    std::env::var("REDIS_URL")
        .expect("REDIS_URL names the Redis for tests; `make test` or `scripts/with-redis cargo test` sets it")
}

async fn connection(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// A database of the server that nobody else uses. Channels are the same in all of them, which is why tests listen to
/// channels of their own.
async fn database() -> Secret {
    let server = server();
    let number: u64 = redis::cmd("INCR").arg("tests").query_async(&mut connection(&server).await).await.unwrap();
    Secret::new(format!("{server}?db={number}"))
}

/// One node; a slow machine does not count as a lost Redis.
async fn node(url: &Secret) -> (Engine, Redis) {
    Engine::on_redis(url, &Tasks::default(), PATIENCE).await.unwrap()
}

/// What Redis calls this connection.
async fn id(connection: &Connection) -> u64 {
    let live = connection.established().await;
    let asked = live.insist(PATIENCE, async |mut redis| redis::cmd("CLIENT").arg("ID").query_async(&mut redis).await);
    asked.await.unwrap()
}

/// The same Redis behind a door, which lets questions in, and answers out only while it is open.
fn behind_a_door(url: &Secret) -> (Secret, watch::Sender<bool>, TempDir) {
    let (socket, database) = url.reveal().strip_prefix("redis+unix://").unwrap().split_once('?').unwrap();
    let (socket, folder) = (socket.to_owned(), tempfile::tempdir().unwrap());
    let listener = UnixListener::bind(folder.path().join("door")).unwrap();
    let url = Secret::new(format!("redis+unix://{}/door?{database}", folder.path().display()));
    let (open, state) = watch::channel(true);
    let door = async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut questions, mut out) = client.into_split();
            let (mut answers, mut redis) = UnixStream::connect(&socket).await.unwrap().into_split();
            let mut state = state.clone();
            let answering = async move {
                let mut part = vec![0; 8192];
                while let Ok(length @ 1..) = answers.read(&mut part).await {
                    state.wait_for(|open| *open).await.unwrap();
                    out.write_all(&part[..length]).await.unwrap();
                }
            };
            Tasks::default().spawn(async move { tokio::io::copy(&mut questions, &mut redis).await });
            Tasks::default().spawn(answering);
        }
    };
    Tasks::default().spawn(door);
    (url, open, folder)
}

fn news() -> Event {
    Event::SessionRevoked { session_id: SessionId::new() }
}

async fn next(heard: &mut Receiver<Heard>) -> (Channel, Event) {
    loop {
        if let Heard::Event(channel, event) = timeout(PATIENCE, heard.recv()).await.unwrap().unwrap() {
            return (channel, (*event).clone());
        }
    }
}

/// Waits until Redis knows that this many nodes listen to the channel.
async fn listeners(url: &Secret, channel: Channel, count: u64) {
    let mut redis = connection(url.reveal()).await;
    let begun = Instant::now();
    loop {
        let (_, now): (String, u64) =
            redis::cmd("PUBSUB").arg("NUMSUB").arg(keys::of_channel(channel)).query_async(&mut redis).await.unwrap();
        if now == count {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{now} nodes listen, not {count}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn keeps_the_promises_of_the_attempts() {
    conformance::auth::all(|| async { node(&database().await).await.0.attempts }).await;
}

#[tokio::test]
async fn keeps_the_promises_of_dedup() {
    conformance::messages::all(|lasts| async move {
        let (_, redis) = node(&database().await).await;
        let (dedup, stored) = RedisDedup::new(Arc::clone(&redis.asked), PATIENCE);
        Tasks::default().spawn(messages::remember_all(redis.asked, PATIENCE, lasts, stored));
        Arc::new(dedup) as Arc<dyn Dedup>
    })
    .await;
}

#[tokio::test]
async fn keeps_the_promises_of_presence() {
    conformance::presence::all(|| async { node(&database().await).await.0.presence }).await;
}

#[tokio::test]
async fn keeps_the_promises_of_the_bus() {
    conformance::bus::all(|| async { node(&database().await).await.0.bus }).await;
}

#[tokio::test]
async fn keeps_the_promises_of_the_receipts() {
    conformance::receipts::all(|| async { node(&database().await).await.0.receipts }).await;
}

#[tokio::test]
async fn nodes_hear_each_other_in_order_and_themselves_once() {
    let url = database().await;
    let ((here, _), (there, _)) = (node(&url).await, node(&url).await);
    let (channel, left) = (Channel::Chat(ConversationId::new()), Channel::User(UserId::new()));
    let (mut heard_here, mut over_there) = (here.bus.heard(), there.bus.heard());
    for bus in [&here.bus, &there.bus] {
        bus.listen(channel);
        bus.listen(left);
    }
    there.bus.ignore(left);
    listeners(&url, channel, 2).await;
    listeners(&url, left, 1).await;
    let sent: Vec<_> = std::iter::repeat_with(news).take(1000).collect();
    for event in &sent {
        here.bus.publish(left, news());
        here.bus.publish(channel, event.clone());
    }
    for event in &sent {
        assert_eq!(next(&mut over_there).await, (channel, event.clone()));
    }
    // An echo would come before the answer of the other node.
    let answer = news();
    there.bus.publish(channel, answer.clone());
    for event in &sent {
        assert_eq!(next(&mut heard_here).await.0, left);
        assert_eq!(next(&mut heard_here).await, (channel, event.clone()));
    }
    assert_eq!(next(&mut heard_here).await, (channel, answer));
}

#[tokio::test]
async fn what_cannot_be_read_is_passed_over() {
    let url = database().await;
    let (node, _) = node(&url).await;
    let channel = Channel::User(UserId::new());
    let mut heard = node.bus.heard();
    node.bus.listen(channel);
    listeners(&url, channel, 1).await;
    let mut redis = connection(url.reveal()).await;
    let other = serde_json::json!({"node": UserId::new(), "event": news()}).to_string();
    for payload in ["", "{}", "null", "[[[[", "\u{0}", r#"{"node":1,"event":{"new":{}}}"#, &other] {
        redis::cmd("PUBLISH").arg(keys::of_channel(channel)).arg(payload).exec_async(&mut redis).await.unwrap();
    }
    let (_, event) = next(&mut heard).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&other).unwrap()["event"], serde_json::json!(event));
}

#[tokio::test]
async fn a_lost_subscriber_comes_back_and_tells_of_the_gap() {
    let url = database().await;
    let ((here, redis), (there, _)) = (node(&url).await, node(&url).await);
    let channel = Channel::Chat(ConversationId::new());
    let mut heard = here.bus.heard();
    here.bus.listen(channel);
    listeners(&url, channel, 1).await;
    for _ in 0..3 {
        // Only this one: other tests share the server.
        let id = id(&redis.heard).await;
        while heard.try_recv().is_ok() {}
        let mut other = connection(url.reveal()).await;
        let killed: u64 = redis::cmd("CLIENT").arg("KILL").arg("ID").arg(id).query_async(&mut other).await.unwrap();
        assert_eq!(killed, 1);
        assert!(matches!(timeout(PATIENCE, heard.recv()).await.unwrap().unwrap(), Heard::Gap));
        let event = news();
        there.bus.publish(channel, event.clone());
        assert_eq!(next(&mut heard).await, (channel, event));
    }
}

#[tokio::test]
async fn without_redis_a_node_hears_itself_and_counts_by_itself() {
    let nowhere = tempfile::tempdir().unwrap();
    let url = Secret::new(format!("redis+unix://{}/socket", nowhere.path().display()));
    let (node, redis) = node(&url).await;
    assert!(!redis.is_up());
    let channel = Channel::User(UserId::new());
    let mut heard = node.bus.heard();
    node.bus.listen(channel);
    let event = news();
    node.bus.publish(channel, event.clone());
    assert_eq!(next(&mut heard).await, (channel, event));
    let attempt = Attempt { account: "alice".to_owned(), address: None };
    for left in (0..5).rev() {
        let admission = node.attempts.reserve(&attempt, LIMITS).await.unwrap();
        assert_eq!(admission, Admission::Admitted { remaining: left });
    }
    assert!(matches!(node.attempts.reserve(&attempt, LIMITS).await.unwrap(), Admission::Refused { .. }));
    node.attempts.give_back(&attempt).await;
    assert!(matches!(node.attempts.reserve(&attempt, LIMITS).await.unwrap(), Admission::Admitted { .. }));
}

#[tokio::test]
async fn a_slow_redis_is_not_waited_for_nor_given_up() {
    let (url, open, _folder) = behind_a_door(&database().await);
    let (node, redis) = Engine::on_redis(&url, &Tasks::default(), Duration::from_millis(50)).await.unwrap();
    let before = id(&redis.asked).await;
    open.send_replace(false);
    let attempt = Attempt { account: "alice".to_owned(), address: None };
    for left in (2..5).rev() {
        let admission = node.attempts.reserve(&attempt, LIMITS).await.unwrap();
        assert_eq!(admission, Admission::Admitted { remaining: left });
    }
    assert!(!redis.is_up());
    open.send_replace(true);
    let begun = Instant::now();
    while !redis.is_up() {
        assert!(begun.elapsed() < PATIENCE, "it is never asked again");
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(id(&redis.asked).await, before);
}

#[tokio::test]
async fn failures_count_for_all_nodes_and_a_refusing_redis_is_not_asked_to_decide() {
    let url = database().await;
    let ((here, redis), (there, _)) = (node(&url).await, node(&url).await);
    let attempt = Attempt { account: "alice".to_owned(), address: Some([192, 0, 2, 1].into()) };
    for (engine, left) in [(&here, 2), (&there, 1), (&here, 0)] {
        let admission = engine.attempts.reserve(&attempt, LIMITS).await.unwrap();
        assert_eq!(admission, Admission::Admitted { remaining: left });
    }
    assert!(matches!(there.attempts.reserve(&attempt, LIMITS).await.unwrap(), Admission::Refused { .. }));
    let mut direct = connection(url.reveal()).await;
    let mut names: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut direct).await.unwrap();
    names.sort();
    assert_eq!(names, ["login_failed:192.0.2.1", "login_failed:alice", "login_failed:alice:192.0.2.1"]);

    // Something else stands where the counter should be, as when Redis is full: it answers, but does not count.
    redis::cmd("DEL").arg("login_failed:alice").exec_async(&mut direct).await.unwrap();
    redis::cmd("SADD").arg("login_failed:alice").arg("x").exec_async(&mut direct).await.unwrap();
    let admission = here.attempts.reserve(&attempt, LIMITS).await.unwrap();
    assert_eq!(admission, Admission::Admitted { remaining: 2 });
    assert!(!redis.is_up());
    redis::cmd("DEL").arg(&names).exec_async(&mut direct).await.unwrap();
    assert!(matches!(here.attempts.reserve(&attempt, LIMITS).await.unwrap(), Admission::Admitted { remaining: 2 }));
    assert!(redis.is_up());
}

#[tokio::test]
async fn an_address_that_leads_nowhere_stops_the_start_by_name() {
    for url in ["redis://", "redis://host:port", "redis://host/words", "nonsense"] {
        let Err(error) = Engine::redis(&Secret::new(url), &Tasks::default()).await else { panic!("{url}") };
        assert!(error.message.starts_with("REDIS_URL"), "{}", error.message);
    }
}
