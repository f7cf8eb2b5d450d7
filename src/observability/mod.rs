//! How the inside is seen from outside: logs and health.

pub mod health;
pub mod logs;
pub mod metrics;
