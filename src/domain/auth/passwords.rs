//! Passwords: Argon2id, off the async threads and never more at once than the machine can bear.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, time::timeout};

use crate::error::{Error, ErrorCode, Result};

/// Memory of one hash, in KiB: 64 MiB (contract, "Tokens").
const MEMORY: u32 = 64 * 1024;
/// Passes over it.
const PASSES: u32 = 3;
/// Lanes.
const LANES: u32 = 4;
/// Hashes at once: 128 MiB at most, and on the smallest machine a core stays free for messages most of the time.
const AT_ONCE: usize = 2;
/// Requests that may wait for a hash.
const WAITING: usize = 32;
/// How long they wait: longer, and the person has given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and verifies.
pub struct Passwords {
    argon2: Argon2<'static>,
    at_work: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// Verified when there is no account, so that the answer takes as long.
    nobody: String,
}

impl Passwords {
    /// Takes as long as one hash.
    pub fn new() -> Result<Self> {
        let params = Params::new(MEMORY, PASSES, LANES, None).map_err(Error::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(b"nobody has this password").map_err(Error::internal)?.to_string();
        Ok(Self {
            argon2,
            at_work: Arc::new(Semaphore::new(AT_ONCE)),
            admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            nobody,
        })
    }

    /// The hash of a password, in PHC form.
    pub async fn hash(&self, password: String) -> Result<String> {
        let argon2 = self.argon2.clone();
        self.work(move || argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(Error::internal)
    }

    /// Whether a hash was made with other parameters than new ones.
    pub fn outdated(hash: &str) -> bool {
        let same = PasswordHash::new(hash).ok().and_then(|hash| {
            let params = Params::try_from(&hash).ok()?;
            Some(
                hash.algorithm == Algorithm::Argon2id.ident()
                    && (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY, PASSES, LANES),
            )
        });
        same != Some(true)
    }

    /// Whether a password belongs to a hash. Without a hash the answer is no, and takes as long.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let argon2 = self.argon2.clone();
        // Longer than any password: not worth a hash, and no account has it.
        let password = if password.len() <= 1000 { password } else { String::new() };
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let matches = self
            .work(move || {
                PasswordHash::new(&hash).map(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?
            .map_err(Error::internal)?;
        Ok(matches && known)
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| busy())?;
        let at_work = timeout(PATIENCE, Arc::clone(&self.at_work).acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            // Held by the work itself: a request that was given up still uses its memory.
            let _permits = (admitted, at_work);
            job()
        })
        .await
        .map_err(Error::internal)
    }
}

/// A password that nobody knows yet, and that can be read to somebody over the telephone: 20 characters of 31, which is
/// 99 bits.
pub fn random() -> Result<String> {
    const ALPHABET: &[u8; 31] = b"23456789abcdefghijkmnpqrstuvwxz";
    let mut password = String::new();
    while password.len() < 24 {
        if password.len() % 6 == 5 {
            password.push('-');
        }
        let mut byte = [0];
        getrandom::fill(&mut byte).map_err(Error::internal)?;
        // Only whole rounds of the alphabet, so that no character comes oftener.
        if let Some(character) = (byte[0] < 248).then(|| ALPHABET[usize::from(byte[0] % 31)]) {
            password.push(char::from(character));
        }
    }
    // The rules want a large letter and a digit, too.
    Ok(format!("{password}-T3"))
}

fn busy() -> Error {
    Error::new(ErrorCode::ServiceUnavailable, "Too many people are signing in right now.")
        .retry_after(Duration::from_secs(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn knows_its_own_hashes_and_nobody() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("Correct7Horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"));
        assert!(passwords.verify("Correct7Horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("Correct7Horse ".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody has this password".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn turns_people_away_rather_than_using_all_memory() {
        let passwords = Passwords::new().unwrap();
        let _all = passwords.admitted.clone().acquire_many_owned(34).await.unwrap();
        let error = passwords.hash("Correct7Horse".into()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ServiceUnavailable);
        assert!(error.retry_after.is_some());
    }
}
