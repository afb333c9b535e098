//! Lengths as halls are drawn: exact to a hundredth, so that what is read, kept and written again is the same.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length or an angle: hundredths of a centimetre, or of a degree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length(pub i32);

/// No length is longer, in either direction: ten kilometres.
pub const LONGEST: f64 = 1_000_000.0;

impl Length {
    /// The nearest to so many centimetres or degrees, unless that is beyond [`LONGEST`].
    pub fn of(units: f64) -> Option<Self> {
        // Within the bound a hundredfold fits; what is no number is not within it.
        (units.abs() <= LONGEST).then(|| Self((units * 100.0).round() as i32))
    }

    /// In centimetres or degrees.
    pub fn units(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// Whether something can be curved by it.
    pub fn is_radius(self) -> bool {
        self.0 > 0
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 { to.serialize_i32(self.0 / 100) } else { to.serialize_f64(self.units()) }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let units = f64::deserialize(from)?;
        Self::of(units).ok_or_else(|| D::Error::custom(format!("a length must be -{LONGEST} to {LONGEST}")))
    }
}
