//! What is generated from the code is fresh.

use trice::http::openapi;

#[test]
fn the_committed_description_is_the_codes() {
    let committed = include_str!("../../docs/openapi.json");
    let document = openapi::document().to_pretty_json().unwrap();
    assert!(committed.trim_end() == document, "docs/openapi.json is stale; run: make gen");
}
