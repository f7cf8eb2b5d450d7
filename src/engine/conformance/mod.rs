//! The suite that every engine passes: what the traits promise, asked of an implementation that a factory makes.
//! It belongs to the tests, and stands here so that each implementation can run it beside its own code.

pub mod auth;
pub mod bus;
pub mod messages;
pub mod presence;
pub mod receipts;
