//! How the inside is seen from outside: logs, metrics and health.

pub mod health;
pub mod logs;
pub mod metrics;
pub mod stages;
