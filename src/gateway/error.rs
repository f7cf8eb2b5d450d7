//! What an error becomes on a socket: the contract's words, and one line in the log for a fault of ours.

use std::error::Error as _;

use crate::error::{Error, ErrorCode, socket::Failure};

/// What the client gets. What is wrong with a field has no place of its own there, so it stands in the message.
pub fn failure(error: &Error) -> Failure {
    if matches!(error.code, ErrorCode::InternalError | ErrorCode::DbError) {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        tracing::error!(error.code = error.code.as_str(), error.causes = cause, "websocket.failed");
    }
    let message =
        error.details.iter().flat_map(|(field, texts)| texts.iter().map(move |text| format!("{field}: {text}")));
    let message = message.collect::<Vec<_>>().join(" ");
    Failure {
        code: error.code,
        message: if message.is_empty() { error.message.clone().into_owned() } else { message },
        retryable: error.code.retryable(),
        retry_after: error.retry_after.map(|wait| wait.as_secs_f64()),
    }
}

/// Sockets are not told which conversations there are: an unknown one is one that the caller is not in.
pub fn hide_unknown(error: Error) -> Error {
    if error.code == ErrorCode::NotFound { Error::not_in_conversation() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_field_and_never_the_cause() {
        let told = failure(&Error::invalid("content", "Write something."));
        assert_eq!((told.code, told.message.as_str()), (ErrorCode::ValidationError, "content: Write something."));
        let told = failure(&Error::internal("password authentication failed"));
        assert!(!told.message.contains("password"));
    }
}
