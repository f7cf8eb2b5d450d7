//! What happens to every request, whatever it asks for.

pub mod access_log;
pub mod cors;
pub mod detach;
pub mod draining;
pub mod metrics;
pub mod origin;
pub mod security;
pub mod trace;
