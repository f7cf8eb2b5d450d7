//! How logs look and how much they say.

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Logging.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// `LOG_FORMAT`
    pub format: LogFormat,
    /// `LOG_LEVEL`, a filter such as `info` or `trice=debug,info`.
    pub level: String,
}
