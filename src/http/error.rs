//! What an error becomes over HTTP: its status, the contract's body, and one line in the log.

use std::{error::Error as _, fmt::Write as _};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::layers::trace::trace_id;
use crate::error::{Details, Error, ErrorCode};

/// What every failed request answers.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    error: ErrorInfo,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorInfo {
    /// Which case; tell cases apart by this.
    code: ErrorCode,
    /// A sentence for people.
    #[schema(example = "The input is not valid.")]
    message: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Details::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>, required = false)]
    details: Details,
    /// Whether the same request can succeed later, unchanged.
    retryable: bool,
    /// When to try again, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false)]
    retry_after: Option<f64>,
    /// What to tell the operator.
    trace_id: String,
}

/// The status of a code.
pub fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::ValidationError => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthorized | ErrorCode::TokenExpired | ErrorCode::TokenRevoked => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::NotInConversation => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::DbError | ErrorCode::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl ErrorBody {
    /// What `error` tells a client.
    pub fn new(error: &Error, trace_id: String) -> Self {
        Self {
            error: ErrorInfo {
                code: error.code,
                message: error.message.clone().into_owned(),
                details: error.details.clone(),
                retryable: error.code.retryable(),
                retry_after: error.retry_after.map(|wait| wait.as_secs_f64()),
                trace_id,
            },
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = status(self.code);
        if status.is_server_error() {
            log(&self);
        }
        let mut response = (status, Json(ErrorBody::new(&self, trace_id()))).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(budget) = self.budget {
            response.extensions_mut().insert(budget);
        }
        response
    }
}

/// Says what happened, with all its causes, once.
fn log(error: &Error) {
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(next) = cause {
        if write!(causes, "{}{next}", if causes.is_empty() { "" } else { ": " }).is_err() {
            break;
        }
        cause = next.source();
    }
    tracing::error!(error.code = error.code.as_str(), error.causes = causes, "http.failed");
}
