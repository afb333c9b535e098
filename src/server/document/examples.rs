//! Examples of requests and answers: what a journey through a fresh demo really sent and got.
//!
//! `tests/document` makes the journey anew and compares; it also writes `openapi/examples.json`.

use serde_json::Value;

use crate::server::document::walk::operations;

/// By operation: `request` as it was sent, `answer` as it came.
const RECORDED: &str = include_str!("../../../openapi/examples.json");

/// Puts the examples beside the schemas they are of.
pub(super) fn show(document: &mut Value) {
    let mut recorded: Value = serde_json::from_str(RECORDED).unwrap_or_default();
    for (id, operation) in operations(document) {
        let Some(mut example) = recorded.get_mut(&id).map(Value::take) else { continue };
        let body = operation.get_mut("requestBody").and_then(|body| body.pointer_mut("/content/application~1json"));
        if let Some(body) = body.filter(|_| !example["request"].is_null()) {
            body["example"] = example["request"].take();
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
        for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
            let answer = response.pointer_mut("/content/application~1json");
            if let Some(answer) = answer.filter(|_| !example["answer"].is_null()) {
                answer["example"] = example["answer"].take();
            }
        }
    }
    // One example is enough, and the one that works is the recorded one.
    let schemas =
        document["components"]["schemas"].as_object_mut().into_iter().flat_map(|schemas| schemas.values_mut());
    for schema in schemas.filter_map(Value::as_object_mut) {
        schema.remove("example");
    }
}
