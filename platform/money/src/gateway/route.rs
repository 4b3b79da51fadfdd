//! To which gateway a payment goes: the cheapest by what a success costs there. Pure.

use guard::BreakerState;
use kernel::Money;

use super::account::Account;
use super::health::View;
use crate::payment::limits::EXPLORE_ONE_IN;
use crate::payment::model::Method;

/// A gateway and how it does.
pub type Candidate<'a> = (&'a Account, View);

/// Why no gateway was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nowhere {
    /// There is none for this method, currency and amount.
    None,
    /// All of them are left alone for now.
    Down,
}

/// `avoid` is a gateway that said no a moment ago: taken only where there is no other.
pub fn choose(
    candidates: &[Candidate<'_>],
    method: Method,
    amount: Money,
    payment: i64,
    avoid: Option<i64>,
) -> Result<i64, Nowhere> {
    let takes = |(account, _): &&Candidate<'_>| {
        account.enabled
            && account.method == method
            && account.currency == amount.currency()
            && account.amount_max.is_none_or(|most| amount.minor() <= most)
    };
    let eligible: Vec<&Candidate<'_>> = candidates.iter().filter(takes).collect();
    if eligible.is_empty() {
        return Err(Nowhere::None);
    }
    let mut open: Vec<&Candidate<'_>> =
        eligible.into_iter().filter(|(_, view)| view.breaker != BreakerState::Open).collect();
    if open.iter().any(|(account, _)| Some(account.number) != avoid) {
        open.retain(|(account, _)| Some(account.number) != avoid);
    }
    // A few go elsewhere, so that a gateway that got better is noticed.
    if open.len() > 1 && dice(payment, -1).is_multiple_of(EXPLORE_ONE_IN) {
        let explored = open.iter().min_by_key(|(account, _)| dice(payment, account.number));
        return explored.map(|(account, _)| account.number).ok_or(Nowhere::Down);
    }
    let best = open.iter().min_by_key(|(account, view)| {
        (score(account, *view, amount), account.priority, dice(payment, account.number))
    });
    best.map(|(account, _)| account.number).ok_or(Nowhere::Down)
}

/// What a success is expected to cost. One is added so that gateways that cost nothing differ too.
fn score(account: &Account, view: View, amount: Money) -> i128 {
    (i128::from(account.cost(amount)) + 1) * 1_000 / i128::from(view.counters.per_mille())
}

/// The same for the same payment and gateway, and otherwise even.
fn dice(payment: i64, gateway: i64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&payment.to_be_bytes());
    bytes[8..].copy_from_slice(&gateway.to_be_bytes());
    let hash = blake3::hash(&bytes);
    u64::from_be_bytes(std::array::from_fn(|place| hash.as_bytes()[place]))
}

#[cfg(test)]
mod tests {
    use kernel::Currency;
    use kernel::jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::gateway::health::Counters;

    fn account(number: i64, fixed: i64, basis_points: i64) -> Account {
        Account {
            number,
            adapter: "simulated".into(),
            name: "Test".into(),
            method: Method::Card,
            currency: Currency::ETB,
            url: String::new(),
            secrets: Vec::new(),
            fixed,
            basis_points,
            enabled: true,
            priority: 0,
            amount_max: None,
            version: 1,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn doing(failures: usize, breaker: BreakerState) -> View {
        let counters = (0..failures).fold(Counters::default(), |counters, _| counters.record(false));
        View { counters, breaker, forged: 0 }
    }

    /// A payment that explores nothing.
    const PLAIN: i64 = 3;

    #[test]
    fn the_cheapest_success_is_chosen() {
        assert!(!dice(PLAIN, -1).is_multiple_of(EXPLORE_ONE_IN));
        let fine = doing(0, BreakerState::Closed);
        let bad = doing(20, BreakerState::Closed);
        let down = doing(0, BreakerState::Open);
        let probing = doing(0, BreakerState::HalfOpen);
        let amount = Money::new(10_000, Currency::ETB);
        let off = Account { enabled: false, ..account(2, 0, 0) };
        let small = Account { amount_max: Some(9_999), ..account(2, 0, 0) };
        let preferred = Account { priority: -1, ..account(2, 0, 100) };
        for (name, first, second, avoid, expected) in [
            ("cheaper", (account(1, 0, 250), fine), (account(2, 0, 150), fine), None, Ok(2)),
            ("fixed counts", (account(1, 50, 100), fine), (account(2, 0, 140), fine), None, Ok(2)),
            ("fails too often", (account(1, 0, 250), fine), (account(2, 0, 150), bad), None, Ok(1)),
            ("left alone", (account(1, 0, 900), fine), (account(2, 0, 0), down), None, Ok(1)),
            ("tried again", (account(1, 0, 900), fine), (account(2, 0, 0), probing), None, Ok(2)),
            ("switched off", (account(1, 0, 900), fine), (off.clone(), fine), None, Ok(1)),
            ("too large", (account(1, 0, 900), fine), (small, fine), None, Ok(1)),
            ("avoided", (account(1, 0, 900), fine), (account(2, 0, 0), fine), Some(2), Ok(1)),
            ("avoided, but alone", (account(1, 0, 900), down), (account(2, 0, 0), fine), Some(2), Ok(2)),
            ("all down", (account(1, 0, 900), down), (account(2, 0, 0), down), None, Err(Nowhere::Down)),
            ("preferred", (account(1, 0, 100), fine), (preferred, fine), None, Ok(2)),
        ] {
            let candidates = [(&first.0, first.1), (&second.0, second.1)];
            assert_eq!(choose(&candidates, Method::Card, amount, PLAIN, avoid), expected, "{name}");
        }
        let one = account(1, 0, 0);
        let candidates = [(&one, fine)];
        let none = Err(Nowhere::None);
        assert_eq!(choose(&candidates, Method::MobileMoney, amount, PLAIN, None), none);
        assert_eq!(choose(&candidates, Method::Card, Money::new(5, Currency::USD), PLAIN, None), none);
        assert_eq!(choose(&[(&off, fine)], Method::Card, amount, PLAIN, None), none);
    }

    proptest! {
        /// The order of the list makes no difference, and the same payment always goes the same way.
        #[test]
        fn it_is_the_same_each_time(payment in any::<i64>(), costs in prop::collection::vec(0i64..3, 1..6)) {
            let accounts: Vec<Account> = (1..).zip(&costs).map(|(n, cost)| account(n, *cost, 0)).collect();
            let fine = doing(0, BreakerState::Closed);
            let mut candidates: Vec<_> = accounts.iter().map(|it| (it, fine)).collect();
            let amount = Money::new(10_000, Currency::ETB);
            let chosen = choose(&candidates, Method::Card, amount, payment, None);
            candidates.reverse();
            prop_assert_eq!(choose(&candidates, Method::Card, amount, payment, None), chosen);
        }
    }

    #[test]
    fn a_small_share_explores_and_equals_share_alike() {
        let fine = doing(0, BreakerState::Closed);
        let amount = Money::new(10_000, Currency::ETB);
        let count = |first: &Account, second: &Account| {
            let candidates = [(first, fine), (second, fine)];
            let chosen = |payment: &i64| choose(&candidates, Method::Card, amount, *payment, None) == Ok(2);
            (0..10_000i64).filter(chosen).count()
        };
        let dear = count(&account(1, 0, 0), &account(2, 0, 900));
        assert!((50..200).contains(&dear), "{dear}");
        let equal = count(&account(1, 0, 0), &account(2, 0, 0));
        assert!((4_500..5_500).contains(&equal), "{equal}");
    }
}
