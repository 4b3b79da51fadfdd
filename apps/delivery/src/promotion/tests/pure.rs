use kernel::{Currency, Id, Money};
use proptest::prelude::*;

use super::{at, promotion};
use crate::promotion::apply::{self, Basis};
use crate::promotion::clawback::{Refund, divide};
use crate::promotion::coins;
use crate::promotion::model::{Applied, Benefit, Payer, Promotion};
use crate::promotion::referral::model::{Word, WordView, tier};
use crate::settings::Settings;

const TENTH: Benefit = Benefit::Percent { share_bp: 1_000, max_minor: None };

fn rand(minor: i64) -> Money {
    Money::new(minor, Currency::ZAR)
}

fn basis(codes: &[String]) -> Basis<'_> {
    Basis {
        goods: rand(10_000),
        delivery: rand(3_000),
        store: Id::from_raw(7),
        is_first_order: false,
        codes,
        now: at(1_000),
    }
}

#[test]
fn a_promotion_holds_or_says_why_not() {
    type Change = fn(&mut Promotion);
    let rows: [(&str, Change, Option<&str>); 14] = [
        ("as it is", |_| {}, None),
        ("closed", |it| it.is_closed = true, Some("code_over")),
        ("ended just now", |it| it.terms.until = Some(at(1_000)), Some("code_over")),
        ("ends in a second", |it| it.terms.until = Some(at(1_001)), None),
        ("begins in a second", |it| it.terms.from = at(1_001), Some("code_not_yet")),
        ("of another store", |it| it.terms.stores = vec![Id::from_raw(8)], Some("code_elsewhere")),
        ("of this store too", |it| it.terms.stores = vec![Id::from_raw(8), Id::from_raw(7)], None),
        ("of a first order", |it| it.terms.first_order_only = true, Some("code_first_order")),
        ("of a larger basket", |it| it.terms.minimum_minor = 10_001, Some("code_minimum")),
        ("of such a basket", |it| it.terms.minimum_minor = 10_000, None),
        ("used up", |it| (it.terms.uses_max, it.uses) = (Some(3), 3), Some("code_used_up")),
        ("all given", |it| (it.terms.budget_minor, it.spent_minor) = (Some(9), 9), Some("code_used_up")),
        ("had", |it| (it.terms.per_person_max, it.uses_by_person) = (Some(1), 1), Some("code_used")),
        ("had once", |it| (it.terms.per_person_max, it.uses_by_person) = (Some(2), 1), None),
    ];
    for (name, change, expected) in rows {
        let mut made = promotion(1, TENTH, change);
        let silent = apply::apply(&[made.clone()], &basis(&[])).unwrap();
        assert_eq!(silent.applied.len(), usize::from(expected.is_none()), "{name}");
        made.terms.code = Some("CODE".into());
        let codes = ["CODE".to_owned()];
        let said = apply::apply(&[made], &basis(&codes));
        assert_eq!(said.err().map(|refusal| refusal.faults()[0].code), expected, "{name}");
    }
}

#[test]
fn codes_are_named_with_their_faults() {
    let known = promotion(1, TENTH, |it| it.terms.code = Some("KNOWN".into()));
    let codes = ["KNOWN", "LOST", "FAR", "ONE-MORE"].map(str::to_owned);
    let refusal = apply::apply(std::slice::from_ref(&known), &basis(&codes)).unwrap_err();
    let faults: Vec<(&str, &str)> =
        refusal.faults().iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
    let expected = [("/codes/1", "unknown_code"), ("/codes/2", "unknown_code"), ("/codes/3", "too_many")];
    assert_eq!(faults, expected);
    assert!(apply::apply(&[known], &basis(&[])).unwrap().applied.is_empty(), "nobody named it");
}

#[test]
fn the_buyer_gets_the_best_of_what_is_allowed() {
    let stacks = |it: &mut Promotion| it.terms.stacks = true;
    let merchants = |it: &mut Promotion| (it.terms.stacks, it.terms.payer) = (true, Payer::Merchant);
    let amount = |minor| Benefit::Amount { minor };
    let capped = Benefit::Percent { share_bp: 5_000, max_minor: Some(1_200) };
    /// Promotion, off the goods, off the delivery fee.
    type Off = (i64, i64, i64);
    let rows: [(&str, Vec<Promotion>, &[Off]); 8] = [
        ("alone", vec![promotion(1, TENTH, |_| {})], &[(1, 1_000, 0)]),
        (
            "the better one",
            vec![promotion(1, TENTH, |_| {}), promotion(2, amount(1_001), |_| {})],
            &[(2, 1_001, 0)],
        ),
        ("the earlier one", vec![promotion(2, TENTH, |_| {}), promotion(1, TENTH, |_| {})], &[(1, 1_000, 0)]),
        (
            "those that stack, if they are more",
            vec![
                promotion(1, TENTH, stacks),
                promotion(2, Benefit::FreeDelivery, stacks),
                promotion(3, amount(3_999), |_| {}),
            ],
            &[(1, 1_000, 0), (2, 0, 3_000)],
        ),
        (
            "the one, if it is more",
            vec![
                promotion(1, TENTH, stacks),
                promotion(2, Benefit::FreeDelivery, stacks),
                promotion(3, amount(4_001), |_| {}),
            ],
            &[(3, 4_001, 0)],
        ),
        ("capped", vec![promotion(1, capped, |_| {})], &[(1, 1_200, 0)]),
        (
            "never more than there is",
            vec![
                promotion(1, amount(8_000), stacks),
                promotion(2, amount(8_000), stacks),
                promotion(3, TENTH, stacks),
            ],
            &[(1, 8_000, 0), (2, 2_000, 0)],
        ),
        (
            "a merchant gives no more than the goods bring",
            vec![promotion(1, amount(9_000), merchants), promotion(2, Benefit::FreeDelivery, merchants)],
            &[(1, 9_000, 0), (2, 0, 1_000)],
        ),
    ];
    for (name, promotions, expected) in rows {
        let chosen = apply::apply(&promotions, &basis(&[])).unwrap();
        let found: Vec<(i64, i64, i64)> = chosen
            .applied
            .iter()
            .map(|its| (its.promotion.raw(), its.goods.minor(), its.delivery.minor()))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
    let coded = promotion(2, amount(5), |it| it.terms.code = Some("FIVE".into()));
    let codes = ["FIVE".to_owned()];
    let chosen = apply::apply(&[promotion(1, TENTH, |_| {}), coded], &basis(&codes)).unwrap();
    assert_eq!((chosen.applied[0].promotion, &chosen.passed_over[..]), (Id::from_raw(1), &codes[..]));
}

fn given(payer: Payer, goods: i64) -> Applied {
    let (name, code) = ("P".to_owned(), None);
    Applied { promotion: Id::from_raw(1), name, code, payer, goods: rand(goods), delivery: rand(500) }
}

proptest! {
    /// However an order is paid back, in the end everything has gone back once.
    #[test]
    fn refunds_add_up(
        pieces in prop::collection::vec(1..5_000_i64, 1..10), platform in 0..1_000_u32, merchant in 0..1_000_u32,
        earned in 0..500_u32, spent in 0..500_u32,
    ) {
        let goods: i64 = pieces.iter().sum();
        let discounts = [
            given(Payer::Platform, goods * i64::from(platform) / 2_000),
            given(Payer::Merchant, goods * i64::from(merchant) / 2_000),
        ];
        let settings = Settings::default();
        let who = Id::from_raw(5);
        let (mut before, mut sums, mut purse) = (0, [0_i64; 5], earned);
        for piece in &pieces {
            let refund = Refund { goods: rand(goods), before: rand(before), after: rand(before + piece) };
            before += piece;
            let division = divide(&refund, &discounts).unwrap();
            let parts = [division.buyer, division.platform, division.merchant].map(Money::minor);
            prop_assert_eq!(parts.iter().sum::<i64>(), *piece);
            prop_assert!(parts.iter().all(|part| *part >= 0));
            let taken = coins::take_back(&settings, who, (earned, purse), &refund).unwrap();
            let taken = taken.map_or(0, |it| coins::coins_in(&settings, it.amount));
            purse -= taken;
            let back = coins::give_back(&settings, who, spent, &refund).unwrap();
            let back = back.map_or(0, |it| coins::coins_in(&settings, it.amount));
            let all = [parts[0], parts[1], parts[2], taken.into(), back.into()];
            sums.iter_mut().zip(all).for_each(|(sum, part)| *sum += part);
        }
        let [_, by_platform, by_merchant, taken, back] = sums;
        prop_assert_eq!(by_platform, discounts[0].goods.minor());
        prop_assert_eq!(by_merchant, discounts[1].goods.minor());
        prop_assert_eq!((taken, back), (i64::from(earned), i64::from(spent)));
    }
}

#[test]
fn coins_move_between_accounts() {
    let (settings, who) = (Settings::default(), Id::from_raw(5));
    for (paid, coins) in [(0, 0), (999, 0), (1_000, 1), (12_345, 12), (-5, 0)] {
        assert_eq!(coins::earned(&settings, rand(paid)), coins, "for {paid}");
    }
    let refund = Refund { goods: rand(100), before: rand(0), after: rand(50) };
    let sides = [
        (coins::earn(&settings, who, 12), Some(("rewards", 0, "coins", 5, 120))),
        (coins::spend(&settings, who, 9, 12), Some(("coins", 5, "buyer_funds", 9, 120))),
        (coins::take_back(&settings, who, (12, 100), &refund), Some(("coins", 5, "rewards", 0, 60))),
        (coins::take_back(&settings, who, (12, 2), &refund), Some(("coins", 5, "rewards", 0, 20))),
        (coins::take_back(&settings, who, (12, 0), &refund), None),
        (coins::give_back(&settings, who, 9, &refund), Some(("refunds", 0, "coins", 5, 40))),
        (coins::expire(&settings, who, 3), Some(("coins", 5, "rewards", 0, 30))),
        (coins::earn(&settings, who, 0), None),
    ];
    for (movement, expected) in sides {
        let found = movement
            .unwrap()
            .map(|it| (it.debit.code, it.debit.owner, it.credit.code, it.credit.owner, it.amount.minor()));
        assert_eq!(found, expected);
    }
}

#[test]
fn the_more_people_the_larger_the_share() {
    let settings = Settings::default();
    for (people, share_bp) in [
        (0, None),
        (1, Some(500)),
        (5, Some(500)),
        (6, Some(1_000)),
        (15, Some(1_000)),
        (16, Some(1_500)),
        (50, Some(1_500)),
        (51, Some(2_000)),
        (u32::MAX, Some(2_000)),
    ] {
        assert_eq!(tier(&settings, people).map(|tier| tier.share_bp), share_bp, "{people}");
    }
    for (brought, share_bp, more_from) in [(0, 500, Some(6)), (5, 1_000, Some(16)), (50, 2_000, None)] {
        let word = Word { person: Id::from_raw(1), code: "A".into(), brought };
        let view = WordView::new(&word, &settings);
        assert_eq!((view.share_bp, view.more_from), (share_bp, more_from), "{brought}");
    }
}
