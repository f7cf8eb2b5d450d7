//! Who a socket acts for: the token of the handshake or of the `auth` event, and its renewal.

use std::borrow::Cow;

use http::{header, request::Parts};
use serde::Deserialize;

use crate::{
    domain::{Services, caller::Caller},
    error::{
        Error, ErrorCode,
        socket::{AuthError, AuthErrorCode},
    },
    model::socket::AuthSuccess,
    runtime::clock,
};

/// The words of each case.
pub fn failure(code: AuthErrorCode) -> AuthError {
    let message = match code {
        AuthErrorCode::TokenMissing => "No access token came with the connection.",
        AuthErrorCode::TokenInvalid => "The access token is not valid.",
        AuthErrorCode::TokenExpired => "The access token has run out.",
        AuthErrorCode::TokenRevoked => "This session has ended. Please sign in again.",
        AuthErrorCode::ServiceUnavailable => "The server cannot check the access token right now.",
    };
    let retryable = matches!(code, AuthErrorCode::TokenExpired | AuthErrorCode::ServiceUnavailable);
    AuthError { code, message: Cow::Borrowed(message), retryable }
}

/// What an error of the domain means for a socket that wants in.
pub fn code(error: &Error) -> AuthErrorCode {
    match error.code {
        ErrorCode::TokenExpired => AuthErrorCode::TokenExpired,
        ErrorCode::TokenRevoked => AuthErrorCode::TokenRevoked,
        code if code.retryable() || code == ErrorCode::InternalError => AuthErrorCode::ServiceUnavailable,
        _ => AuthErrorCode::TokenInvalid,
    }
}

/// The token in the packet that asks for the namespace; it comes before that of the request.
pub fn packet_token(payload: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Auth {
        token: String,
    }
    serde_json::from_str::<Auth>(payload).ok().map(|auth| auth.token).filter(|token| !token.is_empty())
}

/// The token in the request that opens a socket, in its query or in a header.
pub fn request_token(request: &Parts) -> Option<String> {
    let in_query = || {
        let query = request.uri.query().unwrap_or_default().as_bytes();
        form_urlencoded::parse(query).find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
    };
    let in_header = || {
        let (scheme, token) = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    };
    in_query().or_else(in_header).filter(|token| !token.is_empty())
}

/// What a socket is told that is let in, or stays in.
pub fn success(services: &Services, caller: &Caller) -> AuthSuccess {
    AuthSuccess {
        user_id: caller.user_id,
        session_id: caller.session_id,
        expires_at: caller.expires_at,
        epoch: services.delivery.epoch(),
        timestamp: clock::now(),
    }
}
