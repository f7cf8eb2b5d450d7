//! What clients did and heard, in the order in which it happened to them, and what the database says in the end.

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Something that happened to a client.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Since the beginning.
    pub at: Duration,
    /// To which client.
    pub client: usize,
    /// Over which of its connections; 0 is HTTP.
    pub connection: u32,
    /// What.
    pub what: What,
}

/// What may happen. Conversations and messages are named as the server names them, and messages by their sender, too.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It is connected and knows who it is.
    Connected,
    /// The connection is over. A silent one had an answer outstanding for too long, and was given up.
    Lost { silent: bool },
    /// It asks for what came after this number, and for what comes.
    Subscribing { conversation: String, last_seq: i64 },
    /// More was missed than it got: it asks again, and what it hears until then has holes.
    Truncated { conversation: String },
    /// It sends a message.
    Sending { message: String, conversation: String, content: String },
    /// It is told that its message is stored.
    Stored { message: String, id: String, seq: i64, duplicate: bool },
    /// It is told that its message is not stored.
    Refused { message: String, code: String, retryable: bool },
    /// It hears a message.
    Received { conversation: String, message: String, id: String, seq: i64, content: String },
    /// It begins to add somebody to a conversation, or to remove them.
    Changing { conversation: String, user: String, member: bool },
    /// It was told that this is done.
    Changed { conversation: String, user: String, member: bool },
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.3} s  client {:>2}/{:<2} {:?}", self.at.as_secs_f64(), self.client, self.connection, self.what)
    }
}

/// A message as the database has it.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct Row {
    pub conversation: String,
    pub seq: i64,
    pub id: String,
    pub sender: String,
    pub message: String,
    pub content: String,
}

/// A conversation as the database has it.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Head {
    pub conversation: String,
    pub seq: i64,
    pub members: Vec<String>,
}

/// What the database says in the end.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Dump {
    pub rows: Vec<Row>,
    pub heads: Vec<Head>,
}

/// Everything that is to be judged.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// What happened, in its order.
    pub entries: Vec<Entry>,
    /// Which user each client acts for.
    pub users: Vec<String>,
    /// What the database says.
    pub dump: Dump,
    /// Whether a node may have kept silent, because it stood still.
    pub may_be_silent: bool,
}

/// What all clients write into.
pub struct History {
    begun: Instant,
    entries: Mutex<Vec<Entry>>,
    stored: AtomicUsize,
    refused: AtomicUsize,
}

impl History {
    /// With nothing in it.
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            entries: Mutex::default(),
            stored: AtomicUsize::default(),
            refused: AtomicUsize::default(),
        }
    }

    /// Something happened now.
    pub fn note(&self, client: usize, connection: u32, what: What) {
        let stored = matches!(what, What::Stored { .. });
        let refused = matches!(what, What::Refused { retryable: true, .. });
        let mut entries = self.entries.lock().unwrap();
        entries.push(Entry { at: self.begun.elapsed(), client, connection, what });
        drop(entries);
        self.stored.fetch_add(usize::from(stored), Ordering::Relaxed);
        self.refused.fetch_add(usize::from(refused), Ordering::Relaxed);
    }

    /// How many messages their senders know to be stored.
    pub fn stored(&self) -> usize {
        self.stored.load(Ordering::Relaxed)
    }

    /// How often a message was refused because it could not be stored.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    /// All of it.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }
}
