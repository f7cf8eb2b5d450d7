//! `trice restored`: an older state of the database came back, and clients must not trust what they know.

use std::process::ExitCode;

use super::{database, fail, say};
use crate::{
    config::{Config, database::DatabaseConfig},
    error::Result,
    store::Store,
};

/// Begins a new epoch.
pub fn run() -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => return fail(error),
    };
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(database::with(&config, async |database| match renew(database).await {
            Ok(()) => say("A new epoch has begun: clients are told to fetch everything again."),
            Err(error) => fail(error.message),
        })),
        Err(error) => fail(error),
    }
}

async fn renew(database: DatabaseConfig) -> Result<()> {
    let store = Store::connect(&database, false).await?;
    store.migrate().await?;
    store.renew_epoch().await?;
    store.close().await;
    Ok(())
}
