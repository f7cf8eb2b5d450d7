//! An account's owner at its doors: which devices are in, and the password that lets them in.

use super::{AuthService, Device, passwords, rules};
use crate::{
    domain::{caller::Caller, text::email_key},
    error::{Error, ErrorCode, Result, Violations},
    model::{id::SessionId, session::Session},
};

impl AuthService {
    /// The devices on which the caller is signed in, the last used first.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<Session>> {
        let rows = self.store.sessions(caller.user_id).await?;
        let sessions = rows.into_iter().map(|row| Session {
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            current: row.id == caller.session_id,
        });
        Ok(sessions.collect())
    }

    /// Ends one of the caller's sessions, perhaps this one.
    pub async fn revoke(&self, caller: &Caller, session: SessionId) -> Result<()> {
        if !self.store.revoke_session_of(caller.user_id, session).await? {
            return Err(Error::not_found("There is no such session."));
        }
        self.sessions.tell(&[session]);
        Ok(())
    }

    /// Ends all sessions of the caller but this one.
    pub async fn revoke_others(&self, caller: &Caller) -> Result<()> {
        let ended = self.store.revoke_other_sessions(caller.user_id, caller.session_id).await?;
        self.sessions.tell(&ended);
        Ok(())
    }

    /// Changes the caller's password and ends all their other sessions.
    pub async fn change_password(&self, caller: &Caller, input: ChangePasswordInput, device: &Device) -> Result<()> {
        let profile = self.store.profile(caller.user_id).await?.ok_or_else(gone)?;
        let own = [profile.email.as_str(), &profile.username, &profile.display_name];
        let mut violations = Violations::default();
        rules::check_password("newPassword", &input.new_password, &own, &mut violations);
        violations.check()?;
        let from = self.check_password(caller, "currentPassword", input.current_password, device).await?;
        let to = self.passwords.hash(input.new_password).await?;
        let ended = self.store.change_password(caller.user_id, &from, &to, caller.session_id).await?;
        let ended = ended.ok_or_else(|| not_it("currentPassword"))?;
        tracing::info!(user.id = %caller.user_id, "password.changed");
        self.sessions.tell(&ended);
        Ok(())
    }

    /// Fails, naming the field, unless this is the caller's password. Counts as an attempt to sign in, for whoever holds
    /// a session of somebody else's would guess here. Answers its hash.
    pub async fn check_password(
        &self,
        caller: &Caller,
        field: &'static str,
        password: String,
        device: &Device,
    ) -> Result<String> {
        let profile = self.store.profile(caller.user_id).await?.ok_or_else(gone)?;
        let verified = async {
            let hash = self.store.password_hash(caller.user_id).await?;
            Ok(self.passwords.verify(password, hash.clone()).await?.then_some(hash).flatten())
        };
        let (hash, budget) = self.guard.attempt(&email_key(&profile.email), device.address, verified).await?;
        hash.ok_or_else(|| {
            let mut error = not_it(field);
            error.budget = Some(budget);
            error
        })
    }

    /// Gives an account a new password, which is answered, and ends all its sessions. For the operator alone, whom the
    /// locked-out person knows.
    pub async fn reset_password(&self, name: &str) -> Result<String> {
        let account = self.store.account(&email_key(name), &name.trim().to_ascii_lowercase()).await?;
        let (user, from) = account.ok_or_else(|| Error::not_found("There is no such account."))?;
        let password = passwords::random()?;
        let to = self.passwords.hash(password.clone()).await?;
        // No session is kept: the one named is nobody's.
        let ended = self.store.change_password(user, &from, &to, SessionId::new()).await?;
        let ended = ended.ok_or_else(|| Error::new(ErrorCode::Conflict, "The password was changed just now."))?;
        tracing::info!(user.id = %user, "password.reset");
        self.sessions.tell(&ended);
        Ok(password)
    }

    /// These sessions ended with their account.
    pub fn ended(&self, sessions: &[SessionId]) {
        self.sessions.tell(sessions);
    }
}

/// A new password.
#[derive(Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordInput {
    /// The one that is to be replaced.
    #[schema(format = Password, pattern = r"^[^\u0000]*$", example = "Correct7Horse")]
    pub current_password: String,
    /// With a lower-case letter, an upper-case letter and a digit, and not one that many others have.
    #[schema(format = Password, min_length = 8, max_length = 100, pattern = r"^[^\u0000]*$", example = "Battery8Staple")]
    pub new_password: String,
}

fn not_it(field: &'static str) -> Error {
    Error::invalid(field, "This is not your password.")
}

fn gone() -> Error {
    Error::not_found("This account is gone.")
}
