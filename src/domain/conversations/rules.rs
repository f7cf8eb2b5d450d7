//! What a new conversation may look like. Pure.

use super::CreateConversationInput;
use crate::{
    domain::text::{is_visible_line, length},
    error::{Result, Violations},
    model::{conversation::ConversationType, id::UserId},
};

/// How many people may be named at once.
const MOST_AT_ONCE: usize = 100;

/// Checks a new conversation, and answers the people besides its maker, each once.
pub fn check_new(input: &CreateConversationInput, maker: UserId) -> Result<Vec<UserId>> {
    let mut violations = Violations::default();
    violations.require(
        (1..=MOST_AT_ONCE).contains(&input.participant_ids.len()),
        "participantIds",
        "Between 1 and 100 people.",
    );
    let mut others: Vec<_> = input.participant_ids.iter().copied().filter(|id| *id != maker).collect();
    others.sort_unstable();
    others.dedup();
    match input.kind {
        ConversationType::Direct => {
            violations.require(others.len() == 1, "participantIds", "A direct conversation has one other person.");
            violations.require(input.title.is_none(), "title", "A direct conversation has no title.");
        }
        ConversationType::Group => {
            violations.require(
                input.title.as_deref().is_some_and(is_visible_line),
                "title",
                "Enter a title, on one line.",
            );
            violations.require(
                length(input.title.as_deref().unwrap_or_default()) <= 100,
                "title",
                "At most 100 characters.",
            );
            violations.require(!others.is_empty(), "participantIds", "A group has at least one other person.");
        }
    }
    violations.check()?;
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ConversationType, title: Option<&str>, others: usize) -> Result<Vec<UserId>> {
        let participant_ids = std::iter::repeat_with(UserId::new).take(others).collect();
        check_new(&CreateConversationInput { kind, title: title.map(Into::into), participant_ids }, UserId::new())
    }

    #[test]
    fn a_table_of_conversations() {
        use ConversationType::{Direct, Group};
        for (kind, title, others, allowed) in [
            (Direct, None, 1, true),
            (Direct, None, 0, false),
            (Direct, None, 2, false),
            (Direct, Some("us"), 1, false),
            (Group, Some("Team"), 1, true),
            (Group, Some("Team"), 100, true),
            (Group, Some("Team"), 101, false),
            (Group, Some("Team"), 0, false),
            (Group, Some(" "), 2, false),
            (Group, None, 2, false),
        ] {
            assert_eq!(check(kind, title, others).is_ok(), allowed, "{kind:?} {title:?} {others}");
        }
        assert!(check(Group, Some(&"a".repeat(101)), 1).is_err());
    }

    #[test]
    fn the_maker_and_repeated_people_count_once() {
        let (maker, other) = (UserId::new(), UserId::new());
        let input = CreateConversationInput {
            kind: ConversationType::Direct,
            title: None,
            participant_ids: vec![other, maker, other],
        };
        assert_eq!(check_new(&input, maker).unwrap(), [other]);
    }
}
