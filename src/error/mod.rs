//! The one error and the closed list of codes: what went wrong, in the words that clients get.
//!
//! Which status or event an error becomes is the transports' business (`http/error.rs`, `gateway/error.rs`).

pub mod socket;

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::limit::Budget;

/// `Result` with the one error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as clients tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The input is not what it must be; `details` says where.
    ValidationError,
    /// Nobody is signed in, or the credentials are wrong.
    Unauthorized,
    /// The access token ran out: renew it.
    TokenExpired,
    /// The session was ended: sign in again.
    TokenRevoked,
    /// Known, but not allowed.
    Forbidden,
    /// Not a member of the conversation.
    NotInConversation,
    /// There is no such thing.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// It clashes with what is there.
    Conflict,
    /// The body is over 100,000 bytes.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// Too many; try again after `retryAfter` seconds.
    RateLimited,
    /// A fault of ours.
    InternalError,
    /// The database cannot be reached, or did not answer in time.
    DbError,
    /// The server is overloaded, starting or stopping.
    ServiceUnavailable,
}

impl ErrorCode {
    /// Whether the same request can succeed later, unchanged.
    pub fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::DbError | Self::ServiceUnavailable)
    }

    /// The code as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ValidationError => "VALIDATION_ERROR",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenRevoked => "TOKEN_REVOKED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotInConversation => "NOT_IN_CONVERSATION",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::Conflict => "CONFLICT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::RateLimited => "RATE_LIMITED",
            Self::InternalError => "INTERNAL_ERROR",
            Self::DbError => "DB_ERROR",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
        }
    }
}

/// What is wrong with each field, in words.
pub type Details = BTreeMap<Cow<'static, str>, Vec<Cow<'static, str>>>;

/// What went wrong. Everything but `source` is shown to the client; `source` goes to the log, once, at the edge.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Error {
    /// Which case.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    /// What is wrong with each field.
    pub details: Details,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The limit that was met.
    pub budget: Option<Budget>,
    /// What caused it.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with a sentence for people.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), details: Details::new(), retry_after: None, budget: None, source: None }
    }

    /// One field of the input is wrong.
    pub fn invalid(field: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        let mut violations = Violations::default();
        violations.add(field, text);
        violations.into()
    }

    /// Who asks is not a member of the conversation.
    pub fn not_in_conversation() -> Self {
        Self::new(ErrorCode::NotInConversation, "You are not a member of this conversation.")
    }

    /// There is no such thing.
    pub fn not_found(message: &'static str) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorCode::InternalError, "Something went wrong on our side.").caused_by(source)
    }

    /// A limit was met.
    pub fn rate_limited(wait: Duration, budget: Budget) -> Self {
        let mut error = Self::new(ErrorCode::RateLimited, "Too many at once. Please wait a moment.").retry_after(wait);
        error.budget = Some(budget);
        error
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// Collects everything that is wrong with an input, so that a form can show it all at once.
#[derive(Debug, Default)]
pub struct Violations(Details);

impl Violations {
    /// Notes that a field is wrong.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) {
        self.0.entry(field.into()).or_default().push(text.into());
    }

    /// Notes that a field is wrong unless the rule holds.
    pub fn require(&mut self, holds: bool, field: &'static str, text: &'static str) {
        if !holds {
            self.add(field, text);
        }
    }

    /// An error if anything was noted.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        let mut error = Self::new(ErrorCode::ValidationError, "The input is not valid.");
        error.details = violations.0;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_the_same_everywhere() {
        for code in [ErrorCode::ValidationError, ErrorCode::NotInConversation, ErrorCode::DbError] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
