//! What handlers take in: whatever is wrong with it is a clear 4xx, field by field, before a handler runs.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::HttpState;
use crate::{
    domain::{auth::Device, caller::Caller},
    error::{Error, ErrorCode, Result},
    model::id,
};

/// The largest body, in bytes.
const LARGEST_BODY: usize = 100_000;

/// Whoever the bearer token belongs to.
impl FromRequestParts<HttpState> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self> {
        let token = bearer(&parts.headers)
            .ok_or_else(|| Error::new(ErrorCode::Unauthorized, "Sign in: this needs an access token."))?;
        state.services.auth.authenticate(token).await
    }
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A JSON body.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<HttpState> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &HttpState) -> Result<Self> {
        let json =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
                value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Error::new(ErrorCode::UnsupportedMediaType, "The body must be application/json."));
        }
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST_BODY)
            .await
            .map_err(|_| Error::new(ErrorCode::PayloadTooLarge, "The body may have at most 100,000 bytes."))?;
        parse(&bytes).map(Self)
    }
}

/// Reads JSON. What is not JSON is the body's fault, what is not what it must be is a field's.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if contains_nul(bytes) {
        return Err(Error::invalid("body", "The NUL character cannot be stored."));
    }
    // A derived reader would also take an array of the fields in their order.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(Error::invalid("body", "This must be a JSON object."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            field_error("body", &path, &inner.to_string())
        } else {
            Error::invalid("body", "This is not valid JSON.")
        }
    })?;
    json.end().map_err(|_| Error::invalid("body", "This is not valid JSON."))?;
    Ok(value)
}

/// Whether a NUL character stands in the text, written out or as an escape. PostgreSQL cannot hold it.
fn contains_nul(bytes: &[u8]) -> bool {
    let mut escaped = false;
    bytes.iter().enumerate().any(|(at, byte)| {
        let nul = *byte == 0 || (escaped && *byte == b'u' && bytes[at + 1..].starts_with(b"0000"));
        escaped = *byte == b'\\' && !escaped;
        nul
    })
}

/// Names the field: the path, the missing field that serde names in its text, or else the whole.
fn field_error(whole: &'static str, path: &str, text: &str) -> Error {
    let text = text.split(" at line ").next().unwrap_or_default();
    let quoted = text.split('`').nth(1).unwrap_or_default();
    let within = if path == "." { String::new() } else { path.to_owned() };
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        let field = if within.is_empty() || within.ends_with(quoted) {
            quoted.to_owned()
        } else {
            format!("{within}.{quoted}")
        };
        let words = if text.starts_with("missing") { "This is required." } else { "This is given twice." };
        return Error::invalid(field, words);
    }
    Error::invalid(if within.is_empty() { whole.to_owned() } else { within }, expectation(text))
}

/// Serde's words without the value, which may be long or secret.
fn expectation(text: &str) -> String {
    match text.rsplit_once("expected ") {
        Some((_, expected)) if expected.starts_with("struct ") => "This must be a JSON object.".to_owned(),
        Some((_, expected)) => format!("Expected {expected}."),
        None => "This is not a valid value.".to_owned(),
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<HttpState> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &HttpState) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        if query.contains("%00") || query.contains('\0') {
            return Err(Error::invalid("query", "The NUL character cannot be stored."));
        }
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(pairs).map(Self).map_err(|error| {
            let path = error.path().to_string();
            field_error("query", &path, &error.into_inner().to_string())
        })
    }
}

/// A page's size: a plain number.
pub fn limit(text: Option<&str>, default: u32) -> Result<u32> {
    text.map_or(Ok(default), |text| number("limit", text))
}

/// A plain number.
pub fn number<T: FromStr>(field: &'static str, text: &str) -> Result<T> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().ok_or_else(|| Error::invalid(field, "This must be a whole number."))
}

/// The identifier in the path.
pub struct Id<T>(pub T);

impl<T: From<Uuid>> FromRequestParts<HttpState> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::invalid("id", "This is not an identifier."))?;
        identifier("id", &text).map(Self)
    }
}

/// The two identifiers in the path, the second one somebody's.
pub struct Ids<T, U>(pub T, pub U);

impl<T: From<Uuid>, U: From<Uuid>> FromRequestParts<HttpState> for Ids<T, U> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self> {
        let Path((id, user)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::invalid("id", "This is not an identifier."))?;
        Ok(Self(identifier("id", &id)?, identifier("userId", &user)?))
    }
}

fn identifier<T: From<Uuid>>(field: &'static str, text: &str) -> Result<T> {
    id::parse(text).map(T::from).ok_or_else(|| Error::invalid(field, "This is not an identifier."))
}

/// What the request comes from.
impl FromRequestParts<HttpState> for Device {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self> {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            user_agent: user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(400).collect()),
            address: client_address(parts, state),
        })
    }
}

fn client_address(parts: &Parts, state: &HttpState) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(state.config.client_address(peer.ip(), &parts.headers))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        #[expect(dead_code, reason = "only parsed")]
        display_name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only parsed")]
        ids: Vec<Uuid>,
    }

    fn field(json: &[u8]) -> String {
        let error = parse::<Input>(json).unwrap_err();
        assert_eq!(error.code, ErrorCode::ValidationError);
        error.details.into_keys().next().unwrap().into_owned()
    }

    #[test]
    fn a_fault_is_found_where_it_is() {
        assert!(parse::<Input>(br#"{"displayName": "A \\u0000", "other": 1}"#).is_ok());
        for (json, at) in [
            (&br#"{"displayName": "#[..], "body"),
            (br#"{"displayName": "a"} x"#, "body"),
            (br"[]", "body"),
            (br"7", "body"),
            (b"", "body"),
            (br"{}", "displayName"),
            (br#"{"displayName": 1}"#, "displayName"),
            (br#"{"displayName": "a", "displayName": "b"}"#, "displayName"),
            (br#"{"displayName": "\ud800"}"#, "body"),
            (br#"{"displayName": "\u0000"}"#, "body"),
            (br#"{"displayName": "a", "ids": ["x"]}"#, "ids[0]"),
            (br#"{"displayName": "a", "ids": {}}"#, "ids"),
            (b"\xff\xfe", "body"),
        ] {
            assert_eq!(field(json), at, "{}", String::from_utf8_lossy(json));
        }
        let error = parse::<Input>(b"\"text\"").unwrap_err();
        assert_eq!(error.details["body"], ["This must be a JSON object."]);
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(40_000));
        assert_eq!(field(format!(r#"{{"displayName": {deep}"#).as_bytes()), "displayName");
    }

    #[test]
    fn a_limit_is_a_plain_number() {
        assert_eq!(limit(None, 50).unwrap(), 50);
        assert_eq!(limit(Some("7"), 50).unwrap(), 7);
        for bad in ["", "-1", "1.5", "0x10", "1e3", "99999999999999999999", "seven", " 7"] {
            assert!(limit(Some(bad), 50).is_err(), "{bad}");
        }
    }
}
