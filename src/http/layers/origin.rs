//! Sockets are for this site's pages and for what is no browser: a foreign origin gets no session at all.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{
    config::http::HttpConfig,
    error::{Error, ErrorCode, Result},
};

/// Turns foreign origins away.
pub async fn own_origin(State(config): State<Arc<HttpConfig>>, request: Request, next: Next) -> Result<Response> {
    if config.origin_allowed(request.headers()) {
        Ok(next.run(request).await)
    } else {
        Err(Error::new(ErrorCode::Forbidden, "Another site may not connect."))
    }
}
