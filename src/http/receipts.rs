//! Receipts over HTTP.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, data},
    extract::{Id, JsonBody},
};
use crate::{
    config::limits::LimitedAction,
    domain::caller::Caller,
    error::Result,
    model::{
        id::{ConversationId, MessageId},
        receipt::{ReadState, Receipts},
    },
};

/// The endpoints.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(limits.on(LimitedAction::Api, routes!(mark_read)))
        .routes(limits.on(LimitedAction::Api, routes!(list_receipts)))
}

/// How far somebody has read.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MarkReadInput {
    /// A message of the conversation: everything up to it is read.
    last_read_message_id: MessageId,
}

/// Say that everything up to a message is read.
///
/// It can be said again, and an older message than before changes nothing; the answer is where the caller stands now. Senders
/// see it unless the caller hides it.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/read", tag = "receipts", operation_id = "markRead",
    params(("id" = ConversationId, Path, description = "Which conversation")),
    request_body = MarkReadInput,
    responses(
        (status = 200, description = "Where the caller stands now", body = Data<ReadState>),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part"),
        (status = 404, description = "There is no such conversation"),
    ),
    security(("bearer" = [])),
)]
async fn mark_read(
    State(state): State<HttpState>,
    caller: Caller,
    Id(conversation_id): Id<ConversationId>,
    JsonBody(input): JsonBody<MarkReadInput>,
) -> Result<Response> {
    let budget = state.services.limits.spend(LimitedAction::ReadReceipt, caller.user_id)?;
    let read = state.services.receipts.read(&caller, conversation_id, input.last_read_message_id, None).await?;
    Ok((Extension(budget), data(read)).into_response())
}

/// See who has read a message.
///
/// Those who read it first come first. Whoever hides what they read is not among them.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/receipts", tag = "receipts", operation_id = "listReceipts",
    params(("id" = MessageId, Path, description = "Which message")),
    responses(
        (status = 200, description = "Who has read it", body = Data<Receipts>),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part"),
        (status = 404, description = "There is no such message"),
    ),
    security(("bearer" = [])),
)]
async fn list_receipts(
    State(state): State<HttpState>,
    caller: Caller,
    Id(id): Id<MessageId>,
) -> Result<Data<Receipts>> {
    Ok(data(state.services.receipts.of_message(&caller, id).await?))
}
