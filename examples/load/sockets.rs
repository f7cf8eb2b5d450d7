//! What it costs to be there: a storm of connections, and the memory of those that then say nothing.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Options, Result,
    client::Client,
    fixtures::Fixtures,
    report::{Figures, at, share},
    servers::Server,
    usage::{Cpu, memory},
};

/// Sockets of the storm, and how long it takes to blow all of them in.
const STORM: usize = 5_000;
const BLOWS: Duration = Duration::from_secs(10);
/// How many connect at once after the storm.
const TOGETHER: usize = 50;
/// How long memory may take to settle.
const SETTLE: Duration = Duration::from_secs(5);

/// Connects everybody: a storm first, the rest after that. Each listens to one conversation and says nothing.
pub async fn idle(server: &Server, fixtures: &Fixtures, options: &Options) -> Result<Figures> {
    let empty = memory(server)?;
    let before = Cpu::used(server, &fixtures.pool).await?;
    let storm = STORM.min(options.sockets);
    let (begun, places) = (Instant::now(), Arc::new(Semaphore::new(TOGETHER)));
    let mut connecting: JoinSet<Result<(Client, Duration)>> = JoinSet::new();
    let (mut clients, mut times, mut failed) = (Vec::new(), Vec::new(), 0);
    for (n, person) in fixtures.people[..options.sockets].iter().enumerate() {
        let (address, token, direct) = (server.address, person.token()?, person.direct);
        let place = if n < storm {
            sleep_until(begun + BLOWS * u32::try_from(n)? / u32::try_from(storm)?).await;
            None
        } else {
            Some(Arc::clone(&places).acquire_owned().await?)
        };
        connecting.spawn(async move {
            let since = Instant::now();
            let mut client = Client::connect(address, &token).await?;
            client.subscribe(direct).await?;
            drop(place);
            Ok((client, since.elapsed()))
        });
        if n + 1 == storm || n + 1 == options.sockets {
            while let Some(connected) = connecting.join_next().await {
                match connected? {
                    Ok((client, time)) => {
                        clients.push(tokio::spawn(client.idle()));
                        if n + 1 == storm {
                            times.push(time);
                        }
                    }
                    Err(error) => {
                        failed += 1;
                        eprintln!("a connection failed: {error}");
                    }
                }
            }
        }
    }
    let cpu = Cpu::used(server, &fixtures.pool).await? - before;
    sleep(SETTLE).await;
    let full = memory(server)?;
    for client in &clients {
        client.abort();
    }
    times.sort_unstable();
    Ok(vec![
        ("failed connections", share(failed)),
        ("storm p99 ms until subscribed", at(&times, 99)),
        ("server CPU ms/connection", cpu.server / share(clients.len()) / 1e3),
        ("kB of the empty process", empty),
        ("kB/socket", (full - empty) / share(clients.len())),
    ])
}
