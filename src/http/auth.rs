//! Accounts' doors over HTTP. The refresh token travels only in a cookie that scripts cannot read.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, Done, data},
    extract::{Id, JsonBody, bearer},
};
use crate::{
    config::{http::HttpConfig, limits::LimitedAction},
    domain::{
        auth::{ChangePasswordInput, Device, LoginInput, RegisterInput, Tokens},
        caller::Caller,
    },
    error::{Error, ErrorCode, Result},
    model::{
        id::SessionId,
        page::Meta,
        session::{Renewed, Session, SignedIn},
    },
};

/// The endpoints.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(limits.on(LimitedAction::Register, routes!(register)))
        .routes(limits.on(LimitedAction::Api, routes!(login)))
        .routes(limits.on(LimitedAction::Refresh, routes!(refresh)))
        .routes(limits.on(LimitedAction::Api, routes!(logout)))
        .routes(limits.on(LimitedAction::Api, routes!(list_sessions, revoke_other_sessions)))
        .routes(limits.on(LimitedAction::Api, routes!(revoke_session)))
        .routes(limits.on(LimitedAction::Api, routes!(change_password)))
}

/// Make an account and sign it in.
///
/// The e-mail and the username are each one account's, whatever their case. Usernames do not begin with `deleted_`. The
/// password has a lower-case letter, an upper-case letter and a digit, and is not one that everybody would try first. A
/// server can be closed to new accounts.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "auth", request_body = RegisterInput,
    responses(
        (status = 201, description = "The account is made and signed in", body = Data<SignedIn>,
            headers(("Set-Cookie" = String, description = "The refresh token; scripts cannot read it"))
        ),
        (status = 403, description = "This server takes no new accounts"),
        (status = 409, description = "The e-mail or the username is taken; `details` says which"),
    ),
)]
async fn register(
    State(state): State<HttpState>,
    device: Device,
    JsonBody(input): JsonBody<RegisterInput>,
) -> Result<Response> {
    let (user, tokens) = state.services.auth.register(input, device).await?;
    let signed_in = SignedIn { user, access_token: tokens.access_token.clone(), expires_in: tokens.expires_in };
    Ok((StatusCode::CREATED, cookie(&state.config, &tokens)?, data(signed_in)).into_response())
}

/// Sign in.
///
/// Begins a session on this device. An unknown e-mail and a wrong password are answered alike, in words and in time, and
/// both count: after some failures further attempts are refused for a while.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", request_body = LoginInput,
    responses(
        (status = 200, description = "Signed in", body = Data<SignedIn>,
            headers(("Set-Cookie" = String, description = "The refresh token; scripts cannot read it"))
        ),
        (status = 401, description = "`UNAUTHORIZED`: the e-mail or the password is wrong"),
    ),
)]
async fn login(
    State(state): State<HttpState>,
    device: Device,
    JsonBody(input): JsonBody<LoginInput>,
) -> Result<Response> {
    let (user, tokens, budget) = state.services.auth.login(input, device).await?;
    let signed_in = SignedIn { user, access_token: tokens.access_token.clone(), expires_in: tokens.expires_in };
    Ok((Extension(budget), cookie(&state.config, &tokens)?, data(signed_in)).into_response())
}

/// What a renewal may be asked with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
struct RenewalHeaders {
    /// Names this renewal, so that it can be repeated after a lost answer.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 200, pattern = "^[!-~]+$", example = "2c3d4e5f")]
    #[expect(dead_code, reason = "only described: `idempotency_key` reads it")]
    idempotency_key: Option<String>,
}

/// Renew a session.
///
/// Both tokens are new. A refresh token works once; used twice, it ends its session, unless the second request carries the
/// first one's `Idempotency-Key`. Browsers may ask from this site and from the client's alone.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth",
    params(RenewalHeaders),
    responses(
        (status = 200, description = "The new access token", body = Data<Renewed>,
            headers(("Set-Cookie" = String, description = "The new refresh token; scripts cannot read it"))
        ),
        (status = 401, description = "There is no session to renew"),
        (status = 403, description = "Asked by another site"),
    ),
    security(("refreshCookie" = [])),
)]
async fn refresh(State(state): State<HttpState>, headers: HeaderMap) -> Result<Response> {
    from_own_site(&state.config, &headers)?;
    let key = idempotency_key(&headers)?;
    let token = refresh_token(&state.config, &headers)
        .ok_or_else(|| Error::new(ErrorCode::Unauthorized, "There is no session to renew."))?;
    let tokens = state.services.auth.refresh(token, key).await?;
    let renewed = Renewed { access_token: tokens.access_token.clone(), expires_in: tokens.expires_in };
    Ok((cookie(&state.config, &tokens)?, data(renewed)).into_response())
}

/// Sign out.
///
/// Ends the session: its tokens are refused from now on, its sockets closed. An access token that has run out is enough,
/// and so is the cookie alone.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth",
    responses(
        (status = 200, description = "The session has ended", body = Data<Done>,
            headers(("Set-Cookie" = String, description = "Takes the refresh token away"))
        ),
        (status = 401, description = "Nobody is signed in"),
        (status = 403, description = "Asked by another site"),
    ),
    security(("bearer" = []), ("refreshCookie" = [])),
)]
async fn logout(State(state): State<HttpState>, headers: HeaderMap) -> Result<Response> {
    from_own_site(&state.config, &headers)?;
    state.services.auth.logout(bearer(&headers), refresh_token(&state.config, &headers)).await?;
    Ok((set_cookie(&state.config, "", 0)?, data(Done {})).into_response())
}

/// The devices on which somebody is signed in.
#[derive(Serialize, ToSchema)]
struct SessionList {
    /// The last used first.
    sessions: Vec<Session>,
    /// Always all of them.
    meta: Meta,
}

/// List the caller's devices.
///
/// Each is a sign-in that has not ended. All of them come at once, the last used first.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "auth", operation_id = "listSessions",
    responses(
        (status = 200, description = "The sessions", body = Data<SessionList>),
    ),
    security(("bearer" = [])),
)]
async fn list_sessions(State(state): State<HttpState>, caller: Caller) -> Result<Data<SessionList>> {
    let sessions = state.services.auth.sessions(&caller).await?;
    Ok(data(SessionList { sessions, meta: Meta::default() }))
}

/// Sign one device out.
///
/// Ends a session of the caller's, this one perhaps: its tokens are refused from now on, its sockets closed.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "auth", operation_id = "revokeSession",
    params(("id" = SessionId, Path, description = "Which session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 404, description = "The caller has no such session"),
    ),
    security(("bearer" = [])),
)]
async fn revoke_session(State(state): State<HttpState>, caller: Caller, Id(id): Id<SessionId>) -> Result<StatusCode> {
    state.services.auth.revoke(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign all other devices out.
///
/// Ends all sessions of the caller but the one that asks.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions", tag = "auth", operation_id = "revokeOtherSessions",
    responses(
        (status = 204, description = "They have ended"),
    ),
    security(("bearer" = [])),
)]
async fn revoke_other_sessions(State(state): State<HttpState>, caller: Caller) -> Result<StatusCode> {
    state.services.auth.revoke_others(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the caller's password.
///
/// Ends all their other sessions. The new password is held to the same rules as at registration. A wrong current password
/// is `details.currentPassword`, and counts as a failed attempt to sign in.
#[utoipa::path(
    post, path = "/api/v1/auth/change-password", tag = "auth", operation_id = "changePassword",
    request_body = ChangePasswordInput,
    responses(
        (status = 200, description = "The password is changed", body = Data<Done>),
        (status = 400, description = "The current password is wrong, or the new one not good enough"),
    ),
    security(("bearer" = [])),
)]
async fn change_password(
    State(state): State<HttpState>,
    caller: Caller,
    device: Device,
    JsonBody(input): JsonBody<ChangePasswordInput>,
) -> Result<Data<Done>> {
    state.services.auth.change_password(&caller, input, &device).await?;
    Ok(data(Done {}))
}

/// Besides SameSite: whoever asks by cookie is this site, the client's, or no browser.
fn from_own_site(config: &HttpConfig, headers: &HeaderMap) -> Result<()> {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let own = match headers.get(header::ORIGIN) {
        Some(_) => config.origin_allowed(headers) || site == Some("same-origin"),
        None => matches!(site, None | Some("same-origin" | "none")),
    };
    if own { Ok(()) } else { Err(Error::new(ErrorCode::Forbidden, "Another site may not do this.")) }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    key.to_str()
        .ok()
        .filter(|key| (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()))
        .map(Some)
        .ok_or_else(|| Error::invalid("Idempotency-Key", "Between 1 and 200 visible ASCII characters."))
}

/// Over https the name itself says that it may not be set without Secure.
fn cookie_name(config: &HttpConfig) -> &'static str {
    if config.secure() { "__Secure-refreshToken" } else { "refreshToken" }
}

pub fn refresh_token<'a>(config: &HttpConfig, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(config);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .filter(|value| !value.is_empty())
}

fn cookie(config: &HttpConfig, tokens: &Tokens) -> Result<HeaderMap> {
    set_cookie(config, &tokens.refresh_token, tokens.refresh_expires_in)
}

fn set_cookie(config: &HttpConfig, value: &str, max_age: i64) -> Result<HeaderMap> {
    let secure = if config.secure() { "; Secure" } else { "" };
    let cookie = format!(
        "{}={value}; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age={max_age}{secure}",
        cookie_name(config)
    );
    let cookie = HeaderValue::try_from(cookie).map_err(Error::internal)?;
    Ok(HeaderMap::from_iter([(header::SET_COOKIE, cookie)]))
}
