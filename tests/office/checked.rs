//! The client of the office tests: every answer that comes is held against the document, so that an untrue field, status,
//! header or member fails the test that met it.

use std::io::Read;
use std::net::SocketAddr;

use boxoffice::client::{self, Answer, Ask};
use hyper::Response;
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::schema::checked;

/// As `boxoffice::client::Client`.
pub struct Client(client::Client);

impl Client {
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self(client::Client::connect(address).await?))
    }

    pub async fn send(&mut self, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        let answer = self.0.send(ask).await?;
        hold_against_document(ask, &answer);
        Ok(answer)
    }

    /// For event streams, whose messages go through [`event`].
    pub async fn open(&mut self, ask: &Ask<'_>) -> anyhow::Result<Response<Incoming>> {
        self.0.open(ask).await
    }

    pub async fn get(&mut self, path: &str, bearer: Option<&str>) -> anyhow::Result<Answer> {
        self.send(&Ask { method: "GET", path, bearer, ..Ask::default() }).await
    }

    pub async fn post(&mut self, path: &str, bearer: Option<&str>, body: &Value) -> anyhow::Result<Answer> {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        self.send(&Ask { method: "POST", path, bearer, body, ..Ask::default() }).await
    }

    pub async fn delete(&mut self, path: &str, bearer: Option<&str>) -> anyhow::Result<Answer> {
        self.send(&Ask { method: "DELETE", path, bearer, ..Ask::default() }).await
    }
}

fn hold_against_document(ask: &Ask<'_>, answer: &Answer) {
    // HEAD is GET without the body, and the document does not speak of it.
    if ask.method == "HEAD" {
        return;
    }
    let mut plain = answer.clone();
    if answer.headers.get("content-encoding").is_some_and(|coding| coding == "gzip") {
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut body).expect("gzip");
        plain.body = body.into();
    }
    let complaints = checked().complaints(ask.method, ask.path, &plain);
    assert!(
        complaints.is_empty(),
        "{} {} is not answered as the document says: {complaints:#?}\n{} {}",
        ask.method,
        ask.path,
        answer.status,
        String::from_utf8_lossy(&plain.body)
    );
}

/// A message of an event stream is as the document says.
pub fn event(name: &str, data: &Value) {
    let schema = match name {
        "position" => "PositionView",
        "sale" => "SaleView",
        "seats" if data.get("plan").is_some() => "StatesView",
        "seats" => "SeatChangesView",
        _ => panic!("the document knows no event {name}"),
    };
    let breaches = checked().breaches(&json!({ "$ref": format!("#/components/schemas/{schema}") }), data);
    assert!(breaches.is_empty(), "event {name}: {breaches:#?}: {data}");
}
