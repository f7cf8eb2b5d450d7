//! Bodies that are none, and fields that are not what they must be.

use super::{
    Stage,
    fragments::{Fault, fragments},
    refused, shown,
};
use crate::support::api::operations;

/// The largest body (contract, section 1).
const LARGEST: usize = 100_000;

#[tokio::test]
async fn no_body_is_what_it_cannot_be() {
    let stage = Stage::set().await;
    no_operation_takes_what_is_no_json_object(&stage).await;
    no_field_is_what_it_cannot_be(&stage).await;
    only_json_is_read_and_only_so_much_of_it(&stage).await;
}

async fn no_operation_takes_what_is_no_json_object(stage: &Stage) {
    let deep = "[".repeat(50_000);
    let nested = format!("{{\"a\":{deep}");
    for operation in operations().iter().filter(|one| one.body.is_some()) {
        for body in [
            &b""[..],
            b" \n",
            b"null",
            b"true",
            b"1",
            b"\"{}\"",
            b"[]",
            b" [{}]",
            b"{",
            b"}",
            b"{}{}",
            b"{} x",
            b"{\"a\":1,}",
            b"{a:1}",
            b"{'a':1}",
            b"{\"a\":1/*b*/}",
            b"{\"a\":01}",
            b"{\"a\":NaN}",
            b"\xef\xbb\xbf{}",
            b"{\"a\":\"\xff\"}",
            b"{\"\xc0\x80\":1}",
            b"{\"a\":\"\xed\xa0\x80\"}",
            b"\xff\xfe{\x00}\x00",
            b"{\x00}",
            b"{\"a\\u0000\":1}",
            b"{\"a\":\"\x00\"}",
            b"a=1&b=2",
            deep.as_bytes(),
            nested.as_bytes(),
        ] {
            let response = stage.ask_with(operation, body.to_vec()).send().await.unwrap();
            let what = shown(operation, &String::from_utf8_lossy(body));
            refused(response, 400, "VALIDATION_ERROR", "body", &what).await;
        }
    }
}

async fn no_field_is_what_it_cannot_be(stage: &Stage) {
    let mut tried = 0;
    for operation in operations() {
        for field in operation.body.iter().flatten() {
            let mut others = stage.body(&operation);
            others.remove(&field.name);
            let others = serde_json::to_string(&others).unwrap();
            // The others without their opening brace.
            let rest = if others == "{}" { "}".to_owned() } else { format!(",{}", &others[1..]) };
            for (fragment, fault) in fragments(field) {
                let body = format!("{{\"{}\":{fragment}{rest}", field.name);
                let response = stage.ask_with(&operation, body.clone()).send().await.unwrap();
                let named = if fault == Fault::Body { "body" } else { &field.name };
                refused(response, 400, "VALIDATION_ERROR", named, &shown(&operation, &body)).await;
                tried += 1;
            }
            let value = stage.value(&operation, field).to_string();
            let twice = format!("{{\"{0}\":{value},\"{0}\":{value}{rest}", field.name);
            let response = stage.ask_with(&operation, twice.clone()).send().await.unwrap();
            refused(response, 400, "VALIDATION_ERROR", &field.name, &shown(&operation, &twice)).await;
            if field.required {
                let response = stage.ask_with(&operation, others.clone()).send().await.unwrap();
                refused(response, 400, "VALIDATION_ERROR", &field.name, &shown(&operation, &others)).await;
            }
        }
    }
    assert!(tried > 300, "only {tried} were tried");
    // Nothing of it was done.
    let (_, body) = stage.alice.get(&format!("/api/v1/conversations/{}", stage.group)).await;
    assert_eq!(
        (&body["data"]["lastSeq"], &body["data"]["lastRev"], &body["data"]["title"]),
        (&1.into(), &0.into(), &"Tea".into())
    );
    let (_, body) = stage.alice.get("/api/v1/users/me").await;
    assert_eq!((&body["data"]["displayName"], &body["data"]["avatarUrl"]), (&"alice".into(), &serde_json::Value::Null));
}

async fn only_json_is_read_and_only_so_much_of_it(stage: &Stage) {
    for operation in operations().iter().filter(|one| one.body.is_some()) {
        let path = stage.path(operation);
        for kind in [
            "",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json-seq",
            "application/vnd.api+json",
            "application/json, text/plain",
            "application",
            "application/jsön",
        ] {
            let mut request = stage.ask(operation, &path).body("{}");
            if !kind.is_empty() {
                let kind = reqwest::header::HeaderValue::from_bytes(kind.as_bytes()).unwrap();
                request = request.header("content-type", kind);
            }
            let response = request.send().await.unwrap();
            refused(response, 415, "UNSUPPORTED_MEDIA_TYPE", "", &shown(operation, kind)).await;
        }
        for kind in ["Application/JSON", "application/json;charset=utf-8", "application/json ; charset=\"UTF-8\""] {
            let response = stage.ask(operation, &path).header("content-type", kind).body("[]").send().await.unwrap();
            refused(response, 400, "VALIDATION_ERROR", "body", &shown(operation, kind)).await;
        }
        // The last byte counts, not what it says.
        for (size, status, code, field) in
            [(LARGEST, 400, "VALIDATION_ERROR", "body"), (LARGEST + 1, 413, "PAYLOAD_TOO_LARGE", "")]
        {
            for (start, end) in [("[", "]"), ("[\"", "\"]")] {
                let body = format!("{start}{}{end}", " ".repeat(size - start.len() - end.len()));
                let response = stage.ask_with(operation, body).send().await.unwrap();
                refused(response, status, code, field, &shown(operation, &format!("{size} bytes"))).await;
            }
        }
    }
}
