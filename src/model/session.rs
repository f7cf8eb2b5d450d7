//! Sessions: one sign-in on one device, and what it hands out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{id::SessionId, time::Timestamp, user::Profile};

/// The answer to a registration or a login. The refresh token travels beside it, in a cookie that scripts cannot read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Who signed in.
    pub user: Profile,
    /// The bearer token of every other request.
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl")]
    pub access_token: String,
    /// How long the access token lives, in seconds.
    #[schema(example = 900)]
    pub expires_in: i64,
}

/// The answer to a renewal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    /// The bearer token that replaces the old one.
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl")]
    pub access_token: String,
    /// How long the access token lives, in seconds.
    #[schema(example = 900)]
    pub expires_in: i64,
}

/// A device on which somebody is signed in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// What the browser called itself.
    #[schema(required, example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub user_agent: Option<String>,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last seen to renew its tokens.
    pub last_used_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}
