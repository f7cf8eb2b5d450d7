//! What operators, developers and their tools ask.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use serde_json::json;
use utoipa::openapi::OpenApi;

#[cfg(feature = "embedded-web")]
use super::assets::docs;
use super::{HttpLimits, HttpState};
use crate::{config::limits::LimitedAction, error::Error, observability::health::Status};

/// The endpoints. `described` is what the API says of itself.
pub fn routes(limits: &HttpLimits, described: OpenApi) -> Router<HttpState> {
    let described = Arc::new(described);
    let document = async move || Json(described);
    Router::new()
        .route("/health/live", get(live))
        .route("/health/startup", get(live))
        .route("/health/ready", get(ready))
        .route("/api/v1/openapi.json", limits.limit(LimitedAction::Api, get(document)))
        .route("/api/docs", limits.limit(LimitedAction::Api, get(docs)))
        .route("/api/docs/", limits.limit(LimitedAction::Api, get(docs)))
        // More specific paths come first, so this is the API's 404.
        .route("/api/{*rest}", limits.limit(LimitedAction::Api, any(nothing)))
}

/// The process turns. It takes connections only after the migrations, so this says that it has started, too.
async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Whether this node should get work.
async fn ready(State(state): State<HttpState>) -> Response {
    let report = state.health.ready().await;
    let status = match report.status {
        Status::Ok | Status::Degraded => StatusCode::OK,
        Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}

async fn nothing() -> Error {
    Error::not_found("There is nothing here.")
}

#[cfg(not(feature = "embedded-web"))]
async fn docs() -> Error {
    Error::not_found("This build has no web app, and so no page for the API.")
}
