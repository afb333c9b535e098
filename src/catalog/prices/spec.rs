//! Prices as the operator gives them, and the rules that make a list of them. Pure: no store, no clock.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::error::CatalogError;
use crate::catalog::names::clean_name;
use crate::catalog::prices::list::{Prices, TicketType};
use crate::ids::TypeNo;
use crate::money::{Amount, LARGEST};
use crate::terms::SEATS_PER_USER;
use crate::text::folded;

/// The one ticket type where none is named.
pub const FULL: &str = "full";
/// Ticket types of one performance at most.
pub const MOST_TYPES: usize = 32;
/// What a place may cost: sixty-four of them with their fees are still an amount.
pub const LARGEST_PRICE: Amount = Amount(LARGEST.0 / 128);

/// A ticket type with its prices.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TypeSpec {
    /// Its name.
    pub name: String,
    /// How many of it one buyer may have.
    pub seats_per_user: Option<u32>,
    /// What it costs by grade. A grade that is left out is not sold as this type.
    pub prices: BTreeMap<String, Amount>,
}

/// What a performance's places cost.
#[derive(Clone, Debug, serde::Serialize)]
pub enum PriceSpec {
    /// One ticket type, with a price for every grade.
    One(BTreeMap<String, Amount>),
    /// These ticket types, first the one that holds where none is said.
    Types(Vec<TypeSpec>),
}

impl PriceSpec {
    /// The list for a hall with these grades.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] unless every grade of the hall has a price, and only those have; a type named twice.
    pub fn list(&self, grades: &BTreeSet<&str>) -> Result<Prices, CatalogError> {
        let one;
        let types = match self {
            Self::Types(types) => types,
            Self::One(prices) => {
                one = [TypeSpec { name: FULL.into(), seats_per_user: None, prices: prices.clone() }];
                &one[..]
            }
        };
        if types.is_empty() || types.len() > MOST_TYPES {
            return CatalogError::invalid(format!("ticket_types must be 1 to {MOST_TYPES}"));
        }
        let grades: BTreeMap<_, _> = grades.iter().map(|grade| (folded(grade), *grade)).collect();
        let (mut list, mut names) = (Prices::of_types(names(types)?), BTreeSet::new());
        for (type_no, of) in (0..).map(TypeNo).zip(types) {
            let name = list.type_name(type_no).to_owned();
            if !names.insert(folded(&name).into_owned()) {
                return CatalogError::invalid(format!("ticket_types names {name} twice"));
            }
            let field = if let Self::One(_) = self { "prices".to_owned() } else { format!("prices of {name}") };
            for (grade, price) in of_type(&field, &grades, &of.prices)? {
                list.put(grade, type_no, price);
            }
        }
        match grades.values().find(|grade| list.of_grade(grade).is_empty()) {
            Some(missing) => CatalogError::invalid(format!("prices lacks the hall's grade {missing}")),
            None => Ok(list),
        }
    }
}

fn names(types: &[TypeSpec]) -> Result<Vec<TicketType>, CatalogError> {
    let named = |of: &TypeSpec| {
        check_seats_per_user(of.seats_per_user)?;
        Ok(TicketType { name: clean_name("a ticket type's name", &of.name)?, seats_per_user: of.seats_per_user })
    };
    types.iter().map(named).collect()
}

/// Checks a limit of places that one buyer may have.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub(in crate::catalog) fn check_seats_per_user(limit: Option<u32>) -> Result<(), CatalogError> {
    if limit.is_some_and(|limit| !SEATS_PER_USER.contains(&i64::from(limit))) {
        let (least, most) = SEATS_PER_USER.into_inner();
        return CatalogError::invalid(format!("seats_per_user must be {least} to {most}"));
    }
    Ok(())
}

/// The prices of one type by the hall's own spelling of its grades.
fn of_type<'a>(
    field: &str,
    grades: &BTreeMap<Cow<'_, str>, &'a str>,
    prices: &BTreeMap<String, Amount>,
) -> Result<BTreeMap<&'a str, Amount>, CatalogError> {
    if prices.values().any(|price| *price < Amount(0) || *price > LARGEST_PRICE) {
        return CatalogError::invalid(format!("{field} must be 0 to {}", LARGEST_PRICE.0));
    }
    let mut list = BTreeMap::new();
    for (named, price) in prices {
        let Some(grade) = grades.get(folded(named).as_ref()) else {
            let known = grades.values().copied().collect::<Vec<_>>().join(", ");
            return CatalogError::invalid(format!("{field}: the hall has no grade {named}; it has {known}"));
        };
        if list.insert(*grade, *price).is_some() {
            return CatalogError::invalid(format!("{field} names the grade {grade} twice"));
        }
    }
    Ok(list)
}
