//! The load generator: runs Trice and a plain Node server under the same load, one after the other, and compares them.
//! `scripts/bench` builds all of it and runs it on a database that writes through to the disk. The table goes to the
//! terminal, the same as JSON to the standard output. Figures stand in `docs/performance.md`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods, missing_docs, reason = "a benchmark")]

mod client;
mod fixtures;
mod history;
mod messages;
mod report;
mod servers;
mod sockets;
mod usage;

use clap::Parser;

use self::{
    fixtures::Fixtures,
    report::{Figures, Report},
    servers::{Kind, Server},
};

/// Whatever goes wrong ends a scenario.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What is run, and how much of it.
#[derive(Parser)]
pub struct Options {
    /// The servers to measure.
    #[arg(long, value_delimiter = ',', default_value = "trice,node")]
    servers: Vec<Kind>,
    /// Only scenarios whose name begins like one of these: pairs, steady, fan-out, idle, history.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// How long each load is measured.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Pairs who write to each other.
    #[arg(long, default_value_t = 500)]
    pairs: usize,
    /// Messages a second of the steady load.
    #[arg(long, default_value_t = 1000)]
    rate: u32,
    /// Idle sockets.
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Pages of history.
    #[arg(long, default_value_t = 2000)]
    pages: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let fixtures = Fixtures::make(options.sockets.max(2 * options.pairs).max(1000)).await?;
    let mut report = Report::default();
    for scenario in ["pairs", "steady", "fan-out 100", "fan-out 1000", "idle", "history"] {
        if !options.only.is_empty() && !options.only.iter().any(|name| scenario.starts_with(name.as_str())) {
            continue;
        }
        for kind in &options.servers {
            // The Node server has no history: it is the path of messages that is compared.
            if scenario == "history" && *kind == Kind::Node {
                continue;
            }
            eprintln!("{scenario}: {kind:?}");
            let server = Server::start(*kind, &fixtures).await?;
            match run(scenario, &server, &fixtures, &options).await {
                Ok(figures) => report.add(scenario, *kind, figures),
                Err(error) => eprintln!("{scenario}: {kind:?} failed: {error}"),
            }
        }
    }
    eprintln!("\n{}", report.table());
    println!("{:#}", report.json());
    Ok(())
}

async fn run(scenario: &str, server: &Server, fixtures: &Fixtures, options: &Options) -> Result<Figures> {
    match scenario {
        "pairs" => messages::pairs(server, fixtures, options, None).await,
        "steady" => messages::pairs(server, fixtures, options, Some(options.rate)).await,
        "fan-out 100" => messages::fan_out(server, fixtures, options, 100).await,
        "fan-out 1000" => messages::fan_out(server, fixtures, options, 1000).await,
        "idle" => sockets::idle(server, fixtures, options).await,
        _ => history::pages(server, fixtures, options).await,
    }
}
