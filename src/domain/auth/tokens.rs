//! Tokens: signed and verified here, with one algorithm, no leeway, and a secret for each kind.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    config::auth::{ACCESS_LIFETIME, AuthConfig, REFRESH_LIFETIME, SESSION_LIFETIME},
    config::secret::Secret,
    error::{Error, ErrorCode, Result},
    model::{
        id::{SessionId, UserId},
        time::Timestamp,
        user::Profile,
    },
    runtime::clock,
};

const ISSUER: &str = "trice";
const AUDIENCE: &str = "trice-client";
/// How far the clocks of two nodes may be apart, in seconds.
const CLOCKS_DIFFER: i64 = 60;

/// Which of the two a token is. They are signed with different secrets, and say it besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// Proves who asks.
    Access,
    /// Gets the next pair.
    Refresh,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who.
    pub sub: UserId,
    /// Their e-mail.
    pub email: String,
    /// Their username.
    pub username: String,
    /// In which session.
    pub sid: SessionId,
    /// The token's own id.
    pub jti: Uuid,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it runs out.
    pub exp: i64,
    /// Who made it.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// Access.
    #[serde(rename = "type")]
    pub kind: TokenType,
}

/// What a refresh token says. Made from the session's row alone, so that the same generation gives the same token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaims {
    /// Who.
    pub sub: UserId,
    /// The family: the session's id.
    pub family: SessionId,
    /// Its place in the family.
    pub generation: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it runs out.
    pub exp: i64,
    /// Who made it.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// Refresh.
    #[serde(rename = "type")]
    pub kind: TokenType,
}

/// A kind of token's keys.
struct Keys {
    sign: EncodingKey,
    verify: DecodingKey,
}

impl Keys {
    fn new(secret: &Secret) -> Self {
        let bytes = secret.reveal().as_bytes();
        Self { sign: EncodingKey::from_secret(bytes), verify: DecodingKey::from_secret(bytes) }
    }
}

/// Signs and verifies.
pub struct TokenSigner {
    access: Keys,
    refresh: Keys,
}

impl TokenSigner {
    /// With the two secrets.
    pub fn new(config: &AuthConfig) -> Self {
        Self { access: Keys::new(&config.access_secret), refresh: Keys::new(&config.refresh_secret) }
    }

    /// An access token for a session, made at `now`.
    pub fn access(&self, user: &Profile, session: SessionId, now: Timestamp) -> Result<String> {
        let iat = now.0.timestamp();
        sign(
            &self.access,
            &AccessClaims {
                sub: user.id,
                email: user.email.clone(),
                username: user.username.clone(),
                sid: session,
                jti: new_jti(),
                iat,
                exp: iat + seconds(ACCESS_LIFETIME),
                iss: ISSUER.to_owned(),
                aud: AUDIENCE.to_owned(),
                kind: TokenType::Access,
            },
        )
    }

    /// A session's refresh token of one generation, and when it runs out: a week after it was made, and never after the
    /// session's last day.
    pub fn refresh(
        &self,
        user: UserId,
        session: SessionId,
        generation: i64,
        made_at: Timestamp,
        session_created_at: Timestamp,
    ) -> Result<(String, i64)> {
        let iat = made_at.0.timestamp();
        let exp = (iat + seconds(REFRESH_LIFETIME)).min(session_created_at.0.timestamp() + seconds(SESSION_LIFETIME));
        let token = sign(
            &self.refresh,
            &RefreshClaims {
                sub: user,
                family: session,
                generation,
                iat,
                exp,
                iss: ISSUER.to_owned(),
                aud: AUDIENCE.to_owned(),
                kind: TokenType::Refresh,
            },
        )?;
        Ok((token, exp))
    }

    /// What a valid access token says.
    pub fn verify_access(&self, token: &str) -> Result<AccessClaims> {
        let claims: AccessClaims = verify(&self.access, token, &validation())?;
        alive(claims.exp)?;
        let made = claims.iat <= clock::now().0.timestamp() + CLOCKS_DIFFER;
        if claims.kind == TokenType::Access && made { Ok(claims) } else { Err(invalid()) }
    }

    /// What an access token says that may have run out: enough to end its session.
    pub fn verify_access_even_expired(&self, token: &str) -> Result<AccessClaims> {
        let mut validation = validation();
        validation.validate_exp = false;
        let claims: AccessClaims = verify(&self.access, token, &validation)?;
        if claims.kind == TokenType::Access { Ok(claims) } else { Err(invalid()) }
    }

    /// What a valid refresh token says.
    pub fn verify_refresh(&self, token: &str) -> Result<RefreshClaims> {
        let claims: RefreshClaims = verify(&self.refresh, token, &validation())?;
        alive(claims.exp)?;
        if claims.kind == TokenType::Refresh { Ok(claims) } else { Err(invalid()) }
    }
}

/// The library would forgive a minute, ignore `nbf` and demand only `exp`.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

fn sign(keys: &Keys, claims: &impl Serialize) -> Result<String> {
    encode(&Header::new(Algorithm::HS256), claims, &keys.sign).map_err(Error::internal)
}

fn verify<T: DeserializeOwned + Clone>(keys: &Keys, token: &str, validation: &Validation) -> Result<T> {
    // Ours have some 500 bytes; nothing longer is worth a look.
    if token.len() > 4096 {
        return Err(invalid());
    }
    decode::<T>(token, &keys.verify, validation).map(|data| data.claims).map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature => expired(),
        _ => invalid(),
    })
}

/// The library takes a token's last second for one second more.
fn alive(exp: i64) -> Result<()> {
    if exp > clock::now().0.timestamp() { Ok(()) } else { Err(expired()) }
}

fn expired() -> Error {
    Error::new(ErrorCode::TokenExpired, "The token has run out.")
}

fn invalid() -> Error {
    Error::new(ErrorCode::Unauthorized, "The token is not valid.")
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "a token's id must tell nothing")]
fn new_jti() -> Uuid {
    Uuid::new_v4()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::get_current_timestamp;

    use super::*;

    fn signer() -> TokenSigner {
        TokenSigner::new(&AuthConfig {
            access_secret: Secret::new("a".repeat(32)),
            refresh_secret: Secret::new("r".repeat(32)),
            registration_open: true,
        })
    }

    fn now() -> i64 {
        i64::try_from(get_current_timestamp()).unwrap()
    }

    fn claims() -> serde_json::Value {
        serde_json::json!({
            "sub": UserId::new(), "email": "a@example.org", "username": "alice", "sid": SessionId::new(),
            "jti": new_jti(), "iat": now(), "exp": now() + 60, "iss": ISSUER, "aud": AUDIENCE, "type": "access",
        })
    }

    fn signed(claims: &serde_json::Value, algorithm: Algorithm, secret: &str) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    #[test]
    fn accepts_its_own() {
        let token = signed(&claims(), Algorithm::HS256, &"a".repeat(32));
        assert!(signer().verify_access(&token).is_ok());
    }

    #[test]
    fn refuses_what_is_not_quite_its_own() {
        let signer = signer();
        let (access, refresh) = ("a".repeat(32), "r".repeat(32));
        let changed = |field: &str, value: serde_json::Value| {
            let mut claims = claims();
            claims[field] = value;
            signed(&claims, Algorithm::HS256, &access)
        };
        let mut bad = vec![
            String::new(),
            "a.b".to_owned(),
            "..".to_owned(),
            "x".repeat(1_000_000),
            signed(&claims(), Algorithm::HS256, &refresh),
            signed(&claims(), Algorithm::HS384, &access),
            changed("type", "refresh".into()),
            changed("aud", "others".into()),
            changed("iss", "others".into()),
            changed("sub", "nobody".into()),
            changed("exp", "tomorrow".into()),
            changed("exp", 1e308.into()),
            changed("iat", (now() + 3600).into()),
            changed("nbf", (now() + 60).into()),
        ];
        let good = signed(&claims(), Algorithm::HS256, &access);
        let (body, signature) = good.rsplit_once('.').unwrap();
        let (_, payload) = body.split_once('.').unwrap();
        bad.push(format!("{body}."));
        bad.push(good[..good.len() - 2].to_owned());
        // {"alg":"none"}
        bad.push(format!("eyJhbGciOiJub25lIn0.{payload}."));
        bad.push(format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"));
        for token in bad {
            let error = signer.verify_access(&token).unwrap_err();
            assert_eq!(error.code, ErrorCode::Unauthorized, "{}", &token[..token.len().min(200)]);
        }
    }

    #[test]
    fn forgives_not_a_second() {
        let mut claims = claims();
        claims["exp"] = (now() - 1).into();
        let token = signed(&claims, Algorithm::HS256, &"a".repeat(32));
        assert_eq!(signer().verify_access(&token).unwrap_err().code, ErrorCode::TokenExpired);
        assert!(signer().verify_access_even_expired(&token).is_ok());
    }

    #[test]
    fn the_same_generation_is_the_same_token() {
        let (user, session) = (UserId::new(), SessionId::new());
        let made = Timestamp(chrono::DateTime::from_timestamp(now(), 0).unwrap());
        let (one, _) = signer().refresh(user, session, 2, made, made).unwrap();
        let (other, _) = signer().refresh(user, session, 2, made, made).unwrap();
        assert_eq!(one, other);
        assert_eq!(signer().verify_refresh(&one).unwrap().generation, 2);
        assert!(signer().verify_access(&one).is_err());
    }
}
