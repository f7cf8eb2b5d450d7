//! Which engine keeps what lives shorter than a message.

use super::{ConfigError, secret::Secret};

/// The engine.
#[derive(Debug, Clone)]
pub enum EngineConfig {
    /// Within this process: one node.
    Memory,
    /// `REDIS_URL`: any number of nodes.
    Redis(Secret),
}

/// The forms that an address of Redis can have: plain, with TLS, and a socket of this machine.
const FORMS: &[&str] = &["redis://", "rediss://", "redis+unix://"];

impl EngineConfig {
    /// Redis where there is an address of one.
    pub fn load(url: Option<&str>) -> Result<Self, ConfigError> {
        let Some(url) = url else { return Ok(Self::Memory) };
        if FORMS.iter().any(|form| url.strip_prefix(form).is_some_and(|rest| !rest.is_empty())) {
            return Ok(Self::Redis(Secret::new(url)));
        }
        let problem = "must be the address of a Redis, such as redis://user:password@host:6379".to_owned();
        Err(ConfigError { name: "REDIS_URL", problem })
    }
}
