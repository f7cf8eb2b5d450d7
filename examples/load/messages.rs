//! What messages cost: between two people, one after the other and at a steady rate, and to many at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use uuid::Uuid;

use crate::{
    Options, Result,
    client::Client,
    fixtures::Fixtures,
    report::{Figures, at, share},
    servers::Server,
    usage::Cpu,
};

/// How long a load runs before it is measured.
const WARM: Duration = Duration::from_secs(2);

/// What those who load the server and whoever measures have in common.
#[derive(Default)]
struct Window {
    open: AtomicBool,
    over: AtomicBool,
    done: AtomicUsize,
}

impl Window {
    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Lets the load run for a while. Answers how much was done, in how many seconds, and what it cost.
    async fn measure(&self, server: &Server, fixtures: &Fixtures, options: &Options) -> Result<(f64, f64, Cpu)> {
        sleep(WARM).await;
        let (before, begun) = (Cpu::used(server, &fixtures.pool).await?, Instant::now());
        let done = self.done.load(Ordering::Relaxed);
        self.open.store(true, Ordering::Relaxed);
        sleep(Duration::from_secs(options.seconds)).await;
        self.open.store(false, Ordering::Relaxed);
        let done = self.done.load(Ordering::Relaxed) - done;
        let took = begun.elapsed().as_secs_f64();
        let cpu = Cpu::used(server, &fixtures.pool).await? - before;
        self.over.store(true, Ordering::Relaxed);
        Ok((f64::from(u32::try_from(done)?), took, cpu))
    }
}

/// Two people who write to each other in turn.
struct Pair {
    sender: Client,
    receiver: Client,
    conversation: Uuid,
}

impl Pair {
    async fn connect(server: &Server, fixtures: &Fixtures, pair: usize) -> Result<Self> {
        let (one, other) = (&fixtures.people[2 * pair], &fixtures.people[2 * pair + 1]);
        let conversation = one.direct;
        let mut sender = Client::connect(server.address, &one.token()?).await?;
        let mut receiver = Client::connect(server.address, &other.token()?).await?;
        sender.subscribe(conversation).await?;
        receiver.subscribe(conversation).await?;
        Ok(Self { sender, receiver, conversation })
    }

    /// One message, until it is stored, acknowledged and delivered. Answers when it was delivered.
    async fn exchange(&mut self) -> Result<Instant> {
        self.sender.say(self.conversation).await?;
        let heard = async {
            self.receiver.heard().await?;
            Ok(Instant::now())
        };
        let ((), heard) = tokio::try_join!(self.sender.answered(), heard)?;
        std::mem::swap(&mut self.sender, &mut self.receiver);
        Ok(heard)
    }
}

/// Each pair writes one message after the other, or together they write so many a second.
pub async fn pairs(server: &Server, fixtures: &Fixtures, options: &Options, rate: Option<u32>) -> Result<Figures> {
    let window = Arc::new(Window::default());
    let mut at_work: JoinSet<Result<Vec<Duration>>> = JoinSet::new();
    let mut connected = Vec::new();
    for pair in 0..options.pairs {
        connected.push(Pair::connect(server, fixtures, pair).await?);
    }
    let (begun, count) = (Instant::now(), u32::try_from(options.pairs)?);
    for (place, mut pair) in (0_u32..).zip(connected) {
        let window = Arc::clone(&window);
        at_work.spawn(async move {
            let mut times = Vec::new();
            for turn in 0_u32.. {
                if window.is_over() {
                    break;
                }
                let mut since = Instant::now();
                if let Some(rate) = rate {
                    let due = begun + Duration::from_secs(1) / rate * (turn * count + place);
                    sleep_until(due).await;
                    // Late because the message before it was late: it has waited, too.
                    since = if since > due { due } else { Instant::now() };
                }
                let counts = window.is_open();
                let heard = pair.exchange().await?;
                window.done();
                if counts {
                    times.push(heard - since);
                }
            }
            Ok(times)
        });
    }
    let (messages, took, cpu) = window.measure(server, fixtures, options).await?;
    let mut times = Vec::new();
    while let Some(ended) = at_work.join_next().await {
        times.extend(ended??);
    }
    times.sort_unstable();
    Ok(vec![
        ("messages/s", messages / took),
        ("p50 ms", at(&times, 50)),
        ("p99 ms", at(&times, 99)),
        ("server CPU µs/message", cpu.server / messages),
        ("PostgreSQL CPU µs/message", cpu.database / messages),
        ("generator CPU µs/message", cpu.generator / messages),
    ])
}

/// One person writes to a group of connected people, the next message when everybody has the one before.
pub async fn fan_out(server: &Server, fixtures: &Fixtures, options: &Options, people: usize) -> Result<Figures> {
    let group = fixtures.group(people).await?;
    let window = Arc::new(Window::default());
    let (delivered, everybody) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut listeners = JoinSet::new();
    for person in &fixtures.people[1..people] {
        let mut client = Client::connect(server.address, &person.token()?).await?;
        client.subscribe(group).await?;
        let (delivered, everybody) = (Arc::clone(&delivered), Arc::clone(&everybody));
        listeners.spawn(async move {
            while client.heard().await.is_ok() {
                let before = delivered.fetch_add(1, Ordering::Relaxed);
                if (before + 1).is_multiple_of(people - 1) {
                    everybody.notify_one();
                }
            }
        });
    }
    let mut sender = Client::connect(server.address, &fixtures.people[0].token()?).await?;
    sender.subscribe(group).await?;
    let sending = tokio::spawn({
        let window = Arc::clone(&window);
        async move {
            let mut times = Vec::new();
            while !window.is_over() {
                let since = Instant::now();
                sender.say(group).await?;
                sender.answered().await?;
                everybody.notified().await;
                window.done();
                if window.is_open() {
                    times.push(since.elapsed());
                }
            }
            Result::Ok(times)
        }
    });
    let (messages, took, cpu) = window.measure(server, fixtures, options).await?;
    let mut times = sending.await??;
    times.sort_unstable();
    let deliveries = messages * share(people - 1);
    Ok(vec![
        ("deliveries/s", deliveries / took),
        ("p50 ms until the last has it", at(&times, 50)),
        ("server CPU µs/delivery", cpu.server / deliveries),
        ("generator CPU µs/delivery", cpu.generator / deliveries),
    ])
}
