//! `docs/protocol.md`: the words of `protocol.md` beside this file, with the tables of events and types put in.

use serde_json::Value;

use super::{events, types::Types};
use crate::{
    config::limits::{LimitedAction, LimitsConfig},
    gateway::protocol::ClientEvent,
    model::event::ServerEvent,
};

const TEMPLATE: &str = include_str!("protocol.md");
const JAVASCRIPT: &str = include_str!("echo.mjs");
const PYTHON: &str = include_str!("echo.py");

/// The whole page.
pub fn page(document: &Value) -> String {
    let types = Types::of(document);
    let answers = events::answers();
    let payloads = ClientEvent::ALL
        .iter()
        .flat_map(|event| event.acknowledged().into_iter().chain([event.payload()]))
        .chain(answers.iter().map(|answer| answer.payload))
        .chain(ServerEvent::ALL.iter().map(|told| told.payload));
    [
        ("javascript", JAVASCRIPT.trim_end()),
        ("python", PYTHON.trim_end()),
        ("client events", asked(&types).trim_end()),
        ("server events", said(&types).trim_end()),
        ("types", types.sections(payloads).trim()),
    ]
    .iter()
    .fold(TEMPLATE.to_owned(), |page, (place, text)| page.replace(&format!("{{{{{place}}}}}"), text))
}

/// What clients send.
fn asked(types: &Types<'_>) -> String {
    let limits = LimitsConfig::default();
    let sections = ClientEvent::ALL.iter().map(|event| {
        let failure = event.failure();
        let (answer, acknowledged) = match event.answer() {
            Some(answer) => {
                let on_it = event.acknowledged().iter().map(|name| types.link(name)).collect::<Vec<_>>().join(" or ");
                (format!("`{}`, {}", answer.name, types.link(answer.payload)), format!("`ok: true` and {on_it}"))
            }
            None => ("none".to_owned(), "`ok: true`".to_owned()),
        };
        format!(
            "### `{name}`\n\n{text}\n\n| | |\n|---|---|\n| payload | {payload} |\n| acknowledged with | {acknowledged} |\n\
             | answer without an acknowledgement | {answer} |\n| failure without an acknowledgement | `{failure}`, {failed} \
             |\n| limit for one person | {limit} |\n\n",
            name = event.name(),
            text = sentence(event.text()),
            payload = types.link(event.payload()),
            failure = failure.name,
            failed = types.link(failure.payload),
            limit = event.limit().map_or_else(|| "none of its own".to_owned(), |action| rate(&limits, action)),
        )
    });
    sections.collect()
}

/// What the server says.
fn said(types: &Types<'_>) -> String {
    let answers = events::answers().into_iter().map(|answer| (answer.name, answer.payload, "The socket concerned."));
    let told = ServerEvent::ALL.iter().map(|told| (told.name, told.payload, told.to));
    let rows = told.chain(answers).map(|(name, payload, to)| {
        let (payload, to) = (types.link(payload), sentence(to));
        format!("| `{name}` | {payload} | {to} |\n")
    });
    format!("| event | payload | who hears it |\n|---|---|---|\n{}", rows.collect::<String>())
}

/// The lines of a doc comment as one.
fn sentence(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rate(limits: &LimitsConfig, action: LimitedAction) -> String {
    let rate = limits.rate(action);
    format!("{} in {} min (`{}`)", rate.burst, rate.period.as_secs() / 60, action.variable())
}
