//! Parameters that are not what they must be, in the path, the query and the headers; cursors of somebody else.

use reqwest::Method;

use super::{Stage, fragments::bad_ids, refused, shown};
use crate::support::{
    api::{Field, Operation, operations},
    new_id,
};

/// As it stands in an address, whatever it is made of.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn no_parameter_is_what_it_cannot_be() {
    let stage = Stage::set().await;
    no_path_leads_to_what_is_no_identifier(&stage).await;
    no_query_is_what_it_cannot_be(&stage).await;
    no_header_is_what_it_cannot_be(&stage).await;
    a_cursor_is_of_use_to_its_owner_on_its_list_as_it_is(&stage).await;
}

async fn no_path_leads_to_what_is_no_identifier(stage: &Stage) {
    for operation in operations() {
        for parameter in operation.parameters.iter().filter(|one| one.place == "path") {
            let field = &parameter.field;
            assert!(field.is_id(), "{}: say what {} cannot be", operation.name, field.name);
            let plain = [
                "%00",
                "%ff",
                "%zz",
                "%",
                "%f",
                "%c0%80",
                "..%2f..",
                "%2f",
                "%20",
                "%0d%0aX: y",
                "*",
                "null",
                "-1",
                "0",
                "me%00",
            ];
            let plain = plain.iter().map(|one| (*one).to_owned());
            let ids = bad_ids().into_iter().filter(|id| id != "me").map(|id| encoded(&id));
            for value in plain.chain(ids).chain([
                format!("{}%00", new_id()),
                format!("{}%0a", new_id()),
                "%F0%9F%98%80".repeat(1000),
            ]) {
                let path = stage.path_with(&operation, &field.name, &value);
                let mut request = stage.ask(&operation, &path);
                if operation.body.is_some() {
                    request = request.json(&stage.body(&operation));
                }
                refused(request.send().await.unwrap(), 400, "VALIDATION_ERROR", &field.name, &shown(&operation, &path))
                    .await;
            }
        }
    }
}

/// Queries that are no value of this parameter, each with the name that the answer gives to what is wrong.
fn bad_values(operation: &Operation, field: &Field) -> Vec<(String, String)> {
    let mut bad: Vec<String> = Vec::new();
    let own = |text: &str| format!("{}={text}", field.name);
    match (field.kind(), field.schema["format"].as_str(), field.name.as_str()) {
        ("integer", ..) => {
            let words = [
                "",
                "-1",
                "-0",
                "%2B5",
                "+5",
                "5+",
                "1.5",
                "1.0",
                "0x10",
                "1e1",
                "1_0",
                "1,0",
                "NaN",
                "Infinity",
                "null",
                "true",
                "five",
                "%D9%A5",
                "%EF%BC%95",
                "[]",
                "9999999999999999999999",
                "%zz",
            ];
            bad.extend(words.iter().map(|one| own(one)));
            bad.extend(field.bound("minimum").map(|least| own(&(least - 1).to_string())));
            bad.extend(field.bound("maximum").map(|most| own(&(most + 1).to_string())));
        }
        (_, Some("date-time"), _) => {
            let words = [
                "",
                "yesterday",
                "0",
                "1764100000",
                "2026-11-25",
                "2026-13-01T00:00:00Z",
                "2026-02-30T00:00:00Z",
                "2026-11-25T25:00:00Z",
                "2026-11-25T00:00:00",
                "%2B10000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z",
                "infinity",
                "now()",
                "2026-11-25T00:00:00+01:00",
            ];
            bad.extend(words.iter().map(|one| own(one)));
        }
        (.., "cursor") => {
            let words = [
                "",
                "zzzz",
                "%25%25%25",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "eyJzZXEiOjF9",
                "=",
                "a%2Fb%2Bc",
                "%F0%9F%98%80",
            ];
            bad.extend(words.iter().map(|one| own(one)));
            bad.push(own(&"A".repeat(8000)));
        }
        ("string", ..) => {
            bad.extend(field.bound("minLength").map(|least| own(&"a".repeat(usize::try_from(least - 1).unwrap()))));
            for character in ["a", "%F0%9F%91%A9", "%D7%90", "%CC%81"] {
                bad.extend(
                    field.bound("maxLength").map(|most| own(&character.repeat(usize::try_from(most + 1).unwrap()))),
                );
            }
            bad.extend(field.required.then(|| own("")));
        }
        (kind, ..) => panic!("{}: say what {} cannot be, being a {kind}", operation.name, field.name),
    }
    bad.push(format!("{0}=1&{0}=2", field.name));
    bad.extend(field.required.then(String::new));
    let mut bad: Vec<_> = bad.into_iter().map(|query| (query, field.name.clone())).collect();
    for query in ["%00", "a%00", "%ff", "%c0%80", "%ed%a0%80"] {
        bad.push((own(query), "query".into()));
    }
    bad
}

async fn no_query_is_what_it_cannot_be(stage: &Stage) {
    let mut tried = 0;
    for operation in operations() {
        for parameter in operation.parameters.iter().filter(|one| one.place == "query") {
            let others = Stage::query_without(&operation, &parameter.field.name);
            for (query, named) in bad_values(&operation, &parameter.field) {
                let path = format!("{}?{query}{others}", stage.path(&operation));
                let response = stage.ask(&operation, &path).send().await.unwrap();
                refused(response, 400, "VALIDATION_ERROR", &named, &shown(&operation, &path)).await;
                tried += 1;
            }
        }
        // What is not asked for is not looked at, unless it cannot be text.
        if operation.method == Method::GET {
            let query = Stage::query_without(&operation, "");
            for (extra, status) in [("&x=1&x=2&userId=1&role=owner&=&&&", 200), ("&%zz=%&a[b]=c", 200)] {
                let path = format!("{}?{}{extra}", stage.path(&operation), query.trim_start_matches('&'));
                let response = stage.ask(&operation, &path).send().await.unwrap();
                assert_eq!(response.status(), status, "{path}");
            }
        }
    }
    assert!(tried > 100, "only {tried} were tried");
}

async fn no_header_is_what_it_cannot_be(stage: &Stage) {
    for operation in operations() {
        for parameter in operation.parameters.iter().filter(|one| one.place == "header") {
            let most = usize::try_from(parameter.field.bound("maxLength").unwrap()).unwrap();
            for value in [&b""[..], b"a b", b"a\tb", b"\xff", "\u{1F469}".as_bytes(), "x".repeat(most + 1).as_bytes()] {
                let value = reqwest::header::HeaderValue::from_bytes(value).unwrap();
                let request = stage.ask(&operation, &stage.path(&operation)).header("cookie", &stage.alice.cookie);
                let response = request.header(&parameter.field.name, value).send().await.unwrap();
                refused(response, 400, "VALIDATION_ERROR", &parameter.field.name, &operation.name).await;
            }
        }
    }
}

async fn a_cursor_is_of_use_to_its_owner_on_its_list_as_it_is(stage: &Stage) {
    // Two of everything, so that each list has a second page.
    let other = stage.alice.group(&[&stage.carol]).await;
    for (group, person) in
        [(&stage.group, &stage.alice), (&stage.group, &stage.bob), (&other, &stage.alice), (&other, &stage.carol)]
    {
        person.say(group, "hello").await;
    }
    stage.bob.direct(&stage.carol).await;
    let pages: Vec<_> = operations()
        .into_iter()
        .filter(|one| one.parameters.iter().any(|parameter| parameter.field.name == "cursor"))
        .collect();
    assert!(pages.len() > 1, "the description names no lists");
    let mut cursors = Vec::new();
    for operation in &pages {
        let path = stage.path(operation);
        for person in [&stage.alice, &stage.bob] {
            let (status, body) = person.get(&format!("{path}?limit=1")).await;
            assert_eq!(status, 200, "{body}");
            let cursor = body["data"]["meta"]["cursor"].as_str().expect("a second page").to_owned();
            cursors.push((operation.name.clone(), person.id.clone(), cursor));
        }
    }
    let bad = async |path: &str, cursor: &str| {
        let response = stage.alice.request(Method::GET, &format!("{path}?cursor={cursor}")).send().await.unwrap();
        refused(response, 400, "VALIDATION_ERROR", "cursor", &format!("{path} {cursor}")).await;
    };
    for operation in &pages {
        let path = stage.path(operation);
        for (name, person, cursor) in &cursors {
            // A conversation's history is the same for everybody in it.
            let of_use = *name == operation.name && (person == &stage.alice.id || path.contains(&stage.group));
            if !of_use {
                bad(&path, cursor).await;
                continue;
            }
            assert_eq!(stage.alice.get(&format!("{path}?cursor={cursor}")).await.0, 200, "{path} {cursor}");
            let turned: String = cursor.chars().rev().collect();
            let (start, end) = cursor.split_at(cursor.len() / 2);
            for changed in [
                &cursor[1..],
                &cursor[..cursor.len() - 1],
                start,
                end,
                &turned,
                &format!("{cursor}{cursor}"),
                &format!("{cursor}%3D"),
                &format!("{cursor}A"),
                &format!("%20{cursor}"),
                &cursor.to_uppercase(),
            ] {
                bad(&path, changed).await;
            }
            bad(&path.replace(&stage.group, &other), if path.contains(&stage.group) { cursor } else { "x" }).await;
            let both = format!("{path}?cursor={cursor}&limit=1&cursor={cursor}");
            let response = stage.alice.request(Method::GET, &both).send().await.unwrap();
            refused(response, 400, "VALIDATION_ERROR", "cursor", &both).await;
        }
    }
}
