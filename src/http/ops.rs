//! What operators, developers and their tools ask.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use serde_json::json;
use utoipa::openapi::OpenApi;

#[cfg(feature = "embedded-web")]
use super::assets::docs;
use super::{HttpLimits, HttpState};
use crate::{
    config::limits::LimitedAction,
    error::{Error, ErrorCode, Result},
    observability::{health::Status, metrics as measured},
};

/// The endpoints. `described` is what the API says of itself.
pub fn routes(limits: &HttpLimits, described: OpenApi) -> Router<HttpState> {
    let described = Arc::new(described);
    let document = async move || Json(described);
    Router::new()
        .route("/health/live", get(live))
        .route("/health/startup", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
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

/// What Prometheus reads. A lost part shows here as well, for who scrapes does not ask for the health.
async fn metrics(
    State(state): State<HttpState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response> {
    if !state.config.may_see_metrics(peer.ip(), &headers) {
        return Err(Error::new(ErrorCode::Unauthorized, "Metrics are for this machine, or for who has the token."));
    }
    for check in state.health.ready().await.checks {
        measured::check(check.name, check.ok);
    }
    (state.measure)();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], measured::text()).into_response())
}

async fn nothing() -> Error {
    Error::not_found("There is nothing here.")
}

#[cfg(not(feature = "embedded-web"))]
async fn docs() -> Error {
    Error::not_found("This build has no web app, and so no page for the API.")
}
