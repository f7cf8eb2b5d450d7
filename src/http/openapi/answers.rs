//! What operations answer besides what their handlers say: everything that follows from what kind of operation it is, told
//! here once for all of them. So are the headers, and the examples.

use std::{collections::BTreeMap, time::Duration};

use axum::http::StatusCode;
use utoipa::{
    PartialSchema,
    openapi::{
        Content, ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response,
        example::ExampleBuilder, path::Operation, schema::Type,
    },
};

use super::examples::Examples;
use crate::{
    error::{Error, ErrorCode},
    http::error::{ErrorBody, status},
};

const JSON: &str = "application/json";
/// On every answer of the API.
const EVERYWHERE: [&str; 4] = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Trace-ID"];

/// Completes every operation.
pub fn complete(document: &mut OpenApi) {
    let examples = Examples::of(document);
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
            complete_operation(operation, &examples);
        }
    }
    let components = document.components.get_or_insert_default();
    components.headers.extend(headers());
    for status in SHARED {
        let mut response = Response::new(description(status));
        refuse(&mut response, status, &examples);
        components.responses.insert(name(status), response.into());
    }
}

fn complete_operation(operation: &mut Operation, examples: &Examples) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(|content| add_example(content, examples));
    }
    for status in of_its_kind(operation) {
        let shared = || Ref::from_response_name(name(status)).into();
        operation.responses.responses.entry(status.as_str().to_owned()).or_insert_with(shared);
    }
    for (code, response) in &mut operation.responses.responses {
        let (RefOr::T(response), Ok(status)) = (response, code.parse::<StatusCode>()) else { continue };
        if status.is_success() {
            tell(response, &EVERYWHERE);
            response.content.values_mut().for_each(|content| add_example(content, examples));
        } else {
            refuse(response, status, examples);
        }
    }
}

/// What an operation can answer because of what it is: asked with a token, a body, or anything at all.
fn of_its_kind(operation: &Operation) -> impl Iterator<Item = StatusCode> + use<> {
    let body = operation.request_body.is_some();
    let input = body || operation.parameters.is_some();
    let signed_in = operation.security.is_some();
    [
        (input, StatusCode::BAD_REQUEST),
        (signed_in, StatusCode::UNAUTHORIZED),
        (body, StatusCode::PAYLOAD_TOO_LARGE),
        (body, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (true, StatusCode::TOO_MANY_REQUESTS),
        (true, StatusCode::INTERNAL_SERVER_ERROR),
        (true, StatusCode::SERVICE_UNAVAILABLE),
    ]
    .into_iter()
    .filter_map(|(answers, status)| answers.then_some(status))
}

/// What is described once. No operation answers 405, for its method is there; the path does, for all others.
const SHARED: [StatusCode; 8] = [
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// A shared answer's name: `TooManyRequests`.
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}

fn description(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "The input is not what it must be; `details` says where",
        StatusCode::UNAUTHORIZED => {
            "`UNAUTHORIZED`: nobody is signed in; `TOKEN_EXPIRED`: renew the session; `TOKEN_REVOKED`: it was ended"
        }
        StatusCode::METHOD_NOT_ALLOWED => "The path is there, but not for this method; `Allow` says for which",
        StatusCode::PAYLOAD_TOO_LARGE => "The body is over 100,000 bytes",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The body is not said to be `application/json`",
        StatusCode::TOO_MANY_REQUESTS => "Too many at once; `Retry-After` says when to try again",
        StatusCode::SERVICE_UNAVAILABLE => {
            "`DB_ERROR`: no answer from the database; `SERVICE_UNAVAILABLE`: too much to do. Try again"
        }
        _ => "A fault of ours; its trace id finds it in the log",
    }
}

/// Gives an error answer its body, headers and examples: of the codes that its description names, or else of all codes
/// that its status stands for.
fn refuse(response: &mut Response, status: StatusCode, examples: &Examples) {
    let own = match status {
        StatusCode::METHOD_NOT_ALLOWED => &["Allow"][..],
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => &["Retry-After"],
        _ => &[],
    };
    tell(response, &EVERYWHERE);
    tell(response, own);
    let codes = codes(status, examples);
    let named = |code: &&ErrorCode| response.description.contains(&format!("`{}`", code.as_str()));
    let named: Vec<_> = codes.iter().filter(named).copied().collect();
    let content = if named.is_empty() { codes } else { named }.into_iter().fold(
        ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))),
        |content, code| {
            let body =
                serde_json::to_value(ErrorBody::new(&example(code), "0199a2f9-2b3c-7d4e-8f5a-6b7c8d9e0f1a".to_owned()))
                    .ok();
            content.examples_from_iter([(code.as_str(), ExampleBuilder::new().value(body).build())])
        },
    );
    response.content.insert(JSON.to_owned(), content.build().into());
}

/// The codes that a status stands for.
fn codes(wanted: StatusCode, examples: &Examples) -> Vec<ErrorCode> {
    let all = examples.words("ErrorCode").iter().filter_map(|word| serde_json::from_value(word.clone()).ok());
    all.filter(|code| status(*code) == wanted).collect()
}

/// An error as it is met most often.
fn example(code: ErrorCode) -> Error {
    let wait = Duration::from_secs(2);
    match code {
        ErrorCode::ValidationError => Error::invalid("body", "This is not valid JSON."),
        ErrorCode::Unauthorized => Error::new(code, "Sign in: this needs an access token."),
        ErrorCode::TokenExpired => Error::new(code, "The token has run out."),
        ErrorCode::TokenRevoked => Error::new(code, "This session has ended. Please sign in again."),
        ErrorCode::Forbidden => Error::new(code, "This is not allowed."),
        ErrorCode::NotInConversation => Error::not_in_conversation(),
        ErrorCode::NotFound => Error::not_found("There is nothing here."),
        ErrorCode::MethodNotAllowed => Error::new(code, "This cannot be done here."),
        ErrorCode::Conflict => Error::new(code, "This clashes with what is there."),
        ErrorCode::PayloadTooLarge => Error::new(code, "The body may have at most 100,000 bytes."),
        ErrorCode::UnsupportedMediaType => Error::new(code, "The body must be application/json."),
        ErrorCode::RateLimited => Error::new(code, "Too many at once. Please wait a moment.").retry_after(wait),
        ErrorCode::InternalError => Error::new(code, "Something went wrong on our side."),
        ErrorCode::DbError => Error::new(code, "The database cannot be reached right now.").retry_after(wait),
        ErrorCode::ServiceUnavailable => Error::new(code, "Too much to do right now.").retry_after(wait),
    }
}

fn add_example(content: &mut RefOr<Content>, examples: &Examples) {
    if let RefOr::T(content) = content
        && content.example.is_none()
    {
        content.example = content.schema.as_ref().and_then(|schema| examples.example(schema));
    }
}

fn tell(response: &mut Response, headers: &[&str]) {
    let header = |name: &&str| ((*name).to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{name}"))));
    response.headers.extend(headers.iter().map(header));
}

/// The headers that answers have in common.
fn headers() -> BTreeMap<String, RefOr<Header>> {
    let number = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into();
    [
        ("X-RateLimit-Limit", number(), "How much the tightest limit that applies allows at once"),
        ("X-RateLimit-Remaining", number(), "How much of it is left"),
        ("X-RateLimit-Reset", number(), "When all of it is there again, in seconds"),
        (
            "X-Trace-ID",
            String::schema(),
            "What to tell the operator; the request's own `X-Request-ID` if it is a sane one",
        ),
        ("Retry-After", number(), "When to try again, in seconds"),
        ("Allow", String::schema(), "The methods that the path knows"),
    ]
    .into_iter()
    .map(|(name, schema, description)| {
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build();
        (name.to_owned(), RefOr::T(header))
    })
    .collect()
}
