//! One connection to Redis: kept alive, asked for a sign of life each second, made again when it is lost. What is asked
//! while it is lost or slow fails at once, so that nobody waits for a Redis that is gone.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo as _, ProtocolVersion, PushInfo, PushKind, RedisError,
    RedisResult, Value, aio::MultiplexedConnection, io::tcp::TcpSettings,
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use crate::{
    config::secret::Secret,
    error::{Error, ErrorCode, Result},
    runtime::{random, tasks::CancellationToken},
};

/// How long to wait before connecting again: about this long at first, twice as long each time, up to the longest.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(1);
/// How often to ask for a sign of life, and how long it may take: a Redis that stands still is found in three seconds.
const ALIVE: Duration = Duration::from_secs(1);
const SILENT: Duration = Duration::from_secs(2);

/// What is said on the channels subscribed to: the channel's name and the payload.
pub type Listener = Arc<dyn Fn(&[u8], &[u8]) + Send + Sync>;

/// A connection to Redis.
pub struct Connection {
    name: &'static str,
    client: Client,
    listener: Option<Listener>,
    live: watch::Sender<Option<Live>>,
    /// Redis answers, but not what it should: it is out of memory, or only a copy of another one.
    refusing: AtomicBool,
}

/// An established connection, and what became of it.
#[derive(Clone)]
pub struct Live {
    connection: MultiplexedConnection,
    lost: CancellationToken,
    doubt: Arc<Doubt>,
}

/// Somebody waited in vain: nobody else does, until a sign of life comes.
#[derive(Default)]
struct Doubt {
    open: AtomicBool,
    raised: Notify,
}

/// Redis did not do what it was asked for.
#[derive(Debug)]
pub struct Away;

/// Why it did not.
enum Fault {
    Silent,
    Refused(RedisError),
}

/// What a URL leads to.
pub fn client(url: &Secret) -> Result<Client> {
    let open = || {
        let info = url.reveal().into_connection_info()?;
        // The newer protocol carries answers and what is said on channels side by side.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let tcp = TcpSettings::default().set_nodelay(true);
        Client::open(info.set_redis_settings(settings).set_tcp_settings(tcp))
    };
    open()
        .map_err(|error: RedisError| Error::new(ErrorCode::InternalError, "REDIS_URL: cannot be used").caused_by(error))
}

impl Connection {
    /// A connection that is made by [`Self::keep`].
    pub fn new(name: &'static str, client: Client, listener: Option<Listener>) -> Self {
        Self { name, client, listener, live: watch::Sender::default(), refusing: AtomicBool::default() }
    }

    /// Whether Redis does what it is asked for, as far as is known.
    pub fn is_up(&self) -> bool {
        self.prompt().is_some() && !self.refusing.load(Ordering::Relaxed)
    }

    /// The established connection, if there is one.
    pub fn live(&self) -> Option<Live> {
        self.live.borrow().clone().filter(|live| !live.lost.is_cancelled())
    }

    /// The same, if it answers in time.
    fn prompt(&self) -> Option<Live> {
        self.live().filter(|live| !live.doubt.open.load(Ordering::Relaxed))
    }

    /// Waits for an established connection, which is a new one whenever the former was lost.
    pub async fn established(&self) -> Live {
        let mut changes = self.live.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(live) = self.live() {
                return live;
            }
            if changes.changed().await.is_err() {
                // The sender is this connection's own.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits until a connection is established anew.
    pub async fn renewed(&self) {
        let mut changes = self.live.subscribe();
        while changes.changed().await.is_ok() {
            if changes.borrow_and_update().is_some() {
                return;
            }
        }
        // The sender is this connection's own.
        std::future::pending().await
    }

    /// Asks Redis for something that somebody waits for, as long as the budget is.
    pub async fn ask<T, F>(
        &self,
        budget: Duration,
        question: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, Away>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let live = self.prompt().ok_or(Away)?;
        match live.ask(budget, question).await {
            Ok(answer) => {
                self.refusing.store(false, Ordering::Relaxed);
                Ok(answer)
            }
            Err(Fault::Silent) => {
                live.doubt.open.store(true, Ordering::Relaxed);
                live.doubt.raised.notify_one();
                Err(Away)
            }
            Err(Fault::Refused(error)) => {
                if !self.refusing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(connection = self.name, %error, "redis.refuses");
                }
                Err(Away)
            }
        }
    }

    /// Keeps the connection, for as long as it is asked to.
    pub async fn keep(self: Arc<Self>) {
        let (mut wait, mut complained) = (SHORTEST, false);
        loop {
            match timeout(CONNECT, self.connect()).await {
                Ok(Ok(live)) => {
                    tracing::info!(connection = self.name, "redis.connected");
                    self.refusing.store(false, Ordering::Relaxed);
                    self.live.send_replace(Some(live.clone()));
                    if live.until_lost().await {
                        wait = SHORTEST;
                    }
                    self.live.send_replace(None);
                    tracing::warn!(connection = self.name, "redis.lost");
                    complained = false;
                }
                // Each try would say the same.
                _ if complained => {}
                Ok(Err(error)) => {
                    tracing::warn!(connection = self.name, %error, "redis.unreachable");
                    complained = true;
                }
                Err(_) => {
                    tracing::warn!(connection = self.name, "redis.unreachable: it does not answer");
                    complained = true;
                }
            }
            sleep(random::around(wait)).await;
            wait = (wait * 2).min(LONGEST);
        }
    }

    async fn connect(&self) -> RedisResult<Live> {
        let lost = CancellationToken::new();
        let (listener, ended) = (self.listener.clone(), lost.clone());
        let config = AsyncConnectionConfig::new()
            // Each question brings its own budget.
            .set_response_timeout(None)
            .set_connection_timeout(None)
            .set_push_sender(move |push: PushInfo| {
                match (push.kind, push.data.as_slice(), &listener) {
                    (PushKind::Message, [Value::BulkString(channel), Value::BulkString(payload)], Some(listener)) => {
                        listener(channel, payload);
                    }
                    (PushKind::Disconnection, ..) => ended.cancel(),
                    _ => {}
                }
                Ok::<_, Infallible>(())
            });
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        // A Redis that is still loading accepts connections already.
        redis::cmd("PING").exec_async(&mut connection).await?;
        Ok(Live { connection, lost, doubt: Arc::default() })
    }
}

impl Live {
    async fn ask<T, F>(&self, budget: Duration, question: impl FnOnce(MultiplexedConnection) -> F) -> Result<T, Fault>
    where
        F: Future<Output = RedisResult<T>>,
    {
        match timeout(budget, question(self.connection.clone())).await {
            Ok(Err(error)) if error.is_unrecoverable_error() => {
                self.lost.cancel();
                Err(Fault::Silent)
            }
            Ok(answer) => answer.map_err(Fault::Refused),
            Err(_) => Err(Fault::Silent),
        }
    }

    /// Asks for something without which the connection is of no use: late or refused, it is lost.
    pub async fn insist<T, F>(
        &self,
        budget: Duration,
        question: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, Away>
    where
        F: Future<Output = RedisResult<T>>,
    {
        self.ask(budget, question).await.map_err(|fault| {
            if let Fault::Refused(error) = fault {
                tracing::warn!(%error, "redis.refuses");
            }
            self.lost.cancel();
            Away
        })
    }

    /// Asks for something that may be refused, and without which everything goes on as before.
    pub async fn propose<F>(&self, budget: Duration, question: impl FnOnce(MultiplexedConnection) -> F)
    where
        F: Future<Output = RedisResult<()>>,
    {
        if let Err(Fault::Refused(error)) = self.ask(budget, question).await {
            tracing::info!(%error, "redis.declines");
        }
    }

    /// Waits for something. Answers whether it came before the connection was lost.
    pub async fn until_lost_or(&self, something: impl Future<Output = ()>) -> bool {
        self.lost.run_until_cancelled(something).await.is_some()
    }

    /// Looks for signs of life until there are none. Answers whether there were any.
    async fn until_lost(&self) -> bool {
        let mut lived = false;
        loop {
            let pause = timeout(ALIVE, self.doubt.raised.notified());
            if self.lost.run_until_cancelled(pause).await.is_none() {
                return lived;
            }
            let asked = self.insist(SILENT, async |mut redis| redis::cmd("PING").exec_async(&mut redis).await);
            let Some(Ok(())) = self.lost.run_until_cancelled(asked).await else { return lived };
            self.doubt.open.store(false, Ordering::Relaxed);
            lived = true;
        }
    }
}
