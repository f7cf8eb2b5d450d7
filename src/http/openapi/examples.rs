//! Examples of requests and answers, put together from the fields' own: a schema and its example cannot drift apart.

use serde_json::{Map, Value};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// The schemas that have names.
pub struct Examples(Value);

impl Examples {
    /// Those of a document.
    pub fn of(document: &OpenApi) -> Self {
        let schemas = document.components.as_ref().map(|components| &components.schemas);
        Self(serde_json::to_value(schemas).unwrap_or_default())
    }

    /// The words that the schema of that name knows.
    pub fn words(&self, name: &str) -> &[Value] {
        self.0[name]["enum"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// An example of something; none when one of its fields has none.
    pub fn example(&self, schema: &RefOr<Schema>) -> Option<Value> {
        self.compose(&serde_json::to_value(schema).ok()?)
    }

    fn compose(&self, schema: &Value) -> Option<Value> {
        if let Some(own) = schema.get("example").or_else(|| schema["examples"].get(0)) {
            return Some(own.clone());
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self.compose(&self.0[name]);
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.first().cloned();
        }
        if let Some(one) = schema["oneOf"].get(0) {
            return self.compose(one);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts: Option<Vec<_>> = parts.iter().map(|part| self.compose(part)).collect();
            let fields = parts?.into_iter().filter_map(|part| part.as_object().cloned()).flatten();
            return Some(Value::Object(fields.collect()));
        }
        match schema["type"].as_str()? {
            "array" => self.compose(&schema["items"]).map(|item| vec![item].into()),
            "object" => self.fields(schema).map(Value::Object),
            "boolean" => Some(true.into()),
            _ => None,
        }
    }

    /// Required fields that may be null are, unless they have an example of their own: so answers look most often.
    fn fields(&self, object: &Value) -> Option<Map<String, Value>> {
        let required = object["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fields = object["properties"].as_object().into_iter().flatten();
        fields
            .map(|(name, field)| {
                let null =
                    field.get("example").is_none() && may_be_null(field) && required.contains(&name.as_str().into());
                let example = if null { Some(Value::Null) } else { self.compose(field) };
                Some((name.clone(), example?))
            })
            .collect()
    }
}

fn may_be_null(schema: &Value) -> bool {
    let null = Value::from("null");
    let types = schema["type"].as_array().into_iter().flatten();
    let alternatives = schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["type"]);
    types.chain(alternatives).any(|kind| *kind == null)
}
