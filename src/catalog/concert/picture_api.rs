//! A concert's picture over HTTP: set at the desk, shown to everyone under an address of its own bytes.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::http::{HeaderValue, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::concert::domain;
use crate::catalog::concert::picture::Picture;
use crate::catalog::concert::views::picture_path;
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, Text, reply};
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A picture
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PictureRequest {
    /// A JPEG, PNG or WebP of at most 2 MiB, in Base64 (RFC 4648 §4)
    data: Text,
}

impl Example for PictureRequest {
    fn example() -> Self {
        Self { data: Text(STANDARD.encode(b"\x89PNG\r\n\x1a\n")) }
    }
}

/// Where a concert's picture is
#[derive(Object, Serialize)]
struct PictureView {
    /// Its address, which never shows another picture
    picture: String,
}

/// A picture's bytes.
struct PictureAnswer(Picture);

impl IntoResponse for PictureAnswer {
    fn into_response(self) -> Response {
        let mut response = Response::builder().content_type(self.0.media.as_str()).body(self.0.bytes);
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.0.hash)) {
            headers.insert(header::ETAG, tag);
        }
        // Other bytes have another address (RFC 8246).
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

impl ApiResponse for PictureAnswer {
    fn meta() -> MetaResponses {
        let schema = || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let media = |content_type| MetaMediaType { content_type, schema: schema() };
        let response = MetaResponse {
            description: "The picture. Keep it: this address never shows another.",
            status: Some(200),
            status_range: None,
            content: vec![media("image/jpeg"), media("image/png"), media("image/webp")],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

fn read(request: &PictureRequest, most: usize) -> Result<Picture, Problem> {
    let invalid = |rule: String| Problem::new(Code::InvalidField, rule);
    let bytes = STANDARD.decode(&request.data.0).map_err(|_| invalid("data must be Base64 (RFC 4648 §4).".into()))?;
    if bytes.len() > most {
        return Err(invalid(format!("data must be a picture of at most {most} bytes.")));
    }
    Picture::new(bytes).ok_or_else(|| invalid("data must be a JPEG, a PNG or a WebP.".into()))
}

/// Pictures.
pub struct Api;

#[OpenApi(prefix_path = "/v1")]
impl Api {
    /// Show a concert's picture
    ///
    /// For everyone. Its address stands with the concert; another picture has another.
    #[oai(
        path = "/concerts/:concert_id/picture/:picture_hash",
        method = "get",
        operation_id = "show_picture",
        tag = "Tag::Catalogue"
    )]
    async fn show_picture(
        &self,
        office: Data<&Arc<Office>>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The picture's hash
        picture_hash: Path<String>,
    ) -> Result<PictureAnswer, Problem> {
        let found = office.store.read(move |tx| domain::show_picture(tx, concert_id.0, &picture_hash.0)).await?;
        Ok(PictureAnswer(found))
    }

    /// Give a concert its picture
    ///
    /// In place of the one it had.
    #[oai(
        path = "/operator/concerts/:concert_id/picture",
        method = "put",
        operation_id = "set_picture",
        tag = "Tag::Operator"
    )]
    async fn set_picture(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<PictureRequest>,
    ) -> Result<Reply<PictureView, 200>, Problem> {
        let picture = read(&body.0, office.limits.picture_bytes)?;
        let set = move |tx: &Tx| {
            let concert = domain::concert(tx, concert_id.0)?;
            domain::set_picture(tx, &concert, &picture)?;
            domain::concert(tx, concert_id.0)
        };
        let concert = auth.write(&office, "set_picture", set).await?;
        Ok(reply(&PictureView { picture: picture_path(&concert).unwrap_or_default() }))
    }

    /// Take a concert's picture away
    ///
    /// Its address shows nothing any more, but who kept the picture has it.
    #[oai(
        path = "/operator/concerts/:concert_id/picture",
        method = "delete",
        operation_id = "remove_picture",
        tag = "Tag::Operator"
    )]
    async fn remove_picture(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let removed = move |tx: &Tx| domain::remove_picture(tx, &domain::concert(tx, concert_id.0)?);
        auth.write(&office, "remove_picture", removed).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_picture", &[&[Code::ConcertNotFound, Code::PictureNotFound]]),
    ("set_picture", &[problems::STAFF, problems::BODY, &[Code::ConcertNotFound]]),
    ("remove_picture", &[problems::STAFF, &[Code::ConcertNotFound, Code::PictureNotFound]]),
];
