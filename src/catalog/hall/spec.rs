//! A hall as somebody describes it, and the rules that make a plan of it. No store, no clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::error::CatalogError;
use crate::catalog::hall::drawing::{HallDrawing, RowDrawing, SectionDrawing, Sign};
use crate::catalog::hall::plan::{HallPlan, PlanPlace, PlanRow, PlanSection, SectionKind};
use crate::catalog::names::clean_name;
use crate::text::folded;

/// Seats that would fit into the widest aisle.
pub const WIDEST_GAP: u32 = 100;

/// A hall as somebody describes it.
#[derive(Clone, Debug, Default)]
pub struct HallSpec {
    /// Its floors, from the lowest.
    pub floors: Vec<String>,
    /// How it is drawn.
    pub drawing: HallDrawing,
    /// Its sections, best first.
    pub sections: Vec<SectionSpec>,
}

/// A section as somebody describes it. The same seated section may come again with further rows.
#[derive(Clone, Debug)]
pub struct SectionSpec {
    /// Its name.
    pub name: String,
    /// The floor it is on.
    pub floor: Option<String>,
    /// What it has.
    pub places: PlacesSpec,
    /// How it is drawn.
    pub drawing: SectionDrawing,
}

impl SectionSpec {
    /// A section that is drawn as sections are.
    pub fn new(name: impl Into<String>, places: PlacesSpec) -> Self {
        Self { name: name.into(), floor: None, places, drawing: SectionDrawing::default() }
    }
}

/// What a section has.
#[derive(Clone, Debug)]
pub enum PlacesSpec {
    /// Rows, best first.
    Rows(Vec<RowSpec>),
    /// Places without seats.
    Standing {
        /// How many.
        capacity: u64,
        /// Their price level.
        grade: String,
    },
}

/// A row as somebody describes it.
#[derive(Clone, Debug)]
pub struct RowSpec {
    /// Its name.
    pub name: String,
    /// Its price level.
    pub grade: String,
    /// Its seats, side by side.
    pub seats: Vec<PlanPlace>,
    /// How it is drawn.
    pub drawing: RowDrawing,
}

impl RowSpec {
    /// A row that is drawn as rows are.
    pub fn new(name: impl Into<String>, grade: impl Into<String>, seats: Vec<PlanPlace>) -> Self {
        Self { name: name.into(), grade: grade.into(), seats, drawing: RowDrawing::default() }
    }
}

impl HallSpec {
    /// A hall of one seated section.
    pub fn seated(section: &str, rows: Vec<RowSpec>) -> Self {
        Self::default().with_rows(section, rows)
    }

    /// With these rows too.
    #[must_use]
    pub fn with_rows(mut self, section: &str, rows: Vec<RowSpec>) -> Self {
        self.sections.push(SectionSpec::new(section, PlacesSpec::Rows(rows)));
        self
    }

    /// Checks the hall, numbers its sections, and its seats through all rows.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] for an empty hall or section, one with more than `most_places` seats and standing places,
    /// and for a name or label that breaks its rule or comes twice where it may not.
    pub fn plan(self, most_places: usize) -> Result<HallPlan, CatalogError> {
        let mut drafting = Drafting { most_places, ..Drafting::default() };
        for floor in &self.floors {
            let floor = clean_name("a floor's name", floor)?;
            if drafting.plan.floors.iter().any(|known| folded(known) == folded(&floor)) {
                return CatalogError::invalid(format!("the hall has two floors {floor}"));
            }
            drafting.plan.floors.push(floor);
        }
        for section in self.sections {
            drafting.section(section)?;
        }
        drafting.plan.drawing = drafting.hall_drawing(self.drawing)?;
        if drafting.plan.sections.is_empty() {
            return CatalogError::invalid("a hall needs at least one section with seats or standing places");
        }
        Ok(drafting.plan)
    }
}

/// A plan in the making.
#[derive(Default)]
struct Drafting {
    plan: HallPlan,
    most_places: usize,
    places: usize,
    grades: Spellings,
    /// Rows by section and folded name.
    rows: BTreeSet<(u32, String)>,
}

impl Drafting {
    fn section(&mut self, spec: SectionSpec) -> Result<(), CatalogError> {
        let name = clean_name("a section's name", &spec.name)?;
        let floor = spec.floor.map(|floor| self.floor(&name, &floor)).transpose()?;
        match spec.places {
            PlacesSpec::Rows(rows) => {
                if rows.is_empty() {
                    return CatalogError::invalid(format!("section {name} has no rows"));
                }
                let at = self.seated(&name, floor, spec.drawing)?;
                rows.into_iter().try_for_each(|row| self.row(at, row))
            }
            PlacesSpec::Standing { capacity, grade } => {
                if self.known(&name).is_some() {
                    return CatalogError::invalid(format!("the hall has two sections {name}"));
                }
                let grade = self.grades.first(clean_name("a grade", &grade)?);
                if capacity == 0 {
                    return CatalogError::invalid(format!("section {name} has no places: capacity must be at least 1"));
                }
                let capacity = self.take_places(capacity)?;
                let kind = SectionKind::Standing;
                let drawing = spec.drawing;
                self.add(PlanSection { section_no: 0, name, kind, floor, capacity, grade: Some(grade), drawing });
                Ok(())
            }
        }
    }

    fn floor(&self, section: &str, floor: &str) -> Result<String, CatalogError> {
        let known = self.plan.floors.iter().find(|known| folded(known) == folded(floor));
        known.cloned().map_or_else(
            || CatalogError::invalid(format!("section {section} is on a floor that `floors` does not list: {floor}")),
            Ok,
        )
    }

    fn known(&self, name: &str) -> Option<usize> {
        self.plan.sections.iter().position(|known| folded(&known.name) == folded(name))
    }

    fn add(&mut self, section: PlanSection) -> usize {
        let at = self.plan.sections.len();
        self.plan.sections.push(PlanSection { section_no: at as u32 + 1, ..section });
        at
    }

    /// Where the seated section of this name stands, a new one if there is none.
    fn seated(&mut self, name: &str, floor: Option<String>, drawing: SectionDrawing) -> Result<usize, CatalogError> {
        match self.known(name) {
            Some(at) if self.plan.sections[at].kind == SectionKind::Seated => {
                if floor.is_some() && floor != self.plan.sections[at].floor {
                    return CatalogError::invalid(format!("section {name} is on two floors"));
                }
                if drawing != SectionDrawing::default() {
                    return CatalogError::invalid(format!("section {name} is drawn twice"));
                }
                Ok(at)
            }
            Some(_) => CatalogError::invalid(format!("the hall has two sections {name}")),
            None => {
                let (kind, name) = (SectionKind::Seated, name.to_owned());
                Ok(self.add(PlanSection { section_no: 0, name, kind, floor, capacity: 0, grade: None, drawing }))
            }
        }
    }

    fn row(&mut self, at: usize, row: RowSpec) -> Result<(), CatalogError> {
        let PlanSection { section_no, name: section, .. } = self.plan.sections[at].clone();
        let name = clean_name("a row's name", &row.name)?;
        let grade = self.grades.first(clean_name("a grade", &row.grade)?);
        let whose = format!("row {name} of section {section}");
        if row.seats.is_empty() {
            return CatalogError::invalid(format!("{whose} has no seats"));
        }
        if !self.rows.insert((section_no, folded(&name).into_owned())) {
            return CatalogError::invalid(format!("section {section} has two rows {name}"));
        }
        let pointed = row.seats.iter().filter(|seat| seat.at.is_some()).count();
        if pointed != 0 && pointed != row.seats.len() {
            return CatalogError::invalid(format!("{whose}: all seats have x and y, or none has"));
        }
        let count = self.take_places(row.seats.len() as u64)?;
        let (mut seats, mut labels) = (Vec::with_capacity(row.seats.len()), BTreeSet::new());
        for place in row.seats {
            let place = self.place(&whose, &grade, place)?;
            if !labels.insert(folded(&place.label).into_owned()) {
                return CatalogError::invalid(format!("{whose} has two seats {}", place.label));
            }
            seats.push(place);
        }
        self.plan.sections[at].capacity += count;
        let first_seat = self.plan.seat_count() + 1;
        let drawing = row.drawing;
        self.plan.rows.push(PlanRow { section_no, section, name, grade, first_seat, seats, drawing });
        Ok(())
    }

    fn place(&mut self, whose: &str, row_grade: &str, place: PlanPlace) -> Result<PlanPlace, CatalogError> {
        let label = clean_name("a seat's label", &place.label)?;
        let grade = place.grade.map(|grade| clean_name("a grade", &grade)).transpose()?;
        let grade = grade.map(|grade| self.grades.first(grade)).filter(|grade| grade != row_grade);
        let note = place.note.map(|note| clean_name("a seat's note", &note)).transpose()?;
        if place.gap_before > WIDEST_GAP {
            return CatalogError::invalid(format!("seat {label} of {whose}: gap_before must be 0 to {WIDEST_GAP}"));
        }
        Ok(PlanPlace { label, grade, note, ..place })
    }

    /// Colours by the hall's own spelling of its grades.
    fn hall_drawing(&self, drawing: HallDrawing) -> Result<HallDrawing, CatalogError> {
        const RULE: &str = "must be # and six hexadecimal digits, such as #0072b2";
        let is_color = |color: &str| {
            color
                .strip_prefix('#')
                .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
        };
        let mut colors = BTreeMap::new();
        for (grade, color) in drawing.colors {
            let Some(known) = self.grades.0.get(folded(&grade).as_ref()) else {
                return CatalogError::invalid(format!("colors: the hall has no grade {grade}"));
            };
            if !is_color(&color) {
                return CatalogError::invalid(format!("the colour of {known} {RULE}"));
            }
            colors.insert(known.clone(), color);
        }
        const MOST_SIGNS: usize = 200;
        if drawing.signs.len() > MOST_SIGNS {
            return CatalogError::invalid(format!("a hall has at most {MOST_SIGNS} signs"));
        }
        let sign = |(at, sign): (usize, Sign)| {
            if !Sign::SIZES.contains(&sign.size) {
                return CatalogError::invalid(format!("signs[{at}].size must be 5 to 1000"));
            }
            Ok(Sign { text: clean_name(&format!("signs[{at}].text"), &sign.text)?, ..sign })
        };
        let signs = drawing.signs.into_iter().enumerate().map(sign).collect::<Result<_, _>>()?;
        Ok(HallDrawing { colors, signs, ..drawing })
    }

    fn take_places(&mut self, count: u64) -> Result<u32, CatalogError> {
        let most = self.most_places;
        let left = most - self.places;
        let Some(count) = usize::try_from(count).ok().filter(|count| *count <= left) else {
            return CatalogError::invalid(format!("a hall has at most {most} seats and standing places"));
        };
        self.places += count;
        Ok(count as u32)
    }
}

/// Names that look equal are one name, in the spelling that came first.
#[derive(Default)]
struct Spellings(BTreeMap<String, String>);

impl Spellings {
    fn first(&mut self, name: String) -> String {
        self.0.entry(folded(&name).into_owned()).or_insert(name).clone()
    }
}

/// The seats 1 to `count` of a row given as a count.
///
/// # Errors
/// [`CatalogError::Invalid`] before anything of that size is made.
pub fn count_seats(count: u64, most_seats: usize) -> Result<Vec<PlanPlace>, CatalogError> {
    match u32::try_from(count) {
        Ok(last) if last as usize <= most_seats => Ok(PlanPlace::labelled(1..=last)),
        _ => CatalogError::invalid(format!("a hall has at most {most_seats} seats and standing places")),
    }
}
