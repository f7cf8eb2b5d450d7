//! Socket.IO packets (protocol version 5) inside Engine.IO messages: what is written is the message with its mark, `4`, what is
//! read came without it. Pure. Binary packets are not spoken here.

use serde::Serialize;
use serde_json::value::RawValue;

use super::engineio::Text;

/// A packet from a client, borrowed from the message that it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// For which namespace.
    pub namespace: &'a str,
    /// What it says.
    pub kind: Kind<'a>,
}

/// What a client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// It wants into the namespace; the payload may hold a token.
    Connect(&'a str),
    /// It leaves the namespace.
    Disconnect,
    /// An event; with an id it wants an answer.
    Event(Option<u64>, &'a str),
    /// It answers one of ours. We ask nothing.
    Ack,
}

/// Reads a packet. Nothing means that it is not one, or a binary one.
pub fn parse(text: &str) -> Option<Packet<'_>> {
    let kind = text.as_bytes().first()?;
    let rest = text.get(1..)?;
    let (namespace, rest) = if rest.starts_with('/') {
        let (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        // A query may stand behind the name, from the times of protocol 4.
        (namespace.split('?').next().unwrap_or_default(), rest)
    } else {
        ("/", rest)
    };
    let kind = match kind {
        b'0' => Kind::Connect(rest),
        b'1' => Kind::Disconnect,
        b'2' => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (id, payload) = rest.split_at(digits);
            let id = if id.is_empty() { None } else { Some(id.parse().ok()?) };
            Kind::Event(id, payload)
        }
        b'3' => Kind::Ack,
        _ => return None,
    };
    Some(Packet { namespace, kind })
}

/// Reads an event's name and its first argument.
pub fn parse_event(payload: &str) -> Option<(String, Option<&RawValue>)> {
    let parts: Vec<&RawValue> = serde_json::from_str(payload).ok()?;
    Some((serde_json::from_str(parts.first()?.get()).ok()?, parts.get(1).copied()))
}

/// The client is in the namespace, under this id.
pub fn connected(namespace: &str, sid: &str) -> Text {
    Text::from(format!("40{namespace},{{\"sid\":\"{sid}\"}}"))
}

/// The client is not let into a namespace.
pub fn connect_error(namespace: &str, message: &str) -> Text {
    let mut text = String::from("44");
    if namespace != "/" {
        text.push_str(namespace);
        text.push(',');
    }
    text.push_str(&json(&serde_json::json!({ "message": message })));
    Text::from(text)
}

/// The server leaves the namespace: official clients stay away after that.
pub fn disconnect(namespace: &str) -> Text {
    Text::from(format!("41{namespace},"))
}

/// An event.
pub fn event(namespace: &str, name: &str, payload: &impl Serialize) -> Text {
    packet(&format!("42{namespace},"), &(name, payload))
}

/// The answer to an event that wanted one.
pub fn ack(namespace: &str, id: u64, payload: &impl Serialize) -> Text {
    packet(&format!("43{namespace},{id}"), &(payload,))
}

/// What a packet is and what it holds, written into one piece: most packets are of this size.
fn packet(head: &str, arguments: &impl Serialize) -> Text {
    let mut bytes = Vec::with_capacity(768);
    bytes.extend_from_slice(head.as_bytes());
    // Our own types have no maps with odd keys and no failing parts, so this always succeeds.
    if serde_json::to_writer(&mut bytes, arguments).is_err() {
        bytes.truncate(head.len());
        bytes.extend_from_slice(b"[null]");
    }
    Text::from(String::from_utf8(bytes).unwrap_or_default())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_clients_send() {
        for (text, namespace, kind) in [
            ("0", "/", Kind::Connect("")),
            ("0/chat,", "/chat", Kind::Connect("")),
            ("0/chat,{\"token\":\"x\"}", "/chat", Kind::Connect("{\"token\":\"x\"}")),
            ("0/chat?token=x,", "/chat", Kind::Connect("")),
            ("1/chat,", "/chat", Kind::Disconnect),
            ("1/chat", "/chat", Kind::Disconnect),
            ("2[\"a\"]", "/", Kind::Event(None, "[\"a\"]")),
            ("2/chat,17[\"a\",1]", "/chat", Kind::Event(Some(17), "[\"a\",1]")),
            ("3/chat,1[]", "/chat", Kind::Ack),
        ] {
            assert_eq!(parse(text), Some(Packet { namespace, kind }), "{text}");
        }
        for text in ["", "4", "5/chat,1-[]", "6", "9", "x", "é", "2/chat,99999999999999999999[\"a\"]"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_event_has_a_name() {
        let (name, argument) = parse_event("[\"message:send\", {\"a\": \"\\ud800\"}, 2]").unwrap();
        assert_eq!((name.as_str(), argument.unwrap().get()), ("message:send", "{\"a\": \"\\ud800\"}"));
        assert_eq!(parse_event("[\"typing\"]").unwrap().1.map(RawValue::get), None);
        for bad in ["", "[]", "{}", "[1]", "[null,1]", "[\"a\"", "\"a\"", &"[".repeat(50_000)] {
            assert!(parse_event(bad).is_none());
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*", head in "[0-9]{0,3}/?[a-z]{0,5}[,?]{0,2}") {
            for text in [format!("{head}{text}"), text] {
                if let Some(Packet { kind: Kind::Event(_, payload), .. }) = parse(&text) {
                    parse_event(payload);
                }
            }
        }

        #[test]
        fn reads_back_what_it_writes(name in "\\PC{1,20}", payload in "\\PC*", id in proptest::option::of(any::<u64>())) {
            let text = event("/chat", &name, &payload)[1..].to_owned();
            let text = id.map_or(text.clone(), |id| text.replacen("/chat,", &format!("/chat,{id}"), 1));
            let Some(Packet { namespace: "/chat", kind: Kind::Event(read, body) }) = parse(&text) else {
                return Err(TestCaseError::fail(text));
            };
            prop_assert_eq!(read, id);
            let (read, argument) = parse_event(body).unwrap();
            prop_assert_eq!(read, name);
            prop_assert_eq!(serde_json::from_str::<String>(argument.unwrap().get()).unwrap(), payload);
        }
    }
}
