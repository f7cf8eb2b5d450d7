//! `trice user`: what an operator does for somebody, on the machine itself.

use std::process::ExitCode;

use clap::Subcommand;

use super::{database, fail, say};
use crate::{
    config::{Config, database::DatabaseConfig},
    domain::auth::AuthService,
    engine::Engine,
    error::Result,
    store::Store,
};

/// What can be done.
#[derive(Subcommand)]
pub enum Verb {
    /// Gives an account a new password, prints it, and signs the account out everywhere.
    ResetPassword {
        /// The account's username or e-mail address.
        name: String,
    },
}

/// Does it.
pub fn run(verb: Verb) -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => return fail(error),
    };
    let Verb::ResetPassword { name } = verb;
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(database::with(&config, async |database| {
            match reset_password(&config, database, &name).await {
                Ok(password) => {
                    say(format!("The new password of {name} is: {password}"));
                    say(format!("It works now. All devices of {name} are signed out within 30 seconds."))
                }
                Err(error) => fail(error.message),
            }
        })),
        Err(error) => fail(error),
    }
}

async fn reset_password(config: &Config, database: DatabaseConfig, name: &str) -> Result<String> {
    let store = Store::connect(&database, false).await?;
    let password = AuthService::new(config, store.clone(), Engine::memory())?.reset_password(name).await;
    store.close().await;
    password
}
