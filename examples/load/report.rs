//! Figures: as JSON for machines, and as a table beside the targets for people.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::servers::Kind;

/// What a scenario found, by name.
pub type Figures = Vec<(&'static str, f64)>;

/// What Trice is to reach: the scenario, the figure, and the least or the most it may be.
const TARGETS: &[(&str, &str, Target)] = &[
    ("pairs", "messages/s", Target::Least(8_000.0)),
    ("pairs", "server CPU µs/message", Target::Most(60.0)),
    ("steady", "p50 ms", Target::Most(5.0)),
    ("steady", "p99 ms", Target::Most(25.0)),
    ("fan-out 100", "server CPU µs/delivery", Target::Most(10.0)),
    ("fan-out 1000", "server CPU µs/delivery", Target::Most(10.0)),
    ("idle", "failed connections", Target::Most(0.0)),
    ("idle", "kB/socket", Target::Most(20.0)),
    ("history", "server CPU µs/page", Target::Most(1_000.0)),
];

#[derive(Clone, Copy)]
enum Target {
    Least(f64),
    Most(f64),
}

/// What each server did in each scenario.
#[derive(Default)]
pub struct Report(Vec<(String, Kind, Figures)>);

impl Report {
    /// A scenario is over.
    pub fn add(&mut self, scenario: &str, server: Kind, figures: Figures) {
        self.0.push((scenario.to_owned(), server, figures));
    }

    /// All of it.
    pub fn json(&self) -> Value {
        let results = self.0.iter().map(|(scenario, server, figures)| {
            let figures: Map<_, _> = figures.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({"scenario": scenario, "server": server, "figures": figures})
        });
        json!({ "results": results.collect::<Vec<_>>() })
    }

    /// A line for each figure: of Trice, of Node, how many times the one is the other, and the target.
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "{:<14} {:<32} {:>12} {:>12} {:>8}  {}",
            "scenario", "figure", "Trice", "Node", "ratio", "target"
        )];
        let scenarios = self.0.iter().fold(Vec::new(), |mut seen, (scenario, _, figures)| {
            if !seen.iter().any(|(name, _): &(&String, _)| *name == scenario) {
                seen.push((scenario, figures));
            }
            seen
        });
        for (scenario, figures) in scenarios {
            for (name, _) in figures {
                let (trice, node) = (self.find(scenario, Kind::Trice, name), self.find(scenario, Kind::Node, name));
                let ratio = trice.zip(node).map_or_else(String::new, |(trice, node)| format!("{:.2}", trice / node));
                let target = TARGETS.iter().find(|(of, figure, _)| of == scenario && figure == name);
                let target = target.map_or_else(String::new, |(_, _, target)| target.judge(trice));
                let (trice, node) = (number(trice), number(node));
                lines.push(format!("{scenario:<14} {name:<32} {trice:>12} {node:>12} {ratio:>8}  {target}"));
            }
        }
        lines.join("\n")
    }

    fn find(&self, scenario: &str, server: Kind, name: &str) -> Option<f64> {
        let (_, _, figures) = self.0.iter().find(|(of, by, _)| of == scenario && *by == server)?;
        figures.iter().find(|(figure, _)| *figure == name).map(|(_, value)| *value)
    }
}

impl Target {
    fn judge(self, value: Option<f64>) -> String {
        let (sign, bound, reached) = match self {
            Self::Least(bound) => ("≥", bound, value.map(|value| value >= bound)),
            Self::Most(bound) => ("≤", bound, value.map(|value| value <= bound)),
        };
        let verdict = reached.map_or("", |reached| if reached { " reached" } else { " missed" });
        format!("{sign} {bound}{verdict}")
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") })
}

/// The time that so many percent stayed under, in ms.
pub fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

/// A count, to be divided by.
#[expect(clippy::cast_precision_loss, reason = "counts here are small")]
pub fn share(count: usize) -> f64 {
    count as f64
}
