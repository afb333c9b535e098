//! What a request meets where a venue has several nodes: whether it came from another of them, and who answers it. On a data
//! file, and on the node that leads, that is one look at what this node is.

mod arrival;
mod decisions;
mod forward;
mod reports;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use poem::http::request::Parts;
use poem::web::RemoteAddr;
use poem::{Addr, IntoResponse, Response};
use poem_openapi::OperationId;

use crate::http::Problem;
use crate::http::caller::client_address;
use crate::leader::{CLIENT, NODE, SEQ};
use crate::office::Office;
use crate::server::ends::Ends;
use crate::standing::Standing;

use decisions::Answers;
use forward::Forward;

pub(super) use reports::take as take_report;

/// What the log and the figures call a request that was handed on.
const FORWARDED: &str = "forwarded";

/// This node among its venue's.
pub(super) struct Nodes {
    office: Arc<Office>,
    standing: Arc<Standing>,
    forward: Forward,
}

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is answered here.
    Here,
    /// The same, once the entry of its token is here.
    HereOnceKnown,
    /// It is handed on to the leader.
    Leader,
    /// Another node took this one for the leader.
    NoLeader,
    /// Another node tells whom it heard of.
    Report,
}

impl Nodes {
    pub(super) fn of(office: Arc<Office>) -> Self {
        Self { standing: office.part::<Standing>().clone(), forward: Forward::of(&office), office }
    }

    /// Whose request this is: of whoever sits at the other end, or, if that is a node of this venue, of whom it asks for.
    pub(super) fn ends(&self, ends: Ends, headers: &HeaderMap) -> Ends {
        if !self.standing.has_nodes() {
            return ends;
        }
        let Some(secret) = headers.get(NODE) else { return ends };
        if !self.standing.is_node_secret(secret.as_bytes()) {
            return ends;
        }
        let client = headers.get(CLIENT).and_then(|client| client.to_str().ok()?.parse::<IpAddr>().ok());
        let told = client.map(|client| RemoteAddr(Addr::SocketAddr(SocketAddr::new(client, 0))));
        Ends { remote: told.unwrap_or(ends.remote), is_node: true, ..ends }
    }

    /// What is done with this request.
    pub(super) fn way(&self, parts: &Parts, ends: &Ends) -> Way {
        let (method, path) = (&parts.method, parts.uri.path());
        let is_report = ends.is_node && reports::is_report(method, path);
        if self.standing.leads() {
            return if is_report { Way::Report } else { Way::Here };
        }
        if ends.is_node {
            // It would go round.
            return Way::NoLeader;
        }
        match decisions::answers(method, path) {
            Answers::Anyone => Way::Here,
            Answers::AnyoneOnceKnown => Way::HereOnceKnown,
            Answers::Leader => Way::Leader,
        }
    }

    /// Waits until the entry of the request's token is here.
    ///
    /// # Errors
    /// [`crate::http::Code::NodeBehind`].
    pub(super) async fn known(&self, parts: &Parts) -> Result<(), Problem> {
        arrival::known(&self.office, parts).await
    }

    /// The leader's answer, or that there is none.
    pub(super) async fn forward(&self, parts: Parts, body: Bytes, ends: &Ends) -> Response {
        let client = client_address(&self.office.config, &ends.remote.0, &parts.headers);
        let answer = self.forward.answer(&self.office, parts, body, client).await;
        let mut response = answer.unwrap_or_else(IntoResponse::into_response);
        response.set_data(OperationId(FORWARDED));
        response
    }

    /// The refusal of what another node handed on to this one, which does not lead.
    pub(super) fn refuse(&self) -> Problem {
        forward::no_leader()
    }

    /// Tells a node that handed a request on what it must have before it answers.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(SEQ, HeaderValue::from(self.standing.applied().0));
    }

    /// How many answers left before this node had what they tell of.
    pub(super) fn answers_ahead(&self) -> u64 {
        self.forward.ahead()
    }
}
