//! A door between the server and PostgreSQL: everything passes through it, message by message, and what is executed is
//! noted. A connection that is to be cut or slowed down is cut or slowed down here.

use std::{
    collections::HashMap,
    path::PathBuf,
    str::FromStr as _,
    sync::{Arc, Mutex},
};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, UnixStream},
};
use trice::config::{database::DatabaseConfig, secret::Secret};

/// The longest message that is believed to be one.
const LONGEST: usize = 64 << 20;

/// Who executed what: the connection's name and the statement's text.
type Executed = Arc<Mutex<Vec<(String, String)>>>;

/// A running proxy. It ends with the test's runtime.
pub struct DatabaseProxy {
    database: DatabaseConfig,
    executed: Executed,
}

impl DatabaseProxy {
    /// In front of this database. The server behind it is asked at its Unix socket, as scripts/with-postgres makes it.
    pub async fn before(database: &DatabaseConfig) -> Self {
        let url = database.url.reveal();
        let options = PgConnectOptions::from_str(url).unwrap();
        let folder = options.get_socket().expect("the tests' PostgreSQL listens at a Unix socket");
        let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (user, name) = (options.get_username(), options.get_database().unwrap());
        let url = format!("postgres://{user}@{}/{name}?sslmode=disable", listener.local_addr().unwrap());
        let executed = Executed::default();
        let database = DatabaseConfig { url: Secret::new(url), ..database.clone() };
        let accepting = accept(listener, socket, Arc::clone(&executed));
        #[expect(clippy::disallowed_methods, reason = "a test has no tasks of its own to be stopped")]
        tokio::spawn(accepting);
        Self { database, executed }
    }

    /// How to reach the database through this.
    pub fn database(&self) -> DatabaseConfig {
        self.database.clone()
    }

    /// What was executed since the last time that this was asked: the connection's name and the statement.
    pub fn executed(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.executed.lock().unwrap())
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, executed: Executed) {
    while let Ok((client, _)) = listener.accept().await {
        client.set_nodelay(true).unwrap();
        let (socket, executed) = (socket.clone(), Arc::clone(&executed));
        #[expect(clippy::disallowed_methods, reason = "a test has no tasks of its own to be stopped")]
        tokio::spawn(async move { connect(client, socket, executed).await });
    }
}

/// One connection. When one side ends it, the other one is ended, too.
async fn connect(client: TcpStream, socket: PathBuf, executed: Executed) -> io::Result<()> {
    let (client_reader, mut client_writer) = client.into_split();
    let (mut server_reader, server_writer) = UnixStream::connect(socket).await?.into_split();
    tokio::select! {
        ended = questions(BufReader::new(client_reader), server_writer, executed) => ended,
        ended = io::copy(&mut server_reader, &mut client_writer) => ended.map(drop),
    }
}

/// From the client to the server. The first message has no type; it tells the connection's name.
async fn questions(
    mut client: impl AsyncRead + Unpin,
    mut server: impl AsyncWrite + Unpin,
    executed: Executed,
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
            executed.lock().unwrap().push((name.clone().into_owned(), statement));
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
