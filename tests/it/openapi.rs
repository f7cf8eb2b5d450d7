//! The API's description: fresh, complete, and right about who has to be signed in. `scripts/schemathesis` tries the rest.

use reqwest::Method;
use serde_json::{Value, json};
use trice::http::openapi;

use crate::support::{TestApp, answer};

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

/// Every operation: its method, path and description.
fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, it)| (method, path, it)))
}

/// What is behind a reference.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => value,
    }
}

/// The status that a code comes with (docs/api-design.md).
fn status_of(code: &str) -> &'static str {
    match code {
        "VALIDATION_ERROR" => "400",
        "UNAUTHORIZED" | "TOKEN_EXPIRED" | "TOKEN_REVOKED" => "401",
        "FORBIDDEN" | "NOT_IN_CONVERSATION" => "403",
        "NOT_FOUND" => "404",
        "METHOD_NOT_ALLOWED" => "405",
        "CONFLICT" => "409",
        "PAYLOAD_TOO_LARGE" => "413",
        "UNSUPPORTED_MEDIA_TYPE" => "415",
        "RATE_LIMITED" => "429",
        "INTERNAL_ERROR" => "500",
        "DB_ERROR" | "SERVICE_UNAVAILABLE" => "503",
        _ => "",
    }
}

/// Whether an example is what its schema says.
fn fits(document: &Value, schema: &Value, example: &Value) -> bool {
    let schema = resolve(document, schema);
    let all = |name: &str| schema[name].as_array().into_iter().flatten();
    let of_kind = |kind: &Value| match kind.as_str().unwrap() {
        "object" => example.is_object(),
        "array" => example.is_array(),
        "string" => example.is_string(),
        "integer" => example.is_i64(),
        "number" => example.is_number(),
        "boolean" => example.is_boolean(),
        other => other == "null" && example.is_null(),
    };
    let kinds = &schema["type"];
    (kinds.is_null() || kinds.as_array().map_or_else(|| of_kind(kinds), |kinds| kinds.iter().any(of_kind)))
        && (schema["enum"].is_null() || all("enum").any(|word| word == example))
        && (schema["oneOf"].is_null() || all("oneOf").any(|one| fits(document, one, example)))
        && all("allOf").all(|part| fits(document, part, example))
        && all("required").all(|name| example.get(name.as_str().unwrap()).is_some())
        && example.as_array().into_iter().flatten().all(|item| fits(document, &schema["items"], item))
        && example.as_object().into_iter().flatten().all(|(name, value)| {
            let field = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
            field.is_null() || fits(document, field, value)
        })
}

/// Whether there are examples, and all of them are what their schema says.
fn has_examples(document: &Value, content: &Value) -> bool {
    let content = &content["application/json"];
    let several = content["examples"].as_object().into_iter().flat_map(|examples| examples.values());
    let examples: Vec<_> = content.get("example").into_iter().chain(several.map(|example| &example["value"])).collect();
    !examples.is_empty() && examples.into_iter().all(|example| fits(document, &content["schema"], example))
}

/// What an error answer lacks.
fn faults_of_error<'a>(document: &'a Value, status: &'a str, response: &'a Value) -> Vec<&'a str> {
    let content = &response["content"]["application/json"];
    let codes: Vec<_> = content["examples"].as_object().into_iter().flatten().collect();
    let words = response["description"].as_str().unwrap_or_default().split('`').skip(1).step_by(2);
    let retry = response["headers"].get("Retry-After").is_some();
    let mut faults = Vec::new();
    let mut require = |holds: bool, fault: &'static str| {
        if !holds {
            faults.push(fault);
        }
    };
    require(content["schema"] == json!({"$ref": "#/components/schemas/ErrorBody"}), "another body");
    require(has_examples(document, &response["content"]), "no example");
    require(
        codes.iter().all(|(name, example)| {
            status_of(name) == status && example["value"]["error"]["code"].as_str() == Some(name.as_str())
        }),
        "a code of another status",
    );
    require(
        words
            .filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
            .all(|word| codes.iter().any(|(name, _)| *name == word)),
        "names a code and has no example of it",
    );
    require(retry == matches!(status, "429" | "503"), "wrong about Retry-After");
    faults
}

/// Everything that an operation lacks.
fn faults(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (method, path, operation) in operations(document) {
        let mut require = |holds: bool, fault: String| {
            if !holds {
                faults.push(format!("{method} {path}: {fault}"));
            }
        };
        require(METHODS.contains(&method.as_str()), "a method that is not completed".into());
        for words in ["summary", "description", "operationId"] {
            require(operation[words].as_str().is_some_and(|text| !text.is_empty()), format!("no {words}"));
        }
        let body = operation.get("requestBody");
        if let Some(body) = body {
            require(has_examples(document, &body["content"]), "no example of the request".into());
        }
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for parameter in parameters {
            require(parameter["description"].is_string(), format!("{} is not described", parameter["name"]));
            require(!resolve(document, &parameter["schema"]).is_null(), format!("{} has no schema", parameter["name"]));
        }
        let mut of_its_kind = vec!["429", "500", "503"];
        of_its_kind.extend(body.iter().flat_map(|_| ["400", "413", "415"]));
        of_its_kind.extend((!parameters.is_empty()).then_some("400"));
        of_its_kind.extend(operation.get("security").map(|_| "401"));
        for status in of_its_kind {
            require(operation["responses"].get(status).is_some(), format!("no {status}"));
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = resolve(document, response);
            require(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                format!("{status}: no words"),
            );
            for header in ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Trace-ID"] {
                let header = &response["headers"][header];
                require(!resolve(document, header).is_null(), format!("{status}: a header is missing"));
            }
            if status.starts_with('2') {
                let example = status == "204" || has_examples(document, &response["content"]);
                require(example, format!("{status}: no example"));
            } else {
                for fault in faults_of_error(document, status, response) {
                    require(false, format!("{status}: {fault}"));
                }
            }
        }
    }
    faults
}

#[test]
fn the_committed_description_is_the_codes() {
    let committed = include_str!("../../docs/openapi.json");
    let document = openapi::document().to_pretty_json().unwrap();
    assert!(committed.trim_end() == document, "docs/openapi.json is stale; run: make gen");
}

#[tokio::test]
async fn what_is_served_is_what_is_committed() {
    let app = TestApp::start().await;
    let served = app.client.get(format!("{}/api/v1/openapi.json", app.url)).send().await.unwrap().text().await.unwrap();
    let committed = include_str!("../../docs/openapi.json");
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert!(parsed(&served) == parsed(committed), "the server describes itself otherwise than docs/openapi.json");
}

#[test]
fn every_operation_is_described_with_its_errors_and_examples() {
    let document = document();
    assert_eq!(faults(&document), Vec::<String>::new());
    let not_allowed = &document["components"]["responses"]["MethodNotAllowed"];
    assert_eq!(faults_of_error(&document, "405", not_allowed), Vec::<&str>::new());
    assert!(not_allowed["headers"].get("Allow").is_some());
}

#[test]
fn what_is_missing_is_noticed() {
    let send = "/paths/~1api~1v1~1conversations~1{id}~1messages/post";
    for (at, key) in [
        ("", "summary"),
        ("", "description"),
        ("/requestBody/content/application~1json", "example"),
        ("/responses/201/content/application~1json", "example"),
        ("/responses/403/content/application~1json", "examples"),
        ("/responses/403/content/application~1json/examples", "FORBIDDEN"),
        ("/responses/404/content/application~1json", "schema"),
        ("/responses/201/headers", "X-Trace-ID"),
        ("/responses", "400"),
        ("/responses", "401"),
        ("/responses", "413"),
        ("/responses", "415"),
        ("/responses", "429"),
        ("/responses", "500"),
        ("/responses", "503"),
        ("/responses/201/content/application~1json/example/data", "seq"),
        ("/parameters/0", "description"),
    ] {
        let mut document = document();
        let holder = document.pointer_mut(&format!("{send}{at}")).unwrap();
        assert!(holder.as_object_mut().unwrap().remove(key).is_some(), "{at}/{key}");
        assert!(!faults(&document).is_empty(), "{at}/{key}");
    }
    let mut document = document();
    document["components"]["responses"]["TooManyRequests"]["headers"].as_object_mut().unwrap().remove("Retry-After");
    assert_eq!(faults(&document).len(), operations(&document).count());
}

#[tokio::test]
async fn whoever_has_to_be_signed_in_is_told_so() {
    let app = TestApp::start().await;
    let document = document();
    let mut open = Vec::new();
    for (method, path, operation) in operations(&document) {
        let url = format!("{}{}", app.url, path.replace("{id}", &crate::support::new_id()));
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        let (status, answer) = answer(app.client.request(method, url).json(body)).await;
        let schemes =
            operation["security"].as_array().into_iter().flatten().flat_map(|it| it.as_object().unwrap().keys());
        if schemes.clone().count() == 0 {
            open.push(operation["operationId"].as_str().unwrap());
            assert_ne!(answer["error"]["message"], "Sign in: this needs an access token.", "{path}");
        } else {
            assert_eq!(status, 401, "{path} {answer}");
        }
        assert!(schemes.into_iter().all(|name| document["components"]["securitySchemes"].get(name).is_some()));
    }
    assert_eq!(open, ["login", "register"]);
}
