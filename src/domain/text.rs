//! Text that people type: what may stand in a name, and the one form in which names are compared. Pure.

use serde::Deserialize as _;
use unicode_normalization::UnicodeNormalization;

use crate::error::Violations;

/// Whether a text can stand as one visible line, in a list or a window's title: not blank, no control characters, and
/// nothing that turns the direction of what stands beside it.
pub fn is_visible_line(text: &str) -> bool {
    !text.trim().is_empty()
        && !text.chars().any(|c| {
            c.is_control()
                || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
        })
}

/// The form in which e-mail addresses are compared: compatibility-composed and in lower case, so that what looks like
/// the same address is the same account.
pub fn email_key(email: &str) -> String {
    email.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// The number of characters, as the contract counts them: Unicode code points.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// Checks the address of a picture.
pub fn check_picture(url: &str, violations: &mut Violations) {
    violations.require(length(url) <= 2048, "avatarUrl", "At most 2,048 characters.");
    violations.require(is_https(url), "avatarUrl", "An address that begins with https://.");
}

/// Tells “not given” from “null”.
#[expect(clippy::option_option, reason = "not given, null, or a value")]
pub fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Whether a text is the address of something on another host, which browsers fetch over https.
fn is_https(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        uri.scheme_str() == Some("https") && uri.authority().is_some_and(|host| !host.as_str().contains('@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text;

    #[test]
    fn a_picture_is_at_an_https_address() {
        assert!(is_https("https://example.org/a.png?size=1"));
        for bad in [
            "",
            "http://example.org/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AA==",
            "/a.png",
            "https://",
            "https://user@evil.org/",
            "//example.org/a.png",
        ] {
            assert!(!is_https(bad), "{bad}");
        }
    }

    #[test]
    fn a_line_is_visible_and_keeps_to_itself() {
        for good in ["Alice", "Ana María", "阿明", "نور", "👩‍👩‍👧"] {
            assert!(is_visible_line(good), "{good}");
        }
        for bad in ["", "  ", "a\nb", "a\u{0}", "\u{202E}evil", "a\u{2066}b", "\u{7}"] {
            assert!(!is_visible_line(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_description_tells_the_rules() {
        let [line, words] = [text::LINE, text::WORDS].map(|pattern| regex::Regex::new(pattern).unwrap());
        for c in '\0'..='\u{FFFF}' {
            for text in [String::from(c), format!("a{c}"), format!("{c}b"), format!("a{c}b")] {
                assert_eq!(line.is_match(&text), is_visible_line(&text), "{text:?}");
                let found = length(text.trim()) >= 3 && !text.contains('\0');
                assert_eq!(words.is_match(&text), found, "{text:?}");
            }
        }
    }

    #[test]
    fn addresses_that_look_the_same_are_the_same() {
        for (one, other) in [
            ("Alice@Example.ORG", "alice@example.org"),
            ("\u{212A}im@example.org", "kim@example.org"),
            ("jose\u{301}@example.org", "jos\u{e9}@example.org"),
            (" bob@example.org ", "bob@example.org"),
        ] {
            assert_eq!(email_key(one), email_key(other));
        }
    }
}
