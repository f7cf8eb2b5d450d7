//! The judge: holds what clients did and heard against the database and against each other. Pure, and not sampled: every
//! answer, every delivery and every row is looked at.
//!
//! | | what must be true |
//! |---|---|
//! | I1 | what was acknowledged is in the database, with that content |
//! | I2 | every row was sent by somebody, and is there once |
//! | I3 | the numbers of a conversation are 1, 2, 3 … to its head |
//! | I4 | everybody sees the same message under a number; on a connection each comes once, in order, without holes, and after the answers to what the client sent before it |
//! | I5 | what one socket sends one after the other is numbered in that order, and so is what was acknowledged before the next was sent |
//! | I6 | every member has everything in the end |
//! | I7 | nobody hears what was sent while they were out |
//! | I12 | what is refused is refused for a passing reason, and every message is stored in the end; no node is silent |

use std::{
    collections::{HashMap, HashSet},
    fmt::{self, Write as _},
    time::Duration,
};

use super::history::{Case, Entry, Row, What};

/// How many entries are shown on each side of a counter-example.
const AROUND: usize = 10;

/// What is not true, and where it showed.
#[derive(Debug)]
pub struct Violation {
    /// Its name in the table above.
    pub law: &'static str,
    /// What is wrong.
    pub text: String,
    /// The entry at which it shows; none if it is seen in the database alone.
    at: Option<usize>,
}

impl Violation {
    fn new(law: &'static str, at: impl Into<Option<usize>>, text: impl Into<String>) -> Self {
        Self { law, text: text.into(), at: at.into() }
    }

    /// With the history around it.
    pub fn told(&self, case: &Case) -> String {
        let mut told = format!("{}: {}\n", self.law, self.text);
        if let Some(at) = self.at {
            let (from, to) = (at.saturating_sub(AROUND), (at + AROUND).min(case.entries.len() - 1));
            for (n, entry) in case.entries.iter().enumerate().take(to + 1).skip(from) {
                let mark = if n == at { '>' } else { ' ' };
                writeln!(told, "{mark} {entry}").unwrap();
            }
        }
        told
    }
}

/// What a case that is in order amounts to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Messages stored.
    pub messages: usize,
    /// Tries to send them.
    pub tries: usize,
    /// Messages heard.
    pub deliveries: usize,
    /// The longest time from a sender's answer to a delivery, of all.
    pub latest: Duration,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, tries, deliveries, latest } = self;
        write!(
            f,
            "{messages} messages in {tries} tries, {deliveries} deliveries, the latest {latest:.3?} after its answer"
        )
    }
}

/// A message by its sender's name for it.
type Name<'a> = (&'a str, &'a str);

/// How far along a connection is in a conversation.
type Stretch<'a> = (usize, u32, &'a str);

struct Judge<'a> {
    case: &'a Case,
    rows: HashMap<Name<'a>, &'a Row>,
    by_place: HashMap<(&'a str, i64), &'a Row>,
    /// Who sent what to where, and when first; and when it was first known to be stored.
    sent: HashMap<Name<'a>, (usize, &'a str, &'a str)>,
    known: HashMap<Name<'a>, usize>,
}

/// Judges. The first thing that is not true is the answer.
pub fn judge(case: &Case) -> Result<Verdict, Violation> {
    let mut judge =
        Judge { case, rows: HashMap::new(), by_place: HashMap::new(), sent: HashMap::new(), known: HashMap::new() };
    judge.the_database()?;
    judge.the_answers()?;
    judge.the_rows_were_sent()?;
    judge.the_deliveries()?;
    judge.the_order_of_sending()?;
    judge.the_outsiders()?;
    judge.the_end()?;
    Ok(judge.verdict())
}

impl<'a> Judge<'a> {
    fn entries(&self) -> impl Iterator<Item = (usize, &'a Entry, &'a str)> + use<'a> {
        let case = self.case;
        case.entries.iter().enumerate().map(move |(at, entry)| (at, entry, case.users[entry.client].as_str()))
    }

    /// I3, and half of I2.
    fn the_database(&mut self) -> Result<(), Violation> {
        for row in &self.case.dump.rows {
            if self.rows.insert((&row.sender, &row.message), row).is_some() {
                return Err(Violation::new("I2", None, format!("{} is stored twice", row.message)));
            }
            if self.by_place.insert((&row.conversation, row.seq), row).is_some() {
                return Err(Violation::new("I3", None, format!("{} has {} twice", row.conversation, row.seq)));
            }
        }
        for head in &self.case.dump.heads {
            let there = self.case.dump.rows.iter().filter(|row| row.conversation == head.conversation).count();
            let hole = (1..=head.seq).find(|seq| !self.by_place.contains_key(&(head.conversation.as_str(), *seq)));
            if hole.is_some() || i64::try_from(there) != Ok(head.seq) {
                let text =
                    format!("{} has {there} messages and head {}; missing: {hole:?}", head.conversation, head.seq);
                return Err(Violation::new("I3", None, text));
            }
        }
        Ok(())
    }

    /// I1, and of I12 that what is refused may be tried again.
    fn the_answers(&mut self) -> Result<(), Violation> {
        let flickering: HashSet<_> = self
            .entries()
            .filter_map(|(_, entry, _)| match &entry.what {
                What::Changing { conversation, user, .. } => Some((conversation.as_str(), user.as_str())),
                _ => None,
            })
            .collect();
        for (at, entry, user) in self.entries() {
            match &entry.what {
                What::Sending { message, conversation, content } => {
                    self.sent.entry((user, message)).or_insert((at, conversation, content));
                }
                What::Stored { message, id, seq, .. } => {
                    let sent = self.sent.get(&(user, message.as_str()));
                    let Some((_, conversation, content)) = sent else {
                        return Err(Violation::new("I1", at, "an answer to what was not sent"));
                    };
                    let Some(row) = self.rows.get(&(user, message.as_str())) else {
                        return Err(Violation::new("I1", at, "acknowledged, and not in the database"));
                    };
                    let told = (id, *seq, *conversation, *content);
                    if told != (&row.id, row.seq, &row.conversation, &row.content) {
                        return Err(Violation::new("I1", at, format!("acknowledged otherwise than stored: {row:?}")));
                    }
                    self.known.entry((user, message)).or_insert(at);
                }
                What::Refused { message, code, retryable } => {
                    let out = code == "NOT_IN_CONVERSATION"
                        && self
                            .sent
                            .get(&(user, message.as_str()))
                            .is_some_and(|(_, conversation, _)| flickering.contains(&(*conversation, user)));
                    let passing = *retryable && matches!(code.as_str(), "DB_ERROR" | "SERVICE_UNAVAILABLE");
                    if !out && !passing {
                        return Err(Violation::new("I12", at, format!("refused for no passing reason: {code}")));
                    }
                    if out {
                        // It is not tried again, and is there or not.
                        self.known.entry((user, message)).or_insert(at);
                    }
                }
                What::Lost { silent: true } if !self.case.may_be_silent => {
                    return Err(Violation::new("I12", at, "a node answered nothing for long"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The other half of I2.
    fn the_rows_were_sent(&self) -> Result<(), Violation> {
        for row in &self.case.dump.rows {
            let sent = self.sent.get(&(row.sender.as_str(), row.message.as_str()));
            if sent
                .is_none_or(|(_, conversation, content)| (*conversation, *content) != (&row.conversation, &row.content))
            {
                return Err(Violation::new("I2", None, format!("nobody sent this: {row:?}")));
            }
        }
        Ok(())
    }

    /// I4.
    fn the_deliveries(&self) -> Result<(), Violation> {
        // Nothing is known of how far somebody is who was to ask again.
        let mut reached: HashMap<Stretch, Option<i64>> = HashMap::new();
        let mut truncated: HashSet<Stretch> = HashSet::new();
        let mut own: HashSet<(usize, u32, &str)> = HashSet::new();
        for (at, entry, user) in self.entries() {
            let place = (entry.client, entry.connection);
            match &entry.what {
                What::Subscribing { conversation, last_seq } => {
                    let stretch = (place.0, place.1, conversation.as_str());
                    // Until this is answered, what comes still has the holes of the time before.
                    reached.insert(stretch, (!truncated.contains(&stretch)).then_some(*last_seq));
                }
                What::Truncated { conversation } => {
                    truncated.insert((place.0, place.1, conversation));
                    reached.insert((place.0, place.1, conversation), None);
                }
                What::Sending { message, .. } => {
                    own.insert((place.0, place.1, message));
                }
                What::Stored { message, seq, duplicate: false, .. } if entry.connection > 0 => {
                    let conversation = self.sent[&(user, message.as_str())].1;
                    if reached.get(&(place.0, place.1, conversation)).is_some_and(|reached| *reached >= Some(*seq)) {
                        return Err(Violation::new("I4", at, "what came later was heard before this answer"));
                    }
                }
                What::Received { conversation, message, id, seq, content } => {
                    let Some(row) = self.by_place.get(&(conversation.as_str(), *seq)) else {
                        return Err(Violation::new("I4", at, "heard, and not in the database"));
                    };
                    if (id, message, content) != (&row.id, &row.message, &row.content) {
                        return Err(Violation::new("I4", at, format!("heard otherwise than stored: {row:?}")));
                    }
                    let Some(reached) = reached.get_mut(&(place.0, place.1, conversation.as_str())) else {
                        return Err(Violation::new("I4", at, "heard without having asked for it"));
                    };
                    let Some(reached) = reached else { continue };
                    if seq <= reached {
                        return Err(Violation::new("I4", at, format!("heard after number {reached}")));
                    }
                    // What a socket sends itself it does not hear.
                    let hole = (*reached + 1..*seq).find(|seq| {
                        let row = self.by_place.get(&(conversation.as_str(), *seq));
                        row.is_none_or(|row| !own.contains(&(place.0, place.1, row.message.as_str())))
                    });
                    if let Some(hole) = hole {
                        return Err(Violation::new("I4", at, format!("heard before number {hole}")));
                    }
                    *reached = *seq;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// I5.
    fn the_order_of_sending(&self) -> Result<(), Violation> {
        let mut acknowledged: HashMap<&str, i64> = HashMap::new();
        // Over which connection each message was sent first, and which of these tries stored it. One that was refused is
        // sent again, behind the others.
        let mut first: HashMap<Name, Stretch> = HashMap::new();
        let mut in_order: Vec<(Stretch, Name)> = Vec::new();
        let mut stored: HashMap<Name, (usize, i64)> = HashMap::new();
        for (at, entry, user) in self.entries() {
            match &entry.what {
                What::Sending { message, conversation, .. } if self.sent[&(user, message.as_str())].0 == at => {
                    let highest = acknowledged.get(conversation.as_str()).copied().unwrap_or_default();
                    if let Some(row) = self.rows.get(&(user, message.as_str()))
                        && row.seq <= highest
                    {
                        let text = format!("stored as {}, although {highest} was acknowledged before", row.seq);
                        return Err(Violation::new("I5", at, text));
                    }
                    let stretch = (entry.client, entry.connection, conversation.as_str());
                    first.insert((user, message), stretch);
                    in_order.push((stretch, (user, message)));
                }
                What::Stored { message, seq, duplicate, .. } => {
                    let name = (user, message.as_str());
                    let stretch = (entry.client, entry.connection, self.sent[&name].1);
                    let highest = acknowledged.entry(stretch.2).or_default();
                    *highest = (*highest).max(*seq);
                    if !duplicate && entry.connection > 0 && first.get(&name) == Some(&stretch) {
                        stored.insert(name, (at, *seq));
                    }
                }
                What::Refused { message, .. } => drop(first.remove(&(user, message.as_str()))),
                _ => {}
            }
        }
        let mut last: HashMap<Stretch, i64> = HashMap::new();
        for (stretch, name) in in_order {
            let Some((at, seq)) = stored.get(&name) else { continue };
            let last = last.entry(stretch).or_default();
            if seq <= last {
                return Err(Violation::new("I5", *at, format!("sent after what has number {last}")));
            }
            *last = *seq;
        }
        Ok(())
    }

    /// I7.
    fn the_outsiders(&self) -> Result<(), Violation> {
        // Since when somebody is out.
        let mut out: HashMap<(&str, &str), usize> = HashMap::new();
        for (at, entry, user) in self.entries() {
            match &entry.what {
                What::Changed { conversation, user, member: false } => {
                    out.insert((conversation, user), at);
                }
                What::Changing { conversation, user, member: true } => {
                    out.remove(&(conversation.as_str(), user.as_str()));
                }
                What::Received { conversation, seq, .. } => {
                    let row = self.by_place[&(conversation.as_str(), *seq)];
                    let sent = self.sent[&(row.sender.as_str(), row.message.as_str())].0;
                    if out.get(&(conversation.as_str(), user)).is_some_and(|since| sent > *since) {
                        return Err(Violation::new("I7", at, "sent after they were out, and heard nevertheless"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// I6, and of I12 that every message is stored in the end.
    fn the_end(&self) -> Result<(), Violation> {
        if let Some((name, (at, ..))) = self.sent.iter().find(|(name, _)| !self.known.contains_key(*name)) {
            return Err(Violation::new("I12", *at, format!("{} was never stored", name.1)));
        }
        let mut has: HashSet<(usize, &str, i64)> = HashSet::new();
        for (_, entry, user) in self.entries() {
            match &entry.what {
                What::Received { conversation, seq, .. } => {
                    has.insert((entry.client, conversation, *seq));
                }
                What::Stored { message, seq, .. } => {
                    has.insert((entry.client, self.sent[&(user, message.as_str())].1, *seq));
                }
                _ => {}
            }
        }
        for head in &self.case.dump.heads {
            for (client, user) in self.case.users.iter().enumerate().filter(|(_, user)| head.members.contains(user)) {
                let missing = (1..=head.seq).find(|seq| !has.contains(&(client, head.conversation.as_str(), *seq)));
                if let Some(seq) = missing {
                    let row = self.by_place[&(head.conversation.as_str(), seq)];
                    let known = self.known.get(&(row.sender.as_str(), row.message.as_str()));
                    let text = format!("client {client} of {user} never got number {seq} of {}", head.conversation);
                    return Err(Violation::new("I6", known.copied(), text));
                }
            }
        }
        Ok(())
    }

    fn verdict(&self) -> Verdict {
        let mut verdict = Verdict { messages: self.rows.len(), ..Verdict::default() };
        for (_, entry, _) in self.entries() {
            match &entry.what {
                What::Sending { .. } => verdict.tries += 1,
                What::Received { conversation, seq, .. } => {
                    verdict.deliveries += 1;
                    let row = self.by_place[&(conversation.as_str(), *seq)];
                    let known = self.known.get(&(row.sender.as_str(), row.message.as_str()));
                    let late = known.map(|at| entry.at.saturating_sub(self.case.entries[*at].at));
                    verdict.latest = verdict.latest.max(late.unwrap_or_default());
                }
                _ => {}
            }
        }
        verdict
    }
}
