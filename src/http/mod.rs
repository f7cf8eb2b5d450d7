//! The API and the web app over HTTP. A handler takes in, calls one service and wraps the answer; it decides nothing.

#[cfg(feature = "embedded-web")]
mod assets;
mod auth;
mod conversations;
mod envelope;
mod error;
mod extract;
mod layers;
mod limits;
mod messages;
pub mod openapi;
mod ops;
mod participants;
mod receipts;
mod users;

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};

use self::layers::{
    access_log::access_log, cors::cors, detach::detach, draining::no_new_sockets, metrics::metrics, origin::own_origin,
    security::security, trace::trace,
};
pub use self::limits::HttpLimits;
use crate::{
    config::http::HttpConfig,
    domain::Services,
    error::{Error, ErrorCode},
    observability::health::Health,
    runtime::tasks::Tasks,
};

/// What handlers work with.
#[derive(Clone)]
pub struct HttpState {
    /// What Trice does.
    pub services: Services,
    /// Who may talk to it.
    pub config: Arc<HttpConfig>,
    /// How it is.
    pub health: Health,
    /// Looks at what is measured only when it is asked for.
    pub measure: Arc<dyn Fn() + Send + Sync>,
    /// Where requests are finished, also those whose client went away.
    pub tasks: Tasks,
}

/// Every path.
pub fn routes(state: HttpState, limits: &Arc<HttpLimits>) -> Router {
    let (api, mut described) = openapi::routes(limits).split_for_parts();
    openapi::answers::complete(&mut described);
    let router = api
        .merge(ops::routes(limits, described))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), detach))
        .layer(from_fn_with_state((state.clone(), Arc::clone(limits)), limits::asker))
        .route_layer(from_fn(access_log))
        .route_layer(from_fn(metrics));
    #[cfg(feature = "embedded-web")]
    let router = router.fallback(assets::serve);
    #[cfg(not(feature = "embedded-web"))]
    let router = router.fallback(async || Error::not_found("There is nothing here."));
    router.with_state(state)
}

/// What happens to every request, sockets' ones too. From the outside in: the trace id first, so that whatever comes
/// after it can name the request; then what browsers are told, on every answer whoever gives it; then who may read it.
pub fn layers(router: Router, config: &Arc<HttpConfig>) -> Router {
    router
        .layer(from_fn_with_state(Arc::clone(config), cors))
        .layer(from_fn_with_state(Arc::clone(config), security))
        .layer(from_fn(trace))
}

/// Lets only this site's pages, and what is no browser, to these paths.
pub fn own_origin_only(router: Router, config: &Arc<HttpConfig>) -> Router {
    router.layer(from_fn_with_state(Arc::clone(config), own_origin))
}

/// Keeps these paths from opening new sockets while the node is stopping.
pub fn none_while_draining(router: Router, health: &Health) -> Router {
    router.layer(from_fn_with_state(health.clone(), no_new_sockets))
}

async fn method_not_allowed() -> Error {
    Error::new(ErrorCode::MethodNotAllowed, "This cannot be done here.")
}
