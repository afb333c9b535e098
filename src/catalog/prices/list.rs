//! A performance's prices as memory keeps them. Pure: no store, no clock.

use std::collections::BTreeMap;

use crate::ids::TypeNo;
use crate::money::Amount;
use crate::text::folded;

/// A kind of ticket, as the venue names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketType {
    /// Its name.
    pub name: String,
    /// How many of it one buyer may have of the performance, where that is set.
    pub seats_per_user: Option<u32>,
}

/// What a place costs by grade and ticket type. There is a type at least, and a price at least for every grade of the hall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    types: Vec<TicketType>,
    of_grade: BTreeMap<String, Vec<(TypeNo, Amount)>>,
}

impl Prices {
    /// A list without a price, of these types in the venue's order.
    pub fn of_types(types: Vec<TicketType>) -> Self {
        Self { types, of_grade: BTreeMap::new() }
    }

    /// Puts a price on the list. Prices of a grade come in the order of types.
    pub fn put(&mut self, grade: &str, of: TypeNo, price: Amount) {
        let prices = self.of_grade.entry(grade.to_owned()).or_default();
        let at = prices.partition_point(|(before, _)| *before < of);
        prices.insert(at, (of, price));
    }

    /// The ticket types in the venue's order.
    pub fn types(&self) -> &[TicketType] {
        &self.types
    }

    /// The grades that have a price.
    pub fn grades(&self) -> impl Iterator<Item = &str> {
        self.of_grade.keys().map(String::as_str)
    }

    /// All prices, by the hall's spelling of its grades.
    pub fn by_grade(&self) -> impl Iterator<Item = (&str, &[(TypeNo, Amount)])> {
        self.of_grade.iter().map(|(grade, prices)| (grade.as_str(), prices.as_slice()))
    }

    /// The prices of a grade in the order of types; none when there is no such grade.
    pub fn of_grade(&self, grade: &str) -> &[(TypeNo, Amount)] {
        self.of_grade.get(grade).map(Vec::as_slice).unwrap_or_default()
    }

    /// What holds for a place of this grade where no type is said: its first one.
    pub fn first(&self, grade: &str) -> Option<(TypeNo, Amount)> {
        self.of_grade(grade).first().copied()
    }

    /// What a place of this grade costs with this type; none where that is not sold.
    pub fn price(&self, grade: &str, of: TypeNo) -> Option<Amount> {
        self.of_grade(grade).iter().find(|(type_no, _)| *type_no == of).map(|(_, price)| *price)
    }

    /// The ticket type that looks like this.
    pub fn type_no(&self, asked: &str) -> Option<TypeNo> {
        let asked = folded(asked);
        (0..).zip(&self.types).find(|(_, of)| folded(&of.name) == asked).map(|(type_no, _)| TypeNo(type_no))
    }

    /// A ticket type of the list.
    pub fn ticket_type(&self, of: TypeNo) -> Option<&TicketType> {
        self.types.get(usize::from(of.0))
    }

    /// The name of a ticket type of the list.
    pub fn type_name(&self, of: TypeNo) -> &str {
        self.ticket_type(of).map_or("", |of| of.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Prices, TicketType};
    use crate::ids::TypeNo;
    use crate::money::Amount;

    #[test]
    fn where_no_type_is_said_it_is_the_first_that_the_grade_has() {
        let of = |name: &str| TicketType { name: name.into(), seats_per_user: None };
        let mut prices = Prices::of_types(vec![of("full"), of("child")]);
        prices.put("R", TypeNo(1), Amount(5));
        prices.put("R", TypeNo(0), Amount(10));
        prices.put("Family", TypeNo(1), Amount(4));
        assert_eq!(prices.first("R"), Some((TypeNo(0), Amount(10))));
        assert_eq!(prices.first("Family"), Some((TypeNo(1), Amount(4))));
        assert_eq!((prices.first("VIP"), prices.price("Family", TypeNo(0))), (None, None));
        assert_eq!(prices.type_no(" ｃｈｉｌｄ"), Some(TypeNo(1)), "as a reader would");
    }
}
