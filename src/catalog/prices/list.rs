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
/// Types that are not sold any more stay known with their prices: places are held and sold as them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    types: BTreeMap<TypeNo, TicketType>,
    order: Vec<TypeNo>,
    of_grade: BTreeMap<String, Vec<(TypeNo, Amount)>>,
    before: BTreeMap<String, Vec<(TypeNo, Amount)>>,
}

impl Prices {
    /// A list without a price, of these types that are sold, in the venue's order.
    pub fn of_types(types: Vec<TicketType>) -> Self {
        let mut list = Self::default();
        (0..).map(TypeNo).zip(types).for_each(|(type_no, of)| list.put_type(type_no, of, true));
        list
    }

    /// Puts a type on the list: after those that are sold already if it is, else as one of those from before.
    pub fn put_type(&mut self, type_no: TypeNo, of: TicketType, is_sold: bool) {
        if is_sold {
            self.order.push(type_no);
        }
        self.types.insert(type_no, of);
    }

    /// Puts a price of a type on the list. Prices of a grade come in the order of types.
    pub fn put(&mut self, grade: &str, of: TypeNo, price: Amount) {
        let place = |of: TypeNo| self.order.iter().position(|known| *known == of);
        let list = if place(of).is_some() { &mut self.of_grade } else { &mut self.before };
        let prices = list.entry(grade.to_owned()).or_default();
        let at = prices.partition_point(|(before, _)| place(*before) < place(of));
        prices.insert(at, (of, price));
    }

    /// The ticket types that are sold, in the venue's order.
    pub fn types(&self) -> impl Iterator<Item = (TypeNo, &TicketType)> {
        self.order.iter().filter_map(|of| Some((*of, self.types.get(of)?)))
    }

    /// All that were ever sold.
    pub fn all_types(&self) -> impl Iterator<Item = (TypeNo, &TicketType)> {
        self.types.iter().map(|(type_no, of)| (*type_no, of))
    }

    /// The grades that have a price.
    pub fn grades(&self) -> impl Iterator<Item = &str> {
        self.of_grade.keys().map(String::as_str)
    }

    /// All prices of what is sold, by the hall's spelling of its grades.
    pub fn by_grade(&self) -> impl Iterator<Item = (&str, &[(TypeNo, Amount)])> {
        self.of_grade.iter().map(|(grade, prices)| (grade.as_str(), prices.as_slice()))
    }

    /// The prices of a grade in the order of types; none when there is no such grade.
    pub fn of_grade(&self, grade: &str) -> &[(TypeNo, Amount)] {
        self.of_grade.get(grade).map(Vec::as_slice).unwrap_or_default()
    }

    /// The prices of a type by grade, whether it is sold or was.
    pub fn of_type(&self, of: TypeNo) -> BTreeMap<&str, Amount> {
        let all = self.of_grade.iter().chain(&self.before);
        let prices = all.flat_map(|(grade, prices)| prices.iter().map(move |(type_no, price)| (grade, type_no, price)));
        prices.filter(|(_, type_no, _)| **type_no == of).map(|(grade, _, price)| (grade.as_str(), *price)).collect()
    }

    /// What holds for a place of this grade where no type is said: its first one.
    pub fn first(&self, grade: &str) -> Option<(TypeNo, Amount)> {
        self.of_grade(grade).first().copied()
    }

    /// What a place of this grade costs with this type, or did while that was sold; none where it was not.
    pub fn price(&self, grade: &str, of: TypeNo) -> Option<Amount> {
        let before = self.before.get(grade).map(Vec::as_slice).unwrap_or_default();
        self.of_grade(grade).iter().chain(before).find(|(type_no, _)| *type_no == of).map(|(_, price)| *price)
    }

    /// The ticket type that is sold and looks like this.
    pub fn type_no(&self, asked: &str) -> Option<TypeNo> {
        let asked = folded(asked);
        self.types().find(|(_, of)| folded(&of.name) == asked).map(|(type_no, _)| type_no)
    }

    /// The name of a ticket type of the list.
    pub fn type_name(&self, of: TypeNo) -> &str {
        self.types.get(&of).map_or("", |of| of.name.as_str())
    }

    /// Whether these are one ticket type to a buyer, at whatever prices.
    pub fn are_alike(&self, one: TypeNo, other: TypeNo) -> bool {
        one == other || folded(self.type_name(one)) == folded(self.type_name(other))
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
        // What was sold once has its price, and is not sold.
        prices.put_type(TypeNo(2), of("ｃｈｉｌｄ"), false);
        prices.put("Family", TypeNo(2), Amount(3));
        assert_eq!(prices.price("Family", TypeNo(2)), Some(Amount(3)));
        assert_eq!((prices.first("Family"), prices.type_no("child")), (Some((TypeNo(1), Amount(4))), Some(TypeNo(1))));
        assert!(prices.are_alike(TypeNo(1), TypeNo(2)) && !prices.are_alike(TypeNo(0), TypeNo(1)));
    }
}
