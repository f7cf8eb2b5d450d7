//! Faults under load: real programs are killed, stopped and cut off while many clients write, and everything that these
//! did and heard is held against the database afterwards (`checker`). What takes long is run by `make faults`.
//!
//! The numbers are those of docs/reliability.md.

mod checker;
mod client;
mod database;
mod history;
mod long;
mod mutants;
mod nodes;
mod plan;
mod redis;
mod scene;
mod storm;
mod world;
