//! The judge judged: a history in order passes, and each lie in it is found.

use std::time::Duration;

use super::{
    checker::{Verdict, judge},
    history::{Case, Dump, Entry, Head, Row, What},
};

/// Three people at four clients, of whom the last two are one person's, say forty things in two conversations. The first
/// one's client comes back halfway.
fn in_order() -> Case {
    let mut case = Case { users: ["alice", "bob", "carol", "carol"].map(str::to_owned).to_vec(), ..Case::default() };
    let note = |case: &mut Case, client, connection, what| {
        let at = Duration::from_millis(case.entries.len() as u64);
        case.entries.push(Entry { at, client, connection, what });
    };
    let subscribe = |case: &mut Case, client, connection, last_seq| {
        note(case, client, connection, What::Connected);
        for conversation in ["tea", "coffee"] {
            note(case, client, connection, What::Subscribing { conversation: conversation.to_owned(), last_seq });
        }
    };
    for client in 0..4 {
        subscribe(&mut case, client, 1, 0);
    }
    for n in 0..40_usize {
        if n == 20 {
            note(&mut case, 0, 1, What::Lost { silent: false });
            subscribe(&mut case, 0, 2, 10);
        }
        let connection = |client| if client == 0 && n >= 20 { 2 } else { 1 };
        let (conversation, seq) = (["tea", "coffee"][n % 2].to_owned(), i64::try_from(n / 2 + 1).unwrap());
        let (sender, message, id, content) = (n % 3, format!("name {n}"), format!("id {n}"), format!("text {n}"));
        let sent = (message.clone(), conversation.clone(), content.clone());
        let sending = What::Sending { message: sent.0, conversation: sent.1, content: sent.2 };
        note(&mut case, sender, connection(sender), sending);
        let stored = What::Stored { message: message.clone(), id: id.clone(), seq, duplicate: false };
        note(&mut case, sender, connection(sender), stored);
        for client in (0..4).filter(|client| *client != sender) {
            let (conversation, message, content) = (conversation.clone(), message.clone(), content.clone());
            let heard = What::Received { conversation, message, id: id.clone(), seq, content };
            note(&mut case, client, connection(client), heard);
        }
        let sender = case.users[sender].clone();
        case.dump.rows.push(Row { conversation, seq, id, sender, message, content });
    }
    let head = |conversation: &str, members: &[&str]| Head {
        conversation: conversation.to_owned(),
        seq: 20,
        members: members.iter().map(|user| (*user).to_owned()).collect(),
    };
    let members = ["alice", "bob", "carol"];
    case.dump = Dump { heads: vec![head("tea", &members), head("coffee", &members)], ..case.dump };
    case
}

/// The entry at which the last client hears this number in "tea".
fn heard(case: &Case, number: i64) -> usize {
    let is = |entry: &Entry| {
        entry.client == 3
            && matches!(&entry.what, What::Received { conversation, seq, .. } if conversation == "tea" && *seq == number)
    };
    case.entries.iter().position(is).unwrap()
}

/// The entry at which this message's sender learns that it is stored.
fn answered(case: &Case, name: &str) -> usize {
    let is = |entry: &Entry| matches!(&entry.what, What::Stored { message, .. } if message == name);
    case.entries.iter().position(is).unwrap()
}

fn found(law: &str, mutate: impl FnOnce(&mut Case)) {
    let mut case = in_order();
    mutate(&mut case);
    let violation = judge(&case).expect_err("a lie was believed");
    assert_eq!(violation.law, law, "{}", violation.told(&case));
}

#[test]
fn what_is_in_order_passes() {
    let verdict = judge(&in_order()).unwrap_or_else(|violation| panic!("{}", violation.told(&in_order())));
    let latest = Duration::from_millis(3);
    assert_eq!(verdict, Verdict { messages: 40, tries: 40, deliveries: 120, latest });
}

#[test]
fn a_lost_message_is_found() {
    // On the way to one client: at once if something follows, in the end if nothing does.
    found("I4", |case| drop(case.entries.remove(heard(case, 7))));
    found("I6", |case| drop(case.entries.remove(heard(case, 20))));
    // Acknowledged, and not committed.
    found("I1", |case| {
        case.dump.rows.pop();
        case.dump.heads[1].seq = 19;
    });
    // Never acknowledged, never stored.
    found("I12", |case| {
        case.entries.truncate(answered(case, "name 39"));
        case.dump.rows.pop();
        case.dump.heads[1].seq = 19;
    });
}

#[test]
fn a_wrong_order_is_found() {
    found("I4", |case| {
        let (first, second) = (heard(case, 7), heard(case, 8));
        case.entries.swap(first, second);
    });
    // Two numbers swapped, at one client and in the database.
    found("I4", |case| {
        let at = heard(case, 7);
        let next = case.entries[heard(case, 8)].what.clone();
        let (What::Received { id, .. }, What::Received { id: other, .. }) = (&mut case.entries[at].what, next) else {
            panic!()
        };
        *id = other;
    });
    found("I1", |case| {
        case.dump.rows[12].seq = 8;
        case.dump.rows[14].seq = 7;
    });
    // Sent after the other was acknowledged, and numbered before it, as everybody agrees.
    found("I5", |case| {
        let swap = |seq: &mut i64| {
            *seq = if *seq == 7 {
                8
            } else if *seq == 8 {
                7
            } else {
                *seq
            }
        };
        case.dump.rows.iter_mut().filter(|row| row.conversation == "tea").for_each(|row| swap(&mut row.seq));
        case.entries
            .retain(|entry| !matches!(&entry.what, What::Received { conversation, .. } if conversation == "tea"));
        for name in ["name 12", "name 14"] {
            let at = answered(case, name);
            let What::Stored { seq, .. } = &mut case.entries[at].what else { panic!() };
            swap(seq);
        }
    });
    // An answer after what came later.
    found("I4", |case| {
        let answer = case.entries.remove(answered(case, "name 2"));
        case.entries.push(answer);
    });
}

#[test]
fn what_is_too_much_is_found() {
    // Heard twice, stored twice, heard and never sent, stored and never sent.
    found("I4", |case| {
        let again = case.entries[heard(case, 7)].clone();
        case.entries.push(again);
    });
    found("I2", |case| {
        let mut again = case.dump.rows[0].clone();
        (again.seq, again.id) = (21, "id again".to_owned());
        case.dump.rows.push(again);
        case.dump.heads[0].seq = 21;
    });
    found("I4", |case| {
        let mut more = case.entries[heard(case, 20)].clone();
        let What::Received { seq, id, .. } = &mut more.what else { panic!() };
        (*seq, *id) = (21, "id of nothing".to_owned());
        case.entries.push(more);
    });
    found("I2", |case| {
        let mut more = case.dump.rows[0].clone();
        (more.seq, more.id, more.message) = (21, "id 40".to_owned(), "name 40".to_owned());
        case.dump.rows.push(more);
        case.dump.heads[0].seq = 21;
    });
    // A hole in the numbers.
    found("I3", |case| case.dump.heads[0].seq = 21);
    // Another content than was sent, in the database alone.
    found("I1", |case| case.dump.rows[3].content = "something else".to_owned());
}

#[test]
fn whoever_is_out_and_hears_is_found() {
    let out = |member| What::Changed { conversation: "tea".to_owned(), user: "carol".to_owned(), member };
    found("I7", |case| {
        let at = heard(case, 7) - 4;
        let entry = Entry { what: out(false), ..case.entries[at].clone() };
        case.entries.insert(at, entry);
    });
    // Back in, they may hear of it.
    let mut case = in_order();
    let at = heard(&case, 7);
    let back = What::Changing { conversation: "tea".to_owned(), user: "carol".to_owned(), member: true };
    for what in [back, out(false)] {
        let entry = Entry { what, ..case.entries[at].clone() };
        case.entries.insert(at, entry);
    }
    assert!(judge(&case).is_ok());
}

#[test]
fn a_dishonest_refusal_is_found() {
    let refused = |code: &str, retryable| {
        let (message, code) = ("name 5".to_owned(), code.to_owned());
        move |case: &mut Case| {
            let at = answered(case, &message);
            let entry = Entry { what: What::Refused { message, code, retryable }, ..case.entries[at].clone() };
            case.entries.insert(at, entry);
        }
    };
    found("I12", refused("INTERNAL_ERROR", false));
    found("I12", refused("NOT_IN_CONVERSATION", false));
    found("I12", |case| {
        for entry in &mut case.entries {
            if let What::Lost { silent } = &mut entry.what {
                *silent = true;
            }
        }
    });
    let mut case = in_order();
    refused("DB_ERROR", true)(&mut case);
    assert!(judge(&case).is_ok());
}
