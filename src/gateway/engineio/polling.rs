//! A client that polls: it asks for what there is and waits until there is something, and brings what it says in requests
//! beside that. Nobody but one of its requests takes from its outbox, and one task sees to it until it is gone, or goes on over
//! a WebSocket.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::header,
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::{EngineIo, Kind, Peer, Present, Refusal, Settings, Text, new_sid};

/// Stands between packets.
const SEPARATOR: char = '\u{1e}';
/// How much is handed out at once.
const AT_ONCE: usize = 64 * 1024;
/// How long a request may take to bring what it says.
const BODY: Duration = Duration::from_secs(10);
/// How long the last words wait to be fetched.
pub const FAREWELL: Duration = Duration::from_millis(500);

/// How a client that polls stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It polls.
    Polls,
    /// A WebSocket tries whether it carries: whoever polls is answered at once, so that it can go on there.
    Probes,
    /// It has gone on over a WebSocket.
    Upgraded,
    /// It said that it leaves.
    Left,
    /// It is given up.
    Over,
}

/// A client that polls.
pub struct Polled {
    /// The client, to what is above.
    pub peer: Arc<dyn Peer>,
    stage: watch::Sender<Stage>,
    polls: AtomicBool,
    posts: AtomicBool,
    pong: Notify,
}

/// Opens a session that polls.
pub fn open(engine: &EngineIo, request: Request) -> Result<Response, Refusal> {
    let sid = new_sid()?;
    let (parts, _) = request.into_parts();
    let polled = Arc::new(Polled {
        peer: engine.0.above.open(&parts),
        stage: watch::Sender::new(Stage::Polls),
        polls: AtomicBool::default(),
        posts: AtomicBool::default(),
        pong: Notify::new(),
    });
    let opened = engine.opened(&sid, &["websocket"]);
    engine.polled().insert(Arc::clone(&sid), Arc::clone(&polled));
    let (engine, keeper) = (engine.clone(), polled);
    engine.0.tasks.clone().spawn(async move {
        let peer = Present(Arc::clone(&keeper.peer));
        keeper.keep(&engine.0.settings).await;
        engine.polled().remove(&sid);
        drop(peer);
    });
    Ok(text(opened))
}

impl Polled {
    /// What waits for the client, as soon as something does.
    pub async fn poll(&self) -> Result<Response, Refusal> {
        self.listens()?;
        let Some(_turn) = Turn::take(&self.polls) else {
            // Two that take would each get a part of it.
            self.set(Stage::Over);
            return Err(Refusal::BadRequest);
        };
        let outbox = self.peer.outbox();
        let (mut left, mut stage) = (self.stage.subscribe(), self.stage.subscribe());
        let first = tokio::select! {
            biased;
            _ = left.wait_for(|stage| *stage == Stage::Left) => return Ok(text("6".to_owned())),
            first = outbox.next() => first,
            _ = stage.wait_for(|stage| *stage != Stage::Polls) => {
                return Ok(text(if self.stage() == Stage::Over { "1" } else { "6" }.to_owned()));
            }
        };
        let mut payload = String::new();
        let mut next = first;
        while let Some(packet) = next {
            if !payload.is_empty() {
                payload.push(SEPARATOR);
            }
            payload.push_str(&packet);
            next = if payload.len() < AT_ONCE { outbox.take() } else { None };
        }
        if outbox.is_over() {
            if !payload.is_empty() {
                payload.push(SEPARATOR);
            }
            payload.push('1');
            self.set(Stage::Over);
        }
        Ok(text(payload))
    }

    /// What the client says.
    pub async fn post(&self, body: Body, largest: usize) -> Result<Response, Refusal> {
        self.listens()?;
        let said = self.hear(body, largest).await;
        if said.is_err() {
            self.set(Stage::Over);
        }
        said.map(|()| text("ok".to_owned()))
    }

    async fn hear(&self, body: Body, largest: usize) -> Result<(), Refusal> {
        // Two at once have no order.
        let _turn = Turn::take(&self.posts).ok_or(Refusal::BadRequest)?;
        let body = timeout(BODY, Limited::new(body, largest).collect()).await.map_err(|_| Refusal::TooSlow)?;
        let body =
            body.map_err(|error| if error.is::<LengthLimitError>() { Refusal::TooLarge } else { Refusal::BadRequest })?;
        let body = body.to_bytes();
        let body = str::from_utf8(&body).map_err(|_| Refusal::BadRequest)?;
        for packet in body.split(SEPARATOR) {
            let (kind, message) = packet.split_at_checked(1).ok_or(Refusal::BadRequest)?;
            match kind {
                "4" => Arc::clone(&self.peer).message(message),
                "b" => self.peer.binary(),
                "3" => self.pong.notify_one(),
                "1" => {
                    self.set(Stage::Left);
                }
                _ => return Err(Refusal::BadRequest),
            }
        }
        Ok(())
    }

    /// Moves on to another stage, unless it was the last one. Answers whether it did.
    pub fn set(&self, to: Stage) -> bool {
        self.stage.send_if_modified(|stage| {
            let goes_on = matches!(*stage, Stage::Polls | Stage::Probes);
            // One WebSocket tries at a time, and takes over only after that.
            let fits = match to {
                Stage::Probes => *stage == Stage::Polls,
                Stage::Polls | Stage::Upgraded => *stage == Stage::Probes,
                Stage::Left | Stage::Over => true,
            };
            let moves = goes_on && fits;
            if moves {
                *stage = to;
            }
            moves
        })
    }

    /// Ends when the client has left, does not answer any more, or is let go, or when its WebSocket has ended.
    async fn keep(&self, settings: &Settings) {
        let mut stage = self.stage.subscribe();
        let let_go = async {
            self.peer.outbox().is_shut().await;
            sleep(FAREWELL).await;
        };
        tokio::select! {
            _ = stage.wait_for(|stage| !matches!(stage, Stage::Polls | Stage::Probes)) => {}
            () = self.answers(settings) => {}
            () = let_go => {}
        }
        self.set(Stage::Over);
        if self.stage() == Stage::Upgraded {
            self.peer.outbox().has_ended().await;
        }
    }

    /// Ends when the client does not say in time that it is there.
    async fn answers(&self, settings: &Settings) {
        loop {
            sleep(settings.ping_interval).await;
            if self.peer.outbox().put(Text::from_static("2"), Kind::Live).is_err()
                || timeout(settings.ping_timeout, self.pong.notified()).await.is_err()
            {
                return;
            }
        }
    }

    fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// It can be polled, and brought something.
    fn listens(&self) -> Result<(), Refusal> {
        match self.stage() {
            Stage::Polls | Stage::Probes => Ok(()),
            Stage::Upgraded | Stage::Left | Stage::Over => Err(Refusal::UnknownSid),
        }
    }
}

/// One request at a time.
struct Turn<'a>(&'a AtomicBool);

impl<'a> Turn<'a> {
    fn take(taken: &'a AtomicBool) -> Option<Self> {
        (!taken.swap(true, Ordering::AcqRel)).then_some(Self(taken))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}
