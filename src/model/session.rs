//! Sessions: one sign-in on one device, and what it hands out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::user::Profile;

/// The answer to a registration or a login. The refresh token travels beside it, in a cookie that scripts cannot read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Who signed in.
    pub user: Profile,
    /// The bearer token of every other request.
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
    pub access_token: String,
    /// How long the access token lives, in seconds.
    #[schema(example = 900)]
    pub expires_in: i64,
}
