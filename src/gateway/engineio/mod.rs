//! Engine.IO (protocol version 4): what carries messages between a client and this node, over a WebSocket, over requests that
//! wait for an answer (polling), or begun by these and carried on by that. It knows nothing of what the messages say.
//! Binary ones are not sent.

mod outbox;
mod polling;
mod websocket;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
pub use tokio_tungstenite::tungstenite::Utf8Bytes as Text;

pub use self::outbox::{Kind, Outbox, TooMuch};
use self::polling::Polled;
use crate::runtime::tasks::Tasks;

/// Times and sizes, of which clients are told.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long after its opening, and after each answer, a client is asked whether it is there.
    pub ping_interval: Duration,
    /// How long the answer may take.
    pub ping_timeout: Duration,
    /// The largest message, and the largest request with several, in bytes.
    pub largest: usize,
}

/// What is above Engine.IO.
pub trait Above: Send + Sync + 'static {
    /// A client has come; what it asked with is here, with what layers put beside it.
    fn open(&self, request: &Parts) -> Arc<dyn Peer>;
}

/// One client, to what is above.
pub trait Peer: Send + Sync {
    /// What waits for the client. Shut, the client is let go when the last words are said.
    fn outbox(&self) -> &Outbox;
    /// The client says something.
    fn message(self: Arc<Self>, text: &str);
    /// The client says something that is no text.
    fn binary(&self);
    /// From now on this connection carries it.
    fn carried(&self, cut: Cut);
    /// The client is gone, or was given up.
    fn gone(&self);
}

/// Whoever holds it carries the client: when it is dropped, however that comes, the client is gone.
struct Present(Arc<dyn Peer>);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.gone();
    }
}

/// Cuts a connection, whatever its other end does. The accept loop makes one for each connection and hands it over as a
/// request extension.
#[derive(Clone)]
pub struct Cut(Arc<dyn Fn() + Send + Sync>);

impl Cut {
    /// Wraps whatever cuts the connection.
    pub fn new(cut: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(cut))
    }

    /// Cuts it.
    pub fn cut(&self) {
        (self.0)();
    }
}

/// Serves it to what is above.
#[derive(Clone)]
pub struct EngineIo(Arc<Inner>);

struct Inner {
    above: Arc<dyn Above>,
    settings: Settings,
    tasks: Tasks,
    /// Those that poll, by the id that their requests name. It is all that a request needs, so it is never told to others.
    polled: Mutex<HashMap<Arc<str>, Arc<Polled>>>,
}

/// Why a request is refused. The numbers are Engine.IO's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    UnknownTransport,
    UnknownSid,
    BadMethod,
    BadRequest,
    UnsupportedVersion,
    TooLarge,
    TooSlow,
    UnsupportedWebSocket,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownSid => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::UnsupportedVersion => (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, 3, "Request took too long"),
            Self::UnsupportedWebSocket => {
                let version = [(header::SEC_WEBSOCKET_VERSION, "13")];
                return (StatusCode::UPGRADE_REQUIRED, version).into_response();
            }
        };
        (status, axum::Json(json!({ "code": code, "message": message }))).into_response()
    }
}

/// What the address of a request says.
#[derive(Debug, Default)]
struct Asked {
    version: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

impl Asked {
    fn of(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "EIO" => asked.version = Some(value.into_owned()),
                "transport" => asked.transport = Some(value.into_owned()),
                "sid" => asked.sid = Some(value.into_owned()),
                _ => {}
            }
        }
        asked
    }
}

impl EngineIo {
    /// Serves `above`. Connections are carried by tasks of `tasks`.
    pub fn new(above: Arc<dyn Above>, settings: Settings, tasks: Tasks) -> Self {
        Self(Arc::new(Inner { above, settings, tasks, polled: Mutex::default() }))
    }

    /// Answers all requests to this path.
    pub fn router(self, path: &str) -> Router {
        Router::new().route(path, any(answer)).with_state(self)
    }

    /// What a client is told first.
    fn opened(&self, sid: &str, upgrades: &[&str]) -> String {
        let Settings { ping_interval, ping_timeout, largest } = self.0.settings;
        let told = json!({
            "sid": sid,
            "upgrades": upgrades,
            "pingInterval": millis(ping_interval),
            "pingTimeout": millis(ping_timeout),
            "maxPayload": largest,
        });
        format!("0{told}")
    }

    fn polled(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Polled>>> {
        self.0.polled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, sid: &str) -> Result<Arc<Polled>, Refusal> {
        self.polled().get(sid).cloned().ok_or(Refusal::UnknownSid)
    }
}

async fn answer(State(engine): State<EngineIo>, request: Request) -> Result<Response, Refusal> {
    let asked = Asked::of(request.uri().query().unwrap_or_default());
    if asked.version.as_deref() != Some("4") {
        return Err(Refusal::UnsupportedVersion);
    }
    match (asked.transport.as_deref(), asked.sid, request.method()) {
        (Some("polling"), None, &Method::GET) => polling::open(&engine, request),
        (Some("polling"), None, _) => Err(Refusal::BadMethod),
        (Some("polling"), Some(sid), &Method::GET) => engine.find(&sid)?.poll().await,
        (Some("polling"), Some(sid), &Method::POST) => {
            let polled = engine.find(&sid)?;
            polled.post(request.into_body(), engine.0.settings.largest).await
        }
        (Some("websocket"), None, _) => websocket::open(&engine, request),
        (Some("websocket"), Some(sid), _) => websocket::upgrade(&engine, engine.find(&sid)?, request),
        (Some("polling"), ..) => Err(Refusal::BadRequest),
        _ => Err(Refusal::UnknownTransport),
    }
}

/// A new session's id, which nobody can guess.
fn new_sid() -> Result<Arc<str>, Refusal> {
    let mut bytes = [0; 15];
    // A system without random numbers is none.
    getrandom::fill(&mut bytes).map_err(|_| Refusal::BadRequest)?;
    Ok(Arc::from(URL_SAFE_NO_PAD.encode(bytes)))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for EngineIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineIo").finish_non_exhaustive()
    }
}
