//! `subscribe` and `unsubscribe`.

use super::{error::failure, reply::Reply};
use crate::{
    domain::{Services, caller::Caller, delivery::Answers},
    error::{
        Error, Result,
        socket::{SubscribedMany, SubscriptionAnswer, SubscriptionRefused},
    },
    model::{
        id::ConversationId,
        socket::{SubscribeInput, Subscribed, UnsubscribeInput, Unsubscribed},
    },
    runtime::clock,
};

/// How many conversations one call may name.
const MOST: usize = 500;

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
            reply.success_after_replay("subscribed", &SubscribedMany { conversations });
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

fn one((conversation_id, answer): (ConversationId, Result<Subscribed>)) -> SubscriptionAnswer {
    match answer {
        Ok(subscribed) => SubscriptionAnswer::Subscribed(Subscribed { timestamp: None, ..subscribed }),
        Err(error) => SubscriptionAnswer::Refused(SubscriptionRefused { conversation_id, error: failure(&error) }),
    }
}

fn each(reply: &Reply, answers: Answers) {
    for (_, answer) in answers {
        match answer {
            Ok(subscribed) => reply.success_after_replay("subscribed", &subscribed),
            Err(error) => reply.failure_after_replay(&error),
        }
    }
}
