//! People over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpState,
    envelope::{Data, data},
    error::ErrorBody,
    extract::{Query, limit},
};
use crate::{
    domain::caller::Caller,
    error::Result,
    model::{
        page::Meta,
        user::{Profile, User},
    },
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_me)).routes(routes!(search_users))
}

/// The caller's own profile.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users", operation_id = "getMe",
    responses(
        (status = 200, description = "The profile", body = Data<Profile>),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "The account is gone", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn get_me(State(state): State<HttpState>, caller: Caller) -> Result<Data<Profile>> {
    Ok(data(state.services.users.me(&caller).await?))
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
