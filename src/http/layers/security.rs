//! What browsers are told on every answer: run nothing foreign, guess nothing, frame nothing, keep nothing of the API.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::config::http::HttpConfig;

/// The web app needs its own scripts, styles, pictures and sockets, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; script-src 'self'";

/// What the answer with a page carries for its policy: its inline scripts, as sources (` 'sha256-…'` each).
#[derive(Clone)]
pub struct InlineScripts(pub String);

/// Adds the headers.
pub async fn security(State(config): State<Arc<HttpConfig>>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let policy = match response.extensions().get::<InlineScripts>() {
        // Base64 is fit for a header.
        Some(InlineScripts(sources)) => HeaderValue::try_from(format!("{CONTENT_SECURITY_POLICY}{sources}")).ok(),
        None => None,
    };
    let headers = response.headers_mut();
    headers
        .insert(header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY)));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS.as_str(), "nosniff"),
        (header::REFERRER_POLICY.as_str(), "no-referrer"),
        (header::X_FRAME_OPTIONS.as_str(), "DENY"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if config.secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}
