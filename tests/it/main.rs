//! One binary for all tests that enter by the front door: a real server, a real PostgreSQL, real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests say what failed by failing")]

mod support;

mod accounts;
mod auth;
mod backlog;
mod cli;
mod cluster;
mod conversations;
mod crowd;
mod cut_off;
mod dedup;
mod delivery;
mod engineio;
mod faults;
mod gateway;
mod http;
mod lifecycle;
mod limits;
mod logs;
mod messages;
mod metrics;
mod migrations;
mod nasty;
mod openapi;
mod outages;
mod paging;
mod participants;
mod places;
mod presence;
mod protocol;
mod query_counts;
mod races;
mod receipts;
mod seed;
#[cfg(feature = "shuttle")]
mod shuttle;
mod tokens;
mod traces;
mod typing;
mod users;
