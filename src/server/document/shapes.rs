//! Schemas, parameters and success answers as generators and linters want them (OpenAPI 3.0), and as they are: what the
//! framework writes is put right here, each kind in one function.

use serde_json::{Map, Value, json};

use crate::server::document::bounds;
use crate::server::document::walk::operations;

/// All of it.
pub(super) fn mend(document: &mut Value) {
    everywhere(document, &mut |object| {
        lone_reference(object);
        no_null_default(object);
        no_sign(object);
    });
    requests_refuse_unknown_fields(document);
    bounds::write(document);
    headers(document);
    for (id, operation) in operations(document) {
        plain_json(operation);
        parameters(operation);
        success(&id, operation);
        // Nothing said would mean that the document as a whole decides; a reader shall not have to look.
        operation.entry("security").or_insert_with(|| json!([]));
        scope(operation);
    }
    seat_map(document);
}

/// Calls `mend` on every object of the document, the innermost first.
fn everywhere(value: &mut Value, mend: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            for inner in object.values_mut() {
                everywhere(inner, mend);
            }
            mend(object);
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| everywhere(inner, mend)),
        _ => {}
    }
}

/// `allOf: [{$ref}, {description}]` is, for openapi-python-client, a type and something that is none. What is said
/// beside a reference stands beside its `allOf`.
fn lone_reference(object: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = object.get_mut("allOf") else { return };
    let [first, rest @ ..] = &mut parts[..] else { return };
    let tells_only = |part: &Value| part.get("type").is_none() && part.get("$ref").is_none();
    if first.get("$ref").is_none() || !rest.iter().all(tells_only) {
        return;
    }
    let rest: Vec<_> = parts.drain(1..).collect();
    for (name, value) in rest.into_iter().filter_map(|part| part.as_object().cloned()).flatten() {
        object.entry(name).or_insert(value);
    }
}

/// A default of null makes openapi-typescript ask for the field, and says nothing: what may be left out is not required.
fn no_null_default(object: &mut Map<String, Value>) {
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
}

/// `uint32` is a name of our own making to most programs; a minimum is not.
fn no_sign(object: &mut Map<String, Value>) {
    let is_unsigned = object.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint"));
    if is_unsigned && object.get("type").is_some_and(|kind| kind == "integer") {
        object.entry("minimum").or_insert(json!(0));
    }
}

/// Every request refuses fields it does not know; the office tests try each.
fn requests_refuse_unknown_fields(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object_mut().into_iter().flatten();
    for (_, schema) in schemas.filter(|(name, _)| name.ends_with("Request")) {
        schema["additionalProperties"] = json!(false);
    }
}

/// RFC 8259 §11 knows no charset.
fn plain_json(operation: &mut Map<String, Value>) {
    let Some(content) = operation.get_mut("requestBody").and_then(|body| body["content"].as_object_mut()) else {
        return;
    };
    if let Some(media) = content.remove("application/json; charset=utf-8") {
        content.insert("application/json".to_owned(), media);
    }
}

/// What the framework says of parameters without need, and what it cannot say.
fn parameters(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in parameters.filter_map(Value::as_object_mut) {
        // Both are what is meant anyway.
        parameter.remove("deprecated");
        parameter.remove("explode");
        bounds::of_parameter(parameter);
    }
}

/// The headers of answers, each described once.
fn headers(document: &mut Value) {
    let text =
        |says: &str, example: &str| json!({ "description": says, "schema": { "type": "string" }, "example": example });
    document["components"]["headers"] = json!({
        "ETag": text("The version; send it as `If-None-Match`, or with a change as `If-Match`", "\"17\""),
        "Retry-After": {
            "description": "Seconds after which asking again may help",
            "schema": { "type": "integer", "format": "int32", "minimum": 0 },
            "example": 2,
        },
        "RateLimit-Policy": text(
            "With slow_down: the limit (draft-ietf-httpapi-ratelimit-headers): so many (`q`) in so many seconds (`w`)",
            "\"joins\";q=10;w=60",
        ),
        "RateLimit": text("With slow_down: what is left (`r`), and in how many seconds there is more (`t`)", "\"joins\";r=0;t=6"),
        "WWW-Authenticate": text("How to authenticate (RFC 9110 §11.6.1)", "Bearer"),
        "Content-Language": text("`ko` where preferred, else `en`", "en"),
        "Allow": text("With method_not_allowed: the methods that this address takes", "GET, POST"),
        "Idempotent-Replayed": text("`true` when this is the answer of an earlier request with the same key", "true"),
    });
}

/// OpenAPI 3.0 gives a bearer no scopes: the types name them after a colon, and here they become `x-scope` and a sentence.
fn scope(operation: &mut Map<String, Value>) {
    let schemes = operation["security"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    let mut needed = None;
    for scheme in schemes {
        let Some(name) = scheme.keys().find(|name| name.starts_with("StaffKey")).cloned() else { continue };
        scheme.remove(&name);
        scheme.insert("StaffKey".to_owned(), json!([]));
        needed = Some(name.split_once(':').map(|(_, scope)| scope.to_owned()));
    }
    let Some(needed) = needed else { return };
    let says = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let says = match &needed {
        Some(scope) => format!("{says}\n\nFor a staff key with `{scope}`."),
        None => format!("{says}\n\nFor any staff key."),
    };
    operation.insert("description".to_owned(), json!(says));
    if let Some(scope) = needed {
        operation.insert("x-scope".to_owned(), json!(scope));
    }
}

/// The operations whose answer has its version as `ETag`, beside the seat map.
const TAGGED: &[&str] = &[
    "list_concerts",
    "show_concert",
    "show_picture",
    "inspect_code_batch",
    "inspect_waitlist",
    "change_waitlist",
    "plan",
    "hall_plan",
    "show_hall",
    "show_queue",
    "change_queue",
    "change_hall",
    "inspect_concert",
    "change_concert",
    "inspect_performance",
    "change_performance",
    "replan_performance",
    "show_user",
    "correct_user",
];

/// What a success looks like beside its body.
fn success(id: &str, operation: &mut Map<String, Value>) {
    let takes_key = operation
        .get("parameters")
        .and_then(Value::as_array)
        .is_some_and(|parameters| parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"));
    let succeeds = operation["responses"].as_object_mut().into_iter().flatten();
    for (_, response) in succeeds.filter(|(status, _)| status.starts_with('2') || *status == "304") {
        if takes_key {
            response["headers"]["Idempotent-Replayed"] = json!({ "$ref": "#/components/headers/Idempotent-Replayed" });
        }
        if TAGGED.contains(&id) {
            response["headers"]["ETag"] = json!({ "$ref": "#/components/headers/ETag" });
        }
        let Some(stream) = response.pointer_mut("/content/text~1event-stream") else { continue };
        // The framework leaves the description of an event stream empty.
        let event = match id {
            "stream_seats" => "seats",
            "stream_sale" => "sale",
            _ => "position",
        };
        let schema = stream["schema"]["items"]["$ref"].as_str().unwrap_or_default();
        let schema = schema.rsplit('/').next().unwrap_or_default().to_owned();
        let schema = if id == "stream_seats" { format!("{schema}` or `StatesView") } else { schema };
        let says = format!(
            "Server-sent events named `{event}`, each with a `{schema}` as its data, until their subject ends or the \
             box office stops. A browser hears them by `addEventListener(\"{event}\", …)`, not by `onmessage`; a \
             shell by `curl -N`. Swagger UI shows nothing before the stream ends."
        );
        response["description"] = json!(says);
    }
}

/// The seat map is whole or a list of changes; which one is told apart by what a seat has.
fn seat_map(document: &mut Value) {
    for path in ["/v1/performances/{performance_id}/seats", "/v1/operator/performances/{performance_id}/seats"] {
        if let Some(responses) = document["paths"][path]["get"].get_mut("responses") {
            seat_map_answer(responses);
        }
    }
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let stream =
        "/paths/~1v1~1performances~1{performance_id}~1seats~1stream/get/responses/200/content/text~1event-stream";
    if let Some(media) = document.pointer_mut(stream) {
        media["schema"]["items"] = json!({ "oneOf": [of("SeatChangesView"), of("StatesView")] });
    }
    let schemas = &mut document["components"]["schemas"];
    // No hall is empty, so a map has seats; a list of changes may have none.
    schemas["SeatMapView"]["properties"]["seats"]["minItems"] = json!(1);
    schemas["ChangedSeatView"]["additionalProperties"] = json!(false);
}

fn seat_map_answer(responses: &mut Value) {
    let etag = json!({ "ETag": { "$ref": "#/components/headers/ETag" } });
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    responses["200"]["content"]["application/json"]["schema"] =
        json!({ "oneOf": [of("SeatMapView"), of("SeatChangesView"), of("StatesView")] });
    responses["200"]["description"] = json!(
        "The map, with its version as `ETag`; with `since` a `SeatChangesView`, unless that version is too \
               old; with `view=states` a `StatesView`."
    );
    responses["200"]["headers"] = etag.clone();
    responses["304"]["headers"] = etag;
}
