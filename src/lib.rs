//! # Trice
//!
//! Real-time chat that you host yourself and can trust within three seconds of pressing send.
//!
//! The house has floors, and a floor may use its own rows and anything below, never above:
//!
//! ```text
//! 4 entry       bin/ cli/ app/        start, stop, compose
//! 3 transports  http/ gateway/        the API and the sockets; never each other
//! 2 domain      domain/               what Trice means: accounts, conversations, messages, delivery
//! 1 stores      store/ engine/        PostgreSQL, and state that lives shorter than a message
//! 0 ground      model/ error.rs config/ observability/ runtime/
//! ```
//!
//! A feature has the same word on every floor: `http/messages.rs` → `domain/messages/` →
//! `store/messages.rs`. Guess the floor, guess the word, open the file. `tests/floors.rs` keeps it so;
//! `docs/architecture.md` tells the rest.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod gateway;
pub mod http;
pub mod model;
pub mod observability;
pub mod runtime;
pub mod store;
