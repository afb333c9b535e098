//! What follows from a provider's word, and when it is asked again. Pure.

use crate::checkout::providers::{Seen, Standing};
use crate::checkout::record::{Checkout, CheckoutState, Mismatch};
use crate::clock::Instant;

/// What a provider's word does to a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// It comes to this state; no money moves.
    Become(CheckoutState),
    /// The money is put on the balance.
    Credit,
    /// There is money, but it is not what was asked for.
    Dispute(Mismatch),
}

/// How long after its end a checkout is still asked after: money may come late.
const ASKED_AFTER_MS: i64 = 7 * 24 * 3_600_000;

/// What this word does. Paid and disputed are ends: no word changes them.
pub fn step(of: &Checkout, seen: &Seen, now: Instant) -> Step {
    let becomes = |state| if of.state == state { Step::Stay } else { Step::Become(state) };
    match (of.state, seen.standing) {
        (CheckoutState::Paid | CheckoutState::Disputed, _) => Step::Stay,
        (_, Standing::Paid) => mismatch(of, seen).map_or(Step::Credit, Step::Dispute),
        // What came to an end otherwise stays so, unless money comes.
        (CheckoutState::Failed | CheckoutState::Cancelled | CheckoutState::Expired, _) => Step::Stay,
        (_, Standing::Failed) => becomes(CheckoutState::Failed),
        (_, Standing::Cancelled) => becomes(CheckoutState::Cancelled),
        (_, Standing::Expired) => becomes(CheckoutState::Expired),
        (CheckoutState::Created | CheckoutState::Pending, Standing::Open) if now >= of.ends_at => {
            becomes(CheckoutState::Expired)
        }
        (CheckoutState::Created | CheckoutState::Pending, Standing::Open) => Step::Stay,
    }
}

fn mismatch(of: &Checkout, seen: &Seen) -> Option<Mismatch> {
    let differs = |ours: &Option<String>, theirs: &Option<String>| match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours != theirs,
        // What one side does not know cannot be compared; a provider that tells its accounts always does.
        (None, _) => false,
        (Some(_), None) => true,
    };
    match () {
        () if !seen.is_ours => Some(Mismatch::Checkout),
        () if seen.amount != of.amount => Some(Mismatch::Amount),
        () if !seen.currency.eq_ignore_ascii_case(&of.currency) => Some(Mismatch::Currency),
        () if differs(&of.account, &seen.account) => Some(Mismatch::Account),
        () if seen.is_live != of.is_live => Some(Mismatch::Mode),
        () => None,
    }
}

/// When a checkout in this state is asked after next, after it was asked `asked` times: soon at first, then every hour, for
/// a week after its end, however it ended: money may come late. What is paid or in dispute is not asked after any more.
pub fn next_at(of: &Checkout, state: CheckoutState, asked: u32, now: Instant) -> Option<Instant> {
    const FIRST_MS: i64 = 10_000;
    const MOST_MS: i64 = 3_600_000;
    let last = of.ends_at.plus_ms(ASKED_AFTER_MS);
    let next = now.plus_ms((FIRST_MS << asked.min(10)).min(MOST_MS));
    // Its end is told when it comes.
    let next = if now < of.ends_at { next.min(of.ends_at) } else { next };
    match state {
        CheckoutState::Created | CheckoutState::Pending => Some(next),
        CheckoutState::Expired | CheckoutState::Failed | CheckoutState::Cancelled => (next <= last).then_some(next),
        CheckoutState::Paid | CheckoutState::Disputed => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::checkout::record::ProviderName;
    use crate::ids::{CheckoutKey, UserKey};
    use crate::money::Amount;

    fn checkout(state: CheckoutState) -> Checkout {
        Checkout {
            key: CheckoutKey(1),
            id: Uuid::nil(),
            user: UserKey(1),
            provider: ProviderName::Fake,
            account: Some("ours".to_owned()),
            is_live: true,
            amount: Amount(1000),
            currency: "KRW".to_owned(),
            state,
            reference: None,
            redirect_url: None,
            parameters: None,
            wish: None,
            opened_at: Instant(0),
            ends_at: Instant(1_800_000),
            next_at: None,
            asked: 0,
            settled_at: None,
            posting: None,
            payment: None,
            unpaid: None,
            mismatch: None,
            problem: None,
            refunded: Amount(0),
        }
    }

    fn seen(standing: Standing) -> Seen {
        let (amount, currency, account) = (Amount(1000), "krw".to_owned(), Some("ours".to_owned()));
        Seen { standing, is_ours: true, amount, currency, account, is_live: true, reference: None }
    }

    #[test]
    fn what_is_open_is_asked_after_at_its_end_at_the_latest() {
        let open = checkout(CheckoutState::Pending);
        let next = |asked, now| next_at(&open, CheckoutState::Pending, asked, Instant(now)).map(|at| at.0);
        assert_eq!(next(0, 0), Some(10_000));
        assert_eq!([next(8, 1_000_000), next(0, 1_799_999)], [Some(1_800_000); 2], "its end is told when it comes");
        assert_eq!(next(8, 1_800_000), Some(1_800_000 + 2_560_000));
    }

    #[test]
    fn only_our_own_money_is_credited_and_from_every_state_but_the_two_ends() {
        for &state in CheckoutState::ALL {
            let is_end = matches!(state, CheckoutState::Paid | CheckoutState::Disputed);
            let of = checkout(state);
            let paid = seen(Standing::Paid);
            let bent = [
                (Mismatch::Checkout, Seen { is_ours: false, ..paid.clone() }),
                (Mismatch::Amount, Seen { amount: Amount(1001), ..paid.clone() }),
                (Mismatch::Currency, Seen { currency: "JPY".to_owned(), ..paid.clone() }),
                (Mismatch::Account, Seen { account: Some("theirs".to_owned()), ..paid.clone() }),
                (Mismatch::Account, Seen { account: None, ..paid.clone() }),
                (Mismatch::Mode, Seen { is_live: false, ..paid.clone() }),
            ];
            // However late it is.
            for now in [Instant(0), Instant(i64::MAX / 2)] {
                let expected = if is_end { Step::Stay } else { Step::Credit };
                assert_eq!(step(&of, &paid, now), expected, "{state:?}");
                for (mismatch, seen) in &bent {
                    let expected = if is_end { Step::Stay } else { Step::Dispute(*mismatch) };
                    assert_eq!(step(&of, seen, now), expected, "{state:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_open_ends_by_the_providers_word_or_by_time() {
        let of = checkout(CheckoutState::Pending);
        for (standing, state) in [
            (Standing::Failed, CheckoutState::Failed),
            (Standing::Cancelled, CheckoutState::Cancelled),
            (Standing::Expired, CheckoutState::Expired),
        ] {
            assert_eq!(step(&of, &seen(standing), Instant(0)), Step::Become(state));
        }
        let open = seen(Standing::Open);
        assert_eq!(step(&of, &open, Instant(1_799_999)), Step::Stay);
        assert_eq!(step(&of, &open, Instant(1_800_000)), Step::Become(CheckoutState::Expired));
        assert_eq!(step(&checkout(CheckoutState::Failed), &open, Instant(1_800_000)), Step::Stay);
    }

    #[test]
    fn it_is_asked_after_for_a_week_after_its_end() {
        let of = checkout(CheckoutState::Pending);
        let (mut now, mut asked, mut state) = (Instant(0), 0, CheckoutState::Pending);
        while let Some(next) = next_at(&of, state, asked, now) {
            assert!(next > now);
            (now, asked) = (next, asked + 1);
            state = if now >= of.ends_at { CheckoutState::Expired } else { CheckoutState::Pending };
        }
        let days = (now.0 - of.ends_at.0) / (24 * 3_600_000);
        assert!((6..=7).contains(&days) && (100..300).contains(&asked), "{days} days, {asked} times");
        assert_eq!(next_at(&of, CheckoutState::Paid, 0, now), None);
    }
}
