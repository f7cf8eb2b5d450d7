//! What tests stand on: a server of their own, people with names, and databases that cost nothing.

pub mod api;
mod app;
mod database;
mod line;
mod people;
mod postgres;
mod program;
mod proxy;
mod redis;
mod seen;
mod socket;

pub use app::TestApp;
pub use database::{database, database_at, database_socket, empty_database, store};
pub use line::{End, Line};
pub use people::{Person, answer, cookie, new_id};
pub use postgres::TestPostgres;
pub use program::Program;
pub use proxy::DatabaseProxy;
pub use redis::TestRedis;
pub use seen::Seen;
pub use socket::Socket;
