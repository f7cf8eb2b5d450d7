//! What a message may hold. Pure.

use crate::{
    domain::text::length,
    error::{Error, ErrorCode, Result, Violations},
    model::{
        conversation::{ConversationType, Role},
        message::ContentType,
        socket::MessageSendInput,
    },
};

/// How long a message may be, in characters.
const LONGEST: usize = 4000;

/// Checks a message before anything is stored.
pub fn check(input: &MessageSendInput) -> Result<()> {
    let mut violations = Violations::default();
    violations.require(!is_blank(&input.content), "content", "Write something.");
    violations.require(length(&input.content) <= LONGEST, "content", "At most 4000 characters.");
    violations.require(!input.content.contains('\0'), "content", "The NUL character cannot be stored.");
    violations.require(input.content_type == ContentType::Text, "contentType", "Only text can be sent for now.");
    violations.check()
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}'))
}

/// Whether somebody of this role (none: a stranger) may delete a message that is, or is not, their own.
pub fn may_delete(kind: ConversationType, role: Option<Role>, own: bool) -> Result<()> {
    match role {
        None => Err(Error::not_in_conversation()),
        Some(_) if own => Ok(()),
        Some(Role::Owner | Role::Admin) if kind == ConversationType::Group => Ok(()),
        Some(_) => Err(Error::new(ErrorCode::Forbidden, "Only its sender can delete this message.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{ClientMessageId, ConversationId};

    fn allowed(content: &str) -> bool {
        check(&MessageSendInput {
            conversation_id: ConversationId::new(),
            content: content.to_owned(),
            client_message_id: ClientMessageId::new(),
            content_type: ContentType::Text,
            reply_to_id: None,
        })
        .is_ok()
    }

    #[test]
    fn counts_characters_not_bytes() {
        for text in ["a", "\u{1F469}", "e\u{301}", "\u{5D0}", " a ", "a\n\n"] {
            assert!(allowed(text), "{text:?}");
        }
        assert!(allowed(&"\u{1F469}".repeat(4000)));
        assert!(!allowed(&"\u{1F469}".repeat(4001)));
    }

    #[test]
    fn the_description_tells_the_rules() {
        let pattern = regex::Regex::new(crate::model::text::MESSAGE).unwrap();
        for c in '\0'..='\u{FFFF}' {
            for text in [String::from(c), format!("a{c}"), format!("{c}\n")] {
                assert_eq!(pattern.is_match(&text), allowed(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn refuses_nothing_and_nul() {
        for text in ["", " ", "\n\t", "\u{200B}", "a\0b"] {
            assert!(!allowed(text), "{text:?}");
        }
    }
}
