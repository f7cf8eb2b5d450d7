//! Accounts' doors: register, log in, renew, log out, and who a token belongs to.

mod passwords;
mod rules;
mod sessions;
mod tokens;

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;

use self::{
    passwords::Passwords,
    sessions::{Rotation, Sessions},
    tokens::TokenSigner,
};
use super::{caller::Caller, text::email_key};
use crate::{
    config::auth::{ACCESS_LIFETIME, AuthConfig},
    engine::Engine,
    error::{Error, ErrorCode, Result},
    model::{
        id::{SessionId, UserId},
        time::Timestamp,
        user::Profile,
    },
    runtime::clock,
    store::{Store, auth::NewSession, users::NewUser},
};

/// A new account.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterInput {
    /// Where to reach its owner; shown to nobody else.
    #[schema(format = Email, max_length = 254, example = "alice@example.org")]
    pub email: String,
    /// Letters, digits and underscores; unique.
    #[schema(min_length = 3, max_length = 50, pattern = "^[A-Za-z0-9_]+$", example = "alice")]
    pub username: String,
    /// With a lower-case letter, an upper-case letter and a digit.
    #[schema(format = Password, min_length = 8, max_length = 100, example = "Correct7Horse")]
    pub password: String,
    /// What others call this person.
    #[schema(min_length = 1, max_length = 100, example = "Alice Example")]
    pub display_name: String,
}

/// Who wants in.
#[derive(Clone, Deserialize, ToSchema)]
pub struct LoginInput {
    /// The account's e-mail.
    #[schema(example = "alice@example.org")]
    pub email: String,
    /// Its password.
    #[schema(format = Password, example = "Correct7Horse")]
    pub password: String,
}

/// What somebody signs in with.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Where it is.
    pub address: Option<IpAddr>,
}

/// What a session hands out.
pub struct Tokens {
    /// The bearer token.
    pub access_token: String,
    /// How long it lives, in seconds.
    pub expires_in: i64,
    /// For the cookie alone.
    pub refresh_token: String,
    /// How long that lives, in seconds.
    pub refresh_expires_in: i64,
}

/// Accounts' doors.
pub struct AuthService {
    store: Store,
    passwords: Passwords,
    tokens: TokenSigner,
    sessions: Sessions,
    registration_open: bool,
}

impl AuthService {
    /// Takes as long as one password hash.
    pub fn new(config: &AuthConfig, store: Store, engine: Engine) -> Result<Self> {
        Ok(Self {
            passwords: Passwords::new()?,
            tokens: TokenSigner::new(config),
            sessions: Sessions::new(store.clone(), engine),
            registration_open: config.registration_open,
            store,
        })
    }

    /// Makes an account and signs it in.
    pub async fn register(&self, input: RegisterInput, device: Device) -> Result<(Profile, Tokens)> {
        if !self.registration_open {
            return Err(Error::new(ErrorCode::Forbidden, "This server takes no new accounts."));
        }
        rules::check_registration(&input)?;
        let password_hash = self.passwords.hash(input.password).await?;
        let profile = self
            .store
            .create_user(&NewUser {
                id: UserId::new(),
                email_key: email_key(&input.email),
                email: input.email.trim().to_owned(),
                username_key: input.username.to_ascii_lowercase(),
                username: input.username,
                password_hash,
                display_name: input.display_name.trim().to_owned(),
            })
            .await?;
        tracing::info!(user.id = %profile.id, "user.registered");
        let tokens = self.begin_session(&profile, device).await?;
        Ok((profile, tokens))
    }

    /// Signs in. An unknown e-mail and a wrong password get the same words after the same time.
    pub async fn login(&self, input: LoginInput, device: Device) -> Result<(Profile, Tokens)> {
        let account = self.store.credentials(&email_key(&input.email)).await?;
        let (profile, hash) = account.map(|account| (account.profile, account.password_hash)).unzip();
        // Longer than any password: not worth a hash, and no account has it.
        let password = if input.password.len() <= 1000 { input.password } else { String::new() };
        match (self.passwords.verify(password, hash).await?, profile) {
            (true, Some(profile)) => {
                let tokens = self.begin_session(&profile, device).await?;
                Ok((profile, tokens))
            }
            _ => Err(Error::new(ErrorCode::Unauthorized, "The e-mail or the password is wrong.")),
        }
    }

    /// Renews a session: both tokens are new, the old refresh token is spent.
    pub async fn refresh(&self, refresh_token: &str, idempotency_key: Option<&str>) -> Result<Tokens> {
        let claims = self.tokens.verify_refresh(refresh_token)?;
        let rotation = self.sessions.rotate(&claims, idempotency_key).await?;
        let profile = self.store.session_profile(claims.family).await?;
        let profile = profile.ok_or_else(|| Error::new(ErrorCode::TokenRevoked, "This account is gone."))?;
        self.tokens(&profile, claims.family, &rotation)
    }

    /// Ends the session of a token: an access token, which may have run out, or else a refresh token.
    pub async fn logout(&self, access_token: Option<&str>, refresh_token: Option<&str>) -> Result<()> {
        let by_access =
            access_token.map(|token| self.tokens.verify_access_even_expired(token).map(|claims| claims.sid));
        let session = match (by_access, refresh_token) {
            (Some(Ok(session)), _) => session,
            (_, Some(token)) => self.tokens.verify_refresh(token)?.family,
            (Some(Err(error)), None) => return Err(error),
            (None, None) => return Err(Error::new(ErrorCode::Unauthorized, "Nobody is signed in.")),
        };
        self.sessions.revoke(session).await
    }

    /// Whose access token this is, if its session lives.
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller> {
        let claims = self.tokens.verify_access(access_token)?;
        self.sessions.check(claims.sid).await?;
        let expires_at = chrono::DateTime::from_timestamp(claims.exp, 0)
            .ok_or_else(|| Error::new(ErrorCode::Unauthorized, "The token is not valid."))?;
        Ok(Caller { user_id: claims.sub, session_id: claims.sid, expires_at: Timestamp(expires_at) })
    }

    async fn begin_session(&self, profile: &Profile, device: Device) -> Result<Tokens> {
        let session = NewSession {
            id: SessionId::new(),
            user_id: profile.id,
            user_agent: device.user_agent,
            address: device.address,
        };
        let created_at = self.store.create_session(&session).await?;
        tracing::info!(user.id = %profile.id, session.id = %session.id, "session.created");
        let first =
            Rotation { user_id: profile.id, generation: 1, made_at: created_at, session_created_at: created_at };
        self.tokens(profile, session.id, &first)
    }

    fn tokens(&self, profile: &Profile, session: SessionId, rotation: &Rotation) -> Result<Tokens> {
        let now = clock::now();
        let (refresh_token, expires_at) = self.tokens.refresh(
            rotation.user_id,
            session,
            rotation.generation,
            rotation.made_at,
            rotation.session_created_at,
        )?;
        Ok(Tokens {
            access_token: self.tokens.access(profile, session, now)?,
            expires_in: i64::try_from(ACCESS_LIFETIME.as_secs()).unwrap_or(i64::MAX),
            refresh_token,
            refresh_expires_in: (expires_at - now.0.timestamp()).max(0),
        })
    }
}
