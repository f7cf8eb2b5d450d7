//! `subscribe` and `unsubscribe`.

use serde::Serialize;

use super::{error::failure, reply::Reply};
use crate::{
    domain::{Services, caller::Caller, delivery::Answers},
    error::{Error, Result, socket::Failure},
    model::{
        id::ConversationId,
        socket::{SubscribeInput, Subscribed, UnsubscribeInput, Unsubscribed},
    },
    runtime::clock,
};

/// How many conversations one call may name.
const MOST: usize = 500;

/// What a call for many answers about one.
#[derive(Serialize)]
#[serde(untagged)]
enum One {
    Subscribed(Subscribed),
    #[serde(rename_all = "camelCase")]
    Refused {
        conversation_id: ConversationId,
        error: Failure,
    },
}

#[derive(Serialize)]
struct Many {
    conversations: Vec<One>,
}

/// Listens to conversations, after a replay of what was missed.
pub async fn subscribe(services: &Services, caller: &Caller, reply: &Reply, input: SubscribeInput) -> Result<()> {
    let (wanted, many) = match input {
        SubscribeInput::One(one) => (vec![one], false),
        SubscribeInput::Many { conversations } => (conversations, true),
    };
    if wanted.len() > MOST {
        return Err(Error::invalid("conversations", "At most 500 at once."));
    }
    let negative = |number: Option<i64>| number.is_some_and(|number| number < 0);
    for (field, wrong) in [
        ("lastSeq", wanted.iter().any(|one| negative(one.last_seq))),
        ("lastRev", wanted.iter().any(|one| negative(one.last_rev))),
    ] {
        if wrong {
            return Err(Error::invalid(field, "This must be 0 or more."));
        }
    }
    let answer = |answers: Answers| {
        if many && reply.ack.is_some() {
            let conversations = answers.into_iter().map(one).collect();
            reply.success("subscribed", &Many { conversations });
        } else {
            each(reply, answers);
        }
    };
    let _turn = reply.socket.subscribing.lock().await;
    services.delivery.subscribe(reply.socket.id, caller, wanted, answer).await
}

/// Listens no more.
pub async fn unsubscribe(services: &Services, reply: &Reply, input: &UnsubscribeInput) {
    let _turn = reply.socket.subscribing.lock().await;
    services.delivery.unsubscribe(reply.socket.id, input.conversation_id);
    let unsubscribed = Unsubscribed { conversation_id: input.conversation_id, timestamp: clock::now() };
    reply.success("unsubscribed", &unsubscribed);
}

fn one((conversation_id, answer): (ConversationId, Result<Subscribed>)) -> One {
    match answer {
        Ok(subscribed) => One::Subscribed(subscribed),
        Err(error) => One::Refused { conversation_id, error: failure(&error) },
    }
}

fn each(reply: &Reply, answers: Answers) {
    for (_, answer) in answers {
        match answer {
            Ok(subscribed) => reply.success("subscribed", &subscribed),
            Err(error) => reply.failure(&error),
        }
    }
}
