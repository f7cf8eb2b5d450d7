//! Text that people type: what may stand in a name, and the one form in which names are compared. Pure.

use unicode_normalization::UnicodeNormalization;

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

#[cfg(test)]
mod tests {
    use super::*;

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
