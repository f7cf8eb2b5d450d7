//! The law of the house: imports and crates point down, files are short and say what they are for. Reads the source
//! with a parser (a grep does not see grouped imports) and needs nothing else. No test of behaviour belongs here.

use std::{collections::HashSet, fs, path::Path};

use syn::{
    Attribute, Item, ItemMod, ItemUse, Macro, UseTree,
    buffer::{Cursor, TokenBuffer},
    visit::{self, Visit},
};

/// The rows of the house, from the ground up, each with what it may use. A row may always use itself.
const ROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("error", &["model"]),
    ("config", &["error", "model"]),
    ("observability", &["config", "error", "model"]),
    ("runtime", GROUND),
    ("store", GROUND),
    ("engine", GROUND),
    ("domain", &["store", "engine", "runtime", "observability", "config", "error", "model"]),
    ("http", DOMAIN_AND_GROUND),
    ("gateway", DOMAIN_AND_GROUND),
    ("app", ALL),
    ("cli", ALL),
    ("bin", ALL),
];
const GROUND: &[&str] = &["runtime", "observability", "config", "error", "model"];
const DOMAIN_AND_GROUND: &[&str] = &["domain", "runtime", "observability", "config", "error", "model"];
const ALL: &[&str] = &["*"];

/// Where a crate is at home; a star stands for the rest of its name. Crates that are not listed are at home everywhere.
const HOMES: &[(&str, &[&str])] = &[
    ("clap*", ENTRY),
    ("shuttle_*", ENTRY),
    ("hyper*", &["app", "cli", "bin", "observability::traces", "gateway::engineio"]),
    ("socket2", ENTRY),
    // Tasks are known to `runtime`, which is the door to spawning them.
    ("tokio_util", &["app", "cli", "bin", "runtime"]),
    // `app` serves the router; the second entry point proves that Shuttle's axum is ours; sockets begin as requests.
    ("axum*", &["http", "app", "bin::shuttle", "gateway::engineio"]),
    ("tower*", &["http", "app"]),
    ("utoipa*", &["http"]),
    ("rust_embed", &["http"]),
    ("tokio_tungstenite", &["gateway::engineio"]),
    ("tikv_jemallocator", &["runtime"]),
    ("argon2", &["domain"]),
    ("jsonwebtoken", &["domain"]),
    // In `http` only the words in which tower_governor is set up.
    ("governor", &["domain", "http::limits"]),
    ("sqlx", &["store"]),
    ("redis", &["engine::redis"]),
    ("prometheus", &["observability"]),
    ("opentelemetry*", &["observability"]),
    ("tracing_subscriber", &["observability"]),
];
const ENTRY: &[&str] = &["app", "cli", "bin"];

/// What may be used away from home: derives that describe a type, and no calls. `*` is everywhere.
const AWAY: &[(&str, &str)] = &[("utoipa::ToSchema", "*"), ("utoipa::IntoParams", "*"), ("sqlx::Type", "model")];

const LONGEST_FILE: usize = 400;

#[test]
fn the_source_keeps_the_law() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut seen, mut violations) = (HashSet::new(), Vec::new());
    for folder in ["src", "tests"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path = entry.expect("the source can be read").into_path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let file = path.strip_prefix(root).expect("it is inside").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("the source is text");
            violations.extend(of_form(&file, &text));
            if path.with_extension("").is_dir() && folder == "src" {
                violations.push(format!("{file}: stands beside a folder of its name; make it that folder's mod.rs"));
            }
            if folder == "src" {
                violations.extend(of_direction(&file, &text));
            }
            seen.insert(file);
        }
    }
    // A law that looked at nothing would be kept by anything.
    for file in ["src/lib.rs", "src/http/mod.rs", "src/domain/mod.rs", "tests/floors.rs"] {
        assert!(seen.contains(file), "{file} was not looked at");
    }
    assert!(violations.is_empty(), "{} violations\n{}\n", violations.len(), violations.join("\n"));
}

fn of_form(file: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if !text.starts_with("//!") {
        violations.push(format!("{file}:1: opens without a //! line that says what lives here and what must not"));
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        violations.push(format!("{file}: has {lines} lines; more than {LONGEST_FILE} are two files"));
    }
    violations
}

fn of_direction(file: &str, text: &str) -> Vec<String> {
    let source = match syn::parse_file(text) {
        Ok(source) => source,
        Err(error) => return vec![format!("{file}: is not Rust: {error}")],
    };
    let mut reader = Reader { module: module_of(file), ..Reader::default() };
    reader.names_of(&source.items);
    reader.visit_file(&source);
    let mut violations: Vec<_> =
        reader.uses.iter().filter_map(|found| Some(format!("{file}: {}", reader.judge(found)?))).collect();
    violations.dedup();
    violations
}

/// `src/http/mod.rs` is the module `http`, `src/http/auth.rs` is `http::auth`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/').filter(|part| !matches!(*part, "mod" | "lib")).map(str::to_owned).collect()
}

/// A path as it stands in the source, and the module it stands in.
struct Found {
    module: Vec<String>,
    path: Vec<String>,
    /// `::name`, which is a crate whatever else has the name.
    global: bool,
}

/// Collects every path of a file: of imports, expressions and types, and within attributes and macros.
#[derive(Default)]
struct Reader {
    module: Vec<String>,
    /// What the file itself declares or imports, and what therefore is no crate.
    names: HashSet<String>,
    uses: Vec<Found>,
}

impl Reader {
    fn found(&mut self, path: Vec<String>, global: bool) {
        self.uses.push(Found { module: self.module.clone(), path, global });
    }

    /// Modules that a file declares or imports: `redis::connect` in `engine/mod.rs` means ours.
    fn names_of(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(module) => {
                    self.names.insert(module.ident.to_string());
                    self.names_of(module.content.as_ref().map_or(&[], |(_, items)| items));
                }
                Item::Use(import) => {
                    let paths = paths_of(&import.tree, &[]).into_iter();
                    self.names.extend(paths.filter(|path| path.len() > 1).filter_map(|mut path| path.pop()));
                }
                _ => {}
            }
        }
    }

    /// Paths in what the parser leaves as it is: `name :: name …`, within any brackets.
    fn tokens(&mut self, mut rest: Cursor<'_>) {
        let (mut path, mut colons) = (Vec::new(), 0);
        while !rest.eof() {
            if let Some((name, next)) = rest.ident() {
                if colons != 2 {
                    self.chain(&mut path);
                }
                path.push(name.to_string());
                (rest, colons) = (next, 0);
            } else if let Some((_, next)) = rest.punct().filter(|(mark, _)| mark.as_char() == ':') {
                (rest, colons) = (next, colons + 1);
            } else {
                self.chain(&mut path);
                if let Some((inside, _, _, next)) = rest.any_group() {
                    self.tokens(inside);
                    rest = next;
                } else if let Some((_, next)) = rest.token_tree() {
                    rest = next;
                }
                colons = 0;
            }
        }
        self.chain(&mut path);
    }

    /// One name alone is something in scope, and its import was seen.
    fn chain(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.found(path, false);
        }
    }

    /// What is wrong with a path, if anything is.
    fn judge(&self, found: &Found) -> Option<String> {
        let first = found.path[0].as_str();
        if matches!(first, "crate" | "trice") {
            return judge_row(found, &found.path[1..]);
        }
        if matches!(first, "self" | "super") {
            let rest = &found.path[usize::from(first == "self")..];
            let up = rest.iter().take_while(|part| *part == "super").count();
            let above = &found.module[..found.module.len().saturating_sub(up)];
            return judge_row(found, &[above, &rest[up..]].concat());
        }
        if !found.global && self.names.contains(first) { None } else { judge_crate(found, first) }
    }
}

fn judge_row(found: &Found, target: &[String]) -> Option<String> {
    let from = found.module.first()?;
    let Some((_, allowed)) = ROWS.iter().find(|(row, _)| row == from) else {
        return Some(format!("{from}/ has no floor; give it one in tests/floors.rs"));
    };
    let Some(to) = target.first() else {
        return Some("the whole house under another name hides what is used".to_owned());
    };
    if from == to || *allowed == ALL || allowed.contains(&to.as_str()) {
        return None;
    }
    Some(format!("{from} may not use {}; it may use: {}", target.join("::"), allowed.join(", ")))
}

fn judge_crate(found: &Found, name: &str) -> Option<String> {
    let (_, homes) = HOMES.iter().find(|(home, _)| match home.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *home,
    })?;
    let (here, path) = (found.module.join("::"), found.path.join("::"));
    let inside = |place: &&str| place == &"*" || here == **place || here.starts_with(&format!("{place}::"));
    let away = AWAY.iter().any(|(what, place)| path == *what && inside(place));
    (!away && !homes.iter().any(inside))
        .then(|| format!("{path} is used away from home, which is {}", homes.join(", ")))
}

/// The full paths of an import, however it is grouped.
fn paths_of(tree: &UseTree, before: &[String]) -> Vec<Vec<String>> {
    let with = |name: String| [before, &[name]].concat();
    match tree {
        UseTree::Path(path) => paths_of(&path.tree, &with(path.ident.to_string())),
        UseTree::Group(group) => group.items.iter().flat_map(|item| paths_of(item, before)).collect(),
        UseTree::Name(name) if name.ident == "self" => vec![before.to_vec()],
        UseTree::Name(name) => vec![with(name.ident.to_string())],
        UseTree::Rename(rename) => vec![with(rename.ident.to_string())],
        UseTree::Glob(_) => vec![with("*".to_owned())],
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, import: &'ast ItemUse) {
        for path in paths_of(&import.tree, &[]) {
            self.found(path, import.leading_colon.is_some());
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.found(names, path.leading_colon.is_some());
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(TokenBuffer::new2(list.tokens.clone()).begin());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(TokenBuffer::new2(call.tokens.clone()).begin());
        visit::visit_macro(self, call);
    }
}

mod the_law_itself {
    //! Each line of it, broken on purpose.

    use super::{of_direction, of_form};

    /// How often a file breaks the law about directions.
    fn broken(file: &str, text: &str) -> usize {
        of_direction(file, text).len()
    }

    #[test]
    fn what_is_right_passes() {
        let text = "use std::fmt; use tokio::sync; use crate::{domain::{self, caller::Caller}, error::Result, model::id};
            use super::envelope; use axum::{Json, http::StatusCode}; #[utoipa::path(get, body = crate::model::page::Page)]
            async fn get() -> self::Answer { crate::domain::users::get(axum::Json(1)) }";
        assert_eq!(of_direction("src/http/users.rs", text), Vec::<String>::new());
        assert_eq!(broken("src/app/mod.rs", "use crate::{http, gateway, store, engine, domain, runtime};"), 0);
        assert_eq!(broken("src/bin/trice.rs", "fn main() { trice::cli::run() }"), 0);
    }

    #[test]
    fn an_import_that_points_up_is_seen() {
        for (file, text) in [
            ("src/domain/users.rs", "use crate::http::error;"),
            ("src/domain/users.rs", "use crate::{error::{Error, Result}, model::{id, user}, gateway::{self}};"),
            ("src/domain/users.rs", "use crate::http as h;"),
            ("src/store/users.rs", "use crate::domain::*;"),
            ("src/store/mod.rs", "use super::domain;"),
            ("src/store/auth/rows.rs", "use super::super::super::domain::{auth};"),
            ("src/store/mod.rs", "mod tests { use super::super::domain; }"),
            ("src/model/user.rs", "use crate::error::Error;"),
            ("src/error.rs", "use crate::config::Config;"),
            ("src/config/mod.rs", "use crate::runtime::clock;"),
            ("src/observability/logs.rs", "use crate::runtime::tasks;"),
            ("src/domain/users.rs", "fn f() { use crate::http::routes; }"),
            ("src/domain/users.rs", "use self::super::super::http;"),
            ("src/domain/users.rs", "use crate as house;"),
        ] {
            assert_eq!(broken(file, text), 1, "{file}: {text}");
        }
    }

    #[test]
    fn neighbours_do_not_meet() {
        for (file, text) in [
            ("src/http/auth.rs", "use crate::gateway::Gateway;"),
            ("src/gateway/mod.rs", "use crate::http::HttpState;"),
            ("src/engine/bus.rs", "use crate::store::Store;"),
            ("src/store/users.rs", "use crate::engine::Engine;"),
            ("src/http/users.rs", "use crate::store::Store;"),
            ("src/somewhere/new.rs", "use crate::error::Error;"),
        ] {
            assert_eq!(broken(file, text), 1, "{file}: {text}");
        }
    }

    #[test]
    fn a_path_needs_no_import_to_be_seen() {
        for text in [
            "fn f() { crate::http::serve() }",
            "fn f(state: &crate::http::HttpState) {}",
            "impl From<crate::gateway::Reply> for X {}",
            "fn f() { g(|| crate::http::serve::<u8>()) }",
            "fn f() { println!(\"{}\", crate::http::name()) }",
            "#[derive(crate::http::Thing)] struct X;",
            "macro_rules! m { () => { crate::gateway::go() } }",
        ] {
            assert_eq!(broken("src/domain/x.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn a_crate_away_from_home_is_seen() {
        for (file, text) in [
            ("src/domain/users.rs", "use sqlx::PgPool;"),
            ("src/domain/users.rs", "use sqlx as database;"),
            ("src/domain/users.rs", "use {serde::Serialize, sqlx::{self, query}};"),
            ("src/domain/users.rs", "fn f() { sqlx::query!(\"select 1\"); }"),
            ("src/domain/users.rs", "fn f() { vec![::sqlx::query(\"select 1\")]; }"),
            ("src/model/user.rs", "use sqlx::Row;"),
            ("src/domain/users.rs", "#[derive(sqlx::Type)] struct X;"),
            ("src/http/users.rs", "use tokio_tungstenite::WebSocketStream;"),
            ("src/domain/auth/tokens.rs", "use axum_extra::headers;"),
            ("src/http/layers.rs", "use tokio_util::sync::CancellationToken;"),
            ("src/engine/memory/bus.rs", "use redis::Client;"),
            ("src/model/user.rs", "#[utoipa::path(get)] fn f() {}"),
            ("src/gateway/transport.rs", "type R = hyper_util::rt::TokioIo<axum::body::Body>;"),
            ("src/app/mod.rs", "use tracing_subscriber::fmt;"),
        ] {
            let found = of_direction(file, text);
            assert!(!found.is_empty(), "{file}: {text}");
        }
    }

    #[test]
    fn a_derive_and_a_module_of_the_same_name_pass() {
        for (file, text) in [
            ("src/model/id.rs", "#[derive(sqlx::Type, utoipa::ToSchema)] #[sqlx(transparent)] struct X(u8);"),
            ("src/domain/users.rs", "use utoipa::{IntoParams, ToSchema};"),
            ("src/engine/mod.rs", "mod redis; fn f() { redis::connect() }"),
            ("src/engine/redis/bus.rs", "use redis::Client;"),
            ("src/bin/shuttle.rs", "const _: fn(axum::Router) = f;"),
        ] {
            assert_eq!(of_direction(file, text), Vec::<String>::new(), "{file}: {text}");
        }
    }

    #[test]
    fn form_is_seen() {
        assert_eq!(of_form("src/x.rs", "//! X.\n").len(), 0);
        assert_eq!(of_form("src/x.rs", "// X.\n").len(), 1);
        assert_eq!(of_form("src/x.rs", &format!("//! X.\n{}", "\n".repeat(400))).len(), 1);
    }
}
