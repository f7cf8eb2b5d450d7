//! A door between the server and PostgreSQL: everything passes through it, message by message, and what is executed is
//! noted. A connection that is to be cut or slowed down is cut or slowed down here.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    time::sleep,
};
use trice::config::database::DatabaseConfig;

use super::{database_at, database_socket};

/// The longest message that is believed to be one.
const LONGEST: usize = 64 << 20;

/// A part of the statement at which the door goes mute.
type LastWords = Arc<Mutex<Option<String>>>;

/// Who executed what: the connection's name and the statement's text.
type Executed = Arc<Mutex<Vec<(String, String)>>>;

/// What the door does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// It lets everything pass.
    Open,
    /// It lets no answer out: what is asked is done, and nobody hears of it.
    Mute,
    /// It ends every connection and lets no new one in.
    Shut,
}

/// What is noted of the statements that pass, and what they bring about.
#[derive(Clone)]
struct Seen {
    executed: Executed,
    door: watch::Sender<Door>,
    last_words: LastWords,
    /// The part of the statement whose answer is to be held back.
    held_words: LastWords,
    /// Whether what is held back stays so.
    holds: watch::Sender<bool>,
    /// How much longer each answer takes.
    delay: watch::Sender<Duration>,
}

/// Whether answers are held back: on this connection, and still.
#[derive(Clone)]
struct Held {
    here: Arc<AtomicBool>,
    holds: watch::Receiver<bool>,
}

impl Held {
    /// Waits until they may pass.
    async fn passes(&mut self) -> bool {
        !self.here.load(Ordering::Relaxed) || self.holds.wait_for(|holds| !holds).await.is_ok()
    }
}

/// A running proxy. It ends with the test's runtime.
pub struct DatabaseProxy {
    database: DatabaseConfig,
    executed: Executed,
    door: watch::Sender<Door>,
    last_words: LastWords,
    held_words: LastWords,
    holds: watch::Sender<bool>,
    delay: watch::Sender<Duration>,
    refused: watch::Receiver<usize>,
}

impl DatabaseProxy {
    /// In front of this database. The server behind it is asked at its Unix socket, as scripts/with-postgres makes it.
    pub async fn before(database: &DatabaseConfig) -> Self {
        let socket = database_socket(database);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let executed = Executed::default();
        let database = database_at(database, listener.local_addr().unwrap());
        let (door, state) = watch::channel(Door::Open);
        let (count, refused) = watch::channel(0);
        let (last_words, held_words) = (LastWords::default(), LastWords::default());
        let holds = watch::Sender::new(false);
        let delay = watch::Sender::default();
        let seen = Seen {
            executed: Arc::clone(&executed),
            door: door.clone(),
            last_words: Arc::clone(&last_words),
            held_words: Arc::clone(&held_words),
            holds: holds.clone(),
            delay: delay.clone(),
        };
        let accepting = accept(listener, socket, seen, state, count);
        #[expect(clippy::disallowed_methods, reason = "a test has no tasks of its own to be stopped")]
        tokio::spawn(accepting);
        Self { database, executed, door, last_words, held_words, holds, delay, refused }
    }

    /// How to reach the database through this.
    pub fn database(&self) -> DatabaseConfig {
        self.database.clone()
    }

    /// No answer comes out from the next statement on that has this part: it is executed, and nobody hears of it.
    pub fn mute_at(&self, part: &str) {
        *self.last_words.lock().unwrap() = Some(part.to_owned());
    }

    /// The answer to the next statement that has this part is held back, until it is let go; others are not.
    pub fn hold_back(&self, part: &str) {
        self.holds.send_replace(true);
        *self.held_words.lock().unwrap() = Some(part.to_owned());
    }

    /// What was held back comes.
    pub fn let_go(&self) {
        self.holds.send_replace(false);
    }

    /// Each answer takes so much longer from now on.
    pub fn slow_down(&self, delay: Duration) {
        self.delay.send_replace(delay);
    }

    /// Ends every connection and lets no new one in.
    pub fn shut(&self) {
        self.door.send_replace(Door::Shut);
    }

    /// Lets everything pass again.
    pub fn open(&self) {
        self.door.send_replace(Door::Open);
    }

    /// Waits until somebody has knocked in vain.
    pub async fn refuses(&mut self) {
        self.refused.mark_unchanged();
        self.refused.changed().await.unwrap();
    }

    /// What was executed since the last time that this was asked: the connection's name and the statement.
    pub fn executed(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.executed.lock().unwrap())
    }
}

async fn accept(
    listener: TcpListener,
    socket: PathBuf,
    seen: Seen,
    door: watch::Receiver<Door>,
    refused: watch::Sender<usize>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if *door.borrow() == Door::Shut {
            refused.send_modify(|count| *count += 1);
            continue;
        }
        client.set_nodelay(true).unwrap();
        let (socket, seen, door) = (socket.clone(), seen.clone(), door.clone());
        #[expect(clippy::disallowed_methods, reason = "a test has no tasks of its own to be stopped")]
        tokio::spawn(async move { connect(client, socket, seen, door).await });
    }
}

/// One connection. When one side ends it, the other one is ended, too.
async fn connect(client: TcpStream, socket: PathBuf, seen: Seen, mut door: watch::Receiver<Door>) -> io::Result<()> {
    let (client_reader, client_writer) = client.into_split();
    let (server_reader, server_writer) = UnixStream::connect(socket).await?.into_split();
    let delay = seen.delay.subscribe();
    let held = Held { here: Arc::default(), holds: seen.holds.subscribe() };
    tokio::select! {
        ended = questions(BufReader::new(client_reader), server_writer, seen, held.clone()) => ended,
        ended = answers(server_reader, client_writer, door.clone(), delay, held) => ended,
        _ = door.wait_for(|door| *door == Door::Shut) => Ok(()),
    }
}

/// From the server to the client, as long as answers may pass.
async fn answers(
    mut server: impl AsyncRead + Unpin,
    mut client: impl AsyncWrite + Unpin,
    mut door: watch::Receiver<Door>,
    delay: watch::Receiver<Duration>,
    mut held: Held,
) -> io::Result<()> {
    let mut part = vec![0; 8192];
    loop {
        let length = server.read(&mut part).await?;
        if length == 0 || !held.passes().await || door.wait_for(|door| *door != Door::Mute).await.is_err() {
            return Ok(());
        }
        let delay = *delay.borrow();
        if !delay.is_zero() {
            sleep(delay).await;
        }
        client.write_all(&part[..length]).await?;
    }
}

/// From the client to the server. The first message has no type; it tells the connection's name.
async fn questions(
    mut client: impl AsyncRead + Unpin,
    mut server: impl AsyncWrite + Unpin,
    seen: Seen,
    held: Held,
) -> io::Result<()> {
    let startup = body(&mut client).await?;
    server.write_all(&length(&startup)).await?;
    server.write_all(&startup).await?;
    let mut settings = startup[4..].split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let name = settings.find(|setting| setting == "application_name").and(settings.next()).unwrap_or_default();
    let (mut statements, mut portals) = (HashMap::new(), HashMap::new());
    loop {
        let kind = client.read_u8().await?;
        let body = body(&mut client).await?;
        let mut texts = body.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let mut text = || texts.next().unwrap_or_default();
        let statement = match kind {
            b'P' => {
                statements.insert(text(), text());
                None
            }
            b'B' => {
                portals.insert(text(), text());
                None
            }
            b'E' => portals.get(&text()).and_then(|statement| statements.get(statement)).cloned(),
            b'Q' => Some(text()),
            _ => None,
        };
        if let Some(statement) = statement {
            if seen.held_words.lock().unwrap().take_if(|part| statement.contains(part.as_str())).is_some() {
                held.here.store(true, Ordering::Relaxed);
            }
            if seen.last_words.lock().unwrap().take_if(|part| statement.contains(part.as_str())).is_some() {
                seen.door.send_replace(Door::Mute);
            }
            seen.executed.lock().unwrap().push((name.clone().into_owned(), statement));
        }
        let mut message = vec![kind];
        message.extend(length(&body));
        message.extend(body);
        server.write_all(&message).await?;
    }
}

/// A message's rest: its length, itself included, and that many bytes.
async fn body(client: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = client.read_u32().await? as usize;
    assert!((4..LONGEST).contains(&length), "this is not PostgreSQL's protocol");
    let mut body = vec![0; length - 4];
    client.read_exact(&mut body).await?;
    Ok(body)
}

fn length(body: &[u8]) -> [u8; 4] {
    u32::try_from(body.len() + 4).unwrap().to_be_bytes()
}
