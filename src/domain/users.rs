//! People: one's own profile, and finding others.

use super::{
    caller::Caller,
    text::{email_key, length},
};
use crate::{
    error::{Error, Result, Violations},
    model::{
        page::Page,
        user::{Profile, User},
    },
    store::Store,
};

/// Profiles and search.
pub struct UserService {
    store: Store,
}

impl UserService {
    /// On this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The caller, as they see themselves.
    pub async fn me(&self, caller: &Caller) -> Result<Profile> {
        self.store.profile(caller.user_id).await?.ok_or_else(|| Error::not_found("This account is gone."))
    }

    /// People by username or name, by e-mail only exactly; never the caller.
    pub async fn search(&self, caller: &Caller, query: &str, limit: u32) -> Result<Page<User>> {
        let query = query.trim();
        let mut violations = Violations::default();
        violations.require(length(query) >= 3, "q", "At least 3 characters.");
        violations.require(length(query) <= 254, "q", "At most 254 characters.");
        violations.require((1..=50).contains(&limit), "limit", "Between 1 and 50.");
        violations.check()?;
        let found =
            self.store.search_users(caller.user_id, &literal(query), &email_key(query), i64::from(limit) + 1).await?;
        Ok(Page::from_one_more(found, limit as usize, |_| None))
    }
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
