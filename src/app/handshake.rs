//! The request that opens a socket, which the socket keeps while it lives.

use std::sync::Arc;

use axum::{body::Body, http::HeaderValue};
use hyper::upgrade::OnUpgrade;

use crate::{domain::places::Place, gateway::Cut};

/// The same request, in memory of its own: its words are pieces of the connection's read buffer, and would keep all of it.
pub fn own(request: hyper::Request<Body>) -> hyper::Request<Body> {
    let (mut parts, body) = request.into_parts();
    let mut own = hyper::Request::new(body);
    *own.method_mut() = parts.method;
    *own.version_mut() = parts.version;
    // What was a URI and a header is one again.
    if let Ok(uri) = parts.uri.to_string().parse() {
        *own.uri_mut() = uri;
    }
    for (name, value) in &parts.headers {
        if let (Ok(name), Ok(value)) =
            (name.as_str().parse::<hyper::header::HeaderName>(), HeaderValue::from_bytes(value.as_bytes()))
        {
            own.headers_mut().append(name, value);
        }
    }
    let extensions = own.extensions_mut();
    if let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() {
        extensions.insert(upgrade);
    }
    if let Some(cut) = parts.extensions.remove::<Cut>() {
        extensions.insert(cut);
    }
    if let Some(place) = parts.extensions.remove::<Arc<Place>>() {
        extensions.insert(place);
    }
    own
}
