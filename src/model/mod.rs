//! The nouns of Trice, as clients see them and as rows become them: plain data, no I/O, no decisions.

pub mod conversation;
pub mod event;
pub mod id;
pub mod limit;
pub mod message;
pub mod page;
pub mod presence;
pub mod receipt;
pub mod session;
pub mod socket;
pub mod text;
pub mod time;
pub mod user;
