//! What a report is narrowed to, as it is asked for; and the addresses of what a figure is made of, narrowed in the same way.

use url::form_urlencoded::Serializer;
use uuid::Uuid;

use crate::catalog::concert;
use crate::catalog::performance;
use crate::ids::{ConcertKey, PerformanceKey, PostingKey};
use crate::report::error::ReportError;
use crate::report::period::{Period, Span};
use crate::store::Tx;

/// Where all reports are.
const ADDRESS: &str = "/v1/operator/reports/";

/// Days, a state of the books, a concert, a performance: what is said of them.
#[derive(Clone, Debug, Default)]
pub struct Narrow {
    /// The days.
    pub period: Period,
    /// The state of the books.
    pub as_of: Option<PostingKey>,
    /// The concert.
    pub concert: Option<Uuid>,
    /// The performance.
    pub performance: Option<Uuid>,
}

impl Narrow {
    /// Reads days and a state of the books.
    ///
    /// # Errors
    /// [`ReportError::Invalid`].
    pub fn read(from: Option<&str>, to: Option<&str>, as_of: Option<&str>) -> Result<Self, ReportError> {
        let period = Period::read(from, to)?;
        let foreign = ReportError::Invalid("as_of must be the `as_of` of a report.");
        let as_of = as_of.map(|text| text.parse().map(PostingKey)).transpose().map_err(|_| foreign)?;
        Ok(Self { period, as_of, ..Self::default() })
    }

    /// To this concert and this performance too.
    #[must_use]
    pub fn to(self, concert: Option<Uuid>, performance: Option<Uuid>) -> Self {
        Self { concert, performance, ..self }
    }

    /// Where that is in the books.
    ///
    /// # Errors
    /// [`ReportError::Invalid`].
    pub fn span(&self, tx: &Tx) -> Result<Span, ReportError> {
        Span::of(tx, self.period, self.as_of)
    }

    /// The concert and the performance.
    ///
    /// # Errors
    /// [`CatalogError`](crate::catalog::CatalogError) for one that is not there.
    pub fn keys(&self, tx: &Tx) -> Result<(Option<ConcertKey>, Option<PerformanceKey>), ReportError> {
        let concert = self.concert.map(|id| concert::domain::concert(tx, id)).transpose()?;
        let performance = self.performance.map(|id| performance::domain::performance(tx, id)).transpose()?;
        Ok((concert.map(|concert| concert.key), performance.map(|performance| performance.key)))
    }

    /// The address of a list of the same, as it stood at this posting, narrowed further.
    pub fn address(&self, list: &str, as_of: PostingKey, further: &[(&str, Option<&str>)]) -> String {
        let said = |name: &str| further.iter().any(|(further, _)| *further == name);
        let own = [
            ("from", self.period.from.map(|day| day.to_string())),
            ("to", self.period.to.map(|day| day.to_string())),
            ("concert_id", self.concert.map(|id| id.to_string())),
            ("performance_id", self.performance.map(|id| id.to_string())),
        ];
        let own = own.iter().filter(|(name, _)| !said(name));
        let all = own.map(|(name, value)| (*name, value.as_deref())).chain(further.iter().copied());
        address(list, all.chain([("as_of", Some(as_of.0.to_string().as_str()))]))
    }
}

/// The address of a list, with what is said of it.
pub fn address<'a>(list: &str, said: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(said.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let query = query.finish();
    if query.is_empty() { format!("{ADDRESS}{list}") } else { format!("{ADDRESS}{list}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_list_is_narrowed_as_its_figure_is() {
        let narrow = Narrow::read(Some("2026-12-24"), Some("2026-12-31"), None).unwrap().to(None, Some(Uuid::nil()));
        let day = [("from", Some("2026-12-24")), ("to", Some("2026-12-24")), ("grade", Some("R & S=1"))];
        assert_eq!(
            narrow.address("sold-tickets", PostingKey(7), &day),
            "/v1/operator/reports/sold-tickets?performance_id=00000000-0000-0000-0000-000000000000&from=2026-12-24\
             &to=2026-12-24&grade=R+%26+S%3D1&as_of=7"
        );
        assert_eq!(address("check-ins", [("gate", None)]), "/v1/operator/reports/check-ins");
        for bad in ["", "x", "1.5"] {
            assert!(Narrow::read(None, None, Some(bad)).is_err(), "{bad}");
        }
    }
}
