//! `trice schema`: the OpenAPI document, as `docs/openapi.json` has it.

use std::process::ExitCode;

use crate::http::openapi;

/// Prints it.
pub fn run() -> ExitCode {
    match openapi::document().to_pretty_json() {
        Ok(document) => {
            println!("{document}");
            ExitCode::SUCCESS
        }
        Err(error) => super::fail(error),
    }
}
