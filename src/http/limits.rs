//! How often the API may be asked: each route names its limit, tower_governor keeps the buckets, and every answer tells
//! where the tightest one stands. What people may do over sockets, too, has its buckets in `domain/limits.rs`.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::HeaderValue,
    middleware::{Next, from_fn_with_state, map_response},
    response::{IntoResponse as _, Response},
    routing::MethodRouter,
};
use governor::middleware::StateInformationMiddleware;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_governor::{
    GovernorError, GovernorLayer,
    governor::{GovernorConfig, GovernorConfigBuilder},
    key_extractor::KeyExtractor,
};
use utoipa_axum::router::UtoipaMethodRouter;

use super::{HttpState, auth::refresh_token, extract::bearer};
use crate::{
    config::{
        http::HttpConfig,
        limits::{LimitedAction, LimitsConfig, Rate},
    },
    domain::{
        auth::AuthService,
        limits::{FORGET, LimitKey, budget},
        places::{Full, Places},
    },
    error::{Error, ErrorCode, Result},
    model::{
        id::{SessionId, UserId},
        limit::Budget,
    },
    runtime::random,
};

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";

/// How long somebody should wait for whom there is no place, about.
const CROWDED: Duration = Duration::from_secs(20);

/// Whether a request to the sockets' path opens one; the others belong to one that is open.
pub fn opens_socket(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    !form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "sid" && !value.is_empty())
}

/// Who asks, as far as a limit needs to know: a signature is checked here, no session.
#[derive(Debug, Clone, Copy)]
struct Asker {
    user: Option<UserId>,
    session: Option<SessionId>,
    address: IpAddr,
}

impl Asker {
    /// Whose bucket a request is taken from.
    fn key(&self, action: LimitedAction) -> LimitKey {
        let address = LimitKey::address(self.address);
        match action {
            LimitedAction::Register | LimitedAction::ConnectFromAddress => address,
            LimitedAction::Refresh => self.session.map_or(address, LimitKey::Session),
            _ => self.user.map_or(address, LimitKey::User),
        }
    }
}

/// Finds out who asks, for the limits behind it. What answers before any of them is reached, such as a method that a path
/// does not know, counts as everything else does.
pub async fn asker(
    State((state, limits)): State<(HttpState, Arc<HttpLimits>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let asker = ask(&request, &state.config, Some(&state.services.auth));
    let api = request.uri().path().starts_with("/api/");
    request.extensions_mut().insert(asker);
    let response = next.run(request).await;
    if api && !response.headers().contains_key(LIMIT) { limits.count(response, &asker) } else { response }
}

fn ask(request: &Request, config: &HttpConfig, auth: Option<&AuthService>) -> Asker {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([0, 0, 0, 0]), |it| it.0.ip());
    Asker {
        user: auth.zip(bearer(headers)).and_then(|(auth, token)| auth.signed_for(token)),
        session: auth.zip(refresh_token(config, headers)).and_then(|(auth, token)| auth.renewal_of(token)),
        address: config.client_address(peer, headers),
    }
}

/// Finds a request's bucket among those of an action.
#[derive(Debug, Clone)]
struct KeyOf(LimitedAction);

impl KeyExtractor for KeyOf {
    type Key = LimitKey;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> std::result::Result<LimitKey, GovernorError> {
        let asker = request.extensions().get::<Asker>().ok_or(GovernorError::UnableToExtractKey)?;
        Ok(asker.key(self.0))
    }
}

type Buckets = GovernorConfig<KeyOf, StateInformationMiddleware>;

/// The buckets of the API.
pub struct HttpLimits(HashMap<LimitedAction, (Rate, Arc<Buckets>)>);

impl HttpLimits {
    /// Full buckets.
    pub fn new(config: &LimitsConfig) -> Self {
        let buckets = LimitedAction::ALL.iter().filter_map(|action| {
            let rate = config.rate(*action);
            let buckets = GovernorConfigBuilder::default()
                .period(rate.interval())
                .burst_size(rate.burst)
                .key_extractor(KeyOf(*action))
                .use_headers()
                .finish()?;
            Some((*action, (rate, Arc::new(buckets))))
        });
        Self(buckets.collect())
    }

    /// These operations take from the buckets of `action`.
    pub fn on(
        &self,
        action: LimitedAction,
        (schemas, paths, router): UtoipaMethodRouter<HttpState>,
    ) -> UtoipaMethodRouter<HttpState> {
        (schemas, paths, self.limit(action, router))
    }

    /// This route takes from the buckets of `action`.
    pub fn limit(&self, action: LimitedAction, router: MethodRouter<HttpState>) -> MethodRouter<HttpState> {
        match self.layer(action) {
            Some((rate, layer)) => {
                router.layer(layer).layer(map_response(move |response| async move { tell(response, rate) }))
            }
            None => router,
        }
    }

    /// Sockets at `path`: opening one takes from its address' bucket, and a place for as long as it is open; what comes over
    /// one that is open does not.
    pub fn limit_handshakes(
        &self,
        path: &str,
        sockets: Router,
        config: &Arc<HttpConfig>,
        places: Arc<Places>,
    ) -> Router {
        let Some((_, layer)) = self.layer(LimitedAction::ConnectFromAddress) else { return sockets };
        let counted = sockets.clone().layer(from_fn_with_state(places, place));
        let (config, limited) = (Arc::clone(config), layer.layer(counted));
        Router::new().route_service(
            path,
            service_fn(move |mut request: Request| {
                let (config, sockets, limited) = (Arc::clone(&config), sockets.clone(), limited.clone());
                async move {
                    if !opens_socket(&request) {
                        return sockets.oneshot(request).await;
                    }
                    let asker = ask(&request, &config, None);
                    request.extensions_mut().insert(asker);
                    let answer: std::result::Result<Response, Infallible> = limited.oneshot(request).await;
                    answer
                }
            }),
        )
    }

    fn count(&self, mut response: Response, asker: &Asker) -> Response {
        let Some((rate, buckets)) = self.0.get(&LimitedAction::Api) else { return response };
        let left = buckets.limiter().check_key(&asker.key(LimitedAction::Api));
        response.extensions_mut().insert(budget(*rate, left.map_or(0, |state| state.remaining_burst_capacity())));
        tell(response, *rate)
    }

    /// Forgets buckets that are full again, for ever.
    pub async fn forget(self: Arc<Self>) {
        loop {
            tokio::time::sleep(FORGET).await;
            for (_, buckets) in self.0.values() {
                buckets.limiter().retain_recent();
                buckets.limiter().shrink_to_fit();
            }
        }
    }

    fn layer(&self, action: LimitedAction) -> Option<(Rate, GovernorLayer<KeyOf, StateInformationMiddleware, Body>)> {
        let (rate, buckets) = self.0.get(&action)?;
        let rate = *rate;
        let layer = GovernorLayer::new(Arc::clone(buckets)).error_handler(move |error| refuse(error, rate));
        Some((rate, layer))
    }
}

/// Takes a place for a socket. It stays with the request, which the socket keeps.
async fn place(State(places): State<Arc<Places>>, mut request: Request, next: Next) -> Result<Response> {
    let address = request.extensions().get::<Asker>().map(|asker| asker.address);
    let place = places.take(address).map_err(|full| {
        let (code, message) = match full {
            Full::All => (ErrorCode::ServiceUnavailable, "This server has no room for more connections right now."),
            Full::Address => (ErrorCode::RateLimited, "Too many connections from one address."),
        };
        // All at different times, or they would fill it again at the same moment.
        Error::new(code, message).retry_after(random::around(CROWDED))
    })?;
    request.extensions_mut().insert(Arc::new(place));
    Ok(next.run(request).await)
}

fn refuse(error: GovernorError, rate: Rate) -> Response {
    match error {
        // The library rounds down, and whoever comes back too early is refused again.
        GovernorError::TooManyRequests { wait_time, .. } => {
            Error::rate_limited(Duration::from_secs(wait_time + 1), budget(rate, 0)).into_response()
        }
        other => Error::internal(other).into_response(),
    }
}

/// Tells where the limit stands: a tighter one that the handler met, or else this route's.
fn tell(mut response: Response, rate: Rate) -> Response {
    let number = |name| response.headers().get(name)?.to_str().ok()?.parse::<u32>().ok();
    let own = response.extensions().get::<Budget>().copied();
    if let Some(stands) = own.or_else(|| number(REMAINING).map(|remaining| budget(rate, remaining))) {
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(stands.limit));
        headers.insert(REMAINING, HeaderValue::from(stands.remaining));
        headers.insert(RESET, HeaderValue::from(stands.reset));
    }
    response
}
