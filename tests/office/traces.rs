//! Requests traced to an OpenTelemetry collector: what a span says, whose trace it is, and what it must not say.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use crate::provider_server::{ProviderServer, Said};
use crate::support::{Office, text};

/// The trace of whoever asks, by W3C's form.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

async fn traced(collector: &ProviderServer, share: &str) -> Office {
    let otlp = format!("http://{}", collector.address).parse().expect("an address");
    let share = share.parse().expect("a share");
    Office::with(|config| {
        config.traces.otlp = Some(otlp);
        config.traces.otlp_share = share;
    })
    .await
}

/// All spans that came until the office stopped.
async fn spans(office: Office, collector: &ProviderServer) -> Vec<Value> {
    let office = office.restart().await;
    let all = || -> Vec<Value> {
        let asked = collector.asked().into_iter().inspect(|asked| {
            assert!(asked.line.starts_with("POST /v1/traces "), "{}", asked.line);
            assert_eq!(asked.header("content-type"), "application/json");
        });
        let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let resources = asked.flat_map(|asked| list(&asked.json(), "resourceSpans"));
        resources.flat_map(|of| list(&of, "scopeSpans")).flat_map(|of| list(&of, "spans")).collect()
    };
    // They are sent when the last of the stopped server's connections is gone.
    let came = async {
        while all().iter().all(|span| span["name"] != "pay") {
            tokio::task::yield_now().await;
        }
    };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(30), came).await;
    drop(office);
    all()
}

fn attribute(span: &Value, name: &str) -> Value {
    let all = span["attributes"].as_array().cloned().unwrap_or_default();
    let found = all.into_iter().find(|attribute| attribute["key"] == name);
    found.map_or(Value::Null, |mut found| found["value"].take())
}

/// Somebody who buys, with a refusal on the way and a trace of their own.
async fn sale(office: &Office) -> (String, String) {
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 1000).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 999).await.code(), "amount_mismatch");
    let body = json!({"seat_ids": [seats[0]], "amount": 1000}).to_string();
    let headers = [("traceparent", format!("00-{TRACE}-{PARENT}-01")), ("content-type", "application/json".to_owned())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = Some(body.into_bytes());
    let ask = Ask { method: "POST", path: "/v1/payments", bearer: Some(&token), body, headers: &headers };
    let paid = office.client().await.send(&ask).await.expect("an answer");
    assert_eq!(paid.status, 201);
    (text(&paid.json()["tickets"][0]["code"]), token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_a_span_of_whoever_asks_and_says_nothing_of_whom() {
    let collector = ProviderServer::start().await;
    for _ in 0..50 {
        collector.say(Said::answer(200, json!({})));
    }
    let office = traced(&collector, "1").await;
    let secrets = sale(&office).await;
    let spans = spans(office, &collector).await;

    let pays: Vec<_> = spans.iter().filter(|span| span["name"] == "pay").collect();
    assert_eq!(pays.len(), 2, "{spans:?}");
    let number = |span: &Value, name: &str| text(&attribute(span, name)["intValue"]);
    assert_eq!(number(pays[0], "http.response.status_code"), "409");
    assert_eq!(attribute(pays[0], "error.type")["stringValue"], "amount_mismatch");
    assert_eq!(number(pays[1], "http.response.status_code"), "201");
    assert_eq!((text(&pays[1]["traceId"]), text(&pays[1]["parentSpanId"])), (TRACE.to_owned(), PARENT.to_owned()));
    assert_ne!(text(&pays[0]["traceId"]), TRACE);
    let nanos = |name: &str| text(&pays[1][name]).parse::<u64>().expect("a number");
    assert!(nanos("startTimeUnixNano") < nanos("endTimeUnixNano"));
    let told =
        collector.asked().iter().map(|asked| String::from_utf8_lossy(&asked.body).into_owned()).collect::<String>();
    for secret in [&secrets.0, &secrets.1] {
        assert!(!told.contains(secret.as_str()), "a secret was told to the collector");
    }
    assert!(told.contains("boxoffice") && !told.contains("@"), "{told}");
}

/// Nobody waits for a collector that does not answer, and of a share of nothing nothing is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_hangs_or_is_not_wanted_costs_no_sale() {
    let hangs = ProviderServer::start().await;
    for _ in 0..50 {
        hangs.say(Said::Hangs);
    }
    let office = traced(&hangs, "1").await;
    sale(&office).await;
    office.restart().await.verify();

    let unwanted = ProviderServer::start().await;
    let office = traced(&unwanted, "0").await;
    sale(&office).await;
    office.restart().await.verify();
    assert!(unwanted.asked().is_empty());
}
