//! Passwords that everybody tries first. Not a list of passwords but of what they are made of: people take one of these
//! words, write its first letter large and put a number behind it, so the rules on letters and digits alone let them pass.

use unicode_normalization::UnicodeNormalization as _;

/// Words, names and runs of keys, in lower case, that are most of the passwords seen in leaks.
const WORDS: &[&str] = &[
    "aaaaaa",
    "abc",
    "abcd",
    "abcde",
    "abcdef",
    "abcdefg",
    "abcdefgh",
    "access",
    "admin",
    "administrator",
    "alexander",
    "amanda",
    "america",
    "andrea",
    "andrew",
    "angel",
    "anthony",
    "apple",
    "arsenal",
    "asdf",
    "asdfasdf",
    "asdfgh",
    "asdfghjkl",
    "ashley",
    "asshole",
    "azerty",
    "bailey",
    "barcelona",
    "baseball",
    "basketball",
    "batman",
    "bismillah",
    "blink",
    "bonjour",
    "buster",
    "butterfly",
    "changeme",
    "charlie",
    "charlotte",
    "cheese",
    "chelsea",
    "chocolate",
    "computer",
    "cookie",
    "daniel",
    "default",
    "diamond",
    "doudou",
    "dragon",
    "dubsmash",
    "elizabeth",
    "england",
    "family",
    "ferrari",
    "flower",
    "football",
    "freedom",
    "friends",
    "fuckyou",
    "gabriel",
    "ginger",
    "google",
    "guest",
    "hallo",
    "hannah",
    "harley",
    "hello",
    "helloworld",
    "hockey",
    "hunter",
    "iloveu",
    "iloveyou",
    "internet",
    "jasmine",
    "jennifer",
    "jessica",
    "jesus",
    "jonathan",
    "jordan",
    "joshua",
    "justin",
    "killer",
    "letmein",
    "lifehack",
    "linkedin",
    "liverpool",
    "login",
    "london",
    "lovely",
    "loveme",
    "lovers",
    "loveyou",
    "maggie",
    "marina",
    "master",
    "matrix",
    "matthew",
    "mercedes",
    "merlin",
    "michael",
    "michelle",
    "minecraft",
    "monkey",
    "monster",
    "motdepasse",
    "mustang",
    "mynoob",
    "naruto",
    "nicole",
    "ninja",
    "nothing",
    "number",
    "oliver",
    "orange",
    "pass",
    "password",
    "passwort",
    "patrick",
    "peanut",
    "pepper",
    "playboy",
    "pokemon",
    "princess",
    "purple",
    "qazwsx",
    "qazwsxedc",
    "querty",
    "qwaszx",
    "qwer",
    "qwert",
    "qwertz",
    "qwerty",
    "qwertyui",
    "qwertyuiop",
    "rainbow",
    "ranger",
    "robert",
    "root",
    "samantha",
    "samsung",
    "scooter",
    "secret",
    "senha",
    "shadow",
    "slipknot",
    "snoopy",
    "soccer",
    "sophie",
    "spiderman",
    "spring",
    "starwars",
    "steelers",
    "summer",
    "sunshine",
    "superman",
    "superstar",
    "taylor",
    "temp",
    "tennis",
    "test",
    "testing",
    "thomas",
    "thunder",
    "tigger",
    "tinkle",
    "trice",
    "trustno",
    "user",
    "vanessa",
    "victoria",
    "welcome",
    "whatever",
    "william",
    "willkommen",
    "winner",
    "winter",
    "wordpass",
    "yankees",
    "zinch",
    "zxcvbn",
    "zxcvbnm",
];

/// What mixes letters and digits all the way through.
const MIXED: &[&str] = &[
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "1qazxsw2",
    "a1b2c3d4",
    "a1b2c3d4e5",
    "aa123456",
    "abc123abc",
    "abc123def",
    "asd123asd",
    "g9l2d1fz",
    "q1w2e3r4",
    "q1w2e3r4t5",
    "qwe123qwe",
    "zaq12wsx",
    "zaq1xsw2",
    "zaq1zaq1",
];

/// Whether a password is one of those that are tried first, also behind a number or with digits for letters, or what
/// its owner is known by.
pub fn is_common(password: &str, own: &[&str]) -> bool {
    let folded: String = password.nfkc().flat_map(char::to_lowercase).collect();
    if MIXED.contains(&folded.trim_end_matches(['!', '.', '?'])) {
        return true;
    }
    let own: Vec<String> = own
        .iter()
        .flat_map(|name| {
            let name = name.trim().to_lowercase();
            let local = name.split('@').next().unwrap_or_default().to_owned();
            [name, local]
        })
        .filter(|name| name.chars().count() >= 3)
        .collect();
    let known = |text: &str| {
        let letters: String = text.chars().map(letter).collect();
        [text, letters.as_str()].into_iter().any(|text| {
            is_repeated(text) || WORDS.contains(&text) || own.iter().any(|name| name == text || core(name) == text)
        })
    };
    known(&folded) || known(core(&folded))
}

/// What is left without the digits and signs around it.
fn core(text: &str) -> &str {
    let core = text.trim_matches(|c: char| !c.is_alphabetic());
    // “passw0rd1” keeps its 0; “p4ssw0rd” its 4. One that is all digits and signs has no core.
    if core.is_empty() { text } else { core }
}

/// The letter that a digit or sign stands for.
fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// One character or one short piece, again and again.
fn is_repeated(text: &str) -> bool {
    let characters: Vec<_> = text.chars().collect();
    (1..=3).any(|piece| {
        characters.len() >= 2 * piece && characters.chunks(piece).all(|chunk| characters[..piece].starts_with(chunk))
    })
}

#[cfg(test)]
mod tests {
    use super::is_common;

    #[test]
    fn finds_what_everybody_tries_first() {
        let own = ["Carla.Mayer@example.org", "carla_m", "Carla Mayer"];
        for common in [
            "Password1",
            "passw0rd",
            "P4ssw0rd!",
            "Password2026!",
            "Qwerty123",
            "Qwertz12345",
            "Welcome1",
            "Admin123!",
            "Trustno1",
            "1Q2w3e4r",
            "Abcd1234",
            "Aaaaaaa1",
            "Ab1Ab1Ab1",
            "Trice2026",
            "Carla_m1",
            "Carla_m2024",
            "Carla.Mayer@example.org",
            "Carla.Mayer1",
            "123Letmein",
        ] {
            assert!(is_common(common, &own), "{common}");
        }
        for good in [
            "Correct7Horse",
            "Battery8Staple",
            "Wrong7Password",
            "Passwords4Everybody",
            "xK9#mfLq",
            "Carla7likesTea",
            "Ä1öööooüü7x",
            "3Sunflowers",
        ] {
            assert!(!is_common(good, &own), "{good}");
        }
    }
}
