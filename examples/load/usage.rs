//! What processes use, as Linux tells it.

use std::{collections::HashMap, fs, ops::Sub};

use sqlx::PgPool;

use crate::{Result, servers::Server};

/// A tick of the clock in which Linux counts CPU time, in µs.
const TICK: f64 = 10_000.0;

/// CPU time used so far, in µs.
#[derive(Clone, Copy)]
pub struct Cpu {
    pub server: f64,
    pub database: f64,
    pub generator: f64,
}

impl Cpu {
    /// Of a server, the database server behind `pool` and this process.
    pub async fn used(server: &Server, pool: &PgPool) -> Result<Self> {
        Ok(Self {
            server: ticks(server.pid(), 2)? * TICK,
            database: database(pool).await?,
            generator: ticks(std::process::id(), 2)? * TICK,
        })
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            server: self.server - before.server,
            database: self.database - before.database,
            generator: self.generator - before.generator,
        }
    }
}

/// The memory that a process has to itself, shared pages counted by their share, in kB.
pub fn memory(server: &Server) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", server.pid()))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The postmaster and its children, those that have ended too.
async fn database(pool: &PgPool) -> Result<f64> {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(pool).await?;
    let postmaster = fields(u32::try_from(backend)?)?.get(1).ok_or("no parent")?.parse()?;
    let mut sum = ticks(postmaster, 4)?;
    for (process, parent) in parents() {
        if parent == postmaster {
            // It may have ended meanwhile, and then its parent counts it.
            sum += ticks(process, 2).unwrap_or_default();
        }
    }
    Ok(sum * TICK)
}

fn parents() -> HashMap<u32, u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbered = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbered.filter_map(|process| Some((process, fields(process).ok()?.get(1)?.parse().ok()?))).collect()
}

/// The first two of user, system, children's user and children's system time, or all four.
fn ticks(process: u32, kinds: usize) -> Result<f64> {
    let fields = fields(process)?;
    fields.iter().skip(11).take(kinds).map(|field| Ok(field.parse::<f64>()?)).sum()
}

/// What /proc tells of a process, from its state on.
fn fields(process: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').ok_or("no state")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}
