//! Logs: JSON for machines, or lines for a terminal. Never a token, a password or what people wrote.

use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{
    ConfigError,
    log::{LogConfig, LogFormat},
};

/// Begins to log. To be called once, by the program; a second call changes nothing.
pub fn start(config: &LogConfig) -> Result<(), ConfigError> {
    let filter = EnvFilter::builder().parse(&config.level).map_err(|error| ConfigError {
        name: "LOG_LEVEL",
        problem: format!("must be a filter such as info or trice=debug,info: {error}"),
    })?;
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let format = match config.format {
        LogFormat::Json => format.json().flatten_event(true).boxed(),
        LogFormat::Pretty => format.with_target(false).compact().boxed(),
    };
    if tracing_subscriber::registry().with(filter).with(format).try_init().is_err() {
        tracing::debug!("logs.started_before");
    }
    Ok(())
}
