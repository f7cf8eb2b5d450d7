//! Sessions: rotation with reuse detection, ending, and whether one still lives.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::tokens::RefreshClaims;
use crate::{
    engine::Engine,
    error::{Error, ErrorCode, Result},
    model::{
        event::{Channel, Event},
        id::{SessionId, UserId},
        time::Timestamp,
    },
    store::{Store, auth::Family},
};

/// How long a node believes what it read about a session (contract, "Tokens").
const BELIEVED_FOR: Duration = Duration::from_secs(5);
/// How many sessions a node remembers; beyond that the stale ones are forgotten.
const REMEMBERED: usize = 50_000;

/// Sessions, as the database has them.
pub struct Sessions {
    store: Store,
    engine: Engine,
    seen: Mutex<HashMap<SessionId, Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    at: Instant,
    revoked: bool,
}

/// The generation of a family that a refresh token of its may be made for.
pub struct Rotation {
    /// Whose.
    pub user_id: UserId,
    /// Which generation.
    pub generation: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// When the session began.
    pub session_created_at: Timestamp,
}

impl Sessions {
    /// Remembers nothing yet.
    pub fn new(store: Store, engine: Engine) -> Self {
        Self { store, engine, seen: Mutex::default() }
    }

    /// Spends a refresh token. A token that was spent before ends its session, for somebody else may have it; unless
    /// the request repeats the very rotation that spent it (the same `Idempotency-Key`, within a minute, and nobody has
    /// used the successor): then the same successor is handed out again, because the answer may have been lost.
    pub async fn rotate(&self, token: &RefreshClaims, idempotency_key: Option<&str>) -> Result<Rotation> {
        let key = idempotency_key.map(|key| Sha256::digest(key.as_bytes()).to_vec());
        if let Some(family) = self.store.rotate(token.family, token.generation, key.as_deref()).await? {
            return Ok(family.into());
        }
        let Some(family) = self.store.family(token.family).await? else { return Err(ended()) };
        if family.revoked {
            return Err(ended());
        }
        let repeated = token.generation + 1 == family.generation
            && family.rotated_lately
            && key.is_some()
            && key == family.rotation_key;
        if repeated {
            return Ok(family.into());
        }
        if token.generation >= family.generation {
            // Not spent, and yet not accepted: the session is over 90 days old.
            return Err(ended());
        }
        tracing::warn!(session.id = %token.family, user.id = %family.user_id, "session.refresh_token_reused");
        self.revoke(token.family).await?;
        Err(ended())
    }

    /// Ends a session: its tokens are refused at once, its sockets closed on every node.
    pub async fn revoke(&self, id: SessionId) -> Result<()> {
        let live = self.store.revoke_session(id).await?;
        self.forget(id);
        if live.is_some() {
            self.tell(&[id]);
        }
        Ok(())
    }

    /// Refuses the tokens of a session that ended, from now on.
    pub fn forget(&self, id: SessionId) {
        self.remember(id, true);
    }

    /// Tells all nodes of sessions that ended.
    pub fn tell(&self, ended: &[SessionId]) {
        for id in ended {
            self.forget(*id);
            tracing::info!(session.id = %id, "session.revoked");
            self.engine.bus.publish(Channel::Audience, Event::SessionRevoked { session_id: *id });
        }
    }

    /// Fails if a session was ended.
    pub async fn check(&self, id: SessionId) -> Result<()> {
        let revoked = if let Some(revoked) = self.recall(id) {
            revoked
        } else {
            let revoked = self.store.session_revoked(id).await?;
            self.remember(id, revoked);
            revoked
        };
        if revoked { Err(ended()) } else { Ok(()) }
    }

    fn recall(&self, id: SessionId) -> Option<bool> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&id).filter(|seen| seen.at.elapsed() < BELIEVED_FOR).map(|seen| seen.revoked)
    }

    fn remember(&self, id: SessionId, revoked: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.retain(|_, seen| seen.at.elapsed() < BELIEVED_FOR);
        }
        // What was read before it was ended may arrive here after it: ended is for good.
        let revoked = revoked || seen.get(&id).is_some_and(|seen| seen.revoked);
        seen.insert(id, Seen { at: Instant::now(), revoked });
    }
}

impl From<Family> for Rotation {
    fn from(family: Family) -> Self {
        Self {
            user_id: family.user_id,
            generation: family.generation,
            made_at: family.rotated_at,
            session_created_at: family.created_at,
        }
    }
}

fn ended() -> Error {
    Error::new(ErrorCode::TokenRevoked, "This session has ended. Please sign in again.")
}
