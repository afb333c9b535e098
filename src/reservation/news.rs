//! What those who wait for a concert are told of it: how its sale stands, and what is left of its next dates. Pure decisions
//! over memory's maps.

use crate::clock::Moment;
use crate::queue::{DateAwaitedView, GradeAwaitedView, Queue, SaleState, SeatsLeft};
use crate::reservation::seat_maps::Maps;
use crate::reservation::stock::{Stock, sale_of, sale_of_all};

/// What is left is told of the next dates, and of so many grades of them in all: an answer that a whole line asks for again
/// and again must stay small. Of the first of them it is told whole.
const GRADES_TOLD: usize = 60;

/// How the sale of a concert with these maps stands, and what is left of it.
pub fn news(maps: &Maps, queue: &Queue, Moment { now, wall }: Moment) -> (SaleState, SeatsLeft) {
    let (mut sales, mut dates, mut grades) = (Vec::with_capacity(maps.len()), Vec::new(), 0);
    for map in maps.iter() {
        let (performance, stock) = (&map.map.performance, map.map.stock(now));
        let sale = sale_of(performance, stock.left, queue.on_sale_at, wall);
        sales.push(sale);
        if matches!(sale, SaleState::Cancelled | SaleState::Over) {
            continue;
        }
        grades += stock.grades.len();
        if dates.is_empty() || grades <= GRADES_TOLD {
            let Stock { left, grades } = stock;
            let grades =
                grades.into_iter().map(|of| GradeAwaitedView { grade: of.grade, left: of.left, available: of.free });
            dates.push(DateAwaitedView { performance_id: performance.id, sale, left, grades: grades.collect() });
        }
    }
    (sale_of_all(queue, sales.into_iter(), wall), SeatsLeft::of(&dates))
}
