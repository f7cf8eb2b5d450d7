//! The API as its description tells it, so that a test meets every operation, also those to come.

use reqwest::Method;
use serde_json::{Map, Value};

/// Something that the API can be asked.
pub struct Operation {
    /// Its `operationId`.
    pub name: String,
    /// How it is asked.
    pub method: Method,
    /// Where, with its parameters in braces.
    pub path: String,
    /// In the path, the query and the headers.
    pub parameters: Vec<Parameter>,
    /// The fields of its body, each with its schema; none if it takes no body.
    pub body: Option<Vec<Field>>,
    /// Whether it needs an access token.
    pub bearer: bool,
}

/// A parameter of an operation.
pub struct Parameter {
    /// Where it stands: `path`, `query` or `header`.
    pub place: String,
    /// What it is.
    pub field: Field,
}

/// A named value.
#[derive(Clone)]
pub struct Field {
    /// As clients write it.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it may be; references are followed.
    pub schema: Value,
}

impl Field {
    /// `string`, `integer`, `boolean`, `array` or `object`, whether or not it may also be null.
    pub fn kind(&self) -> &str {
        kind(&self.schema)
    }

    /// A bound such as `maxLength`.
    pub fn bound(&self, name: &str) -> Option<i64> {
        self.schema[name].as_i64()
    }

    /// Whether it holds identifiers, one or many.
    pub fn is_id(&self) -> bool {
        self.schema["format"] == "uuid" || self.schema["items"]["format"] == "uuid"
    }
}

fn kind(schema: &Value) -> &str {
    let named = |value: &Value| value.as_str().is_some_and(|name| name != "null");
    let one = schema["type"].as_array().and_then(|names| names.iter().find(|name| named(name)));
    one.unwrap_or(&schema["type"]).as_str().unwrap_or_default()
}

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.push(Operation {
                name: text(&operation["operationId"]),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                parameters: parameters(&document, operation),
                body: operation
                    .get("requestBody")
                    .map(|body| fields(&follow(&document, &body["content"]["application/json"]["schema"]))),
                bearer: operation["security"]
                    .as_array()
                    .is_some_and(|ways| ways.iter().any(|way| way.get("bearer").is_some())),
            });
        }
    }
    assert!(operations.len() > 20, "the description is not what this reads");
    operations
}

/// What clients send over sockets: the inputs that are no operation's body, by the names of their schemas.
pub fn socket_inputs() -> Vec<(String, Value)> {
    let document = document();
    let bodies = document["paths"].to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let inputs = schemas.iter().filter(|(name, _)| name.ends_with("Input") && !bodies.contains(&format!("/{name}\"")));
    inputs.map(|(name, schema)| (name.clone(), follow(&document, schema))).collect()
}

/// The fields of an object.
pub fn fields(schema: &Value) -> Vec<Field> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().expect("an object with fields");
    let field = |(name, schema): (&String, &Value)| Field {
        name: name.clone(),
        required: required.iter().any(|one| one == name),
        schema: schema.clone(),
    };
    properties.iter().map(field).collect()
}

fn document() -> Value {
    serde_json::to_value(trice::http::openapi::document()).unwrap()
}

fn parameters(document: &Value, operation: &Value) -> Vec<Parameter> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let parameter = |one: &Value| Parameter {
        place: text(&one["in"]),
        field: Field {
            name: text(&one["name"]),
            required: one["required"] == true,
            schema: follow(document, &one["schema"]),
        },
    };
    parameters.iter().map(parameter).collect()
}

/// Follows references; what may be null or something else is that, with the null among its types.
fn follow(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut followed = Map::new();
            if let Some(name) = schema["$ref"].as_str() {
                let name = name.rsplit('/').next().unwrap();
                let named = follow(document, &document["components"]["schemas"][name]);
                followed.extend(named.as_object().unwrap().clone());
            }
            let others = fields.iter().filter(|(name, _)| *name != "$ref");
            followed.extend(others.map(|(name, value)| (name.clone(), follow(document, value))));
            if let Some([one, null]) = followed.get("oneOf").and_then(Value::as_array).map(Vec::as_slice)
                && null["type"] == "null"
            {
                let mut one = one.clone();
                one["type"] = serde_json::json!([kind(&one), "null"]);
                return one;
            }
            Value::Object(followed)
        }
        Value::Array(items) => items.iter().map(|item| follow(document, item)).collect(),
        plain => plain.clone(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
