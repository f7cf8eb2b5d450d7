//! The events that clients may send, in one table: what it does not name is no event. `docs/protocol.md` and the web
//! app's types are made of it, and of `model::event::ServerEvent`.

use std::any::type_name;

use crate::{
    config::limits::LimitedAction,
    error::socket::{AuthError, EventError, MessageError, SubscribedMany},
    model::socket::{
        AuthInput, AuthSuccess, MessageSendInput, MessageSent, PresenceHeartbeatInput, ReceiptReadInput,
        SubscribeInput, Subscribed, TypingInput, UnsubscribeInput, Unsubscribed,
    },
};

/// An event that the server answers with, and the type of its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Its name on the wire.
    pub name: &'static str,
    /// The type of its payload.
    pub payload: &'static str,
}

impl Answer {
    fn of<T>(name: &'static str) -> Self {
        Self { name, payload: type_of::<T>() }
    }
}

macro_rules! client_events {
    ($(
        $(#[doc = $text:literal])+
        $name:ident $wire:literal ($payload:ty),
        $(answer $answer:literal ($answered:ty $(| $many:ty)*),)?
        failure $failure:literal ($failed:ty)
        $(, limit $limit:ident)?;
    )+) => {
        /// An event that clients may send.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ClientEvent {
            $($(#[doc = $text])+ $name,)+
        }

        impl ClientEvent {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The event of that name on the wire.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($wire => Some(Self::$name),)+ _ => None }
            }

            /// Its name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)+ }
            }

            /// What it does, in words.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => concat!($($text),+),)+ }
            }

            /// The type of its payload.
            pub fn payload(self) -> &'static str {
                match self { $(Self::$name => type_of::<$payload>(),)+ }
            }

            /// What answers it without an acknowledgement, if anything does.
            pub fn answer(self) -> Option<Answer> {
                match self { $(Self::$name => None$(.or(Some(Answer::of::<$answered>($answer))))?,)+ }
            }

            /// What may stand on its acknowledgement besides `ok: true`.
            pub fn acknowledged(self) -> Vec<&'static str> {
                match self { $(Self::$name => vec![$(type_of::<$answered>() $(, type_of::<$many>())*)?],)+ }
            }

            /// What says without an acknowledgement that it failed.
            pub fn failure(self) -> Answer {
                match self { $(Self::$name => Answer::of::<$failed>($failure),)+ }
            }

            /// The bucket that it takes from.
            pub fn limit(self) -> Option<LimitedAction> {
                match self { $(Self::$name => None$(.or(Some(LimitedAction::$limit)))?,)+ }
            }
        }
    };
}

client_events! {
    /// Shows an access token: the first one, or a new one for a live socket, which then lives as long as that. A token
    /// that does not do ends the socket, which is said by the event whether or not an acknowledgement is waited for.
    Auth "auth" (AuthInput),
        answer "auth:success" (AuthSuccess),
        failure "auth:error" (AuthError);
    /// Listens to one conversation, or to many. Those that gave `lastRev` first get what changed, those that gave
    /// `lastSeq` then get what they missed as `message:received`, oldest first. A call for many is acknowledged once for all; without an acknowledgement each
    /// conversation is answered by an event of its own.
    Subscribe "subscribe" (SubscribeInput),
        answer "subscribed" (Subscribed | SubscribedMany),
        failure "error" (EventError),
        limit Subscribe;
    /// Listens to a conversation no more.
    Unsubscribe "unsubscribe" (UnsubscribeInput),
        answer "unsubscribed" (Unsubscribed),
        failure "error" (EventError);
    /// Sends a message. It is answered when the message is stored for good. It needs membership, no subscription.
    MessageSend "message:send" (MessageSendInput),
        answer "message:sent" (MessageSent),
        failure "message:error" (MessageError),
        limit SendMessage;
    /// Says that everything up to a message is read. It needs membership, no subscription. It can be said again, and an
    /// older message than before changes nothing.
    ReceiptRead "receipt:read" (ReceiptReadInput),
        failure "error" (EventError),
        limit ReadReceipt;
    /// Says that the person types in a conversation. Said again while they go on: without that it ends after five seconds.
    /// It needs this socket's subscription.
    TypingStart "typing:start" (TypingInput),
        failure "error" (EventError),
        limit Typing;
    /// Says that they do not any more. What they send in the conversation says so, too, and so does the end of the
    /// socket or of its subscription. It needs this socket's subscription.
    TypingStop "typing:stop" (TypingInput),
        failure "error" (EventError),
        limit Typing;
    /// Says that the person is here, and whether they are at this device; to be said every 15 seconds, for 30 seconds after
    /// the last time they count as gone. Connecting says it the first time.
    PresenceHeartbeat "presence:heartbeat" (PresenceHeartbeatInput),
        failure "error" (EventError),
        limit PresenceHeartbeat;
}

/// A type's own name, which is that of its schema in `docs/openapi.json`.
fn type_of<T>() -> &'static str {
    type_name::<T>().rsplit("::").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_event_belong_together() {
        for event in ClientEvent::ALL {
            assert_eq!(ClientEvent::named(event.name()), Some(*event));
        }
        assert_eq!(ClientEvent::named("nonsense"), None);
        assert_eq!(ClientEvent::Subscribe.acknowledged(), ["Subscribed", "SubscribedMany"]);
    }
}
