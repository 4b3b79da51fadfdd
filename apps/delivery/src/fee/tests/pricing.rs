use super::{inputs, promotion};
use crate::fee::model::{Inputs, Mode};
use crate::fee::quote::{cancel_charge, coins_max, delivery_fee, quote, vat_within};
use crate::promotion::model::{Benefit, Payer, Promotion};
use crate::settings::{FeeRule, ServiceRule, Settings};

fn settings() -> Settings {
    let fee =
        FeeRule { base_minor: 2_000, per_km_minor: 500, cap_minor: 9_000, free_above_minor: Some(60_000) };
    Settings { fee, ..Settings::default() }
}

#[test]
fn the_fee_grows_with_the_way_up_to_its_cap() {
    for (distance_m, factor_bp, minor) in [
        (0, 10_000, 2_000),
        (1, 10_000, 2_001), // half a cent is one
        (999, 10_000, 2_500),
        (1_000, 10_000, 2_500),
        (4_321, 10_000, 4_161),
        (1_000, 15_000, 3_750),
        (1_001, 13_000, 3_251),
        (14_000, 10_000, 9_000),
        (14_001, 10_000, 9_000),
        (5_000, 20_000, 9_000),
        (1_000, 9_000, 2_500), // what is asked for never makes it cheaper
        (u32::MAX, u32::MAX, 9_000),
    ] {
        let fee = delivery_fee(&settings(), distance_m, factor_bp).unwrap();
        assert_eq!(fee.minor(), minor, "{distance_m} m times {factor_bp}");
    }
}

#[test]
fn vat_is_a_part_of_the_price() {
    for (minor, vat_bp, vat) in
        [(11_500, 1_500, 1_500), (100, 1_500, 13), (1, 1_500, 0), (4, 1_500, 1), (115, 0, 0), (0, 1_500, 0)]
    {
        assert_eq!(vat_within(settings().money(minor), vat_bp).unwrap().minor(), vat, "of {minor}");
    }
}

/// What a quote comes to: total, VAT, buyer, coins and the platform's gifts, then merchant, rider, platform.
type Figures = [i64; 8];

fn figures(settings: &Settings, inputs: &Inputs, promotions: &[Promotion]) -> Figures {
    let quote = quote(settings, inputs, promotions).unwrap();
    let (sources, shares) = (quote.sources, quote.shares);
    [
        quote.total,
        quote.vat,
        sources.buyer,
        sources.coins,
        sources.platform,
        shares.merchant,
        shares.rider,
        shares.platform,
    ]
    .map(kernel::Money::minor)
}

#[test]
fn who_pays_and_who_gets_it() {
    let plain = inputs(&[10_000], 2_000);
    let dear = inputs(&[60_000], 2_000);
    let mut pickup = inputs(&[10_000], 2_000);
    pickup.cart.mode = Mode::Pickup;
    let mut tipped = plain.clone();
    tipped.cart.tip_minor = 1_500;
    let mut coined = plain.clone();
    coined.cart.coins = 100;
    let free_of_commission = Inputs { commission_bp: 0, ..plain.clone() };
    let surge = Inputs { factor_bp: 15_000, ..plain.clone() };
    let service = ServiceRule { share_bp: 500, min_minor: 600, max_minor: 2_000 };
    let served = Settings { service, ..settings() };
    let tenth = |payer| promotion(1, Benefit::Percent { share_bp: 1_000, max_minor: None }, payer);
    let unbrought = |payer| promotion(2, Benefit::FreeDelivery, payer);
    let rows: [(&str, &Settings, &Inputs, Vec<Promotion>, Figures); 11] = [
        ("plain", &settings(), &plain, vec![], [13_000, 1_696, 13_000, 0, 0, 8_500, 2_400, 2_100]),
        // The rider is paid all the same.
        ("free", &settings(), &dear, vec![], [60_000, 7_826, 60_000, 0, 3_000, 51_000, 2_400, 9_600]),
        ("pickup", &settings(), &pickup, vec![], [10_000, 1_304, 10_000, 0, 0, 8_500, 0, 1_500]),
        ("tip", &settings(), &tipped, vec![], [14_500, 1_696, 14_500, 0, 0, 8_500, 3_900, 2_100]),
        ("coins", &settings(), &coined, vec![], [13_000, 1_696, 12_000, 1_000, 0, 8_500, 2_400, 2_100]),
        ("new", &settings(), &free_of_commission, vec![], [13_000, 1_696, 13_000, 0, 0, 10_000, 2_400, 600]),
        ("surge", &settings(), &surge, vec![], [14_500, 1_891, 14_500, 0, 0, 8_500, 3_600, 2_400]),
        ("service", &served, &plain, vec![], [13_600, 1_774, 13_600, 0, 0, 8_500, 2_400, 2_700]),
        (
            "a tenth by the platform",
            &settings(),
            &plain,
            vec![tenth(Payer::Platform)],
            [12_000, 1_565, 12_000, 0, 1_000, 8_500, 2_400, 2_100],
        ),
        (
            "a tenth by the merchant",
            &settings(),
            &plain,
            vec![tenth(Payer::Merchant)],
            [12_000, 1_565, 12_000, 0, 0, 7_650, 2_400, 1_950],
        ),
        (
            "both, and the way",
            &settings(),
            &plain,
            vec![tenth(Payer::Platform), unbrought(Payer::Merchant)],
            [9_000, 1_174, 9_000, 0, 1_000, 5_950, 2_400, 1_650],
        ),
    ];
    for (name, settings, inputs, promotions, expected) in rows {
        assert_eq!(figures(settings, inputs, &promotions), expected, "{name}");
    }
}

#[test]
fn every_fault_of_a_cart_is_named() {
    let fields = |inputs: &Inputs| match quote(&settings(), inputs, &[]) {
        Ok(_) => Vec::new(),
        Err(refusal) => refusal.faults().iter().map(|fault| fault.field.clone()).collect(),
    };
    assert_eq!(fields(&inputs(&[], 0)), ["/lines"]);
    assert_eq!(fields(&inputs(&[1; 51], 0)), ["/lines"]);
    assert!(fields(&inputs(&[1; 50], 0)).is_empty());
    let mut wrong = inputs(&[1, -1, 1, 1], 500_001);
    wrong.cart.lines[0].quantity = 100;
    wrong.cart.lines[2].quantity = 0;
    wrong.cart.lines[2].options = "x".repeat(501);
    wrong.unit_minor.pop();
    wrong.cart.tip_minor = -1;
    let expected =
        ["/lines/0/quantity", "/lines/1", "/lines/2/quantity", "/lines/2/options", "/lines/3", "/to", "/tip"];
    assert_eq!(fields(&wrong), expected);
    let mut pickup = inputs(&[1], 500_001);
    pickup.cart.mode = Mode::Pickup;
    pickup.cart.tip_minor = 1;
    assert_eq!(fields(&pickup), ["/tip"], "nobody brings it");
    let mut coins = inputs(&[10_000], 2_000);
    coins.cart.coins = 651;
    assert_eq!(fields(&coins), ["/coins"]);
    coins.cart.coins = 650;
    assert!(fields(&coins).is_empty());
}

#[test]
fn coins_pay_a_share_in_whole_coins() {
    for (minor, coins) in [(0, 0), (19, 0), (20, 1), (39, 1), (13_000, 650)] {
        assert_eq!(coins_max(&settings(), settings().money(minor)), Ok(coins), "of {minor}");
    }
}

#[test]
fn cancelling_costs_nothing_at_first() {
    for (goods, minutes, minor) in [(10_000, 0, 0), (10_000, 4, 0), (10_000, 5, 1_000), (90_000, 60, 2_000)] {
        let charge = cancel_charge(&settings(), settings().money(goods), minutes).unwrap();
        assert_eq!(charge.minor(), minor, "{goods} after {minutes} min");
    }
}
