//! Every metric, once: its name, its labels, its help. What happens to a message touches atomics only: its series are found
//! when they are first used and kept. Labels come from short closed lists; nothing of a person or a conversation is one.

use std::{sync::LazyLock, time::Duration};

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    TextEncoder, core::Collector,
};

use crate::{
    error::ErrorCode,
    model::{conversation::ConversationType, presence::PresenceStatus},
};

/// Around the promise: 100 ms, 500 ms, 1 s and 3 s are bounds, so that a share within them is exact.
const PROMISE: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0];
/// Parts of it are shorter.
const PARTS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];
/// A group's receipts are written every ten seconds.
const RECEIPTS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0];

static DELIVERY: LazyLock<HistogramVec> = LazyLock::new(|| {
    let help = "From a message's arrival at this node to its sender's answer.";
    histograms("chat_message_delivery_latency_seconds", help, &["conversation_type", "status"], PROMISE)
});
static STAGES: LazyLock<HistogramVec> = LazyLock::new(|| {
    let help = "What each stage of a message took.";
    histograms("chat_message_stage_duration_seconds", help, &["stage"], PARTS)
});
static FAN_OUT: LazyLock<Histogram> = LazyLock::new(|| {
    let help = "From a message's commit, by the database's clock, to its being queued on the last socket of this node.";
    histogram("chat_message_fanout_latency_seconds", help, PROMISE)
});
static SENT: LazyLock<IntCounter> = LazyLock::new(|| counter("chat_messages_sent_total", "Messages stored."));
static ERRORS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counters("chat_message_errors_total", "Messages refused or failed.", &["error_code"]));
static WAITING: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("chat_message_queue_length", "Messages that wait for a writer."));
static SOCKETS: LazyLock<IntGauge> = LazyLock::new(|| gauge("chat_websocket_connections_active", "Open sockets."));
static CUT: LazyLock<IntCounterVec> =
    LazyLock::new(|| counters("chat_websocket_cut_total", "Sockets that this node cut.", &["reason"]));
static UNKNOWN: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "chat_unknown_events_total",
        "Events from clients that have no meaning here: newer clients, or none of ours.",
    )
});
static RECEIPT: LazyLock<Histogram> = LazyLock::new(|| {
    histogram("chat_read_receipt_latency_seconds", "From a receipt's arrival to its commit.", RECEIPTS)
});
static SET_ASIDE: LazyLock<IntCounter> =
    LazyLock::new(|| counter("chat_read_receipts_set_aside_total", "Receipts that the database refused for good."));
static PRESENCE: LazyLock<IntCounterVec> =
    LazyLock::new(|| counters("chat_presence_updates_total", "Changes of presence announced.", &["status_transition"]));
static REPAIRS: LazyLock<IntCounter> = LazyLock::new(|| {
    counter("chat_delivery_repairs_total", "Messages and changes that the bus lost and the database had.")
});
static QUERIES: LazyLock<HistogramVec> = LazyLock::new(|| {
    let help = "What statements took, the wait for a connection included.";
    histograms("chat_db_query_duration_seconds", help, &["operation", "table"], PARTS)
});
static REDIS: LazyLock<HistogramVec> =
    LazyLock::new(|| histograms("chat_redis_operation_duration_seconds", "What Redis took.", &["operation"], PARTS));
static HTTP: LazyLock<HistogramVec> = LazyLock::new(|| {
    let labels = &["method", "route", "status"];
    histograms("chat_http_request_duration_seconds", "What requests took, by the route's template.", labels, PROMISE)
});
static POOL: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("chat_db_pool_connections", "Connections to the database, of all pools.", &["state"]));
static CHECKS: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("chat_health_check", "Whether a check of /health/ready is well: 1 or 0.", &["check"]));
static BUILD: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("chat_build_info", "Always 1; says which version runs.", &["version"]));

/// How a message's way goes on. Each stage begins where the one before it ended, the last two at the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waited behind what its socket sent before.
    Received,
    /// It was read and found to be allowed.
    Validated,
    /// It waited for a writer.
    Queued,
    /// It was stored, tries and commit included.
    Committed,
    /// It was answered and given to the bus.
    Published,
    /// It was queued on every socket of this node that hears it: from the commit on.
    FannedOut,
}

impl Stage {
    const ALL: [(Self, &str); 6] = [
        (Self::Received, "received"),
        (Self::Validated, "validated"),
        (Self::Queued, "queued"),
        (Self::Committed, "committed"),
        (Self::Published, "published"),
        (Self::FannedOut, "fanned_out"),
    ];

    /// Its name, in the logs as well.
    pub const fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// What became of a message that somebody sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored.
    Delivered,
    /// It was stored before.
    Duplicate,
    /// It is not stored.
    Failed,
}

impl Outcome {
    const ALL: [&str; 3] = ["delivered", "duplicate", "failed"];

    /// Its name, in the traces as well.
    pub const fn name(self) -> &'static str {
        Self::ALL[self as usize]
    }
}

/// Why a socket was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutReason {
    /// It read too slowly.
    SlowReader,
    /// It sent too much.
    Flood,
}

/// A message passed a stage.
pub fn stage(stage: Stage, took: Duration) {
    static SERIES: LazyLock<[Histogram; 6]> =
        LazyLock::new(|| Stage::ALL.map(|(_, name)| STAGES.with_label_values(&[name])));
    SERIES[stage as usize].observe(took.as_secs_f64());
}

/// A message was answered. The conversation's type is known of what is stored.
pub fn answered(kind: Option<ConversationType>, outcome: Outcome, took: Duration) {
    static SERIES: LazyLock<[[Histogram; 3]; 3]> = LazyLock::new(|| {
        ["direct", "group", "unknown"]
            .map(|kind| Outcome::ALL.map(|status| DELIVERY.with_label_values(&[kind, status])))
    });
    let kind = match kind {
        Some(ConversationType::Direct) => 0,
        Some(ConversationType::Group) => 1,
        None => 2,
    };
    SERIES[kind][outcome as usize].observe(took.as_secs_f64());
    if outcome == Outcome::Delivered {
        SENT.inc();
    }
}

/// A message was refused or failed.
pub fn message_failed(code: ErrorCode) {
    ERRORS.with_label_values(&[code.as_str()]).inc();
}

/// A message got to the last of this node's sockets, so long after its commit.
pub fn fanned_out(since_commit: Duration) {
    FAN_OUT.observe(since_commit.as_secs_f64());
}

/// So many messages wait for a writer.
pub fn waiting(count: usize) {
    WAITING.set(i64::try_from(count).unwrap_or(i64::MAX));
}

/// A socket is open.
pub fn socket_opened() {
    SOCKETS.inc();
}

/// A socket is gone.
pub fn socket_closed() {
    SOCKETS.dec();
}

/// A socket was cut.
pub fn socket_cut(reason: CutReason) {
    static SERIES: LazyLock<[IntCounter; 2]> =
        LazyLock::new(|| ["slow_reader", "flood"].map(|reason| CUT.with_label_values(&[reason])));
    SERIES[reason as usize].inc();
}

/// A client sent an event that has no meaning here.
pub fn unknown_event() {
    UNKNOWN.inc();
}

/// How many such events there were.
pub fn unknown_events() -> u64 {
    UNKNOWN.get()
}

/// A receipt was written.
pub fn receipt_written(since_arrival: Duration) {
    RECEIPT.observe(since_arrival.as_secs_f64());
}

/// Receipts were set aside.
pub fn receipts_set_aside(count: u64) {
    SET_ASIDE.inc_by(count);
}

/// Somebody's presence was announced. Nothing is known before somebody's first.
pub fn presence_changed(before: Option<PresenceStatus>, after: PresenceStatus) {
    let word = |status| match status {
        PresenceStatus::Online => "online",
        PresenceStatus::Away => "away",
        PresenceStatus::Offline => "offline",
    };
    let before = before.unwrap_or(PresenceStatus::Offline);
    PRESENCE.with_label_values(&[format!("{}_to_{}", word(before), word(after))]).inc();
}

/// The database had what the bus had lost.
pub fn repaired(count: usize) {
    REPAIRS.inc_by(count as u64);
}

/// The durations of one kind of statement. To be kept by whoever runs it.
pub struct Series(Histogram);

impl Series {
    /// It took so long.
    pub fn observe(&self, took: Duration) {
        self.0.observe(took.as_secs_f64());
    }
}

/// The durations of an operation on a table.
pub fn query(operation: &str, table: &str) -> Series {
    Series(QUERIES.with_label_values(&[operation, table]))
}

/// Redis answered, or did not.
pub fn redis(operation: &'static str, took: Duration) {
    REDIS.with_label_values(&[operation]).observe(took.as_secs_f64());
}

/// A request was answered.
pub fn http(method: &str, route: &str, status: u16, took: Duration) {
    HTTP.with_label_values(&[method, route, &status.to_string()]).observe(took.as_secs_f64());
}

/// The database's connections: at work, idle, and how many there may be.
pub fn pool(used: u32, idle: u32, max: u32) {
    for (state, count) in [("used", used), ("idle", idle), ("max", max)] {
        POOL.with_label_values(&[state]).set(count.into());
    }
}

/// A check of this node's health.
pub fn check(name: &str, ok: bool) {
    CHECKS.with_label_values(&[name]).set(ok.into());
}

/// Everything, as Prometheus reads it.
pub fn text() -> String {
    BUILD.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&prometheus::gather(), &mut text) {
        tracing::error!(%error, "metrics.unwritable");
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Makes every series with a closed list of labels, so that it is there, at nought, before anything happens: a rate from
/// nothing to one would not be seen.
pub fn begin() {
    for metric in [&SENT, &UNKNOWN, &SET_ASIDE, &REPAIRS] {
        LazyLock::force(metric);
    }
    for metric in [&FAN_OUT, &RECEIPT] {
        LazyLock::force(metric);
    }
    for metric in [&WAITING, &SOCKETS] {
        LazyLock::force(metric);
    }
    for (_, stage) in Stage::ALL {
        STAGES.with_label_values(&[stage]);
    }
    for kind in ["direct", "group"] {
        for status in ["delivered", "duplicate", "failed"] {
            DELIVERY.with_label_values(&[kind, status]);
        }
    }
    for reason in ["slow_reader", "flood"] {
        CUT.with_label_values(&[reason]);
    }
    for code in [ErrorCode::ValidationError, ErrorCode::RateLimited, ErrorCode::NotInConversation].into_iter().chain([
        ErrorCode::InternalError,
        ErrorCode::DbError,
        ErrorCode::ServiceUnavailable,
    ]) {
        ERRORS.with_label_values(&[code.as_str()]);
    }
    for transition in ["offline_to_online", "online_to_away", "away_to_online", "online_to_offline", "away_to_offline"]
    {
        PRESENCE.with_label_values(&[transition]);
    }
}

fn registered<T: Collector + Clone + 'static>(metric: prometheus::Result<T>) -> T {
    // Names and labels are constants of this file, which every test reads.
    #[expect(clippy::expect_used, reason = "a metric that cannot be is a fault of this file")]
    let metric = metric.expect("a valid metric");
    if let Err(error) = prometheus::register(Box::new(metric.clone())) {
        tracing::error!(%error, "metrics.declared_twice");
    }
    metric
}

fn counter(name: &str, help: &str) -> IntCounter {
    registered(IntCounter::new(name, help))
}

fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    registered(IntCounterVec::new(Opts::new(name, help), labels))
}

fn gauge(name: &str, help: &str) -> IntGauge {
    registered(IntGauge::new(name, help))
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    registered(IntGaugeVec::new(Opts::new(name, help), labels))
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    registered(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
}

fn histograms(name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
    registered(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
}
