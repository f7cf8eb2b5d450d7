//! How the inside is seen from outside: logs, metrics, traces and health.

pub mod health;
pub mod logs;
pub mod metrics;
pub mod stages;
pub mod traces;
