//! `web/src/realtime/events.gen.ts`: which events there are and what each carries. The types themselves come from
//! `docs/openapi.json`.

use std::collections::BTreeSet;

use crate::{
    gateway::protocol::{Answer, ClientEvent},
    model::event::ServerEvent,
};

/// The events with which the server answers, each once.
pub fn answers() -> Vec<Answer> {
    let mut answers: Vec<_> = ClientEvent::ALL.iter().filter_map(|event| event.answer()).collect();
    answers.extend(ClientEvent::ALL.iter().map(|event| event.failure()));
    let mut seen = BTreeSet::new();
    answers.retain(|answer| seen.insert(answer.name));
    answers
}

/// The file.
pub fn events() -> String {
    let told = ServerEvent::ALL.iter().map(|told| (told.name, told.payload));
    let answered = answers().into_iter().map(|answer| (answer.name, answer.payload));
    let (mut said, mut asked, mut types) = (String::new(), String::new(), BTreeSet::new());
    for (name, payload) in told.chain(answered) {
        said += &format!("  {}: {payload};\n", key(name));
        types.insert(payload);
    }
    for event in ClientEvent::ALL {
        let (payload, answers) = (event.payload(), event.acknowledged());
        let answer = if answers.is_empty() { "object".to_owned() } else { answers.join(" | ") };
        asked += &format!("  {}: {{ payload: {payload}; answer: {answer} }};\n", key(event.name()));
        types.extend(answers);
        types.insert(payload);
    }
    let types: String = types.into_iter().map(|name| format!("  {name},\n")).collect();
    format!(
        "// Written by `make gen` from the server's tables of events.\nimport type {{\n{types}}} from '@/api';\n\n\
         /** What the server says, and what it carries. */\nexport type Said = {{\n{said}}};\n\n\
         /** What clients ask: what it carries, and what answers it on the acknowledgement. */\n\
         export type Asked = {{\n{asked}}};\n"
    )
}

/// A property's name: in quotes when it is no plain word.
fn key(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) { name.to_owned() } else { format!("'{name}'") }
}
