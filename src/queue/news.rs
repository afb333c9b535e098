//! What those who wait are told of the sale itself: how it stands, and what is left. Looked at now and then from above, and
//! kept here for whoever asks.

use parking_lot::RwLock;

use crate::queue::sale_state::SaleState;
use crate::queue::seats_left::SeatsLeft;

/// The last news of a concert's sale.
pub struct News(RwLock<(SaleState, Option<SeatsLeft>)>);

/// Who has to know of what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concerns {
    Nobody,
    /// Whoever looks next.
    Lookers,
    /// Everybody, at once: what they wait for may never come, or comes again.
    Everybody,
}

impl Default for News {
    fn default() -> Self {
        Self(RwLock::new((SaleState::OnSale, None)))
    }
}

impl News {
    /// Takes over how the sale stands, and what is left.
    pub(super) fn take(&self, sale: SaleState, seats: SeatsLeft) -> Concerns {
        let mut known = self.0.write();
        let (was, left) = std::mem::replace(&mut *known, (sale, Some(seats)));
        if was != sale && (was.is_news() || sale.is_news()) {
            Concerns::Everybody
        } else if left != known.1 {
            Concerns::Lookers
        } else {
            Concerns::Nobody
        }
    }

    /// How the concert's sale stood when it was looked at last, if that is news to those who wait.
    pub fn sale(&self) -> Option<SaleState> {
        Some(self.0.read().0).filter(|sale| sale.is_news())
    }

    /// What was left when it was looked at last; none before the first look.
    pub fn seats(&self) -> Option<SeatsLeft> {
        self.0.read().1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Concerns, News};
    use crate::queue::sale_state::{Left, SaleState};
    use crate::queue::seats_left::{DateAwaitedView, SeatsLeft};

    #[test]
    fn that_nothing_is_left_concerns_everybody_and_a_seat_less_only_who_looks() {
        let news = News::default();
        let left = |left| {
            let performance_id = uuid::Uuid::nil();
            SeatsLeft::of(&[DateAwaitedView { performance_id, sale: SaleState::OnSale, left, grades: vec![] }])
        };
        assert_eq!(news.take(SaleState::OnSale, left(Left::Available)), Concerns::Lookers);
        assert_eq!(news.take(SaleState::OnSale, left(Left::Available)), Concerns::Nobody);
        assert_eq!(news.take(SaleState::OnSale, left(Left::Few)), Concerns::Lookers);
        assert_eq!(news.take(SaleState::SoldOut, left(Left::SoldOut)), Concerns::Everybody);
        assert_eq!((news.sale(), news.seats()), (Some(SaleState::SoldOut), Some(left(Left::SoldOut))));
        assert_eq!(news.take(SaleState::OnSale, left(Left::Few)), Concerns::Everybody, "one came back");
        assert_eq!(news.sale(), None);
    }
}
