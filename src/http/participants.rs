//! Who takes part in a conversation, over HTTP.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, data},
    error::ErrorBody,
    extract::{Id, Ids, JsonBody},
};
use crate::{
    config::limits::LimitedAction,
    domain::caller::Caller,
    error::Result,
    model::{
        conversation::{Participant, Role},
        id::{ConversationId, UserId},
    },
};

/// The endpoints.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(limits.on(LimitedAction::Api, routes!(add_participants)))
        .routes(limits.on(LimitedAction::Api, routes!(remove_participant, update_participant)))
}

/// People to be added.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AddParticipantsInput {
    /// Who; those who take part already stay as they are.
    #[schema(min_items = 1, max_items = 100)]
    user_ids: Vec<UserId>,
}

/// What somebody may do.
#[derive(Deserialize, ToSchema)]
struct UpdateParticipantInput {
    /// Their role from now on.
    role: Role,
}

/// Everybody in a conversation.
#[derive(Serialize, ToSchema)]
struct Participants {
    /// The longest-serving first.
    participants: Vec<Participant>,
}

/// Adds people to a group: its owners and admins do. Whoever joins sees the whole history, all of it read.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/participants", tag = "conversations", operation_id = "addParticipants",
    params(("id" = ConversationId, Path, description = "Which group")),
    request_body = AddParticipantsInput,
    responses(
        (status = 200, description = "Everybody who takes part now", body = Data<Participants>),
        (status = 400, description = "Not a group, some people do not exist, or too many", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "Not a member, or only a member", body = ErrorBody),
        (status = 404, description = "There is no such conversation", body = ErrorBody),
        (status = 413, description = "The body is over 100,000 bytes", body = ErrorBody),
        (status = 415, description = "The body is not JSON", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn add_participants(
    State(state): State<HttpState>,
    caller: Caller,
    Id(id): Id<ConversationId>,
    JsonBody(input): JsonBody<AddParticipantsInput>,
) -> Result<Data<Participants>> {
    let participants = state.services.conversations.add(&caller, id, &input.user_ids).await?;
    Ok(data(Participants { participants }))
}

/// Takes somebody out of a group. Everybody can leave; owners remove anybody, admins members. When the last owner leaves,
/// the longest-serving admin, or else member, becomes owner; the last person takes the group along.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/participants/{userId}", tag = "conversations",
    operation_id = "removeParticipant",
    params(
        ("id" = ConversationId, Path, description = "Which group"),
        ("userId" = UserId, Path, description = "Who"),
    ),
    responses(
        (status = 204, description = "They are out"),
        (status = 400, description = "Not a group, or an id that is none", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "Not a member, or not allowed to remove this one", body = ErrorBody),
        (status = 404, description = "There is no such conversation, or they are not in it", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn remove_participant(
    State(state): State<HttpState>,
    caller: Caller,
    Ids(id, user): Ids<ConversationId, UserId>,
) -> Result<StatusCode> {
    state.services.conversations.remove(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets somebody do other things in a group: its owners decide.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/participants/{userId}", tag = "conversations",
    operation_id = "updateParticipant",
    params(
        ("id" = ConversationId, Path, description = "Which group"),
        ("userId" = UserId, Path, description = "Who"),
    ),
    request_body = UpdateParticipantInput,
    responses(
        (status = 200, description = "What they may do now", body = Data<Participant>),
        (status = 400, description = "Not a group, or a role that is none", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "Not an owner", body = ErrorBody),
        (status = 404, description = "There is no such conversation, or they are not in it", body = ErrorBody),
        (status = 409, description = "The last owner cannot step down", body = ErrorBody),
        (status = 413, description = "The body is over 100,000 bytes", body = ErrorBody),
        (status = 415, description = "The body is not JSON", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn update_participant(
    State(state): State<HttpState>,
    caller: Caller,
    Ids(id, user): Ids<ConversationId, UserId>,
    JsonBody(input): JsonBody<UpdateParticipantInput>,
) -> Result<Data<Participant>> {
    Ok(data(state.services.conversations.set_role(&caller, id, user, input.role).await?))
}
