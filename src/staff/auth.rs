//! Who of the staff may pass: a staff key, or a desk session of one, as `Authorization: Bearer …`; and how what they do is
//! done: in the key's name, once for its `Idempotency-Key`, with its line in the audit log in the same commit.

use std::marker::PhantomData;
use std::sync::Arc;

use poem::{Request, RequestBody, Result as PoemResult};
use poem_openapi::auth::{Bearer, BearerAuthorization};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::Serialize;
use serde_json::json;

use crate::actor::Actor;
use crate::http::{Caller, Code, Problem, security};
use crate::idempotency::{self, Answer, Once};
use crate::limiter::What;
use crate::office::Office;
use crate::staff::audit;
use crate::staff::domain::{self, StaffError};
use crate::staff::record::{Known, StaffSecret};
use crate::staff::scope::Needs;
use crate::store::{Lane, StoreError, Tx};

/// One of the staff, whose key has the scope that `S` says.
pub struct Staff<S> {
    /// Whose key it is.
    pub known: Known,
    /// What was presented.
    pub presented: StaffSecret,
    needs: PhantomData<fn() -> S>,
}

/// Who presents this, if they may do what needs `S`.
fn admit<S: Needs>(tx: &Tx, presented: StaffSecret) -> Result<Known, StaffError> {
    let known = domain::authenticate(tx, presented)?;
    match S::SCOPE {
        Some(scope) if !known.key.scopes.contain(scope) => Err(StaffError::Lacks(scope)),
        Some(_) | None => Ok(known),
    }
}

impl<'a, S: Needs> ApiExtractor<'a> for Staff<S> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            "StaffKey",
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "The venue's staff: a staff key, or the secret of a desk session that it opened. Which scope a key \
                     needs stands with each operation (`x-scope`).",
                ),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: None,
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![S::SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<Self::ParamType>,
    ) -> PoemResult<Self> {
        let bearer = <Bearer as BearerAuthorization>::from_request(request)?;
        let presented = StaffSecret::presented(&bearer.token);
        let office: &Arc<Office> = security::office(request)?;
        // Nobody knows yet whether it is somebody's.
        let admitted = office.store.read_from(Lane::Outside, move |tx| admit::<S>(tx, presented)).await;
        if matches!(admitted, Err(StaffError::NobodysKey)) {
            Caller::of(office, request).spend(What::WrongKey)?;
        }
        let known = admitted.map_err(Problem::from)?;
        Ok(Self { known, presented, needs: PhantomData })
    }
}

impl<S: Needs> Staff<S> {
    /// Changes something in the key's name, once for its `Idempotency-Key`, and answers with what `change` makes of it.
    /// Unless the change notes by [`Tx::audit`] what it changed, the log tells of the thing whose `id` is in the answer.
    ///
    /// # Errors
    /// What `change` refuses; [`Code::StaffKeyWrong`], [`Code::ScopeMissing`], [`Code::IdempotencyKeyReused`].
    pub async fn once<V, E>(
        &self,
        office: &Office,
        operation: &'static str,
        request: Option<Once>,
        change: impl Fn(&Tx) -> Result<V, E> + Send + 'static,
    ) -> Result<Answer<V>, Problem>
    where
        V: Serialize + Send + 'static,
        Problem: From<E> + From<StoreError>,
    {
        let request = self.own(request);
        let once = move |tx: &Tx| {
            idempotency::once(tx, request.as_ref(), None, || {
                let answer = change(tx).map_err(Problem::from)?;
                audit::note_answer(tx, operation, &answer);
                Ok::<_, Problem>(answer)
            })
        };
        self.write(office, operation, once).await
    }

    /// Changes something in the key's name; the change must note by [`Tx::audit`] what it changed.
    ///
    /// # Errors
    /// What `change` refuses; [`Code::StaffKeyWrong`], [`Code::ScopeMissing`].
    pub async fn write<T, E>(
        &self,
        office: &Office,
        operation: &'static str,
        change: impl Fn(&Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        Problem: From<E>,
    {
        let presented = self.presented;
        let in_the_keys_name = move |tx: &Tx| {
            // Asked again where nothing can change any more: a revoked key changes nothing.
            let known = admit::<S>(tx, presented)?;
            tx.act_as(Actor::Staff(known.key.key));
            let done = change(tx).map_err(Problem::from)?;
            audit::write(tx, known.key.key, operation)?;
            Ok::<_, Problem>(done)
        };
        office.store.write(in_the_keys_name).await
    }

    /// Whether it still may: for what goes on longer than a request.
    pub async fn still_may(&self, office: &Office) -> bool {
        let presented = self.presented;
        office.store.read(move |tx| admit::<S>(tx, presented)).await.is_ok()
    }

    /// The request as this key's own: another key's with the same `Idempotency-Key` is another.
    pub fn own(&self, request: Option<Once>) -> Option<Once> {
        request.map(|once| Once { operation: format!("staff {} {}", self.known.key.key.0, once.operation), ..once })
    }
}

impl From<StaffError> for Problem {
    fn from(error: StaffError) -> Self {
        match error {
            StaffError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            StaffError::NobodysKey => Self::of(Code::StaffKeyWrong),
            StaffError::Lacks(scope) => {
                let scope = scope.as_str();
                Self::of(Code::ScopeMissing).with("scope", json!(scope))
            }
            StaffError::NotByASession => {
                Self::new(Code::StaffKeyWrong, "A desk session opens no other: send the key itself.")
                    .in_korean("데스크 세션으로는 다른 세션을 열 수 없습니다. 키를 보내세요.")
            }
            StaffError::NoSuchKey => Self::of(Code::StaffKeyNotFound),
            StaffError::LastManager => Self::of(Code::LastManager),
            StaffError::Store(error) => error.into(),
        }
    }
}
