//! The bounds that the document writes are the ones that are checked: a value just beyond each is refused, for every
//! operation with a body.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use super::Refusals;
use super::stage::{Operation, Stage, operations};

/// A value of a schema that is just beyond one of its bounds, with the bound's name.
fn beyond(schema: &Value) -> Vec<(&'static str, Value)> {
    let number = |name: &str| schema[name].as_u64().and_then(|bound| usize::try_from(bound).ok());
    let items = |count: usize| -> Value {
        let texts = schema["items"]["type"] == "string";
        // Each another: twice the same is refused for another reason.
        (1..=count).map(|at| if texts { json!(format!("1-{at}")) } else { json!(at) }).collect()
    };
    let text = |length: usize| {
        if schema["format"] == "email" { "a@".to_owned() + &"b".repeat(length - 2) } else { "a".repeat(length) }
    };
    let mut values = vec![];
    if let Some(least) = schema["minimum"].as_i64() {
        values.push(("minimum", json!(least - 1)));
    }
    if let Some(most) = schema["maximum"].as_i64() {
        values.push(("maximum", json!(most + 1)));
    }
    if let Some(least) = number("minLength") {
        values.push(("minLength", json!(text(least - 1))));
    }
    if let Some(most) = number("maxLength") {
        values.push(("maxLength", json!(text(most + 1))));
    }
    if let Some(least) = number("minItems") {
        values.push(("minItems", items(least - 1)));
    }
    if let Some(most) = number("maxItems") {
        values.push(("maxItems", items(most + 1)));
    }
    if schema["uniqueItems"] == true {
        values.push(("uniqueItems", json!([1, 1])));
    }
    if schema["additionalProperties"]["minimum"].is_number() {
        values.push(("a price's minimum", json!({"R": -1})));
        values.push(("minProperties", json!({})));
    }
    values
}

/// The document's schema behind a reference, however it is written.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference.map_or(schema, |reference| document.pointer(&reference[1..]).expect("what is referred to"))
}

/// Every body that is `good` but for one value beyond one bound, with the words for it.
fn bent(document: &Value, schema: &Value, good: &Value, at: &str) -> Vec<(String, Value)> {
    let outer = schema;
    let schema = resolved(document, outer);
    let mut bodies: Vec<_> =
        beyond(schema).into_iter().map(|(bound, value)| (format!("{at} beyond {bound}"), value)).collect();
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        bodies.extend(bent(document, one, good, at));
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        // A request names either seats or the best ones.
        let sample = if name == "best" { json!({"grade": "R", "quantity": 1}) } else { good[name].clone() };
        for (what, value) in bent(document, property, &sample, &format!("{at}/{name}")) {
            let mut body = good.clone();
            if name == "best" {
                body.as_object_mut().expect("an object").remove("seat_ids");
            }
            body[name] = value;
            bodies.push((what, body));
        }
    }
    if let (Some(list), true) = (good.as_array(), schema["items"].is_object()) {
        let inner = bent(document, &schema["items"], &list[0], &format!("{at}/0"));
        // The bounds of a list of plain values are met above; its items' own are of these.
        bodies.extend(inner.into_iter().map(|(what, value)| (what, json!([value]))));
    }
    bodies
}

async fn all_refused(refusals: &mut Refusals<'_>, document: &Value, operation: &Operation) -> usize {
    let described = &document["paths"][&operation.path][operation.method.to_lowercase()];
    let schema = &described["requestBody"]["content"]["application/json"]["schema"];
    let good = refusals.stage.sample(operation).expect("a sample");
    let bodies = bent(document, schema, &good, "");
    for (what, body) in &bodies {
        let (path, bearer) = (refusals.stage.path(operation), refusals.stage.credential(operation));
        let body = Some(body.to_string().into_bytes());
        let ask = Ask { method: &operation.method, path: &path, bearer: bearer.as_deref(), body, headers: &[] };
        let what = format!("{} {what}", operation.id);
        refusals.send(&what, &ask, 400, &["invalid_field", "malformed_request"]).await;
    }
    bodies.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_beyond_a_written_bound_is_refused() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let document: Value = serde_json::from_str(&boxoffice::server::document_json()).expect("JSON");
    let mut tried = 0;
    for operation in operations().iter().filter(|operation| operation.has_body) {
        let bounds = all_refused(&mut refusals, &document, operation).await;
        // What a provider sends back with a buyer is the provider's.
        // To log in, whatever can be no password is only a wrong one; and what is no secret of a mail's opens nothing.
        // An account to merge is an id, and yes or no.
        let unbounded = ["log_in", "confirm_email", "return_checkout", "merge_users"];
        assert!(bounds > 0 || unbounded.contains(&operation.id.as_str()), "no bound of {} is written", operation.id);
        tried += bounds;
    }
    refusals.finish(tried.max(40));
}
