//! Accounts' doors: register, log in, renew, log out, and who a token belongs to.

mod account;
mod attempts;
mod common;
pub(super) mod passwords;
pub(super) mod rules;
mod sessions;
mod tokens;

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;

pub use self::account::ChangePasswordInput;
use self::attempts::Guard;
use self::{
    passwords::Passwords,
    sessions::{Rotation, Sessions},
    tokens::TokenSigner,
};
use super::{caller::Caller, text::email_key};
use crate::{
    config::{Config, auth::ACCESS_LIFETIME},
    engine::Engine,
    error::{Error, ErrorCode, Result},
    model::{
        id::{SessionId, UserId},
        limit::Budget,
        text::DisplayName,
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
    #[schema(format = Password, min_length = 8, max_length = 100, pattern = r"^[^\u0000]*$", example = "Correct7Horse")]
    pub password: String,
    /// What others call this person.
    #[schema(value_type = DisplayName)]
    pub display_name: String,
}

/// Who wants in.
#[derive(Clone, Deserialize, ToSchema)]
pub struct LoginInput {
    /// The account's e-mail.
    #[schema(pattern = r"^[^\u0000]*$", example = "alice@example.org")]
    pub email: String,
    /// Its password.
    #[schema(format = Password, pattern = r"^[^\u0000]*$", example = "Correct7Horse")]
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
    guard: Guard,
    registration_open: bool,
}

impl AuthService {
    /// Takes as long as one password hash.
    pub fn new(config: &Config, store: Store, engine: Engine) -> Result<Self> {
        Ok(Self {
            passwords: Passwords::new()?,
            tokens: TokenSigner::new(&config.auth),
            guard: Guard::new(&config.limits, engine.clone()),
            sessions: Sessions::new(store.clone(), engine),
            registration_open: config.auth.registration_open,
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
                password_hash: password_hash.clone(),
                display_name: input.display_name.trim().to_owned(),
            })
            .await?;
        tracing::info!(user.id = %profile.id, "user.registered");
        let tokens = self.begin_session(&profile, password_hash, device).await?;
        Ok((profile, tokens))
    }

    /// Signs in. An unknown e-mail and a wrong password get the same words after the same time,
    /// and count alike. Answers what is left of the attempts, too.
    pub async fn login(&self, input: LoginInput, device: Device) -> Result<(Profile, Tokens, Budget)> {
        let key = email_key(&input.email);
        let address = device.address;
        let (signed_in, budget) =
            self.guard.attempt(&key, address, self.try_login(&key, input.password, device)).await?;
        let (profile, tokens) = signed_in.ok_or_else(|| wrong(budget))?;
        Ok((profile, tokens, budget))
    }

    async fn try_login(&self, key: &str, password: String, device: Device) -> Result<Option<(Profile, Tokens)>> {
        let (profile, hash) =
            self.store.credentials(key).await?.map(|account| (account.profile, account.password_hash)).unzip();
        let verified = self.passwords.verify(password.clone(), hash.clone()).await?;
        let (true, Some(profile), Some(hash)) = (verified, profile, hash) else { return Ok(None) };
        let hash = self.rehash(&profile, password, hash).await;
        match self.begin_session(&profile, hash, device).await {
            Ok(tokens) => Ok(Some((profile, tokens))),
            // The password was changed, or the account deleted, while this one was compared.
            Err(error) if error.code == ErrorCode::Unauthorized => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hashes a password anew whose hash is not made as new ones are. That it cannot be done now keeps nobody out.
    async fn rehash(&self, profile: &Profile, password: String, hash: String) -> String {
        if !Passwords::outdated(&hash) {
            return hash;
        }
        let renewed = async {
            let renewed = self.passwords.hash(password).await?;
            self.store.rehash_password(profile.id, &hash, &renewed).await?;
            Ok::<_, Error>(renewed)
        };
        match renewed.await {
            Ok(renewed) => renewed,
            Err(error) => {
                tracing::warn!(user.id = %profile.id, %error, "password.not_rehashed");
                hash
            }
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

    /// Whom an access token was signed for: enough to count by, not to let in.
    pub fn signed_for(&self, access_token: &str) -> Option<UserId> {
        self.tokens.verify_access(access_token).ok().map(|claims| claims.sub)
    }

    /// Which session a refresh token was signed for: enough to count by.
    pub fn renewal_of(&self, refresh_token: &str) -> Option<SessionId> {
        self.tokens.verify_refresh(refresh_token).ok().map(|claims| claims.family)
    }

    /// A session ended somewhere else.
    pub fn forget(&self, session: SessionId) {
        self.sessions.forget(session);
    }

    /// Whose access token this is, if its session lives.
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller> {
        let claims = self.tokens.verify_access(access_token)?;
        self.sessions.check(claims.sid).await?;
        let expires_at = chrono::DateTime::from_timestamp(claims.exp, 0)
            .ok_or_else(|| Error::new(ErrorCode::Unauthorized, "The token is not valid."))?;
        Ok(Caller {
            user_id: claims.sub,
            username: claims.username,
            session_id: claims.sid,
            expires_at: Timestamp(expires_at),
        })
    }

    async fn begin_session(&self, profile: &Profile, password_hash: String, device: Device) -> Result<Tokens> {
        let session = NewSession {
            id: SessionId::new(),
            user_id: profile.id,
            user_agent: device.user_agent,
            address: device.address,
            password_hash,
        };
        let created_at = self.store.create_session(&session).await?;
        let created_at = created_at.ok_or_else(|| Error::new(ErrorCode::Unauthorized, "Please sign in again."))?;
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

/// The same words, whatever is wrong.
fn wrong(budget: Budget) -> Error {
    let mut error = Error::new(ErrorCode::Unauthorized, "The e-mail or the password is wrong.");
    error.budget = Some(budget);
    error
}
