//! How a hall is drawn, as far as somebody said so. Where nothing is said, [`layout`](super::layout) knows. No store, no clock.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::geometry::Length;

/// A point of the drawing, in centimetres; y grows away from the stage
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// To the right
    pub x: Length,
    /// Away from the stage
    pub y: Length,
}

impl Point {
    /// The nearest to these centimetres, if they are not beyond all bounds.
    pub fn of(x: f64, y: f64) -> Option<Self> {
        Some(Self { x: Length::of(x)?, y: Length::of(y)? })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How a hall is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HallDrawing {
    /// The stage's outline.
    #[serde(skip_serializing_if = "is_default")]
    pub stage: Vec<Point>,
    /// Where all look.
    #[serde(skip_serializing_if = "is_default")]
    pub focal: Option<Point>,
    /// Colours of price levels.
    #[serde(skip_serializing_if = "is_default")]
    pub colors: BTreeMap<String, String>,
    /// What is written in it.
    #[serde(skip_serializing_if = "is_default")]
    pub signs: Vec<Sign>,
}

/// Something that is written in a hall: a door, a bar, what is behind a wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// What.
    pub text: String,
    /// Its middle.
    pub at: Point,
    /// How high its letters are.
    pub size: Length,
}

impl Sign {
    /// Letters are so high where nobody says otherwise.
    pub const USUAL_SIZE: Length = Length(6_000);
    /// No smaller and no larger ones are taken.
    pub const SIZES: std::ops::RangeInclusive<Length> = Length(500)..=Length(100_000);
}

/// How a section is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SectionDrawing {
    /// From where its rows are measured: the middle of its first row, where its rows say nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub origin: Option<Point>,
    /// By how many degrees it is turned about its origin, clockwise.
    #[serde(skip_serializing_if = "is_default")]
    pub rotation: Length,
    /// The radius of its first row's curve; straight rows where there is none.
    #[serde(skip_serializing_if = "is_default")]
    pub curve: Option<Length>,
    /// Its outline, in the hall's own points.
    #[serde(skip_serializing_if = "is_default")]
    pub outline: Vec<Point>,
}

/// How a row is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowDrawing {
    /// From where its seats are measured: its middle, where its seats say nothing. Measured from its section's origin.
    #[serde(skip_serializing_if = "is_default")]
    pub origin: Option<Point>,
    /// From one seat to the next.
    #[serde(skip_serializing_if = "is_default")]
    pub spacing: Option<Length>,
}
