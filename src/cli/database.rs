//! The database that is named, or in development one of our own for as long as the
//! command runs.

use std::process::ExitCode;

use super::fail;
use crate::config::{Config, database::DatabaseConfig};

/// Calls `run` with a database.
pub async fn with(config: &Config, run: impl AsyncFnOnce(DatabaseConfig) -> ExitCode) -> ExitCode {
    if let Some(url) = &config.database_url {
        return run(DatabaseConfig::new(url.clone())).await;
    }
    embedded(config, run).await
}

#[cfg(feature = "embedded-postgres")]
async fn embedded(config: &Config, run: impl AsyncFnOnce(DatabaseConfig) -> ExitCode) -> ExitCode {
    use super::say;
    use crate::{config::secret::Secret, store::embedded::EmbeddedPostgres};

    let (folder, bin) = (config.data_dir.clone(), config.postgres_bin.clone());
    let started = tokio::task::spawn_blocking(move || EmbeddedPostgres::start(&folder, bin.as_deref())).await;
    let postgres = match started {
        Ok(Ok(postgres)) => postgres,
        Ok(Err(error)) => return fail(error),
        Err(error) => return fail(error),
    };
    if postgres.created() {
        say(format!("A new PostgreSQL was made in {}.", config.data_dir.display()));
    }
    let code = run(DatabaseConfig::new(Secret::new(postgres.url()))).await;
    match tokio::task::spawn_blocking(move || postgres.stop()).await {
        Ok(Ok(())) => code,
        Ok(Err(error)) => fail(error),
        Err(error) => fail(error),
    }
}

#[cfg(not(feature = "embedded-postgres"))]
#[expect(clippy::unused_async, reason = "its twin waits")]
async fn embedded(_: &Config, _: impl AsyncFnOnce(DatabaseConfig) -> ExitCode) -> ExitCode {
    fail("DATABASE_URL is not set, and this build has no PostgreSQL of its own")
}
