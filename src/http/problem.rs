//! Refusals: RFC 9457 `application/problem+json` with a stable code. A problem never shows SQL, paths or others' data.
//! A refused request changed nothing (law 10); what nobody knows is called [`Code::OutcomeUnknown`], never refused.
//! Which refusal of a feature is which problem stands at the bottom of its `api.rs`; what is said of each code in `codes.rs`.
//!
//! It is written in English, and told anew at the way out to whoever prefers another language ([`retell`]): so that no
//! operation knows of languages, and no answer but a refusal pays for them.

use std::borrow::Cow;
use std::sync::Arc;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use serde_json::{Map, Value, json};

use crate::http::code::filled;
use crate::http::codes::Code;
use crate::http::language::Language;
use crate::http::phrases;
use crate::limiter::SlowDown;
use crate::store::StoreError;

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub code: Code,
    /// What it is this time, where there is more to say than the code's own words.
    said: Option<Box<Said>>,
    /// Seconds after which asking again may help.
    pub retry_after: Option<u32>,
    /// What was asked for too often, if that is why.
    pub limit: Option<Box<SlowDown>>,
    /// Further members, such as the seats that are taken.
    pub members: Map<String, Value>,
}

/// The words for one time, in a box: every operation's result has room for a problem.
#[derive(Clone, Debug, Default)]
struct Said {
    english: Option<Cow<'static, str>>,
    korean: Option<Cow<'static, str>>,
}

/// What a response tells of the problem it is.
#[derive(Clone)]
struct Told(Arc<Problem>);

impl Problem {
    /// A problem that says what its code always says, with its members filled in.
    pub fn of(code: Code) -> Self {
        Self { code, said: None, retry_after: None, limit: None, members: Map::new() }
    }

    /// A problem that says this, in English. In Korean it says what the phrase book has of a rule that was broken, and else
    /// what its code always says: where that is too little, [`Problem::in_korean`] says it.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        let said = Said { english: Some(detail.into()), korean: None };
        Self { said: Some(Box::new(said)), ..Self::of(code) }
    }

    /// The same in Korean.
    #[must_use]
    pub fn in_korean(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.said.get_or_insert_default().korean = Some(detail.into());
        self
    }

    /// With a further member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// With the members of an object.
    #[must_use]
    pub fn with_all(mut self, object: Value) -> Self {
        if let Value::Object(members) = object {
            self.members.extend(members);
        }
        self
    }

    /// With `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Because of a limit: with what the client needs to keep to it.
    #[must_use]
    pub fn limited(mut self, limit: SlowDown) -> Self {
        self.retry_after = Some(limit.retry_seconds);
        self.limit = Some(Box::new(limit));
        self
    }
}

impl Problem {
    /// The answer's body.
    pub fn body(&self, language: Language) -> String {
        let mut body = Map::new();
        body.insert("type".into(), json!(format!("/docs/problems#{}", self.code.as_str())));
        body.insert("title".into(), json!(self.code.title(language)));
        body.insert("status".into(), json!(self.code.status()));
        body.insert("detail".into(), json!(self.detail(language)));
        body.insert("code".into(), json!(self.code.as_str()));
        body.extend(self.members.clone());
        Value::Object(body).to_string()
    }

    fn detail(&self, language: Language) -> Cow<'_, str> {
        let said = |of: fn(&Said) -> Option<&str>| self.said.as_deref().and_then(of).map(Cow::from);
        let own = match language {
            Language::English => said(|said| said.english.as_deref()),
            Language::Korean => said(|said| said.korean.as_deref()).or_else(|| self.rule_in_korean().map(Cow::from)),
        };
        own.unwrap_or_else(|| filled(self.code.detail(language), &self.members).into())
    }

    /// The rule that was broken, if that is what is refused. What no phrase has is led to: it names the field all the same.
    fn rule_in_korean(&self) -> Option<String> {
        let rule = self.said.as_ref()?.english.as_deref()?;
        let lead = match self.code {
            Code::InvalidField => "값이 다음 규칙에 맞지 않습니다",
            Code::MalformedRequest => "다음 이유로 요청을 읽을 수 없습니다",
            _ => return None,
        };
        Some(phrases::in_korean(rule).unwrap_or_else(|| format!("{lead}: {rule}")))
    }
}

/// Which code a response is refused with, if it is.
pub fn code_of(response: &Response) -> Option<Code> {
    response.extensions().get::<Told>().map(|told| told.0.code)
}

/// Tells a refusal in this language; any other answer stays as it is.
pub fn retell(response: &mut Response, language: impl FnOnce() -> Language) {
    let Some(Told(problem)) = response.extensions().get::<Told>().cloned() else { return };
    let language = language();
    if language != Language::English {
        response.set_body(problem.body(language));
        response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let language = Language::English;
        let mut response =
            Response::builder().status(status).content_type("application/problem+json").body(self.body(language));
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(limit) = &self.limit {
            let name = limit.what.as_str();
            let policy = format!("\"{name}\";q={};w={}", limit.quota, limit.window_seconds);
            let left = format!("\"{name}\";r=0;t={}", limit.retry_seconds);
            for (header, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(header, value);
                }
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §11.6.1: a 401 says how to authenticate.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Told(Arc::new(self)));
        response
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        let response = problem.into_response();
        let told = response.extensions().get::<Told>().cloned();
        let mut error = Self::from_response(response);
        // The framework gives the response the extensions of the error, so what it tells must stand there.
        if let Some(told) = told {
            error.set_data(told);
        }
        error
    }
}

/// Which problems an operation can have stands in the `PROBLEMS` beside it, from which `document` writes it.
impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(_: &mut Registry) {}
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded => Self::of(Code::Overloaded).retry_after(1),
            StoreError::Stopped => Self::new(Code::Overloaded, "The box office is stopping; nothing was changed.")
                .in_korean("예매처를 멈추는 중입니다. 바뀐 것은 없습니다.")
                .retry_after(5),
            // A request for a change goes to the leader; one comes here only while the roles change.
            StoreError::Follows => {
                let detail = "Another node of the box office makes changes; nothing was changed.";
                let korean = "변경은 예매처의 다른 노드가 처리합니다. 바뀐 것은 없습니다.";
                Self::new(Code::NoLeader, detail).in_korean(korean).retry_after(1)
            }
            StoreError::Away => {
                let detail = "The box office's database is out of reach; nothing was changed.";
                let korean = "예매처의 데이터베이스에 닿지 않습니다. 바뀐 것은 없습니다.";
                Self::new(Code::Overloaded, detail).in_korean(korean).retry_after(5)
            }
            StoreError::Unknown(_) => Self::new(
                Code::OutcomeUnknown,
                "The change may stand or not. Repeat the request with the same Idempotency-Key, or look before you ask \
                 anew.",
            )
            .retry_after(5),
            StoreError::Panicked | StoreError::RolledBack(_) | StoreError::Sql(_) => {
                tracing::error!(%error, constraint = error.is_constraint(), "a request met a failure of the store");
                Self::new(Code::Internal, "Nothing was changed. The operator finds the cause in the log.")
                    .in_korean("바뀐 것은 없습니다. 원인은 운영자의 로그에 있습니다.")
            }
        }
    }
}
