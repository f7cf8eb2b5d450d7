//! Who is in the demo: a dozen with names of their own, and as many others as are asked for.

use super::random::Random;

/// The dozen, by username. The first one is in nearly everything.
pub const DOZEN: &[(&str, &str)] = &[
    ("mara", "Mara Lindqvist"),
    ("jonas", "Jonas Weber"),
    ("amina", "أمينة حداد"),
    ("noam", "נועם לוי"),
    ("yuki", "佐藤 由紀"),
    ("chen", "陈伟"),
    ("priya", "Priya Raman"),
    ("tomas", "Tomás Ribeiro"),
    ("olena", "Олена Коваль"),
    ("kofi", "Kofi Mensah"),
    ("elif", "Elif Yılmaz"),
    ("lucie", "Lucie Moreau"),
];
const FIRST: &[&str] = &[
    "Ada", "Ben", "Carla", "Dario", "Esther", "Femi", "Greta", "Hugo", "Ines", "Jakob", "Kaja", "Liam", "Mina", "Nils",
    "Oskar", "Paula", "Quentin", "Rosa", "Samir", "Thea", "Ugo", "Vera", "Wanda", "Zoe",
];
const LAST: &[&str] = &[
    "Adeyemi", "Bianchi", "Castro", "Dvořák", "Eriksen", "Fischer", "García", "Horvat", "Ivanova", "Jansen", "Kaya",
    "Lopes", "Müller", "Novak", "Okafor", "Petit", "Rossi", "Silva", "Tanaka", "Virtanen", "Wójcik", "Zhang",
];

/// Username and name of everybody.
pub fn named(count: usize, random: &mut Random) -> Vec<(String, String)> {
    let dozen = DOZEN.iter().map(|(username, name)| ((*username).to_owned(), (*name).to_owned()));
    let others = (DOZEN.len()..count).map(|number| {
        let (first, last) = (random.pick(FIRST), random.pick(LAST));
        (format!("{}_{}", first.to_lowercase(), number + 1), format!("{first} {last}"))
    });
    dozen.chain(others).collect()
}
