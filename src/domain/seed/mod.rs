//! A demo: people who know each other, and weeks of what they wrote. The same number makes the same demo, counted back
//! from now.

mod dialogues;
mod people;
mod random;
mod rhythm;

use chrono::{DateTime, Duration, Utc};
use uuid::{Builder, Uuid};

use self::{random::Random, rhythm::Rhythm};
use super::auth::passwords::Passwords;
use crate::{
    error::{Error, ErrorCode, Result},
    model::{conversation::Role, id::UserId, time::Timestamp},
    runtime::clock,
    store::{
        Store,
        conversations::direct_key,
        seed::{Conversation, Message, Participant, Person, Seed},
    },
};

/// Everybody's password.
pub const PASSWORD: &str = "Tea4Everybody";
/// How many people there are at least: those with names of their own.
pub const FEWEST: usize = people::DOZEN.len();

/// Groups of the dozen: title, theme, people by their place in the dozen, share of all messages.
const GROUPS: &[(&str, &str, &[usize], usize)] = &[
    ("Product team", "work", &[0, 1, 2, 3, 6, 7, 9], 22),
    ("Weekend hikes 🏔️", "hike", &[8, 0, 1, 6, 11], 10),
    ("Tandem · שפות · لغات · 言葉", "world", &[4, 0, 2, 3, 5, 7, 8, 10], 14),
    ("Book club", "books", &[0, 4, 6, 9, 11], 8),
    ("WG Küche", "home", &[1, 0, 10], 8),
];
/// Direct conversations: two of the dozen, theme, share.
const PAIRS: &[(usize, usize, &str, usize)] = &[
    (0, 1, "chat", 5),
    (2, 0, "chat", 4),
    (0, 11, "french", 4),
    (0, 4, "chat", 3),
    (8, 0, "chat", 3),
    (0, 10, "chat", 3),
    (6, 0, "work", 3),
    (0, 9, "chat", 2),
    (1, 10, "home", 3),
    (3, 7, "chat", 3),
    (5, 6, "work", 3),
    (2, 8, "world", 2),
];
/// How many of those who are no dozen share a team.
const TEAM: usize = 24;
/// How many people of a group write in it.
const WRITERS: usize = 40;
/// How many people a group has at most.
const MOST_IN_A_GROUP: usize = 2000;
/// How many of the newest messages have receipts, as if these had been switched on then.
const WITH_RECEIPTS: i64 = 50;

/// How much there is to be.
pub struct Demo {
    /// People, no fewer than the dozen.
    pub people: usize,
    /// Messages in all conversations together.
    pub messages: usize,
    /// Another demo for each number.
    pub number: u64,
}

/// Fills a database that has no people yet, or any if that is said. Answers username and name of the dozen.
pub async fn fill(store: &Store, demo: &Demo, anyway: bool) -> Result<&'static [(&'static str, &'static str)]> {
    if !anyway && store.has_people().await? {
        return Err(Error::new(ErrorCode::Conflict, "This database has people already."));
    }
    let password_hash = Passwords::new()?.hash(PASSWORD.to_owned()).await?;
    store.seed(&plan(demo, &password_hash, clock::now().0)).await?;
    tracing::info!(people = demo.people, messages = demo.messages, "demo.seeded");
    Ok(people::DOZEN)
}

/// Everything there is to be, at once in memory.
fn plan(demo: &Demo, password_hash: &str, now: DateTime<Utc>) -> Seed {
    let mut random = Random::new(demo.number);
    let mut seed = Seed::default();
    for (username, display_name) in people::named(demo.people.max(FEWEST), &mut random) {
        let created_at = rhythm::beginning(now) - Duration::minutes(random.below(7 * 24 * 60));
        seed.people.push(Person {
            id: id(created_at, &mut random),
            email: format!("{username}@example.org"),
            username,
            password_hash: password_hash.to_owned(),
            display_name,
            created_at: Timestamp(created_at),
        });
    }
    let rooms = rooms(seed.people.len());
    let shares: usize = rooms.iter().map(|room| room.share).sum();
    let mut left = demo.messages;
    for room in rooms.iter().rev() {
        // The first room gets what the others leave.
        let share = if std::ptr::eq(room, &raw const rooms[0]) { left } else { demo.messages * room.share / shares };
        left -= share;
        let said = talk(room, share, now, &seed.people, &mut random);
        add(&mut seed, room, said, now, &mut random);
    }
    seed
}

/// A conversation to be.
struct Room {
    title: Option<String>,
    theme: &'static str,
    people: Vec<usize>,
    share: usize,
}

fn rooms(people: usize) -> Vec<Room> {
    let groups = GROUPS.iter().map(|(title, theme, people, share)| (*title, *theme, people.to_vec(), *share));
    let everybody = ("Riverside neighbours", "town", (0..people.min(MOST_IN_A_GROUP)).collect(), 14);
    let others: Vec<_> = (FEWEST..people).collect();
    let teams = others.chunks(TEAM).enumerate().map(|(number, people)| Room {
        title: Some(format!("Team {}", number + 1)),
        theme: "work",
        people: people.to_vec(),
        share: 6,
    });
    let pairs = PAIRS.iter().map(|(one, other, theme, share)| Room {
        title: None,
        theme,
        people: vec![*one, *other],
        share: *share,
    });
    groups
        .chain([everybody])
        .map(|(title, theme, people, share)| Room { title: Some(title.to_owned()), theme, people, share })
        .chain(teams.filter(|team| team.people.len() > 1))
        .chain(pairs)
        .collect()
}

/// Something said.
struct Said {
    at: DateTime<Utc>,
    speaker: usize,
    words: String,
    answers: Option<usize>,
}

/// So many messages: one dialogue after another, each theme's all before one comes again.
fn talk(room: &Room, count: usize, now: DateTime<Utc>, everybody: &[Person], random: &mut Random) -> Vec<Said> {
    let dialogues = dialogues::of(room.theme);
    let (mut chosen, mut deck, mut lines) = (Vec::new(), Vec::new(), 0);
    while lines < count {
        if deck.is_empty() {
            deck = (0..dialogues.len()).collect();
            random.shuffle(&mut deck);
        }
        let Some(next) = deck.pop() else { return Vec::new() };
        lines += dialogues[next].len();
        chosen.push(next);
    }
    let rhythm = if room.theme == "work" { Rhythm::Office } else { Rhythm::Leisure };
    let writers = &room.people[..room.people.len().min(WRITERS)];
    let mut said: Vec<Said> = Vec::with_capacity(lines);
    let mut at = rhythm::beginning(now);
    // How often the clock is asked depends on the hour; what people say does not.
    let beginnings = rhythm.beginnings(chosen.len(), now, &mut random.fork());
    for (number, begins) in chosen.iter().zip(beginnings) {
        at = at.max(begins);
        let first = random.place(writers.len());
        let name = everybody[random.pick(writers)].display_name.split(' ').next().unwrap_or_default();
        for line in &dialogues[*number] {
            let thinking = if random.chance(20) { 240 } else { 40 };
            at += Duration::seconds(4 + random.below(thinking));
            let before = said.len();
            let answers = if line.answers {
                before.checked_sub(1)
            } else {
                before.checked_sub(1 + random.place(12)).filter(|_| random.chance(2))
            };
            // Neighbours in the list talk to each other: distinct people, as long as there are enough.
            let speaker = writers[(first + line.speaker) % writers.len()];
            said.push(Said { at, speaker, words: dialogues::say(line.words, name, random), answers });
        }
    }
    said.truncate(count);
    let mut moments: Vec<_> = said.iter().map(|one| one.at).collect();
    rhythm::fit(&mut moments, now);
    for (one, at) in said.iter_mut().zip(moments) {
        one.at = at;
    }
    said
}

/// Adds a conversation with what was said in it, and how far everybody has read.
fn add(seed: &mut Seed, room: &Room, said: Vec<Said>, now: DateTime<Utc>, random: &mut Random) {
    let created_at = rhythm::beginning(now) + Duration::seconds(random.below(20 * 60 * 60));
    let conversation_id = id(created_at, random);
    let person = |place: usize| seed.people[place].id;
    let ids: Vec<_> = said.iter().map(|one| id(one.at, random)).collect();
    let moments: Vec<_> = said.iter().map(|one| one.at).collect();
    let speakers: Vec<_> = said.iter().map(|one| one.speaker).collect();
    let (mut last_seq, mut last_rev) = (0, 0);
    for (place, one) in said.into_iter().enumerate() {
        last_seq += 1;
        let deleted = random.below(120) == 0;
        last_rev += i64::from(deleted);
        seed.messages.push(Message {
            id: ids[place],
            conversation_id,
            seq: last_seq,
            rev: deleted.then_some(last_rev),
            sender_id: person(one.speaker),
            content: if deleted { String::new() } else { one.words },
            client_message_id: Builder::from_random_bytes(random.bytes()).into_uuid(),
            reply_to_id: one.answers.map(|place| ids[place]),
            created_at: Timestamp(one.at),
            deleted_at: deleted.then(|| Timestamp(now.min(one.at + Duration::seconds(10 + random.below(200))))),
        });
    }
    for (place, one) in room.people.iter().enumerate() {
        let role = match place {
            0 => Role::Owner,
            1 if room.title.is_some() => Role::Admin,
            _ => Role::Member,
        };
        let behind = match random.below(100) {
            0..55 => 0,
            55..85 => random.below(12),
            _ => random.below(60),
        };
        // Who writes has read what came before.
        let own = speakers.iter().rposition(|speaker| speaker == one).map_or(0, |place| place + 1);
        let read = usize::try_from(last_seq - behind).unwrap_or(0).max(own);
        let last_read_seq = i64::try_from(read).unwrap_or(last_seq);
        let receipts_from_seq = (last_seq - WITH_RECEIPTS).max(0);
        let newest = read.checked_sub(1);
        seed.participants.push(Participant {
            id: id(created_at, random),
            conversation_id,
            user_id: person(*one),
            role,
            joined_at: Timestamp(created_at),
            last_read_message_id: newest.map(|place| ids[place]),
            last_read_seq,
            last_read_at: newest.map(|place| Timestamp(now.min(moments[place] + Duration::seconds(random.below(900))))),
            last_receipt_seq: (last_read_seq > receipts_from_seq).then_some(last_read_seq),
            receipts_from_seq,
        });
    }
    let (maker, other) = (person(room.people[0]), person(room.people[1]));
    seed.conversations.push(Conversation {
        id: conversation_id,
        title: room.title.clone(),
        created_by: maker,
        direct_key: room.title.is_none().then(|| direct_key(UserId(maker), UserId(other))),
        last_seq,
        last_rev,
        created_at: Timestamp(created_at),
        updated_at: Timestamp(moments.last().copied().unwrap_or(created_at)),
    });
}

/// An identifier of that moment, as the server would have made it.
fn id(at: DateTime<Utc>, random: &mut Random) -> Uuid {
    Builder::from_unix_timestamp_millis(at.timestamp_millis().unsigned_abs(), &random.bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_makes_the_same_demo() {
        let (morning, night) = ("2026-11-25T07:15:00Z".parse().unwrap(), "2026-11-28T23:59:00Z".parse().unwrap());
        let words = |number, now| {
            let seed = plan(&Demo { people: 20, messages: 500, number }, "", now);
            assert_eq!((seed.people.len(), seed.messages.len()), (20, 500));
            seed.messages.into_iter().map(|message| (message.seq, message.content)).collect::<Vec<_>>()
        };
        assert_eq!(words(1, morning), words(1, night));
        assert_ne!(words(1, morning), words(2, morning));
    }

    #[test]
    fn the_password_keeps_the_rules() {
        let mut violations = crate::error::Violations::default();
        let own = ["mara@example.org", "mara", "Mara Lindqvist"];
        crate::domain::auth::rules::check_password("password", PASSWORD, &own, &mut violations);
        violations.check().unwrap();
    }
}
