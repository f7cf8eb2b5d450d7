//! What a client makes of the events that it hears.

use std::collections::BTreeMap;

use serde_json::Value;

/// A conversation as a client has it, which keeps of each row what has the highest number.
pub struct Seen {
    title: (i64, Value),
    roles: BTreeMap<String, (i64, Value)>,
}

impl Seen {
    /// As the API shows it.
    pub fn of(conversation: &Value) -> Self {
        let rev = conversation["lastRev"].as_i64().unwrap();
        let people = conversation["participants"].as_array().unwrap().iter();
        let role = |one: &Value| (one["user"]["id"].as_str().unwrap().to_owned(), (rev, one["role"].clone()));
        Self { title: (rev, conversation["title"].clone()), roles: people.map(role).collect() }
    }

    /// An event changes it, unless it knows better.
    pub fn hear(&mut self, name: &str, event: &Value) {
        let rev = event["rev"].as_i64().unwrap_or_default();
        let (row, value) = match name {
            "conversation:updated" => (&mut self.title, event["conversation"]["title"].clone()),
            "participant:added" | "participant:updated" | "participant:removed" => {
                let user = event["participant"]["user"]["id"].as_str().or(event["userId"].as_str()).unwrap();
                let row = self.roles.entry(user.to_owned()).or_default();
                (row, event["participant"]["role"].clone())
            }
            _ => return,
        };
        if rev > row.0 {
            *row = (rev, value);
        }
    }

    /// Its title, and who takes part as what.
    pub fn now(&self) -> (&Value, Vec<(&String, &Value)>) {
        let there = self.roles.iter().filter(|(_, (_, role))| !role.is_null());
        (&self.title.1, there.map(|(user, (_, role))| (user, role)).collect())
    }
}
