//! The verbs of the command line. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to people")]

mod database;
mod doctor;
mod health;
mod restored;
mod schema;
mod seed;
mod serve;
mod user;

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// Real-time chat that you host yourself.
#[derive(Parser)]
#[command(name = "trice", version)]
struct Command {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs the server (the default).
    Serve,
    /// Prints what is made from the code: the API's OpenAPI document unless something else is named.
    Schema {
        /// What to print.
        #[arg(default_value = "openapi")]
        schema: schema::Schema,
    },
    /// Looks at everything that Trice stands on, and says what to do about what is wrong.
    Doctor,
    /// Fills an empty database with a demo: people, conversations, and weeks of messages.
    Seed(seed::Options),
    /// Asks the node on this machine whether it is ready; fails when it is not.
    Health,
    /// Tells clients to forget what they know: say so after an older state of the database came back.
    Restored,
    /// Helps people with their accounts.
    #[command(subcommand)]
    User(user::Verb),
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    match Command::parse().verb.unwrap_or(Verb::Serve) {
        Verb::Serve => serve::run(),
        Verb::Schema { schema } => schema::run(schema),
        Verb::Doctor => doctor::run(),
        Verb::Seed(options) => seed::run(&options),
        Verb::Health => health::run(),
        Verb::Restored => restored::run(),
        Verb::User(verb) => user::run(verb),
    }
}

/// Prints a line, unless nobody reads any more (`trice schema | head`): that is theirs to decide, and no fault.
fn say(line: impl Display) -> ExitCode {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => fail(error),
        _ => ExitCode::SUCCESS,
    }
}

/// Says why nothing came of it.
fn fail(problem: impl Display) -> ExitCode {
    eprintln!("trice: {problem}");
    ExitCode::FAILURE
}
