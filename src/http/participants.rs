//! Who takes part in a conversation, over HTTP.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, data},
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

/// Add people to a group.
///
/// Its owners and admins do. Whoever joins sees the whole history, all of it read. Those who take part already stay as they
/// are. A group has at most 2,000 people.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/participants", tag = "conversations", operation_id = "addParticipants",
    params(("id" = ConversationId, Path, description = "Which group")),
    request_body = AddParticipantsInput,
    responses(
        (status = 200, description = "Everybody who takes part now", body = Data<Participants>),
        (status = 400, description = "Not a group, some of the people do not exist, or it would have too many"),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: neither owner nor admin"),
        (status = 404, description = "There is no such conversation"),
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

/// Take somebody out of a group.
///
/// Everybody can leave; owners remove anybody, admins members. When the last owner leaves, the longest-serving admin, or
/// else member, becomes owner; the last person takes the group along.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/participants/{userId}", tag = "conversations",
    operation_id = "removeParticipant",
    params(
        ("id" = ConversationId, Path, description = "Which group"),
        ("userId" = UserId, Path, description = "Who"),
    ),
    responses(
        (status = 204, description = "They are out"),
        (status = 400, description = "Not a group, or an id that is none"),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: their role does not allow it"),
        (status = 404, description = "There is no such conversation, or they are not in it"),
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

/// Give somebody a role in a group.
///
/// Its owners decide. One owner must be left.
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
        (status = 400, description = "Not a group, or a role that is none"),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: not an owner"),
        (status = 404, description = "There is no such conversation, or they are not in it"),
        (status = 409, description = "The last owner cannot step down"),
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
