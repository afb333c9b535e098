//! A small HTTP/1.1 client on one connection, for drills, tests and benchmarks: no pool, no redirects, no TLS.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// One connection to a server.
pub struct Client {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A request to send.
#[derive(Clone, Debug, Default)]
pub struct Ask<'a> {
    /// GET, POST, …
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<&'a str>,
    /// Sent as JSON.
    pub body: Option<Vec<u8>>,
    /// Further headers.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The problem's code, if the answer is a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nothing listens there.
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { address, sender })
    }

    /// Sends a request and reads the whole answer, connecting anew if the server closed the connection in between.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn send(&mut self, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        let response = self.open(ask).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, headers, body })
    }

    /// Sends a request and gives the answer with its body still to come: for event streams.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn open(&mut self, ask: &Ask<'_>) -> anyhow::Result<Response<Incoming>> {
        if self.sender.ready().await.is_err() {
            *self = Self::connect(self.address).await?;
            self.sender.ready().await?;
        }
        let mut request = Request::builder().method(ask.method).uri(ask.path).header("host", "localhost");
        if let Some(bearer) = ask.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        if ask.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(ask.body.clone().map_or_else(Bytes::new, Bytes::from));
        Ok(self.sender.send_request(request.body(body)?).await?)
    }

    /// GET.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn get(&mut self, path: &str, bearer: Option<&str>) -> anyhow::Result<Answer> {
        self.send(&Ask { method: "GET", path, bearer, ..Ask::default() }).await
    }

    /// POST with a JSON body, or with none for null.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn post(&mut self, path: &str, bearer: Option<&str>, body: &Value) -> anyhow::Result<Answer> {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        self.send(&Ask { method: "POST", path, bearer, body, ..Ask::default() }).await
    }

    /// DELETE.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn delete(&mut self, path: &str, bearer: Option<&str>) -> anyhow::Result<Answer> {
        self.send(&Ask { method: "DELETE", path, bearer, ..Ask::default() }).await
    }
}
