//! However a refund is cut into pieces, and whoever bears them, it is divided without remainder.

use std::collections::BTreeMap;

use kernel::{Id, Money};
use proptest::prelude::*;

use crate::claim::division::{Ground, parts};
use crate::claim::model::Bearer;
use crate::promotion::model::{Applied, Payer};
use crate::settings::Settings;
use crate::testing::CURRENCY;

fn rand(minor: i64) -> Money {
    Money::new(minor, CURRENCY)
}

fn gift(payer: Payer, goods: i64) -> Applied {
    let (promotion, name) = (Id::from_raw(1), String::new());
    Applied { promotion, name, code: None, payer, goods: rand(goods), delivery: rand(0) }
}

prop_compose! {
    fn ground()(
        goods in 1_i64..50_000, platform in 0_i64..=100, merchant in 0_i64..=100, coins in 0_i64..=100,
        coin in 1_i64..50, commission in 0_i64..=30, earned in 0_u32..200, purse in 0_u32..200,
    ) -> Ground {
        let by_platform = goods * platform / 100;
        let by_merchant = (goods - by_platform) * merchant / 100;
        let net = goods - by_platform - by_merchant;
        let commission = (goods - by_merchant) * commission / 100;
        Ground {
            goods: rand(goods),
            discounts: vec![gift(Payer::Platform, by_platform), gift(Payer::Merchant, by_merchant)],
            coins: u32::try_from(net * coins / 100 / coin).unwrap(),
            coin: rand(coin),
            commission: rand(commission),
            commission_vat: rand(commission * 15 / 115),
            paid: net,
            buyer: Id::from_raw(5),
            earned,
            purse,
        }
    }
}

fn bearer(number: u8) -> Bearer {
    Bearer::ALL[usize::from(number) % Bearer::ALL.len()].0
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nobody_has_more_than_was_paid(
        ground in ground(), cuts in prop::collection::vec((0_i64..60_000, 0_u8..3), 1..8),
    ) {
        let settings = Settings::default();
        let (mut goods, mut buyer, mut coins, mut platform, mut commission, mut earned) = (0, 0, 0, 0, 0, 0);
        for (piece, by) in cuts {
            let piece = piece.min(ground.goods.minor() - goods);
            let granted = BTreeMap::from([(bearer(by), piece)]);
            for part in parts(&ground, &granted, (goods, buyer), &settings).unwrap() {
                prop_assert_eq!(part.sold, part.platform + part.money + part.coins);
                prop_assert!(part.money >= 0 && part.coins >= 0 && part.platform >= 0);
                prop_assert!(part.sold <= part.goods);
                prop_assert!((0..=part.sold).contains(&part.commission));
                prop_assert!((0..=part.commission).contains(&part.commission_vat));
                prop_assert!(part.bearer == Bearer::Merchant || part.commission == 0);
                prop_assert_eq!(part.coins % ground.coin.minor(), 0);
                buyer += part.money + part.coins;
                coins += part.coins;
                platform += part.platform;
                commission += part.commission;
                earned += part.earned;
            }
            goods += piece;
        }
        prop_assert!(goods <= ground.goods.minor());
        prop_assert!(buyer <= ground.paid);
        prop_assert!(coins <= i64::from(ground.coins) * ground.coin.minor());
        let gift = ground.discounts[0].goods.minor();
        prop_assert!(platform <= gift);
        prop_assert!(commission <= ground.commission.minor());
        prop_assert!(earned <= i64::from(ground.earned) * settings.coins.value_minor);
    }

    /// All of it at once is all of it.
    #[test]
    fn all_goods_are_all_that_was_paid_for_them(ground in ground()) {
        let granted = BTreeMap::from([(Bearer::Merchant, ground.goods.minor())]);
        let parts = parts(&ground, &granted, (0, 0), &Settings::default()).unwrap();
        prop_assert_eq!(parts[0].money + parts[0].coins, ground.paid);
        prop_assert_eq!(parts[0].coins, i64::from(ground.coins) * ground.coin.minor());
        prop_assert_eq!(parts[0].platform, ground.discounts[0].goods.minor());
        prop_assert_eq!(parts[0].commission, ground.commission.minor().min(parts[0].sold));
    }
}

/// What two bear is what one would have borne, but for a cent that is rounded.
#[test]
fn the_commission_comes_back_only_from_what_the_merchant_bears() {
    let ground = Ground {
        goods: rand(10_000),
        discounts: vec![gift(Payer::Platform, 1_000), gift(Payer::Merchant, 2_000)],
        coins: 30,
        coin: rand(10),
        commission: rand(1_200),
        commission_vat: rand(157),
        paid: 7_000,
        buyer: Id::from_raw(5),
        earned: 20,
        purse: 7,
    };
    let granted = BTreeMap::from([(Bearer::Platform, 5_000), (Bearer::Merchant, 5_000)]);
    let found = parts(&ground, &granted, (0, 0), &Settings::default()).unwrap();
    let seen: Vec<_> = found
        .iter()
        .map(|it| {
            (it.bearer, it.sold, it.commission, it.commission_vat, it.platform, it.money, it.coins, it.earned)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Bearer::Merchant, 4_000, 600, 78, 500, 3_350, 150, 70),
            (Bearer::Platform, 4_000, 0, 0, 500, 3_350, 150, 0),
        ]
    );
}
