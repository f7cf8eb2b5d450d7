//! What operators and their tools ask.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::{HttpState, openapi};

/// The endpoints.
pub fn routes() -> Router<HttpState> {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/startup", get(live))
        .route("/health/ready", get(ready))
        .route("/api/v1/openapi.json", get(document))
}

/// The process turns. It takes connections only after the migrations, so this says that it has started, too.
async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Whether this node should get work.
async fn ready(State(state): State<HttpState>) -> Response {
    let report = state.health.ready().await;
    let status = if report.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if report.ok { "ok" } else { "unavailable" };
    (status, Json(json!({"status": word, "checks": report.checks}))).into_response()
}

async fn document() -> Response {
    Json(openapi::document()).into_response()
}
