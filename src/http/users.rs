//! People over HTTP.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, data},
    error::ErrorBody,
    extract::{Id, JsonBody, Query, limit},
};
use crate::{
    config::limits::LimitedAction,
    domain::{
        auth::Device,
        caller::Caller,
        users::{DeleteAccountInput, UpdatePrivacyInput, UpdateProfileInput},
    },
    error::Result,
    model::{
        id::UserId,
        page::Meta,
        user::{Profile, User},
    },
};

/// The endpoints.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(limits.on(LimitedAction::Api, routes!(get_me, update_me, delete_me)))
        .routes(limits.on(LimitedAction::Api, routes!(update_privacy)))
        .routes(limits.on(LimitedAction::Api, routes!(get_user)))
        .routes(limits.on(LimitedAction::SearchUsers, routes!(search_users)))
}

/// The caller's own profile.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users", operation_id = "getMe",
    responses(
        (status = 200, description = "The profile", body = Data<Profile>),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "The account is gone", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn get_me(State(state): State<HttpState>, caller: Caller) -> Result<Data<Profile>> {
    Ok(data(state.services.users.me(&caller).await?))
}

/// Changes the caller's profile. People who share a conversation with them hear of it.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "users", operation_id = "updateMe", request_body = UpdateProfileInput,
    responses(
        (status = 200, description = "The profile as it is now", body = Data<Profile>),
        (status = 400, description = "A field is not what it must be", body = ErrorBody),
        (status = 404, description = "The account is gone", body = ErrorBody),
        (status = 413, description = "The body is over 100,000 bytes", body = ErrorBody),
        (status = 415, description = "The body is not JSON", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn update_me(
    State(state): State<HttpState>,
    caller: Caller,
    JsonBody(input): JsonBody<UpdateProfileInput>,
) -> Result<Data<Profile>> {
    Ok(data(state.services.users.update(&caller, input).await?))
}

/// Changes what others may see of the caller.
#[utoipa::path(
    patch, path = "/api/v1/users/me/privacy", tag = "users", operation_id = "updatePrivacy",
    request_body = UpdatePrivacyInput,
    responses(
        (status = 200, description = "The profile as it is now", body = Data<Profile>),
        (status = 400, description = "A field is not what it must be", body = ErrorBody),
        (status = 404, description = "The account is gone", body = ErrorBody),
        (status = 413, description = "The body is over 100,000 bytes", body = ErrorBody),
        (status = 415, description = "The body is not JSON", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn update_privacy(
    State(state): State<HttpState>,
    caller: Caller,
    JsonBody(input): JsonBody<UpdatePrivacyInput>,
) -> Result<Data<Profile>> {
    Ok(data(state.services.users.update_privacy(&caller, input).await?))
}

/// Deletes the caller's account: they leave their groups, what they wrote stays under "Deleted account", and e-mail and
/// username are free again.
#[utoipa::path(
    delete, path = "/api/v1/users/me", tag = "users", operation_id = "deleteMe", request_body = DeleteAccountInput,
    responses(
        (status = 204, description = "The account is gone, and all its sessions have ended"),
        (status = 400, description = "The password is wrong", body = ErrorBody),
        (status = 404, description = "The account is gone", body = ErrorBody),
        (status = 413, description = "The body is over 100,000 bytes", body = ErrorBody),
        (status = 415, description = "The body is not JSON", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn delete_me(
    State(state): State<HttpState>,
    caller: Caller,
    device: Device,
    JsonBody(input): JsonBody<DeleteAccountInput>,
) -> Result<StatusCode> {
    state.services.users.delete(&caller, input, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person as everybody sees them.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", operation_id = "getUser",
    params(("id" = UserId, Path, description = "Who")),
    responses(
        (status = 200, description = "The person", body = Data<User>),
        (status = 400, description = "The id is none", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "There is no such person", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn get_user(State(state): State<HttpState>, _: Caller, Id(id): Id<UserId>) -> Result<Data<User>> {
    Ok(data(state.services.users.get(id).await?))
}

/// What to search for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Part of a username or name, or a whole e-mail address.
    #[param(min_length = 3, max_length = 254, example = "ali")]
    q: String,
    /// How many people at most.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 50, default = 20)]
    limit: Option<String>,
}

/// People who were found.
#[derive(Serialize, ToSchema)]
struct UserList {
    /// Those whose username or name begins with the words first.
    users: Vec<User>,
    /// Whether there are more; there is no cursor here: search for more letters.
    meta: Meta,
}

/// Finds people by username or name, by e-mail only exactly; never the caller.
#[utoipa::path(
    get, path = "/api/v1/users/search", tag = "users", operation_id = "searchUsers",
    params(SearchQuery),
    responses(
        (status = 200, description = "The people", body = Data<UserList>),
        (status = 400, description = "Too few letters, or a limit out of range", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn search_users(
    State(state): State<HttpState>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Data<UserList>> {
    let most = limit(query.limit.as_deref(), 20)?;
    let page = state.services.users.search(&caller, &query.q, most).await?;
    Ok(data(UserList { users: page.items, meta: page.meta }))
}
