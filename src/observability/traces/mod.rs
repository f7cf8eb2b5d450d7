//! Traces by OpenTelemetry, off unless there is somebody to tell: each message is one, and each of its stages is a span of the
//! node where it happened. Nodes need not tell each other of it, for the message's id names the trace (docs/decisions/0010-a-message-names-its-trace.md).
//! Never what a message says.

mod collector;

use std::{
    borrow::Cow,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{
        BatchSpanProcessor, IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks, SpanProcessor as _,
    },
};
use tokio::{runtime::Handle, task::spawn_blocking};

use self::collector::Collector;
use super::{
    metrics::{Outcome, Stage},
    stages::Subject,
};
use crate::{
    config::traces::TracesConfig,
    error::{Error, ErrorCode, Result},
    model::id::{MessageId, NodeId},
};

/// How long the end of a node waits for its last spans to be taken.
const FAREWELL: Duration = Duration::from_secs(2);

static TOLD: OnceLock<Told> = OnceLock::new();

/// Somebody to tell.
struct Told {
    spans: BatchSpanProcessor,
    scope: InstrumentationScope,
    ids: RandomIdGenerator,
}

/// Begins to tell. To be called once, by the program, where its tasks run; a second call changes nothing.
pub fn start(config: &TracesConfig) -> Result<()> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(config.collector.to_string())
        .with_http_client(Collector::new(Handle::current()))
        .build()
        .map_err(Error::internal)?;
    let mut spans = BatchSpanProcessor::builder(exporter).build();
    let node = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", NodeId::new().to_string()),
    ];
    spans.set_resource(&Resource::builder().with_service_name("trice").with_attributes(node).build());
    let scope = InstrumentationScope::builder("trice").build();
    if TOLD.set(Told { spans, scope, ids: RandomIdGenerator::default() }).is_err() {
        tracing::debug!("traces.started_before");
    }
    Ok(())
}

/// Tells the rest, as far as there is somebody who takes it now.
pub async fn stop() {
    if let Some(told) = TOLD.get()
        && let Ok(Err(error)) = spawn_blocking(|| told.spans.shutdown_with_timeout(FAREWELL)).await
    {
        tracing::warn!(%error, "traces.lost");
    }
}

/// A message passed a stage, which took so long.
pub fn stage(stage: Stage, subject: Subject, took: Duration) {
    let Some(told) = TOLD.get() else { return };
    let kind = match stage {
        Stage::Published => SpanKind::Producer,
        Stage::FannedOut => SpanKind::Consumer,
        _ => SpanKind::Internal,
    };
    told.tell(Span {
        id: told.ids.new_span_id(),
        parent: root(subject.message),
        kind,
        name: stage.name(),
        took,
        attributes: Vec::new(),
        status: Status::Unset,
        subject,
    });
}

/// A message is about to be answered, so long after it came: the span around its stages.
pub fn message(subject: Subject, took: Duration, outcome: Result<Outcome, ErrorCode>) {
    let Some(told) = TOLD.get() else { return };
    let (outcome, status) = match outcome {
        Ok(outcome) => (outcome, Status::Ok),
        Err(code) => (Outcome::Failed, Status::error(code.as_str())),
    };
    told.tell(Span {
        id: root(subject.message),
        parent: SpanId::INVALID,
        kind: SpanKind::Server,
        name: "message",
        took,
        attributes: vec![KeyValue::new("status", outcome.name())],
        status,
        subject,
    });
}

/// What is known of a span when it ends.
struct Span {
    id: SpanId,
    parent: SpanId,
    kind: SpanKind,
    name: &'static str,
    took: Duration,
    attributes: Vec<KeyValue>,
    status: Status,
    subject: Subject,
}

impl Told {
    /// Puts a span that has just ended among those to be sent. Waits for nothing: when too many wait already, it is lost.
    fn tell(&self, span: Span) {
        let Span { id, parent, kind, name, took, mut attributes, status, subject } = span;
        let end = now();
        attributes.extend([
            KeyValue::new("message.id", subject.message.to_string()),
            KeyValue::new("conversation.id", subject.conversation.to_string()),
            KeyValue::new("user.id", subject.user.to_string()),
        ]);
        let context = |id| SpanContext::new(trace(subject.message), id, TraceFlags::SAMPLED, false, TraceState::NONE);
        self.spans.on_end(SpanData {
            span_context: context(id),
            parent_span_id: parent,
            parent_span_is_remote: false,
            span_kind: kind,
            name: Cow::Borrowed(name),
            start_time: end.checked_sub(took).unwrap_or(end),
            end_time: end,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status,
            instrumentation_scope: self.scope.clone(),
        });
    }
}

/// A message's trace: its id, without the hyphens.
fn trace(message: MessageId) -> TraceId {
    TraceId::from(message.0.as_u128())
}

/// The span around a message's stages: the second half of its id, which is never nought.
fn root(message: MessageId) -> SpanId {
    SpanId::from(message.0.as_u64_pair().1)
}

#[expect(clippy::disallowed_methods, reason = "the clock's door is a floor above; spans are not what people read")]
fn now() -> SystemTime {
    SystemTime::now()
}
