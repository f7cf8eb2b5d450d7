//! What people say: little dialogues by theme, read from `words.txt`, with places left open for names, hours and numbers.

use super::random::Random;

/// Blocks of lines, each beginning with who speaks (a, b or c) and `:`, or `>` when it answers the line before.
const WORDS: &str = include_str!("words.txt");
const PLACES: &[&str] =
    &["Café Luna", "the old mill", "the station", "the market hall", "the river", "the blue bridge"];
const HOURS: &[&str] = &["8:30", "9:15", "10:00", "11:30", "14:00", "15:45", "17:00", "18:30", "19:00", "20:15"];

/// One line of a dialogue.
#[derive(Clone, Copy)]
pub struct Line {
    /// Who speaks: 0, 1 or 2.
    pub speaker: usize,
    /// Whether it is an answer to the line before.
    pub answers: bool,
    /// The words, with open places.
    pub words: &'static str,
}

/// The dialogues of a theme.
pub fn of(theme: &str) -> Vec<Vec<Line>> {
    let section = WORDS.split("== ").find_map(|section| section.strip_prefix(theme)?.strip_prefix('\n'));
    let blocks = section.unwrap_or_default().split("\n\n");
    blocks.map(|block| block.lines().filter_map(line).collect::<Vec<_>>()).filter(|block| !block.is_empty()).collect()
}

fn line(text: &'static str) -> Option<Line> {
    let (head, words) = text.split_once(' ')?;
    let speaker = ["a", "b", "c"].iter().position(|name| head.starts_with(name))?;
    Some(Line { speaker, answers: head.ends_with('>'), words })
}

/// The words, with their open places filled.
pub fn say(words: &str, name: &str, random: &mut Random) -> String {
    words
        .replace("{name}", name)
        .replace("{place}", random.pick(PLACES))
        .replace("{hour}", random.pick(HOURS))
        .replace("{number}", &(3 + random.below(15)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_said_by_somebody_and_has_no_open_place() {
        let mut read = 0;
        for theme in WORDS.lines().filter_map(|line| line.strip_prefix("== ")) {
            let dialogues = of(theme);
            assert!(dialogues.len() >= 5, "{theme} has {} dialogues", dialogues.len());
            for dialogue in dialogues {
                assert!(!dialogue[0].answers, "{}", dialogue[0].words);
                for line in dialogue {
                    assert!(!say(line.words, "Mara", &mut Random::new(1)).contains(['{', '}']), "{}", line.words);
                    read += 1;
                }
            }
        }
        let lines = WORDS.lines().filter(|line| !line.is_empty() && !line.starts_with("== ")).count();
        assert_eq!(read, lines, "a line begins with a, b or c and a colon or an arrow");
    }
}
