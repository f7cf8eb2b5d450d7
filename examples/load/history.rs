//! What it costs to read a page of history over HTTP.

use tokio::time::Instant;

use crate::{
    Options, Result,
    fixtures::{Fixtures, HISTORY},
    report::{Figures, at, share},
    servers::Server,
    usage::Cpu,
};

/// Pages read before it is measured: connections are made and statements planned.
const WARM: i64 = 50;

/// Pages of fifty, one after another, from all over a long history.
pub async fn pages(server: &Server, fixtures: &Fixtures, options: &Options) -> Result<Figures> {
    let token = fixtures.people[0].token()?;
    let base = format!("http://{}/api/v1/conversations/{}/messages?limit=50", server.address, fixtures.history);
    let (mut times, mut before) = (Vec::new(), Cpu::used(server, &fixtures.pool).await?);
    for n in 0..WARM + i64::try_from(options.pages)? {
        if n == WARM {
            before = Cpu::used(server, &fixtures.pool).await?;
        }
        let since = Instant::now();
        let after = n * 7919 % (HISTORY - 50);
        let answer = server.http.get(format!("{base}&after={after}")).bearer_auth(&token).send().await?;
        let page = answer.error_for_status()?.bytes().await?;
        if n >= WARM {
            times.push(since.elapsed());
        }
        if page.len() < 5_000 {
            return Err("a page was short".into());
        }
    }
    let cpu = Cpu::used(server, &fixtures.pool).await? - before;
    times.sort_unstable();
    let pages = share(times.len());
    Ok(vec![
        ("p50 ms", at(&times, 50)),
        ("p99 ms", at(&times, 99)),
        ("server CPU µs/page", cpu.server / pages),
        ("PostgreSQL CPU µs/page", cpu.database / pages),
    ])
}
