//! A client over a WebSocket: one task reads what it says, writes what waits for it, and asks whether it is there.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    extract::Request,
    http::{
        HeaderMap, Method, StatusCode,
        header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use futures_util::{SinkExt as _, StreamExt as _, sink::Sink};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use super::{
    Cut, EngineIo, Outbox, Peer, Present, Refusal, Settings, Text, new_sid,
    polling::{FAREWELL, Polled, Stage},
};

/// How much is read at once. Kept for as long as the connection lives, and enough for most messages.
const READ: usize = 1024;
/// How much is written at once.
const AT_ONCE: usize = 32 * 1024;
/// How long it may take to become a WebSocket, and to take over from polling.
const PATIENCE: Duration = Duration::from_secs(10);

type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// Opens a session over a WebSocket.
pub fn open(engine: &EngineIo, request: Request) -> Result<Response, Refusal> {
    let sid = new_sid()?;
    let (mut parts, answer, upgrade) = accept(request)?;
    let cut = parts.extensions.remove::<Cut>();
    let peer = engine.0.above.open(&parts);
    let opened = Text::from(engine.opened(&sid, &[]));
    let settings = engine.0.settings;
    engine.0.tasks.spawn(async move {
        let peer = Present(peer);
        if let Some(cut) = cut {
            peer.0.carried(cut);
        }
        if let Some(mut socket) = established(upgrade, &settings).await
            && socket.feed(Message::Text(opened)).await.is_ok()
        {
            carry(&mut socket, &peer.0, &settings).await;
        }
    });
    Ok(answer)
}

/// Has a WebSocket take over a session that polls.
pub fn upgrade(engine: &EngineIo, polled: Arc<Polled>, request: Request) -> Result<Response, Refusal> {
    let (mut parts, answer, upgrade) = accept(request)?;
    let cut = parts.extensions.remove::<Cut>();
    let settings = engine.0.settings;
    engine.0.tasks.spawn(async move {
        if !polled.set(Stage::Probes) {
            // Another one tries, or has taken over: this one is closed.
            drop(established(upgrade, &settings).await);
            return;
        }
        let probed = timeout(PATIENCE, async {
            let mut socket = established(upgrade, &settings).await?;
            hears(&mut socket, "2probe").await?;
            socket.send(Message::Text(Text::from_static("3probe"))).await.ok()?;
            hears(&mut socket, "5").await?;
            Some(socket)
        });
        let Ok(Some(mut socket)) = probed.await else {
            polled.set(Stage::Polls);
            return;
        };
        if polled.set(Stage::Upgraded) {
            let peer = Present(Arc::clone(&polled.peer));
            if let Some(cut) = cut {
                peer.0.carried(cut);
            }
            carry(&mut socket, &peer.0, &settings).await;
        }
    });
    Ok(answer)
}

/// The request without what is not needed any more, the answer to it, and what comes after that.
fn accept(request: Request) -> Result<(Parts, Response, OnUpgrade), Refusal> {
    let (mut parts, _) = request.into_parts();
    let names = |name, value| has_token(&parts.headers, name, value);
    if parts.method != Method::GET || !names(UPGRADE, "websocket") || !names(CONNECTION, "upgrade") {
        return Err(Refusal::BadRequest);
    }
    if parts.headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refusal::UnsupportedWebSocket);
    }
    let key = parts.headers.get(SEC_WEBSOCKET_KEY).ok_or(Refusal::BadRequest)?;
    let answer = [
        (CONNECTION, "Upgrade".to_owned()),
        (UPGRADE, "websocket".to_owned()),
        (SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes())),
    ];
    let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(Refusal::BadRequest)?;
    Ok((parts, (StatusCode::SWITCHING_PROTOCOLS, answer).into_response(), upgrade))
}

/// Whether one of a header's words, which commas part, is this one.
fn has_token(headers: &HeaderMap, name: axum::http::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case(token))
}

async fn established(upgrade: OnUpgrade, settings: &Settings) -> Option<WebSocket> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        // Written when it is flushed.
        .write_buffer_size(2 * AT_ONCE)
        .max_message_size(Some(settings.largest))
        .max_frame_size(Some(settings.largest));
    let upgraded = timeout(PATIENCE, upgrade).await.ok()?.ok()?;
    Some(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await)
}

/// Nothing when it hears anything else.
async fn hears(socket: &mut WebSocket, text: &str) -> Option<()> {
    match socket.next().await?.ok()? {
        Message::Text(said) => (said.as_str() == text).then_some(()),
        _ => None,
    }
}

/// What happened to a WebSocket.
enum Event {
    Heard(Message),
    /// It is time to ask, or the answer did not come.
    Time,
    /// The last words are said.
    Over,
    Lost,
}

/// Carries what is said to and fro, until one of both ends it.
async fn carry(socket: &mut WebSocket, peer: &Arc<dyn Peer>, settings: &Settings) {
    let mut timer = pin!(sleep(settings.ping_interval));
    let mut asked = false;
    // What it was told first.
    let mut unsent = true;
    loop {
        match poll_fn(|context| poll(context, socket, peer.outbox(), timer.as_mut(), &mut unsent)).await {
            Event::Heard(Message::Text(said)) => match said.split_at_checked(1) {
                Some(("4", message)) => Arc::clone(peer).message(message),
                Some(("3", _)) => {
                    asked = false;
                    timer.as_mut().reset(Instant::now() + settings.ping_interval);
                }
                _ => break,
            },
            Event::Heard(Message::Binary(_)) => peer.binary(),
            // An answer is to be written.
            Event::Heard(_) => unsent = true,
            Event::Time if asked => break,
            Event::Time => {
                asked = true;
                timer.as_mut().reset(Instant::now() + settings.ping_timeout);
                // Behind what is not read yet, and without waiting for that.
                if Pin::new(&mut *socket).start_send(Message::Text(Text::from_static("2"))).is_err() {
                    return;
                }
                unsent = true;
            }
            Event::Over => break,
            Event::Lost => return,
        }
    }
    // Whoever only writes would lose what it has not read yet, if the connection were just dropped.
    let ended = timeout(FAREWELL, async {
        if socket.close(None).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    });
    drop(ended.await);
}

fn poll(
    context: &mut Context<'_>,
    socket: &mut WebSocket,
    outbox: &Outbox,
    timer: Pin<&mut Sleep>,
    unsent: &mut bool,
) -> Poll<Event> {
    // First what it is told: else whoever talks without a pause would hear nothing.
    match poll_write(context, socket, outbox, unsent) {
        Poll::Ready(Ok(())) => return Poll::Ready(Event::Over),
        Poll::Ready(Err(_)) => return Poll::Ready(Event::Lost),
        Poll::Pending => {}
    }
    if timer.poll(context).is_ready() {
        return Poll::Ready(Event::Time);
    }
    match ready!(socket.poll_next_unpin(context)) {
        Some(Ok(message)) => Poll::Ready(Event::Heard(message)),
        _ => Poll::Ready(Event::Lost),
    }
}

/// Writes what waits, as far as it is read. Ready when there will be nothing more.
fn poll_write(
    context: &mut Context<'_>,
    socket: &mut WebSocket,
    outbox: &Outbox,
    unsent: &mut bool,
) -> Poll<Result<(), Error>> {
    loop {
        if *unsent {
            ready!(socket.poll_flush_unpin(context))?;
            *unsent = false;
        }
        let mut bytes = 0;
        while bytes < AT_ONCE {
            match outbox.poll_next(context) {
                Poll::Ready(Some(packet)) => {
                    bytes += packet.len();
                    *unsent = true;
                    Pin::new(&mut *socket).start_send(Message::Text(packet))?;
                }
                Poll::Ready(None) if !*unsent => return Poll::Ready(Ok(())),
                Poll::Pending if !*unsent => return Poll::Pending,
                _ => break,
            }
        }
    }
}
