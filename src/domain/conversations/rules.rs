//! What a new conversation may look like, and who may change one. Pure.

use super::CreateConversationInput;
use crate::{
    domain::text::{is_visible_line, length},
    error::{Error, ErrorCode, Result, Violations},
    model::{
        conversation::{ConversationType, Role},
        id::UserId,
    },
    store::changes::{Change, Member, Standing},
};

/// How many people a group has at most.
const MOST_IN_A_GROUP: usize = 2000;
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

/// Who acts, if they take part at all.
fn member(standing: &Standing, user: UserId) -> Result<Member> {
    let member = standing.members.iter().find(|member| member.user_id == user);
    member.copied().ok_or_else(Error::not_in_conversation)
}

fn forbidden() -> Error {
    Error::new(ErrorCode::Forbidden, "Your role in this conversation does not allow this.")
}

fn groups_only(standing: &Standing) -> Result<()> {
    match standing.kind {
        ConversationType::Group => Ok(()),
        ConversationType::Direct => Err(Error::invalid("type", "This can be done in groups only.")),
    }
}

/// Owners and admins change how a group looks.
pub fn update(standing: &Standing, actor: UserId, appearance: Change) -> Result<Vec<Change>> {
    let actor = member(standing, actor)?;
    groups_only(standing)?;
    if actor.role == Role::Member { Err(forbidden()) } else { Ok(vec![appearance]) }
}

/// Owners delete a conversation.
pub fn delete(standing: &Standing, actor: UserId) -> Result<Vec<Change>> {
    if member(standing, actor)?.role == Role::Owner { Ok(vec![Change::Delete]) } else { Err(forbidden()) }
}

/// Owners and admins add people; those who are in it already stay as they are.
pub fn add(standing: &Standing, actor: UserId, users: &[UserId]) -> Result<Vec<Change>> {
    let actor = member(standing, actor)?;
    groups_only(standing)?;
    if actor.role == Role::Member {
        return Err(forbidden());
    }
    let mut new: Vec<_> = users.iter().copied().filter(|user| member(standing, *user).is_err()).collect();
    new.sort_unstable();
    new.dedup();
    if standing.members.len() + new.len() > MOST_IN_A_GROUP {
        return Err(Error::invalid("userIds", "A group has at most 2,000 people."));
    }
    Ok(new.into_iter().map(Change::Join).collect())
}

/// Everybody leaves, owners remove anybody and admins members. The last owner hands over to the longest-serving admin,
/// or else member; the last person takes the group along.
pub fn remove(standing: &Standing, actor: UserId, user: UserId) -> Result<Vec<Change>> {
    let actor = member(standing, actor)?;
    groups_only(standing)?;
    let leaver = standing.members.iter().find(|member| member.user_id == user);
    let leaver = leaver.ok_or_else(|| Error::not_found("This person is not in the group."))?;
    let allowed = actor.user_id == user
        || actor.role == Role::Owner
        || (actor.role == Role::Admin && leaver.role == Role::Member);
    if !allowed {
        return Err(forbidden());
    }
    let others = || standing.members.iter().filter(|member| member.user_id != user);
    let mut changes = vec![Change::Leave(user)];
    match others().min_by_key(|other| (other.role != Role::Admin, other.joined_at, other.user_id)) {
        None => changes.push(Change::Delete),
        Some(heir) if !others().any(|other| other.role == Role::Owner) => {
            changes.push(Change::Role(heir.user_id, Role::Owner));
        }
        Some(_) => {}
    }
    Ok(changes)
}

/// Owners give roles; one owner must be left.
pub fn set_role(standing: &Standing, actor: UserId, user: UserId, role: Role) -> Result<Vec<Change>> {
    let actor = member(standing, actor)?;
    groups_only(standing)?;
    if actor.role != Role::Owner {
        return Err(forbidden());
    }
    let target = standing.members.iter().find(|member| member.user_id == user);
    let target = target.ok_or_else(|| Error::not_found("This person is not in the group."))?;
    let another_owner = standing.members.iter().any(|other| other.role == Role::Owner && other.user_id != user);
    if target.role == Role::Owner && role != Role::Owner && !another_owner {
        return Err(Error::new(
            ErrorCode::Conflict,
            "The last owner cannot step down. Make somebody else owner first.",
        ));
    }
    Ok(if target.role == role { Vec::new() } else { vec![Change::Role(user, role)] })
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

    fn group(roles: &[Role]) -> (Standing, Vec<UserId>) {
        let joined = |n: usize| chrono::DateTime::from_timestamp(i64::try_from(n).unwrap(), 0).unwrap();
        let members: Vec<_> = roles
            .iter()
            .enumerate()
            .map(|(n, role)| Member { user_id: UserId::new(), role: *role, joined_at: joined(n) })
            .collect();
        let ids = members.iter().map(|member| member.user_id).collect();
        (Standing { kind: ConversationType::Group, members }, ids)
    }

    #[test]
    fn a_table_of_who_removes_whom() {
        use Role::{Admin, Member, Owner};
        for (actor, other, allowed) in [
            (Owner, Owner, true),
            (Owner, Admin, true),
            (Owner, Member, true),
            (Admin, Owner, false),
            (Admin, Admin, false),
            (Admin, Member, true),
            (Member, Owner, false),
            (Member, Admin, false),
            (Member, Member, false),
        ] {
            let (standing, ids) = group(&[actor, other, Owner]);
            assert_eq!(remove(&standing, ids[0], ids[1]).is_ok(), allowed, "{actor:?} {other:?}");
            assert!(remove(&standing, ids[0], ids[0]).is_ok());
            assert!(remove(&standing, UserId::new(), ids[1]).is_err());
        }
    }

    #[test]
    fn the_heir_is_the_longest_serving_admin_or_else_member() {
        use Role::{Admin, Member, Owner};
        let heir = |roles: &[Role]| {
            let (standing, ids) = group(roles);
            let changes = remove(&standing, ids[0], ids[0]).unwrap();
            assert_eq!(changes[0], Change::Leave(ids[0]));
            changes.get(1).cloned().map(|change| match change {
                Change::Role(user, Owner) => ids.iter().position(|id| *id == user),
                _ => None,
            })
        };
        assert_eq!(heir(&[Owner, Member, Admin, Admin]), Some(Some(2)));
        assert_eq!(heir(&[Owner, Member, Member]), Some(Some(1)));
        assert_eq!(heir(&[Owner, Owner, Member]), None);
        assert_eq!(heir(&[Owner]), Some(None));
        let (standing, ids) = group(&[Owner]);
        assert_eq!(remove(&standing, ids[0], ids[0]).unwrap()[1], Change::Delete);
    }

    #[test]
    fn one_owner_is_left_and_a_group_is_not_endless() {
        use Role::{Admin, Member, Owner};
        let (standing, ids) = group(&[Owner, Admin, Member]);
        assert_eq!(set_role(&standing, ids[0], ids[0], Admin).unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(set_role(&standing, ids[1], ids[2], Admin).unwrap_err().code, ErrorCode::Forbidden);
        assert_eq!(set_role(&standing, ids[0], ids[2], Owner).unwrap(), [Change::Role(ids[2], Owner)]);
        assert!(set_role(&standing, ids[0], ids[2], Member).unwrap().is_empty());
        let (full, ids) = group(&[vec![Owner], vec![Member; MOST_IN_A_GROUP - 1]].concat());
        assert!(add(&full, ids[0], &[UserId::new()]).is_err());
        assert!(add(&full, ids[0], &[ids[1]]).unwrap().is_empty());
    }
}
