//! What an account's fields may be. Pure.

use super::{RegisterInput, common::is_common};
use crate::{
    domain::text::{is_visible_line, length},
    error::{Result, Violations},
};

/// Usernames that only deleted accounts have.
const RESERVED_PREFIX: &str = "deleted_";

/// Checks a registration, all fields at once.
pub fn check_registration(input: &RegisterInput) -> Result<()> {
    let mut violations = Violations::default();
    violations.require(is_email(input.email.trim()), "email", "Enter an e-mail address.");
    check_username(&input.username, &mut violations);
    check_password("password", &input.password, &[&input.email, &input.username, &input.display_name], &mut violations);
    check_display_name(&input.display_name, &mut violations);
    violations.check()
}

fn check_username(username: &str, violations: &mut Violations) {
    violations.require((3..=50).contains(&length(username)), "username", "Between 3 and 50 characters.");
    violations.require(
        username.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
        "username",
        "Only letters, digits and underscores.",
    );
    violations.require(
        !username.to_ascii_lowercase().starts_with(RESERVED_PREFIX),
        "username",
        "Usernames cannot begin with “deleted_”.",
    );
}

/// Checks a new password. `own` is what its owner is known by, which others would try first.
pub fn check_password(field: &'static str, password: &str, own: &[&str], violations: &mut Violations) {
    violations.require((8..=100).contains(&length(password)), field, "Between 8 and 100 characters.");
    violations.require(password.chars().any(char::is_lowercase), field, "At least one lower-case letter.");
    violations.require(password.chars().any(char::is_uppercase), field, "At least one upper-case letter.");
    violations.require(password.chars().any(|c| c.is_ascii_digit()), field, "At least one digit.");
    violations.require(!is_common(password, own), field, "This password is too easy to guess.");
}

/// Checks what others are to call somebody.
pub fn check_display_name(name: &str, violations: &mut Violations) {
    violations.require(length(name) <= 100, "displayName", "At most 100 characters.");
    violations.require(is_visible_line(name), "displayName", "Enter a name, on one line.");
}

/// Whether a text can be an e-mail address. Whether it is one, only a letter to it would tell.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let labels: Vec<_> = domain.split('.').collect();
    length(text) <= 254
        && (1..=64).contains(&length(local))
        && !local.contains(['@', '"', '(', ')', ',', ':', ';', '<', '>', '[', '\\', ']'])
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && labels.iter().all(|label| {
            (1..=63).contains(&length(label))
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(change: impl FnOnce(&mut RegisterInput)) -> Vec<String> {
        let mut input = RegisterInput {
            email: "alice@example.org".into(),
            username: "alice".into(),
            password: "Correct7Horse".into(),
            display_name: "Alice".into(),
        };
        change(&mut input);
        check_registration(&input)
            .map_or_else(|error| error.details.into_keys().map(std::borrow::Cow::into_owned).collect(), |()| Vec::new())
    }

    #[test]
    fn a_good_registration_passes() {
        assert!(fields(|_| {}).is_empty());
        assert!(fields(|input| input.password = "Ä1".to_owned() + &"ö".repeat(98)).is_empty());
        assert!(fields(|input| input.email = "first.last+tag@sub.example.org".into()).is_empty());
    }

    #[test]
    fn each_bad_field_is_named() {
        for email in ["", "alice", "a@b@c.org", "alice@example.org.", "a b@example.org", "alice@-x.org", "@example.org"]
        {
            assert_eq!(fields(|input| input.email = email.into()), ["email"], "{email}");
        }
        for username in ["al", "al ice", "älice", "Deleted_me", &"a".repeat(51)] {
            assert_eq!(fields(|input| input.username = username.into()), ["username"], "{username}");
        }
        for password in
            ["Short7A", "lowercase7", "UPPERCASE7", "NoDigitsHere", &"aA7".repeat(34), "Password1", "Alice12345"]
        {
            assert_eq!(fields(|input| input.password = password.into()), ["password"], "{password}");
        }
        for name in ["", "   ", "a\nb", &"a".repeat(101)] {
            assert_eq!(fields(|input| input.display_name = name.into()), ["displayName"], "{name}");
        }
    }
}
