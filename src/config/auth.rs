//! Keys, lifetimes and the cost of a password.

use std::time::Duration;

use super::secret::Secret;

/// How long an access token lives (contract, "Tokens").
pub const ACCESS_LIFETIME: Duration = Duration::from_mins(15);
/// How long a refresh token lives.
pub const REFRESH_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// How long a session lives at most, however often it is renewed.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// What signing in needs.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// `JWT_ACCESS_SECRET`: signs access tokens.
    pub access_secret: Secret,
    /// `JWT_REFRESH_SECRET`: signs refresh tokens.
    pub refresh_secret: Secret,
    /// `REGISTRATION`: whether strangers may make an account.
    pub registration_open: bool,
}
