//! The OpenAPI document: the committed one is what the code makes and what a server shows, and it leaves nothing out.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]

mod desk;
mod journey;
mod operations;
mod reports;
mod schema;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use boxoffice::app::App;
use boxoffice::client::{Ask, Client};
use boxoffice::config::Limits;
use boxoffice::{demo, server};
use serde_json::Value;

use crate::operations::OPERATIONS;
use crate::schema::checked;

fn document() -> Value {
    serde_json::from_str(&server::document_json()).expect("JSON")
}

/// Every operation with a name to complain by.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &'_ Value)| -> Vec<(String, String)> {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(|method| (path.clone(), method.clone())).collect()
    };
    let all = paths.iter().flat_map(of_path);
    all.map(|(path, method)| (format!("{method} {path}"), &document["paths"][&path][&method])).collect()
}

fn is_told(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/boxoffice.yaml");
    let (committed, made) = (std::fs::read_to_string(path).expect("the document"), server::document_yaml());
    let differs = committed.lines().zip(made.lines()).position(|(committed, made)| committed != made);
    assert!(
        committed == made,
        "openapi/boxoffice.yaml differs from line {} on. If the API was meant to change, write it anew and read the \
         difference before you commit it:\n\n    cargo run -- openapi > openapi/boxoffice.yaml\n",
        differs.unwrap_or_else(|| committed.lines().count().min(made.lines().count())) + 1
    );
}

#[test]
fn yaml_and_json_say_the_same() {
    let yaml: Value = serde_yaml::from_str(&server::document_yaml()).expect("YAML");
    assert_eq!(yaml, document());
}

#[test]
fn operations_have_the_names_of_the_contract() {
    let document = document();
    let named: BTreeMap<String, &str> = operations(&document)
        .into_iter()
        .map(|(name, operation)| (name, operation["operationId"].as_str().expect("an id")))
        .collect();
    let contract: BTreeMap<String, &str> =
        OPERATIONS.iter().map(|(method, path, id)| (format!("{method} {path}"), *id)).collect();
    assert_eq!(named, contract);
    let mut ids: Vec<_> = named.values().collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), named.len(), "an id is used twice");
}

/// Where a key does nothing it is refused, so that who may send one has to be said of each.
#[test]
fn every_post_takes_a_key_but_a_providers_notice() {
    let document = document();
    let takes = |operation: &Value| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["name"] == "Idempotency-Key")
    };
    for (name, operation) in operations(&document) {
        let is_expected = name.starts_with("post ") && operation["operationId"] != "hear_provider";
        assert_eq!(takes(operation), is_expected, "{name}");
    }
}

#[test]
fn every_operation_explains_itself() {
    let document = document();
    let tags: Vec<_> = document["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]).collect();
    let mut lacking = Vec::new();
    for (name, operation) in operations(&document) {
        let mut lacks = |what: String| lacking.push(format!("{name} lacks {what}"));
        for member in ["operationId", "summary", "description"] {
            if !is_told(&operation[member]) {
                lacks(member.to_owned());
            }
        }
        let its_tags = operation["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
        if its_tags.len() != 1 || !tags.contains(&&its_tags[0]) {
            lacks(format!("one known tag: {its_tags:?}"));
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if !is_told(&parameter["description"]) {
                lacks(format!("a description of {}", parameter["name"]));
            }
        }
        if operation.get("requestBody").is_some_and(|body| body["content"]["application/json"]["example"].is_null()) {
            lacks("an example of its body".to_owned());
        }
        // The operator and the buyer must be told apart by the document alone.
        let open = [
            "sign_up",
            "log_in",
            "request_password_reset",
            "reset_password",
            "confirm_email",
            "venue",
            "list_concerts",
            "show_concert",
            "show_draw",
            "show_picture",
            "plan",
            // Signed in the provider's own way.
            "hear_provider",
        ];
        let is_open = operation["operationId"].as_str().is_some_and(|id| open.contains(&id));
        let security = operation["security"].as_array().expect("security, if only none");
        if is_open != security.is_empty() {
            lacks("the right security".to_owned());
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn every_answer_is_described() {
    let document = document();
    let mut lacking = Vec::new();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        let succeeds = responses.keys().any(|status| status.starts_with('2'));
        if !succeeds || !["4XX", "5XX"].iter().all(|any| responses.contains_key(*any)) {
            lacking.push(format!("{name} has only {:?}", responses.keys()));
        }
        let is_open = operation["security"].as_array().is_some_and(Vec::is_empty);
        if !is_open && !responses.contains_key("401") {
            lacking.push(format!("{name} does not say 401"));
        }
        for (status, response) in responses {
            if let Some(what) = lacks(&document, status, response) {
                lacking.push(format!("{name} {status} lacks {what}"));
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

/// What an answer's description lacks: schema and example for a success with a body, codes with examples for a refusal.
fn lacks(document: &Value, status: &str, response: &Value) -> Option<String> {
    if let Some(elsewhere) = response["$ref"].as_str() {
        return lacks(document, status, document.pointer(&elsewhere[1..]).expect("what is referred to"));
    }
    if !is_told(&response["description"]) {
        return Some("a description".to_owned());
    }
    if ["204", "304"].contains(&status) {
        return None;
    }
    if status.starts_with('2') {
        let content = response["content"].as_object().filter(|content| !content.is_empty());
        let described = content.is_some_and(|content| content.values().all(|media| media["schema"].is_object()));
        if !described {
            return Some("a schema".to_owned());
        }
        return content.into_iter().flatten().find_map(|(media, described)| match media.as_str() {
            "application/json" => {
                let breaches = checked().breaches(&described["schema"], &described["example"]);
                breaches.first().map(|breach| format!("a right example: {breach}"))
            }
            media => texts::lacks(media, described),
        });
    }
    let codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array();
    let examples = response["content"]["application/problem+json"]["examples"].as_object();
    let (Some(codes), Some(examples)) = (codes, examples.filter(|examples| !examples.is_empty())) else {
        return Some("examples".to_owned());
    };
    examples.iter().find_map(|(code, example)| {
        let value = &example["value"];
        let fits = value["code"] == code.as_str()
            && (status.ends_with("XX") || value["status"].as_u64() == status.parse().ok())
            && ["type", "title", "detail"].iter().all(|member| is_told(&value[*member]))
            && codes.iter().any(|known| known == code.as_str());
        let breaches = checked().breaches(&response["content"]["application/problem+json"]["schema"], value);
        (!fits || !breaches.is_empty()).then(|| format!("a right example of {code}"))
    })
}

#[test]
fn a_missing_description_is_seen() {
    let document = document();
    let good = &document["paths"]["/v1/payments"]["post"]["responses"];
    assert_eq!(lacks(&document, "201", &good["201"]), None);
    assert_eq!(lacks(&document, "402", &good["402"]), None);
    let mut bad = good["402"].clone();
    bad["content"]["application/problem+json"]["examples"]["insufficient_balance"]["value"]["status"] = 409.into();
    assert_eq!(lacks(&document, "402", &bad), Some("a right example of insufficient_balance".to_owned()));
    let mut bad = good["201"].clone();
    bad["content"]["application/json"]["example"]["paid_at"] = Value::Null;
    assert!(
        lacks(&document, "201", &bad).is_some_and(|what| what.starts_with("a right example")),
        "null is no instant"
    );
    let empty = serde_json::json!({"description": "Done."});
    assert_eq!(lacks(&document, "200", &empty), Some("a schema".to_owned()));
    assert_eq!(lacks(&document, "404", &empty), Some("examples".to_owned()));
    let mut bad = good["201"].clone();
    bad["description"] = " ".into();
    assert_eq!(lacks(&document, "201", &bad), Some("a description".to_owned()));
}

#[test]
fn every_property_of_every_schema_is_described() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    assert!(schemas.len() > 30, "{} schemas", schemas.len());
    let mut lacking = Vec::new();
    for (name, schema) in schemas {
        // An enum's words stand for themselves; what holds them describes it.
        if schema.get("enum").is_none() && !is_told(&schema["description"]) && schema.get("allOf").is_none() {
            lacking.push(name.clone());
        }
        let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
        for (property, of) in parts.filter_map(|part| part["properties"].as_object()).flatten() {
            if !is_told(&of["description"]) {
                lacking.push(format!("{name}.{property}"));
            }
        }
    }
    assert!(lacking.is_empty(), "no description: {lacking:#?}");
}

#[tokio::test]
async fn a_server_shows_the_same_document() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
    let app = App::open(config.clone(), Limits::default()).await.expect("a data file").app;
    let serving = server::serve(app, server::bind(&config.listen).expect("a free port"));
    let address = serving.address;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serving.run(async { drop(stopped.await) }));

    let mut client = Client::connect(address).await.expect("the server listens");
    let json = client.get("/openapi.json", None).await.expect("an answer");
    assert_eq!(json.headers["content-type"], "application/json");
    assert_eq!(json.json(), document());
    let yaml = client.get("/openapi.yaml", None).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&yaml.body), server::document_yaml());
    let problems = client.get("/docs/problems", None).await.expect("an answer");
    let problems = String::from_utf8_lossy(&problems.body).into_owned();
    for code in document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array().expect("codes")
    {
        assert!(problems.contains(&format!("<tr id={code}>")), "the page tells of {code}");
    }
    assert!(problems.contains("/docs#/Payment/pay"), "and of the operations that give it");

    drop((client, stop));
    server.await.expect("the server ends").expect("in order");
}

/// What a browser needs to show the page, and to refuse what is not ours.
#[tokio::test]
async fn pages_come_compressed_and_are_asked_for_again_by_their_tag() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
    let app = App::open(config.clone(), Limits::default()).await.expect("a data file").app;
    let serving = server::serve(app, server::bind(&config.listen).expect("a free port"));
    let mut client = Client::connect(serving.address).await.expect("the server listens");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serving.run(async { drop(stopped.await) }));

    let page = client.get("/docs", None).await.expect("an answer");
    let page = String::from_utf8_lossy(&page.body).into_owned();
    assert!(page.starts_with("<!doctype html>") && page.contains("width=device-width") && !page.contains("<script>"));
    let named = page.split(['"', '\'']).filter(|part| part.starts_with('/')).map(str::to_owned);
    let mut paths: Vec<String> = named.collect();
    paths.extend(["/docs", "/docs/problems", "/favicon.ico"].map(str::to_owned));
    assert!(paths.len() > 7, "{paths:?}");
    for path in paths {
        let plain = client.get(&path, None).await.expect("an answer");
        assert_eq!((plain.status, plain.headers.contains_key("content-encoding")), (200, false), "{path}");
        assert_eq!(plain.headers["x-content-type-options"], "nosniff", "{path}");
        let policy = plain.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        let zip = [("accept-encoding", "gzip")];
        let ask = Ask { method: "GET", path: &path, headers: &zip, ..Ask::default() };
        let zipped = client.send(&ask).await.expect("an answer");
        assert_eq!(zipped.headers["content-encoding"], "gzip", "{path}");
        assert_ne!(zipped.headers["etag"], plain.headers["etag"], "{path}: other bytes, another tag");
        let mut unpacked = Vec::new();
        let mut reader = flate2::read::GzDecoder::new(&zipped.body[..]);
        std::io::Read::read_to_end(&mut reader, &mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain.body, "{path}");
        for (answer, encoding) in [(plain, "identity"), (zipped, "gzip")] {
            let tag = answer.headers["etag"].to_str().expect("text");
            let known = [("if-none-match", tag), ("accept-encoding", encoding)];
            let ask = Ask { method: "GET", path: &path, headers: &known, ..Ask::default() };
            let again = client.send(&ask).await.expect("an answer");
            assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        }
    }
    let slash = client.get("/docs/", None).await.expect("an answer");
    assert_eq!((slash.status, slash.headers["location"].to_str().expect("text")), (308, "/docs"));

    drop((client, stop));
    server.await.expect("the server ends").expect("in order");
}

/// Every example came from a box office: the journey is made again, and what clients see must be the same.
#[tokio::test]
async fn the_examples_are_what_a_journey_gets() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = journey::travel(folder.path()).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/examples.json");
    if std::env::var_os("BOXOFFICE_WRITE_EXAMPLES").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("the repository can be written");
    }
    let committed: Value = serde_json::from_slice(&std::fs::read(&path).expect("examples")).expect("JSON");
    for (id, note) in made.as_object().expect("notes") {
        let (committed, made) = (texts::shape(&committed[id]), texts::shape(note));
        assert!(
            committed == made,
            "{id} is not what openapi/examples.json says. If it was meant to change, write the examples and the \
             document anew:\n\n    BOXOFFICE_WRITE_EXAMPLES=1 cargo test --test document examples\n    cargo run -- \
             openapi > openapi/boxoffice.yaml\n\ncommitted {committed:#}\nmade {made:#}"
        );
    }
    let without = BTreeSet::from([
        "log_out",
        "end_session",
        "delete_account",
        "delete_hall",
        "take_back_concert",
        "take_back_performance",
        "remove_picture",
        "leave_queue",
        "free_block",
        "release_hold",
        "close_desk_session",
        "revoke_staff_key",
        "end_codes",
        "leave_waitlist",
        "hear_provider",
        "delete_webhook",
    ]);
    let document = document();
    let ids = operations(&document).into_iter().filter_map(|(_, operation)| operation["operationId"].as_str());
    let lacking: BTreeSet<_> = ids.filter(|id| made.get(id).is_none()).collect();
    assert_eq!(lacking, without, "every operation with something to say has an example");
}

#[test]
fn an_untrue_answer_is_seen() {
    let document = document();
    let schema = &document["paths"]["/v1/payments"]["post"]["responses"]["201"]["content"]["application/json"];
    let (schema, good) = (&schema["schema"], &schema["example"]);
    assert_eq!(checked().breaches(schema, good), [] as [String; 0]);
    let spoilt = |spoil: fn(&mut Value)| {
        let mut bad = good.clone();
        spoil(&mut bad);
        checked().breaches(schema, &bad)
    };
    assert_ne!(spoilt(|paid| paid["paid_at"] = Value::Null), [] as [String; 0], "null where nothing says so");
    assert_ne!(spoilt(|paid| paid["paid_at"] = "yesterday".into()), [] as [String; 0], "no instant");
    assert_ne!(spoilt(|paid| paid["id"] = 7.into()), [] as [String; 0], "another type");
    assert_ne!(spoilt(|paid| paid["tip"] = 7.into()), [] as [String; 0], "a member nobody described");
    assert_ne!(
        spoilt(|paid| drop(paid.as_object_mut().expect("an object").remove("id"))),
        [] as [String; 0],
        "missing"
    );
}
