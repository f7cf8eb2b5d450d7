//! The API's description, made from the code: a path and its handler cannot drift apart.

pub mod answers;
mod examples;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::{HttpLimits, HttpState, auth, conversations, error::ErrorBody, messages, participants, receipts, users};
use crate::{
    config::limits::LimitsConfig,
    error::socket as socket_error,
    model::{event, socket},
};

/// What stands around the operations. The payloads of socket events are here too, so that clients have one source.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Trice",
        description = "Real-time chat that you host yourself. Sign in here, then open a Socket.IO connection to the namespace /chat with the access token. A path answers 405 to methods that it does not list here."
    ),
    components(schemas(
        ErrorBody,
        socket::AuthInput,
        socket::AuthSuccess,
        socket::SubscribeInput,
        socket::Subscribed,
        socket::UnsubscribeInput,
        socket::Unsubscribed,
        socket::MessageSendInput,
        socket::MessageSent,
        socket::ReceiptReadInput,
        socket::TypingInput,
        socket::PresenceHeartbeatInput,
        socket_error::AuthError,
        socket_error::MessageError,
        socket_error::EventError,
        socket_error::SubscribedMany,
        event::MessageReceived,
        event::ConversationCreated,
        event::UserUpdated,
        event::MessageDeleted,
        event::ConversationUpdated,
        event::ConversationDeleted,
        event::ParticipantAdded,
        event::ParticipantUpdated,
        event::ParticipantRemoved,
        event::ReceiptUpdated,
        event::ReceiptCount,
        event::ReadSynced,
        event::Typing,
        event::PresenceUpdate,
    )),
    tags(
        (name = "auth", description = "Sign in, stay signed in, sign out"),
        (name = "users", description = "People"),
        (name = "conversations", description = "Direct conversations and groups"),
        (name = "messages", description = "Send and read back"),
        (name = "receipts", description = "Who has read what"),
    ),
    modifiers(&Security),
)]
struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
        );
        components.add_security_scheme(
            "refreshCookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("refreshToken"))),
        );
    }
}

/// The endpoints of the API, described.
pub fn routes(limits: &HttpLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(auth::routes(limits))
        .merge(users::routes(limits))
        .merge(conversations::routes(limits))
        .merge(participants::routes(limits))
        .merge(messages::routes(limits))
        .merge(receipts::routes(limits))
}

/// The description alone.
pub fn document() -> openapi::OpenApi {
    let mut document = routes(&HttpLimits::new(&LimitsConfig::default())).into_openapi();
    answers::complete(&mut document);
    document
}
