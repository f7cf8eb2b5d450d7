//! The trace id: on every answer and in every log line of a request, so that a person can tell an operator which one.

use axum::{extract::Request, http::HeaderValue, middleware::Next, response::Response};
use tracing::Instrument as _;
use uuid::Uuid;

tokio::task_local! {
    static TRACE_ID: String;
}

/// The trace id of the request at work here.
pub fn trace_id() -> String {
    TRACE_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Runs something under another task's trace id.
pub async fn under<T>(trace_id: String, work: impl Future<Output = T>) -> T {
    TRACE_ID.scope(trace_id, work).await
}

/// Takes a sane `X-Request-ID`, or makes an id; answers it under both names.
pub async fn trace(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .filter(|id| is_sane(id))
        .map_or_else(new_id, ToOwned::to_owned);
    let span = tracing::info_span!("request", traceId = %id);
    let mut response = under(id.clone(), next.run(request).instrument(span)).await;
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-trace-id", value.clone());
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[expect(clippy::disallowed_methods, reason = "any id will do, as long as it is new")]
fn new_id() -> String {
    Uuid::now_v7().to_string()
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn only_a_sane_id_is_believed() {
        assert!(is_sane("7c3f-A_b.9"));
        for bad in ["", "a b", "a\"b", "ä", &"a".repeat(65)] {
            assert!(!is_sane(bad), "{bad}");
        }
    }
}
