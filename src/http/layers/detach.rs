//! A request that was begun is finished, also when the client goes away: a database transaction that is dropped halfway
//! would stay open for the next user of its connection.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tracing::Instrument as _;

use super::trace::{trace_id, under};
use crate::{error::Error, http::HttpState};

/// Answers the request in a task of its own, which nobody cancels.
pub async fn detach(State(state): State<HttpState>, request: Request, next: Next) -> Result<Response, Error> {
    let answering = under(trace_id(), next.run(request)).in_current_span();
    state.tasks.spawn(answering).await.map_err(Error::internal)
}
