//! Examples of requests and answers: what a journey through a fresh demo really sent and got.
//!
//! `tests/document` makes the journey anew and compares; it also writes `openapi/examples.json`.

use serde_json::{Value, json};

use crate::server::document::walk::operations;

/// By operation: `request` as it was sent, `answer` as it came, and under `media` what came that is no JSON.
const RECORDED: &str = include_str!("../../../openapi/examples.json");

/// An answer that is no JSON. Gives what is to be said of it beside the example.
fn of_media(answer: &mut Value, media: &str, mut example: Value) -> Option<String> {
    if media == "text/event-stream" {
        // Its schema is that of the events; how they are framed, no schema tells.
        let event = example["event"].as_str().unwrap_or_default().to_owned();
        answer["example"] = json!([example["data"].take()]);
        return Some(format!("On the wire:\n\n```\nid: 17\nevent: {event}\ndata: {{…}}\n\n```"));
    }
    // A text cannot show dots, but an address can. (`externalValue` is meant for it: linters look for a file of that name.)
    if example.as_str().is_some_and(|text| text.starts_with("data:")) {
        answer["examples"] =
            json!({ "one": { "summary": "As a data address: the answer is its bytes", "value": example } });
    } else {
        answer["example"] = example;
    }
    None
}

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
            let content = response.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten();
            let told = content.filter_map(|(media, answer)| match media.as_str() {
                "application/json" if !example["answer"].is_null() => {
                    answer["example"] = example["answer"].take();
                    None
                }
                media => of_media(answer, media, example["media"].get_mut(media)?.take()),
            });
            let told: Vec<_> = told.collect();
            if let (Some(on_the_wire), Some(says)) = (told.first(), response["description"].as_str()) {
                response["description"] = format!("{says}\n\n{on_the_wire}").into();
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
