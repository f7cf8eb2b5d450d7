//! The request that opens a socket, which the socket keeps while it lives.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue,
        header::{AUTHORIZATION, CONTENT_TYPE, SEC_WEBSOCKET_KEY, UPGRADE},
    },
};
use hyper::upgrade::OnUpgrade;

use crate::{domain::places::Place, gateway::Cut};

/// What is needed of it, in memory of its own: its words are pieces of the connection's read buffer, and would keep all of
/// it.
pub fn own(request: hyper::Request<Body>) -> hyper::Request<Body> {
    let (mut parts, body) = request.into_parts();
    let mut own = hyper::Request::new(body);
    *own.method_mut() = parts.method;
    *own.version_mut() = parts.version;
    // What was a URI and a header is one again.
    if let Ok(uri) = parts.uri.to_string().parse() {
        *own.uri_mut() = uri;
    }
    // Those that Engine.IO or we read from here on.
    let read = [AUTHORIZATION, CONTENT_TYPE, SEC_WEBSOCKET_KEY, UPGRADE];
    let kept = read.map(|name| parts.headers.get(&name).map(|value| (name, HeaderValue::from_bytes(value.as_bytes()))));
    *own.headers_mut() = HeaderMap::with_capacity(kept.iter().flatten().count());
    for (name, value) in kept.into_iter().flatten() {
        if let Ok(value) = value {
            own.headers_mut().insert(name, value);
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
