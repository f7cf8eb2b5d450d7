//! `trice schema`: what `make gen` writes down, made from the code: `docs/openapi.json`, `docs/protocol.md` and the web
//! app's types of events.
#![allow(clippy::format_collect, clippy::format_push_string, reason = "this runs once, and reads better so")]

mod events;
mod page;
mod types;

use std::process::ExitCode;

use clap::ValueEnum;

use super::{fail, say};
use crate::http::openapi;

/// What to print.
#[derive(Clone, Copy, ValueEnum)]
pub enum Schema {
    /// The API's OpenAPI document.
    Openapi,
    /// The description of the socket protocol, in Markdown.
    Protocol,
    /// The sockets' events, in TypeScript.
    Events,
}

/// Prints it.
pub fn run(schema: Schema) -> ExitCode {
    let document = openapi::document();
    let printed = match schema {
        Schema::Openapi => document.to_pretty_json().map(|document| document + "\n"),
        Schema::Protocol => serde_json::to_value(document).map(|document| page::page(&document)),
        Schema::Events => Ok(events::events()),
    };
    match printed {
        Ok(text) => say(text.trim_end()),
        Err(error) => fail(error),
    }
}
