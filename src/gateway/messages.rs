//! `message:send`: answered when the message is stored, and told to the others after that.

use tracing::Instrument as _;

use super::reply::Reply;
use crate::{
    domain::{Services, caller::Caller},
    model::socket::{MessageSendInput, MessageSent},
};

/// Stores a message and answers.
pub async fn send(services: &Services, caller: &Caller, reply: &Reply, input: MessageSendInput) {
    // The name that the client gave it finds it in the log.
    let span = tracing::info_span!("message", traceId = %input.client_message_id);
    store(services, caller, reply, input).instrument(span).await;
}

async fn store(services: &Services, caller: &Caller, reply: &Reply, input: MessageSendInput) {
    let (socket, conversation, name) = (reply.socket.id, input.conversation_id, input.client_message_id);
    services.delivery.sending(socket, name);
    let outcome = services.messages.send(caller, input, reply.arrived).await;
    let stored = outcome.as_ref().is_ok_and(|sent| !sent.duplicate);
    match &outcome {
        Ok(sent) => {
            let answer = MessageSent {
                client_message_id: name,
                message_id: sent.message.id,
                conversation_id: conversation,
                seq: sent.message.seq,
                status: sent.message.status,
                timestamp: sent.message.created_at,
                duplicate: sent.duplicate,
            };
            reply.success("message:sent", &answer);
        }
        Err(error) => reply.message_failure(Some(name), error),
    }
    services.delivery.answered(socket, conversation, name, stored);
    if let Ok(sent) = outcome {
        services.messages.publish(&sent);
    }
}
