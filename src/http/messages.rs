//! Messages over HTTP.

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Object, ObjectBuilder, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    HttpLimits, HttpState,
    envelope::{Data, data},
    extract::{Id, JsonBody, Query, limit, number},
};
use crate::{
    config::limits::LimitedAction,
    domain::{caller::Caller, messages::HistoryInput},
    error::Result,
    model::{
        id::{ClientMessageId, ConversationId, MessageId},
        message::{ContentType, ListedMessage, Message},
        socket::MessageSendInput,
        text::MessageText,
        time::Timestamp,
    },
};

/// The endpoints.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(limits.on(LimitedAction::ReadHistory, routes!(list_messages)))
        .routes(limits.on(LimitedAction::Api, routes!(send_message)))
        .routes(limits.on(LimitedAction::Api, routes!(delete_message)))
}

/// A page of history, newest first.
#[derive(Serialize, ToSchema)]
struct MessageList {
    /// The messages.
    messages: Vec<ListedMessage>,
    /// What comes before them, and the heads of the same moment.
    meta: HistoryMeta,
}

/// What a page of history says about the rest of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HistoryMeta {
    /// Give it back as `cursor` to get the next page; null on the last one. Opaque.
    #[schema(required)]
    cursor: Option<String>,
    /// Whether there is a next page.
    #[schema(example = false)]
    has_more: bool,
    /// The number of the newest message.
    #[schema(example = 42)]
    seq: i64,
    /// The number of the newest other change.
    #[schema(example = 7)]
    rev: i64,
}

/// Which part of a history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// What the page before said; nothing for the newest page.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// How many at most.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 50, example = 20)]
    limit: Option<String>,
    /// Only messages stored before this moment. Not together with `cursor` or `after`.
    before: Option<Timestamp>,
    /// Only messages after this number, oldest first; go on with the last one's. Not together with `cursor` or `before`.
    #[param(value_type = Option<i64>, minimum = 0, example = 41)]
    after: Option<String>,
}

/// Read a conversation's history.
///
/// The newest message comes first; go on with `cursor`, or begin at a moment with `before`. With `after` it is the other
/// way round: what came after that number, the oldest first. Deleted messages keep their place, with empty content.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "listMessages",
    params(("id" = ConversationId, Path, description = "Which conversation"), HistoryQuery),
    responses(
        (status = 200, description = "A page of the history", body = Data<MessageList>),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part"),
        (status = 404, description = "There is no such conversation"),
    ),
    security(("bearer" = [])),
)]
async fn list_messages(
    State(state): State<HttpState>,
    caller: Caller,
    Id(id): Id<ConversationId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Data<MessageList>> {
    let limit = limit(query.limit.as_deref(), 50)?;
    let after = query.after.as_deref().map(|after| number("after", after)).transpose()?;
    let input = HistoryInput { cursor: query.cursor, limit, before: query.before, after };
    let history = state.services.messages.history(&caller, id, input).await?;
    let (meta, seq, rev) = (history.page.meta, history.seq, history.rev);
    let meta = HistoryMeta { cursor: meta.cursor, has_more: meta.has_more, seq, rev };
    Ok(data(MessageList { messages: history.page.items, meta }))
}

/// A message to be sent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"content": "See you at eight", "clientMessageId": "3b2c1d0e-4f5a-4b6c-8d7e-9f8091a2b3c4"}))]
struct SendMessageInput {
    /// 1 to 4000 characters, not blank.
    #[schema(value_type = MessageText)]
    content: String,
    /// Chosen by the sender before the first try and kept for every further one.
    client_message_id: ClientMessageId,
    /// `text`.
    #[serde(default)]
    #[schema(schema_with = only_text)]
    content_type: ContentType,
    /// A message of the same conversation.
    reply_to_id: Option<MessageId>,
}

/// Of all that a message can hold.
fn only_text() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["text"]));
    text.default(Some("text".into())).description(Some("Only text can be sent for now.")).build()
}

/// Send a message.
///
/// The answer comes when the message is stored for good. A send whose answer was lost is repeated with the same
/// `clientMessageId`: it is stored once, and answered 200 instead of 201.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "sendMessage",
    params(("id" = ConversationId, Path, description = "Which conversation")),
    request_body = SendMessageInput,
    responses(
        (status = 200, description = "An earlier try had stored it", body = Data<Message>),
        (status = 201, description = "It is stored", body = Data<Message>),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: the other person has deleted their account"),
        (status = 404, description = "There is no such conversation"),
        (status = 409, description = "The clientMessageId belongs to a message elsewhere"),
    ),
    security(("bearer" = [])),
)]
async fn send_message(
    State(state): State<HttpState>,
    caller: Caller,
    Id(conversation_id): Id<ConversationId>,
    JsonBody(input): JsonBody<SendMessageInput>,
) -> Result<Response> {
    let budget = state.services.limits.spend(LimitedAction::SendMessage, caller.user_id)?;
    let SendMessageInput { content, client_message_id, content_type, reply_to_id } = input;
    let input = MessageSendInput { conversation_id, content, client_message_id, content_type, reply_to_id };
    state.services.messages.check_member(&caller, conversation_id).await?;
    let sent = state.services.messages.send(&caller, input).await?;
    state.services.messages.publish(&sent);
    let status = if sent.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Extension(budget), data(sent.message)).into_response())
}

/// Delete a message.
///
/// Its sender does, and in a group an owner or admin. History keeps its place, with empty content.
#[utoipa::path(
    delete, path = "/api/v1/messages/{id}", tag = "messages", operation_id = "deleteMessage",
    params(("id" = MessageId, Path, description = "Which message")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`NOT_IN_CONVERSATION`: the caller does not take part; `FORBIDDEN`: it is somebody else's"),
        (status = 404, description = "There is no such message, or no longer"),
    ),
    security(("bearer" = [])),
)]
async fn delete_message(State(state): State<HttpState>, caller: Caller, Id(id): Id<MessageId>) -> Result<StatusCode> {
    state.services.messages.delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
