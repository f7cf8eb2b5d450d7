//! A node that is stopping takes no new sockets. A proxy that hears so asks the next node, with the same request.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{
    error::{Error, ErrorCode, Result},
    http::limits::opens_socket,
    observability::health::Health,
};

/// Turns away whoever wants a new socket while the node is stopping.
pub async fn no_new_sockets(State(health): State<Health>, request: Request, next: Next) -> Result<Response> {
    if health.draining() && opens_socket(&request) {
        return Err(Error::new(ErrorCode::ServiceUnavailable, "This node is stopping; ask again.")
            .retry_after(Duration::from_secs(1)));
    }
    Ok(next.run(request).await)
}
