//! Traces by OpenTelemetry: one message is one trace on all nodes, told by OTLP to a collector of the test's own.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Of},
    trace::v1::{Span, status::StatusCode},
};
use prost::Message as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::support::{Program, Socket, TestApp, TestRedis, new_id};

/// A collector, and every request that it took.
struct Collector {
    url: String,
    taken: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    async fn start() -> Self {
        let taken = Arc::<Mutex<Vec<Bytes>>>::default();
        let keep = Arc::clone(&taken);
        let take = async move |body: Bytes| keep.lock().unwrap().push(body);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = axum::serve(listener, Router::new().route("/v1/traces", post(take))).into_future();
        // Ends with the test's runtime.
        #[expect(clippy::disallowed_methods, reason = "the test is the program here")]
        tokio::spawn(serving);
        Self { url, taken }
    }

    /// Every span, with the node that told it.
    fn spans(&self) -> Vec<(String, Span)> {
        let mut spans = Vec::new();
        for body in &*self.taken.lock().unwrap() {
            for told in ExportTraceServiceRequest::decode(body.clone()).unwrap().resource_spans {
                let node = told.resource.unwrap().attributes;
                assert_eq!(text(&node, "service.name"), "trice");
                let node = text(&node, "service.instance.id");
                let here = told.scope_spans.into_iter().flat_map(|scope| scope.spans);
                spans.extend(here.map(|span| (node.clone(), span)));
            }
        }
        spans
    }
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Of::StringValue(value)) => value.clone(),
        other => panic!("{key} is {other:?}"),
    }
}

async fn subscribed(url: &str, person: &crate::support::Person, conversation: &str) -> Socket {
    let mut socket = Socket::signed_in_to(url, person).await;
    assert_eq!(socket.ask("subscribe", &json!({"conversationId": conversation})).await["ok"], true);
    socket
}

fn message(conversation: &str, content: &str) -> Value {
    json!({"conversationId": conversation, "content": content, "clientMessageId": new_id()})
}

#[tokio::test]
async fn one_trace_follows_a_message_from_socket_to_socket_across_nodes() {
    let (app, redis, collector) = (TestApp::start().await, TestRedis::start().await, Collector::start().await);
    let redis_url = redis.url();
    let settings = [("REDIS_URL", redis_url.as_str()), ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)];
    let (here, there) = (Program::start(&app, &settings).await, Program::start(&app, &settings).await);
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut sender = Socket::signed_in_to(&here.url, &alice).await;
    let mut her_other_device = subscribed(&here.url, &alice, &conversation).await;
    let mut his = subscribed(&there.url, &bob, &conversation).await;
    redis.listeners(&format!("chat:{conversation}"), 2).await;

    let words = "what nobody but Bob may read";
    let sent = sender.ask("message:send", &message(&conversation, words)).await;
    for socket in [&mut her_other_device, &mut his] {
        assert_eq!(socket.event("message:received").await["message"]["id"], sent["messageId"]);
    }
    assert_eq!(sender.ask("message:send", &message(&conversation, " ")).await["ok"], false);
    // What was not told yet is told at the end.
    here.end().await;
    there.end().await;

    let spans = collector.spans();
    let id = Uuid::parse_str(sent["messageId"].as_str().unwrap()).unwrap();
    let (of_it, of_others): (Vec<_>, Vec<_>) = spans.iter().partition(|(_, span)| span.trace_id == id.as_bytes());
    let mut by_node = BTreeMap::<_, Vec<_>>::new();
    for (node, span) in &of_it {
        by_node.entry(node).or_default().push(span.name.as_str());
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano, "{span:?}");
        assert_eq!(text(&span.attributes, "message.id"), id.to_string());
        assert_eq!(text(&span.attributes, "conversation.id"), conversation);
        assert_eq!(text(&span.attributes, "user.id"), alice.id);
    }
    let mut names: Vec<_> = by_node.into_values().collect();
    for names in &mut names {
        names.sort_unstable();
    }
    names.sort_by_key(Vec::len);
    let at_the_sender = ["committed", "fanned_out", "message", "published", "queued", "received", "validated"];
    assert_eq!(names, [vec!["fanned_out"], at_the_sender.to_vec()], "{of_it:#?}");
    let (_, root) = of_it.iter().find(|(_, span)| span.name == "message").unwrap();
    assert!(root.parent_span_id.is_empty() && text(&root.attributes, "status") == "delivered", "{root:?}");
    for (_, span) in of_it.iter().filter(|(_, span)| span.name != "message") {
        assert_eq!(span.parent_span_id, root.span_id, "{span:?}");
    }
    assert_eq!(of_it.iter().map(|(_, span)| &span.span_id).collect::<HashSet<_>>().len(), of_it.len());

    let (_, refused) = of_others.iter().find(|(_, span)| span.name == "message").unwrap();
    let status = refused.status.as_ref().unwrap();
    assert_eq!((status.code(), status.message.as_str()), (StatusCode::Error, "VALIDATION_ERROR"));

    for secret in [words, &alice.username, &alice.email, &alice.token] {
        let told = |body: &Bytes| body.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!collector.taken.lock().unwrap().iter().any(told), "{secret} is told");
    }
}

#[tokio::test]
async fn nobody_waits_for_a_collector_that_is_away() {
    let app = TestApp::start().await;
    let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (endpoint, secret) = (format!("http://{away}"), "what only the collector may read");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization={secret}")),
        ("LOG_LEVEL", "trace"),
    ];
    let program = Program::start(&app, &settings).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let mut his = subscribed(&program.url, &bob, &conversation).await;
    let mut hers = Socket::signed_in_to(&program.url, &alice).await;
    assert_eq!(hers.ask("message:send", &message(&conversation, "Tea?")).await["ok"], true);
    his.event("message:received").await;
    let log = program.end().await;
    assert!(log.contains("traces.lost") && !log.contains("panicked") && !log.contains(secret), "{log}");
}
