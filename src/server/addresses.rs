//! From an address to its endpoint.
//!
//! The framework's router copies a request through some ten layers; for a payment that costs as much as reading its
//! token and body. Most addresses have no parameters, so their typed endpoints are found by one look-up instead. Whatever
//! is not found so (parameters, a query string, another method, the pages) takes the framework's router, which has every
//! address; nothing is refused here.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{EndpointExt, Request, Response, Result, Route};
use poem_openapi::OpenApi;
// The framework's own service puts this into every request, and its extractors rely on it.
use poem_openapi::__private::UrlQuery;

use crate::office::Office;

/// All addresses of an open box office.
pub(super) struct Addresses {
    office: Arc<Office>,
    without_parameters: HashMap<String, HashMap<Method, BoxEndpoint<'static>>>,
    router: BoxEndpoint<'static>,
}

impl Addresses {
    /// Those of `api` that have no parameters are looked up; `router` has all.
    pub(super) fn new(office: Arc<Office>, api: impl OpenApi, router: Route) -> Self {
        let mut without_parameters = HashMap::new();
        api.add_routes(&mut without_parameters);
        without_parameters.retain(|path, _| !path.contains([':', '*', '<']));
        Self { office, without_parameters, router: router.boxed() }
    }

    /// The endpoint's answer.
    pub(super) fn call(&self, mut request: Request) -> BoxFuture<'_, Result<Response>> {
        request.set_data(self.office.clone());
        let methods = self.without_parameters.get(request.uri().path());
        match methods.and_then(|methods| methods.get(request.method())) {
            Some(endpoint) if request.uri().query().is_none() => {
                request.set_data(UrlQuery(Vec::new()));
                endpoint.call(request)
            }
            _ => self.router.call(request),
        }
    }
}
