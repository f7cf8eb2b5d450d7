//! People over HTTP.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, data},
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
        text::Words,
        user::{Profile, User, UserDetails},
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

/// Look at the caller's profile.
///
/// It has what only its owner sees: the e-mail and the privacy settings.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users", operation_id = "getMe",
    responses(
        (status = 200, description = "The profile", body = Data<Profile>),
        (status = 404, description = "The account is gone"),
    ),
    security(("bearer" = [])),
)]
async fn get_me(State(state): State<HttpState>, caller: Caller) -> Result<Data<Profile>> {
    Ok(data(state.services.users.me(&caller).await?))
}

/// Change the caller's profile.
///
/// What is not given stays. People who share a conversation with them are told live.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "users", operation_id = "updateMe", request_body = UpdateProfileInput,
    responses(
        (status = 200, description = "The profile as it is now", body = Data<Profile>),
        (status = 404, description = "The account is gone"),
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

/// Change what others may see of the caller.
///
/// What is not given stays.
#[utoipa::path(
    patch, path = "/api/v1/users/me/privacy", tag = "users", operation_id = "updatePrivacy",
    request_body = UpdatePrivacyInput,
    responses(
        (status = 200, description = "The profile as it is now", body = Data<Profile>),
        (status = 404, description = "The account is gone"),
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

/// Delete the caller's account.
///
/// They leave their groups, what they wrote stays under the name "Deleted account", and their e-mail and username are free
/// again. The password proves that it is the owner who asks; a wrong one is `details.password`, and counts as a failed
/// attempt to sign in.
#[utoipa::path(
    delete, path = "/api/v1/users/me", tag = "users", operation_id = "deleteMe", request_body = DeleteAccountInput,
    responses(
        (status = 204, description = "The account is gone, and all its sessions have ended"),
        (status = 400, description = "The password is wrong"),
        (status = 404, description = "The account is gone"),
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

/// Look at a person.
///
/// As everybody sees them; people who share a conversation with them also see whether they are here, if they let it be
/// seen.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", operation_id = "getUser",
    params(("id" = UserId, Path, description = "Who")),
    responses(
        (status = 200, description = "The person", body = Data<UserDetails>),
        (status = 404, description = "There is no such person"),
    ),
    security(("bearer" = [])),
)]
async fn get_user(State(state): State<HttpState>, caller: Caller, Id(id): Id<UserId>) -> Result<Data<UserDetails>> {
    Ok(data(state.services.users.get(&caller, id).await?))
}

/// What to search for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Part of a username or name, or a whole e-mail address.
    #[param(inline, value_type = Words)]
    q: String,
    /// How many people at most.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 50, default = 20, example = 10)]
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

/// Search for people.
///
/// By part of a username or name, by e-mail only exactly; the caller is never among them. Those whose username or name
/// begins with the words come first. There is no cursor: search for more letters.
#[utoipa::path(
    get, path = "/api/v1/users/search", tag = "users", operation_id = "searchUsers",
    params(SearchQuery),
    responses(
        (status = 200, description = "The people", body = Data<UserList>),
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
