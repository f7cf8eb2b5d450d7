//! People: one's own profile and account, and finding others.

use std::sync::Arc;

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    auth::{AuthService, Device, rules},
    caller::Caller,
    conversations::ConversationService,
    presence::PresenceService,
    text::{self, email_key, length},
};
use crate::{
    engine::Engine,
    error::{Error, Result, Violations},
    model::{
        event::{Channel, Event, UserUpdated},
        id::UserId,
        page::Page,
        text::DisplayName,
        user::{Profile, User, UserDetails},
    },
    store::{Store, users::ProfileChange},
};

/// What an account is called that was deleted.
const DELETED: &str = "Deleted account";

/// What is to be changed of a profile; what is not given stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateProfileInput {
    /// What to call them.
    #[schema(value_type = Option<DisplayName>)]
    pub display_name: Option<String>,
    /// The address of a picture, beginning with https; null takes it away.
    #[serde(default, deserialize_with = "text::given")]
    #[schema(value_type = Option<String>, format = "uri", pattern = "^[Hh][Tt][Tt][Pp][Ss]://[^/?#@]+([/?#].*)?$", max_length = 2048, example = "https://example.org/alice.png")]
    pub avatar_url: Option<Option<String>>,
}

/// What others may see; what is not given stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePrivacyInput {
    /// Whether others see what this person has read.
    #[schema(example = false)]
    pub read_receipts_enabled: Option<bool>,
    /// Whether others see when this person is here.
    #[schema(example = true)]
    pub presence_enabled: Option<bool>,
}

/// The proof that it is the owner who wants the account gone.
#[derive(Clone, Deserialize, ToSchema)]
pub struct DeleteAccountInput {
    /// The account's password.
    #[schema(format = Password, pattern = r"^[^\u0000]*$", example = "Correct7Horse")]
    pub password: String,
}

/// Profiles, accounts and search.
pub struct UserService {
    store: Store,
    engine: Engine,
    auth: Arc<AuthService>,
    conversations: Arc<ConversationService>,
    presence: Arc<PresenceService>,
}

impl UserService {
    /// On this database and bus.
    pub fn new(
        store: Store,
        engine: Engine,
        auth: Arc<AuthService>,
        conversations: Arc<ConversationService>,
        presence: Arc<PresenceService>,
    ) -> Self {
        Self { store, engine, auth, conversations, presence }
    }

    /// Changes the caller's profile and tells everybody who sees it.
    pub async fn update(&self, caller: &Caller, input: UpdateProfileInput) -> Result<Profile> {
        let mut violations = Violations::default();
        if let Some(name) = &input.display_name {
            rules::check_display_name(name, &mut violations);
        }
        if let Some(Some(url)) = &input.avatar_url {
            text::check_picture(url, &mut violations);
        }
        violations.check()?;
        let change = ProfileChange {
            display_name: input.display_name.map(|name| name.trim().to_owned()),
            avatar_url: input.avatar_url,
            ..ProfileChange::default()
        };
        let profile = self.store.update_profile(caller.user_id, &change).await?.ok_or_else(gone)?;
        self.tell(&profile);
        Ok(profile)
    }

    /// Changes what others may see of the caller.
    pub async fn update_privacy(&self, caller: &Caller, input: UpdatePrivacyInput) -> Result<Profile> {
        let change = ProfileChange {
            read_receipts_enabled: input.read_receipts_enabled,
            presence_enabled: input.presence_enabled,
            ..ProfileChange::default()
        };
        let profile = self.store.update_privacy(caller.user_id, &change).await?.ok_or_else(gone)?;
        if input.presence_enabled.is_some() {
            self.presence.change_visibility(caller.user_id, profile.presence_enabled).await;
        }
        Ok(profile)
    }

    /// Deletes the caller's account. What they wrote stays under another name. Can be repeated if it breaks off: the
    /// account is erased last, and groups that it was added to meanwhile are left after that.
    pub async fn delete(&self, caller: &Caller, input: DeleteAccountInput, device: &Device) -> Result<()> {
        self.auth.check_password(caller, "password", input.password, device).await?;
        self.conversations.leave_all(caller.user_id).await?;
        let ended = self.store.erase_user(caller.user_id, DELETED).await?;
        self.auth.ended(&ended);
        self.conversations.leave_all(caller.user_id).await?;
        self.presence.change_visibility(caller.user_id, false).await;
        tracing::info!(user.id = %caller.user_id, "user.deleted");
        if let Some(user) = self.store.user(caller.user_id).await? {
            self.engine.bus.publish(Channel::Audience, Event::UserUpdated(UserUpdated { user }));
        }
        Ok(())
    }

    fn tell(&self, profile: &Profile) {
        let user = User {
            id: profile.id,
            username: profile.username.clone(),
            display_name: profile.display_name.clone(),
            avatar_url: profile.avatar_url.clone(),
        };
        self.engine.bus.publish(Channel::Audience, Event::UserUpdated(UserUpdated { user }));
    }

    /// The caller, as they see themselves.
    pub async fn me(&self, caller: &Caller) -> Result<Profile> {
        self.store.profile(caller.user_id).await?.ok_or_else(gone)
    }

    /// A person as the caller sees them.
    pub async fn get(&self, caller: &Caller, id: UserId) -> Result<UserDetails> {
        let user = self.store.user(id).await?.ok_or_else(|| Error::not_found("There is no such person."))?;
        let sighting = self.store.sighting_by(caller.user_id, id).await?;
        let presence = self.presence.of(caller.user_id, Vec::from_iter(sighting)).await.remove(&id);
        Ok(UserDetails { user, presence })
    }

    /// People by username or name, by e-mail only exactly; never the caller.
    pub async fn search(&self, caller: &Caller, query: &str, limit: u32) -> Result<Page<User>> {
        let words = query.trim();
        let mut violations = Violations::default();
        violations.require(length(words) >= 3, "q", "At least 3 characters.");
        violations.require(length(query) <= 254, "q", "At most 254 characters.");
        violations.require((1..=50).contains(&limit), "limit", "Between 1 and 50.");
        violations.check()?;
        let found =
            self.store.search_users(caller.user_id, &literal(words), &email_key(words), i64::from(limit) + 1).await?;
        Ok(Page::from_one_more(found, limit as usize, |_| None))
    }
}

fn gone() -> Error {
    Error::not_found("This account is gone.")
}

/// A `like` pattern for exactly this text.
fn literal(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut pattern, c| {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
        pattern
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_characters() {
        assert_eq!(literal(r"100%_\o"), r"100\%\_\\o");
    }
}
