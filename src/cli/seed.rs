//! `trice seed`: a demo to look at, or as much as a load test wants.

use std::process::ExitCode;

use clap::{Args, value_parser};

use super::{database, fail, say};
use crate::{
    config::{Config, Environment, database::DatabaseConfig},
    domain::seed::{self, Demo, FEWEST, PASSWORD},
    error::{ErrorCode, Result},
    store::Store,
};

/// How much there is to be.
#[derive(Args)]
pub struct Options {
    /// How many people there are; the first dozen have names of their own.
    #[arg(long, default_value_t = 60, value_parser = value_parser!(u32).range(FEWEST as i64..=50_000))]
    people: u32,
    /// How many messages there are, in all conversations together.
    #[arg(long, default_value_t = 4000, value_parser = value_parser!(u32).range(0..=1_000_000))]
    messages: u32,
    /// The same number makes the same demo, counted back from now.
    #[arg(long, default_value_t = 1)]
    number: u64,
    /// Fills a database that has people already, too.
    #[arg(long)]
    anyway: bool,
}

/// Fills it.
pub fn run(options: &Options) -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => return fail(error),
    };
    if config.environment == Environment::Production {
        return fail("everybody knows the demo's password, so there is no demo in production (APP_ENV)");
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(database::with(&config, async |database| match fill(database, options).await {
                Ok(dozen) => {
                    say(format!("{} people have written {} messages. Among them:\n", options.people, options.messages));
                    for (username, name) in dozen {
                        say(format!("  {:24}{name}", format!("{username}@example.org")));
                    }
                    say(format!("\nEverybody's password is {PASSWORD}. Mara takes part in most of it."))
                }
                Err(error) if error.code == ErrorCode::Conflict => {
                    fail(format!("{} Name another one, or say --anyway", error.message))
                }
                Err(error) => fail(error.message),
            }))
        }
        Err(error) => fail(error),
    }
}

async fn fill(database: DatabaseConfig, options: &Options) -> Result<&'static [(&'static str, &'static str)]> {
    let store = Store::connect(&database, true).await?;
    store.migrate().await?;
    let demo = Demo { people: options.people as usize, messages: options.messages as usize, number: options.number };
    let filled = seed::fill(&store, &demo, options.anyway).await;
    store.close().await;
    filled
}
