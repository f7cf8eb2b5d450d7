//! Conversations over HTTP.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
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
        caller::Caller,
        conversations::{CreateConversationInput, UpdateConversationInput},
    },
    error::Result,
    model::{conversation::Conversation, id::ConversationId, page::Meta},
};

/// The endpoints.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(limits.on(LimitedAction::ListConversations, routes!(list_conversations)))
        .routes(limits.on(LimitedAction::CreateConversation, routes!(create_conversation)))
        .routes(limits.on(LimitedAction::Api, routes!(get_conversation, update_conversation, delete_conversation)))
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// What the page before said; nothing for the first page.
    cursor: Option<String>,
    /// How many at most.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<String>,
}

/// Conversations, newest activity first.
#[derive(Serialize, ToSchema)]
struct ConversationList {
    /// The conversations.
    conversations: Vec<Conversation>,
    /// What comes after them.
    meta: Meta,
}

/// The caller's conversations, newest activity first.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", operation_id = "listConversations",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = Data<ConversationList>),
        (status = 400, description = "A cursor or limit that is none", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn list_conversations(
    State(state): State<HttpState>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Data<ConversationList>> {
    let most = limit(query.limit.as_deref(), 50)?;
    let page = state.services.conversations.list(&caller, query.cursor.as_deref(), most).await?;
    Ok(data(ConversationList { conversations: page.items, meta: page.meta }))
}

/// Makes a conversation. Two people have one direct conversation: if it is there, it is the answer.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", operation_id = "createConversation",
    request_body = CreateConversationInput,
    responses(
        (status = 200, description = "These two people have had it already", body = Data<Conversation>),
        (status = 201, description = "It is made", body = Data<Conversation>),
        (status = 400, description = "A field is not what it must be, or some people do not exist", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 413, description = "The body is over 100,000 bytes", body = ErrorBody),
        (status = 415, description = "The body is not JSON", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn create_conversation(
    State(state): State<HttpState>,
    caller: Caller,
    JsonBody(input): JsonBody<CreateConversationInput>,
) -> Result<Response> {
    let (conversation, new) = state.services.conversations.create(&caller, input).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, data(conversation)).into_response())
}

/// One conversation, with everybody in it.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "getConversation",
    params(("id" = ConversationId, Path, description = "Which conversation")),
    responses(
        (status = 200, description = "The conversation", body = Data<Conversation>),
        (status = 400, description = "The id is none", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "Not a member", body = ErrorBody),
        (status = 404, description = "There is no such conversation", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn get_conversation(
    State(state): State<HttpState>,
    caller: Caller,
    Id(id): Id<ConversationId>,
) -> Result<Data<Conversation>> {
    Ok(data(state.services.conversations.get(&caller, id).await?))
}

/// Changes a group's title or picture: its owners and admins do.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "updateConversation",
    params(("id" = ConversationId, Path, description = "Which group")),
    request_body = UpdateConversationInput,
    responses(
        (status = 200, description = "The group as it is now", body = Data<Conversation>),
        (status = 400, description = "Not a group, or a field is not what it must be", body = ErrorBody),
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
async fn update_conversation(
    State(state): State<HttpState>,
    caller: Caller,
    Id(id): Id<ConversationId>,
    JsonBody(input): JsonBody<UpdateConversationInput>,
) -> Result<Data<Conversation>> {
    Ok(data(state.services.conversations.update(&caller, id, input).await?))
}

/// Deletes a conversation for everybody: an owner does, of a direct one whoever began it.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "deleteConversation",
    params(("id" = ConversationId, Path, description = "Which conversation")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "The id is none", body = ErrorBody),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "Not a member, or not an owner", body = ErrorBody),
        (status = 404, description = "There is no such conversation", body = ErrorBody),
        (status = 429, description = "Too many at once; `Retry-After` says when", body = ErrorBody),
        (status = 503, description = "No database; try again", body = ErrorBody),
    ),
    security(("bearer" = [])),
)]
async fn delete_conversation(
    State(state): State<HttpState>,
    caller: Caller,
    Id(id): Id<ConversationId>,
) -> Result<StatusCode> {
    state.services.conversations.delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
