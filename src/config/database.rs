//! The database's settings.

use super::secret::Secret;

/// How to reach PostgreSQL, and with how many connections: 20 at most, in three pools that cannot starve each other.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `DATABASE_URL`, or the embedded PostgreSQL's.
    pub url: Secret,
    /// Connections that store messages.
    pub writers: u32,
    /// Connections that answer requests.
    pub requests: u32,
    /// Connections for work in the background.
    pub workers: u32,
}

impl DatabaseConfig {
    /// The contract's pools on this database.
    pub fn new(url: Secret) -> Self {
        Self { url, writers: 4, requests: 12, workers: 4 }
    }
}
