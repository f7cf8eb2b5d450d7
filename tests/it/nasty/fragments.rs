//! What no field can be, in the words of JSON. Shared by bodies and socket events.

use serde_json::json;

use crate::support::{api::Field, new_id};

/// What is wrong with a piece of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The field is not what it must be.
    Field,
    /// It is no JSON, or cannot be stored.
    Body,
}

/// Identifiers that are none. The library would read most of them.
pub fn bad_ids() -> Vec<String> {
    let id = new_id();
    vec![
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        id.replace('-', ""),
        "00000000-0000-0000-0000-000000000000".into(),
        id[1..].into(),
        format!("{id}0"),
        format!("{id} "),
        id.replace('-', "_"),
        format!("g{}", &id[1..]),
        "x".repeat(5000),
        "me".into(),
    ]
}

/// Pieces of JSON that are no value of this field.
pub fn fragments(field: &Field) -> Vec<(String, Fault)> {
    let mut faults = vec![
        ("[".repeat(50_000), Fault::Body),
        (format!("{}{}", "[".repeat(40_000), "]".repeat(40_000)), Fault::Field),
        ("{\"a\":".repeat(15_000), Fault::Body),
        ("1e400".into(), Fault::Field),
        ("NaN".into(), Fault::Body),
        ("'x'".into(), Fault::Body),
        ("\"\\ud800\"".into(), Fault::Field),
        ("\"\\ude00\\ud83d\"".into(), Fault::Field),
        ("\"a\\u0000b\"".into(), Fault::Body),
        ("\"a\\x00b\"".into(), Fault::Body),
        ("\"a\nb\"".into(), Fault::Body),
        ("\"a\0b\"".into(), Fault::Body),
        (String::new(), Fault::Body),
    ];
    if field.required {
        faults.push(("null".into(), Fault::Field));
    }
    let wrong: &[&str] = match field.kind() {
        "string" => &["1", "true", "[]", "{}", "1.5", "[\"a\"]", "{\"a\":1}"],
        "boolean" => &["1", "0", "\"true\"", "[]", "{}", "[true]"],
        "integer" => &["\"1\"", "1.5", "1e3", "-1", "99999999999999999999", "18446744073709551615", "true", "[]", "{}"],
        "array" => &["1", "true", "\"x\"", "{}", "{\"0\":1}", "[null]", "[1]", "[[]]", "[{}]", "[\"x\"]"],
        kind => panic!("{} is a {kind}; say what is no {kind}", field.name),
    };
    faults.extend(wrong.iter().map(|one| ((*one).to_owned(), Fault::Field)));
    if field.is_id() {
        let many = field.kind() == "array";
        faults
            .extend(bad_ids().iter().map(|id| (if many { json!([id]) } else { json!(id) }.to_string(), Fault::Field)));
    }
    if let Some(words) = field.schema["enum"].as_array() {
        let word = words[0].as_str().unwrap();
        let wrong = ["", "nonsense", &word.to_uppercase(), &format!("{word} "), &format!("{word}\u{200B}")];
        faults.extend(wrong.iter().map(|one| (json!(one).to_string(), Fault::Field)));
    }
    if let Some(most) = field.bound("maxItems") {
        let ids: Vec<_> = (0..=most).map(|_| new_id()).collect();
        faults.push((json!(ids).to_string(), Fault::Field));
    }
    if field.bound("minItems").is_some_and(|least| least > 0) {
        faults.push(("[]".into(), Fault::Field));
    }
    faults
}
