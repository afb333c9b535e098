//! Taking back a performance at the desk: the catalogue's to forget, once nobody holds anything of it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use crate::catalog::CatalogError;
use crate::catalog::performance::domain as performance;
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch};
use crate::http::{Code, NoContent, Problem, Tag};
use crate::office::Office;
use crate::reservation::domain;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// The desk's hand on a performance's seats.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Take a performance back
    ///
    /// Only while nobody has a ticket for it and nobody holds seats of it.
    #[oai(path = "/performances/:performance_id", method = "delete", operation_id = "take_back_performance")]
    async fn take_back_performance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The `ETag` of the version that is to be taken back
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Problem> {
        let expected = Expected::new(if_match);
        let write = move |tx: &Tx| {
            let dated = performance::performance(tx, performance_id.0)?;
            expected.check(dated.changed_in)?;
            if domain::is_in_use(tx, dated.key)? {
                return Err(CatalogError::InUse("Somebody has tickets for it or holds seats of it.").into());
            }
            // From here it must succeed.
            domain::forget(tx, dated.key)?;
            Ok::<_, Problem>(performance::take_back(tx, &dated)?)
        };
        auth.write(&office, "take_back_performance", write).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems =
    &[("take_back_performance", &[problems::STAFF, &[Code::PerformanceNotFound, Code::ChangedMeanwhile, Code::InUse]])];
