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
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// How many at most.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 50, example = 20)]
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

/// List the caller's conversations.
///
/// The one with the newest activity comes first. Each shows its last message, ten participants at most, and how much the
/// caller has not read.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", operation_id = "listConversations",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = Data<ConversationList>),
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

/// Make a conversation.
///
/// A direct one names one other person and has no title; a group has a title and at least one other person. Two people have
/// one direct conversation: if it is there, it is the answer.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", operation_id = "createConversation",
    request_body = CreateConversationInput,
    responses(
        (status = 200, description = "These two people have had it already", body = Data<Conversation>),
        (status = 201, description = "It is made", body = Data<Conversation>),
        (status = 400, description = "A field is not what it must be, or some of the people do not exist"),
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

/// Look at one conversation.
///
/// It shows everybody in it, the longest-serving first, and whether they are here.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "getConversation",
    params(("id" = ConversationId, Path, description = "Which conversation")),
    responses(
        (status = 200, description = "The conversation", body = Data<Conversation>),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part"),
        (status = 404, description = "There is no such conversation"),
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

/// Change a group's title or picture.
///
/// Its owners and admins do; what is not given stays. All members are told live.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "updateConversation",
    params(("id" = ConversationId, Path, description = "Which group")),
    request_body = UpdateConversationInput,
    responses(
        (status = 200, description = "The group as it is now", body = Data<Conversation>),
        (status = 400, description = "Not a group, or a field is not what it must be"),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: neither owner nor admin"),
        (status = 404, description = "There is no such conversation"),
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

/// Delete a conversation for everybody.
///
/// An owner does; of a direct one, whoever began it. All members are told live.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "deleteConversation",
    params(("id" = ConversationId, Path, description = "Which conversation")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: not an owner"),
        (status = 404, description = "There is no such conversation"),
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
