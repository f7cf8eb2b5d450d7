//! What operators measure: who may look, that everything of the contract is there, and that it moves when something happens.

use reqwest::{Client, Method, header::HeaderMap};
use serde_json::json;

use crate::support::{Program, Socket, TestApp, TestRedis, new_id};

const TOKEN: &str = "a token of some length";

/// Every metric of the contract, and ours, with its labels.
const METRICS: &[(&str, &str, &[&str])] = &[
    ("chat_message_delivery_latency_seconds", "histogram", &["conversation_type", "status"]),
    ("chat_message_stage_duration_seconds", "histogram", &["stage"]),
    ("chat_message_fanout_latency_seconds", "histogram", &[]),
    ("chat_messages_sent_total", "counter", &[]),
    ("chat_message_errors_total", "counter", &["error_code"]),
    ("chat_message_queue_length", "gauge", &[]),
    ("chat_websocket_connections_active", "gauge", &[]),
    ("chat_websocket_cut_total", "counter", &["reason"]),
    ("chat_unknown_events_total", "counter", &[]),
    ("chat_read_receipt_latency_seconds", "histogram", &[]),
    ("chat_read_receipts_set_aside_total", "counter", &[]),
    ("chat_presence_updates_total", "counter", &["status_transition"]),
    ("chat_delivery_repairs_total", "counter", &[]),
    ("chat_db_query_duration_seconds", "histogram", &["operation", "table"]),
    ("chat_redis_operation_duration_seconds", "histogram", &["operation"]),
    ("chat_http_request_duration_seconds", "histogram", &["method", "route", "status"]),
    ("chat_db_pool_connections", "gauge", &["state"]),
    ("chat_health_check", "gauge", &["check"]),
    ("chat_build_info", "gauge", &["version"]),
    ("process_cpu_seconds_total", "counter", &[]),
    ("process_resident_memory_bytes", "gauge", &[]),
    ("process_open_fds", "gauge", &[]),
    ("process_max_fds", "gauge", &[]),
];

async fn scrape(client: &Client, url: &str) -> String {
    let response = client.get(format!("{url}/metrics")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    response.text().await.unwrap()
}

/// The value of one series, by its name and labels as they stand there; nought while it is not there.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_who_has_the_token() {
    let app = TestApp::start_with(&[("METRICS_TOKEN", TOKEN)]).await;
    let ask = |headers: &[(&'static str, &str)]| {
        let headers: HeaderMap =
            headers.iter().map(|(name, it)| (name.parse().unwrap(), it.parse().unwrap())).collect();
        let app = &app;
        async move { app.raw(Method::GET, "/metrics", headers, "").await.status().as_u16() }
    };
    let token = format!("Bearer {TOKEN}");
    assert_eq!(ask(&[]).await, 200);
    for forwarded in ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto", "x-forwarded-host", "via"] {
        assert_eq!(ask(&[(forwarded, "127.0.0.1")]).await, 401, "{forwarded}");
        assert_eq!(ask(&[(forwarded, "127.0.0.1"), ("authorization", "Bearer wrong")]).await, 401, "{forwarded}");
        assert_eq!(ask(&[(forwarded, "127.0.0.1"), ("authorization", &token)]).await, 200, "{forwarded}");
    }
    let without = TestApp::start().await;
    let headers = HeaderMap::from_iter([("x-real-ip".parse().unwrap(), "::1".parse().unwrap())]);
    assert_eq!(without.raw(Method::GET, "/metrics", headers, "").await.status(), 401);
}

#[tokio::test]
async fn every_metric_is_there_and_moves() {
    let (app, redis) = (TestApp::start().await, TestRedis::start().await);
    let program = Program::start(&app, &[("REDIS_URL", &redis.url())]).await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let conversation = alice.direct(&bob).await;
    let before = scrape(&app.client, &program.url).await;
    assert!(value(&before, "chat_messages_sent_total").abs() < f64::EPSILON, "{before}");

    let mut hers = Socket::signed_in_to(&program.url, &alice).await;
    let mut his = Socket::signed_in_to(&program.url, &bob).await;
    his.ask("subscribe", &json!({"conversationId": conversation})).await;
    let message = json!({"conversationId": conversation, "content": "Tea?", "clientMessageId": new_id()});
    assert_eq!(hers.ask("message:send", &message).await["ok"], true);
    his.event("message:received").await;
    assert_eq!(hers.ask("message:send", &message).await["duplicate"], true);
    let empty = json!({"conversationId": conversation, "content": " ", "clientMessageId": new_id()});
    assert_eq!(hers.ask("message:send", &empty).await["ok"], false);
    hers.ask("of:nowhere", &json!({})).await;
    let known = app.client.get(format!("{}/api/v1/users/{}", program.url, bob.id)).bearer_auth(&alice.token);
    assert_eq!(known.send().await.unwrap().status(), 200);
    let strange = Method::from_bytes(b"INVENTED").unwrap();
    app.client.request(strange, format!("{}/api/v1/users/me", program.url)).send().await.unwrap();

    let after = scrape(&app.client, &program.url).await;
    for series in [
        "chat_message_delivery_latency_seconds_count{conversation_type=\"direct\",status=\"delivered\"}",
        "chat_message_delivery_latency_seconds_count{conversation_type=\"unknown\",status=\"duplicate\"}",
        "chat_message_delivery_latency_seconds_count{conversation_type=\"unknown\",status=\"failed\"}",
        "chat_message_fanout_latency_seconds_count",
        "chat_messages_sent_total",
        "chat_message_errors_total{error_code=\"VALIDATION_ERROR\"}",
        "chat_unknown_events_total",
        "chat_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/users/{id}\",status=\"200\"}",
        "chat_http_request_duration_seconds_count{method=\"other\",route=\"/api/v1/users/me\",status=\"405\"}",
        "chat_message_stage_duration_seconds_count{stage=\"committed\"}",
        "chat_message_stage_duration_seconds_count{stage=\"published\"}",
        "chat_message_stage_duration_seconds_count{stage=\"fanned_out\"}",
    ] {
        let moved = value(&after, series) - value(&before, series);
        assert!((moved - 1.0).abs() < f64::EPSILON, "{series} moved by {moved}:\n{after}");
    }
    for (series, expected) in [
        ("chat_websocket_connections_active", 2.0),
        ("chat_db_pool_connections{state=\"max\"}", 20.0),
        ("chat_health_check{check=\"database\"}", 1.0),
        ("chat_health_check{check=\"redis\"}", 1.0),
        ("chat_message_queue_length", 0.0),
        // The repeated one goes as far as the database; what is not allowed is received only.
        ("chat_message_stage_duration_seconds_count{stage=\"received\"}", 3.0),
        ("chat_message_stage_duration_seconds_count{stage=\"validated\"}", 2.0),
        ("chat_message_stage_duration_seconds_count{stage=\"queued\"}", 2.0),
    ] {
        assert!((value(&after, series) - expected).abs() < f64::EPSILON, "{series}:\n{after}");
    }
    assert!(value(&after, "chat_db_query_duration_seconds_count{operation=\"insert\",table=\"messages\"}") > 0.0);
    assert!(value(&after, "chat_redis_operation_duration_seconds_count{operation=\"publish\"}") > 0.0);

    for (name, kind, labels) in METRICS {
        assert!(after.contains(&format!("# TYPE {name} {kind}\n")), "{name}:\n{after}");
        let series = after.lines().find(|line| {
            line.starts_with(&format!("{name}{{"))
                || line.starts_with(&format!("{name}_count"))
                || line.starts_with(&format!("{name} "))
        });
        let series = series.unwrap_or_else(|| panic!("{name} has no series"));
        for label in *labels {
            assert!(series.contains(&format!("{label}=\"")), "{series} has no {label}");
        }
        assert_eq!(series.matches("=\"").count(), labels.len(), "{series}");
    }
    // Nothing of a person or a conversation is a label.
    for id in [&conversation, &alice.id, &bob.id, &alice.username] {
        assert!(!after.contains(id.as_str()), "{id}");
    }
    drop((hers, his));
}
