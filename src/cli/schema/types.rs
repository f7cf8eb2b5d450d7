//! The schemas of `docs/openapi.json` as Markdown: which fields a type has and what they mean.

use std::{collections::BTreeSet, iter};

use serde_json::Value;

/// The schemas by name.
pub struct Types<'a>(&'a Value);

impl<'a> Types<'a> {
    /// Those of an OpenAPI document.
    pub fn of(document: &'a Value) -> Self {
        Self(&document["components"]["schemas"])
    }

    /// A type's name, as a link to its section; what is written as one text or number is told at once.
    pub fn link(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(schema) if plain(schema) => self.words(schema),
            _ => format!("[`{name}`](#{})", name.to_lowercase()),
        }
    }

    /// The section of each of these types and of those that they are made of, in the order of their names.
    pub fn sections(&self, names: impl IntoIterator<Item = &'a str>) -> String {
        let mut wanted = BTreeSet::new();
        for name in names {
            self.collect(name, &mut wanted);
        }
        wanted.into_iter().map(|name| self.section(name)).collect()
    }

    fn collect(&self, name: &'a str, into: &mut BTreeSet<&'a str>) {
        let Some(schema) = self.0.get(name).filter(|schema| !plain(schema)) else { return };
        if into.insert(name) {
            let mut inner = Vec::new();
            references(schema, &mut inner);
            for name in inner {
                self.collect(name, into);
            }
        }
    }

    fn section(&self, name: &str) -> String {
        let schema = &self.0[name];
        let body = if let Some(cases) = schema["enum"].as_array() {
            let cases: Vec<_> = cases.iter().filter_map(Value::as_str).map(|case| format!("`{case}`")).collect();
            format!("One of {}.\n", cases.join(", "))
        } else if let Some(cases) = schema["oneOf"].as_array() {
            let words = ["Either"].into_iter().chain(iter::repeat("Or"));
            cases.iter().zip(words).map(|(case, word)| self.case(word, case)).collect::<Vec<_>>().join("\n")
        } else {
            self.table(schema)
        };
        format!("\n### {name}\n\n{}\n\n{body}", description(schema))
    }

    /// One of several shapes of a type.
    fn case(&self, word: &str, schema: &Value) -> String {
        let what = description(schema);
        let what = what.trim_end_matches('.');
        match referenced(schema) {
            Some(name) => format!("{word} {}: {what}.\n", self.link(name)),
            None => format!("{word} the following: {what}.\n\n{}", self.table(schema)),
        }
    }

    fn table(&self, schema: &Value) -> String {
        format!("| field | type | always | meaning |\n|---|---|---|---|\n{}", self.rows(schema))
    }

    /// A row for each field; the fields of a type that is a part of this one stand among them.
    fn rows(&self, schema: &Value) -> String {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let parts = parts.map(|part| self.rows(referenced(part).map_or(part, |name| &self.0[name])));
        let required = schema["required"].as_array();
        let own = schema["properties"].as_object().into_iter().flatten().map(|(name, field)| {
            let always = required.is_some_and(|required| required.iter().any(|one| one == name));
            let always = if always { "yes" } else { "no" };
            format!("| `{name}` | {} | {always} | {} |\n", self.words(field), description(field))
        });
        parts.chain(own).collect()
    }

    /// A type in words.
    fn words(&self, schema: &Value) -> String {
        if let Some(name) = referenced(schema) {
            return self.link(name);
        }
        if let Some(cases) = schema["oneOf"].as_array() {
            return cases.iter().map(|case| self.words(case)).collect::<Vec<_>>().join(" or ");
        }
        let word = |kind: &str| match (kind, schema["format"].as_str()) {
            ("string", Some("uuid")) => "UUID".to_owned(),
            ("string", Some("date-time")) => "time".to_owned(),
            ("array", _) => format!("list of {}", self.words(&schema["items"])),
            (kind, _) => kind.to_owned(),
        };
        match &schema["type"] {
            Value::String(kind) => word(kind),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(word).collect::<Vec<_>>().join(" or "),
            _ => "anything".to_owned(),
        }
    }
}

/// Whether a type is one text or number, without a closed list of values.
fn plain(schema: &Value) -> bool {
    schema["type"].as_str().is_some_and(|kind| kind != "object") && schema.get("enum").is_none()
}

fn referenced(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn references<'a>(schema: &'a Value, into: &mut Vec<&'a str>) {
    into.extend(referenced(schema));
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| references(value, into)),
        Value::Array(items) => items.iter().for_each(|value| references(value, into)),
        _ => {}
    }
}

/// What a schema says about itself, or what stands in it says when it may also be null.
fn description(schema: &Value) -> String {
    let own = schema["description"].as_str();
    let inner = || schema["oneOf"].as_array()?.iter().find_map(|case| case["description"].as_str());
    own.or_else(inner).unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}
