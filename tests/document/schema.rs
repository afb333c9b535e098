//! Answers against the document: is what came what the document says comes? Also used by the office tests, where every
//! answer passes through here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use boxoffice::client::Answer;
use boxoffice::http::phrases;
use boxoffice::server;
use jsonschema::Validator;
use serde_json::{Value, json};

/// Headers that mean something to a client: sent only where the document names them.
const HEADERS: [&str; 5] = ["ETag", "Retry-After", "WWW-Authenticate", "Allow", "Idempotent-Replayed"];

/// The document the code makes, ready to check against.
pub struct Checked {
    document: Value,
    /// As JSON Schema, where objects have the described members and no others.
    strict: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// The one of this build.
pub fn checked() -> &'static Checked {
    static CHECKED: OnceLock<Checked> = OnceLock::new();
    CHECKED.get_or_init(|| Checked::of(serde_json::from_str(&server::document_json()).expect("JSON")))
}

impl Checked {
    /// Of any document.
    pub fn of(document: Value) -> Self {
        let mut strict = document["components"]["schemas"].clone();
        strictly(&mut strict);
        Self { document, strict, validators: Mutex::default() }
    }

    /// What in the answer is not as described.
    pub fn complaints(&self, method: &str, path: &str, answer: &Answer) -> Vec<String> {
        let path = path.split('?').next().unwrap_or_default();
        if !path.starts_with("/v1/") {
            return vec![];
        }
        let operation = self.operation(method, path);
        let content_type = answer.headers.get("content-type").and_then(|is| is.to_str().ok()).unwrap_or_default();
        if content_type == "application/problem+json" {
            return self.of_problem(operation, answer);
        }
        let Some(operation) = operation else {
            return vec![format!("{} is no answer of an unknown address", answer.status)];
        };
        let Some(described) = operation["responses"].get(answer.status.to_string()) else {
            return vec![format!("{} is not described", answer.status)];
        };
        let mut complaints = self.undescribed_headers(&[described], answer);
        let content = described["content"].as_object();
        match content.and_then(|content| content.get(content_type)) {
            None if content_type.is_empty()
                && content.is_none_or(|content| answer.status == 304 || content.is_empty()) =>
            {
                if !answer.body.is_empty() {
                    complaints.push("a body that is not described".to_owned());
                }
            }
            None => complaints.push(format!("`{content_type}` is not described")),
            Some(media) if content_type == "application/json" => {
                let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
                complaints.extend(self.breaches(&media["schema"], &body));
            }
            Some(_) => {}
        }
        complaints
    }

    fn of_problem(&self, operation: Option<&Value>, answer: &Answer) -> Vec<String> {
        let code = answer.code();
        let any = if answer.status < 500 { "Refusal" } else { "Failure" };
        let any = &self.document["components"]["responses"][any];
        let own = operation.map(|operation| &operation["responses"][answer.status.to_string()]);
        let names =
            |described: &&Value| described["content"]["application/problem+json"]["examples"].get(&code).is_some();
        let described: Vec<_> = own.into_iter().chain([any]).filter(names).collect();
        // An address that no operation has, or that has another method.
        if described.is_empty() && !(operation.is_none() && code == "not_found") {
            return vec![format!("{} `{code}` is not described", answer.status)];
        }
        let mut complaints = if operation.is_some() { self.undescribed_headers(&described, answer) } else { vec![] };
        let name: String = code.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        let name = format!("{name}Problem");
        let name = if self.strict.get(&name).is_some() { &name } else { "Problem" };
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let problem = answer.json();
        complaints.extend(self.breaches(&schema, &problem));
        // Whoever asks for Korean reads the rule in Korean; what a library says of a text it cannot read is led to.
        let detail = problem["detail"].as_str().unwrap_or_default();
        let is_rule = ["invalid_field", "malformed_request"].contains(&code.as_str()) && detail.is_ascii();
        if is_rule && phrases::in_korean(detail).is_none() {
            complaints.push(format!("`{detail}` is no phrase of src/http/phrases.rs"));
        }
        complaints
    }

    fn undescribed_headers(&self, described: &[&Value], answer: &Answer) -> Vec<String> {
        let sent = HEADERS.into_iter().filter(|name| answer.headers.contains_key(*name));
        let is_described = |name: &&str| described.iter().any(|response| response["headers"].get(*name).is_some());
        sent.filter(|name| !is_described(name)).map(|name| format!("the header {name} is not described")).collect()
    }

    /// How a value breaks a schema of the document.
    pub fn breaches(&self, schema: &Value, value: &Value) -> Vec<String> {
        let key = schema.to_string();
        let known = self.validators.lock().expect("no panic").get(&key).cloned();
        let validator = known.unwrap_or_else(|| {
            let mut whole = schema.clone();
            strictly(&mut whole);
            whole["components"] = json!({ "schemas": self.strict });
            let options = jsonschema::draft7::options().should_validate_formats(true);
            let validator = Arc::new(options.build(&whole).expect("a JSON Schema"));
            self.validators.lock().expect("no panic").insert(key, validator.clone());
            validator
        });
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// The operation behind a method and a path, if there is one. Fixed segments beat parameters.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let asked: Vec<_> = path.split('/').collect();
        let fits = |template: &str| {
            let segments: Vec<_> = template.split('/').collect();
            segments.len() == asked.len() && segments.iter().zip(&asked).all(|(s, a)| s.starts_with('{') || s == a)
        };
        let paths = self.document["paths"].as_object()?.iter().filter(|(template, _)| fits(template));
        paths.min_by_key(|(template, _)| template.matches('{').count())?.1.get(method.to_lowercase())
    }
}

/// OpenAPI 3.0's `nullable` in JSON Schema's words; objects whose members are named have no others.
fn strictly(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(strictly);
            if object.get("nullable") == Some(&Value::Bool(true)) && object.get("type").is_some_and(Value::is_string) {
                object["type"] = json!([object["type"], "null"]);
            }
            let is_plain = object.get("type") == Some(&json!("object")) && object.contains_key("properties");
            if is_plain && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(strictly),
        _ => {}
    }
}
