use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Id, Money, SequentialIds};
use proptest::prelude::*;

use super::{at, inputs, promotion};
use crate::fee::decide;
use crate::fee::model::{Inputs, Quote};
use crate::fee::quote::{coins_max, delivery_fee, quote, vat_within};
use crate::promotion::model::{Benefit, Payer, Promotion};
use crate::settings::{FeeRule, ServiceRule, Settings};

fn settings() -> impl Strategy<Value = Settings> {
    let fee = (0..9_000_i64, 0..2_000_i64, 0..9_000_i64, prop::option::of(1..200_000_i64)).prop_map(
        |(base_minor, per_km_minor, above, free_above_minor)| FeeRule {
            base_minor,
            per_km_minor,
            cap_minor: base_minor + above,
            free_above_minor,
        },
    );
    let service = (0..1_000_u32, 0..500_i64, 0..2_000_i64).prop_map(|(share_bp, min_minor, above)| {
        ServiceRule { share_bp, min_minor, max_minor: min_minor + above }
    });
    (fee, service, 0..=2_500_u32, 0..=10_000_u32, 1..50_i64).prop_map(
        |(fee, service, vat_bp, share_bp, coin)| {
            let mut settings = Settings { fee, service, vat_bp, ..Settings::default() };
            settings.rider.share_bp = share_bp;
            settings.coins.value_minor = coin;
            settings
        },
    )
}

fn promotions() -> impl Strategy<Value = Vec<Promotion>> {
    let benefit = prop_oneof![
        (1..=10_000_u32, prop::option::of(1..5_000_i64))
            .prop_map(|(share_bp, max_minor)| Benefit::Percent { share_bp, max_minor }),
        (1..50_000_i64).prop_map(|minor| Benefit::Amount { minor }),
        Just(Benefit::FreeDelivery),
    ];
    let payer = prop_oneof![Just(Payer::Platform), Just(Payer::Merchant)];
    let one = (benefit, payer, any::<bool>(), prop::option::of(1..9_000_i64));
    prop::collection::vec(one, 0..5).prop_map(|them| {
        let made = them.into_iter().enumerate().map(|(place, (benefit, payer, stacks, budget))| {
            let mut made = promotion(place as i64 + 1, benefit, payer);
            (made.terms.stacks, made.terms.budget_minor) = (stacks, budget);
            made
        });
        made.collect()
    })
}

fn carts() -> impl Strategy<Value = Inputs> {
    let lines = prop::collection::vec((0..30_000_i64, 1..=9_u32), 1..8);
    (lines, 0..30_000_u32, 10_000..=30_000_u32, 0..=10_000_u32, 0..=50_000_i64).prop_map(
        |(lines, distance_m, factor_bp, commission_bp, tip_minor)| {
            let units: Vec<i64> = lines.iter().map(|(unit, _)| *unit).collect();
            let mut made = Inputs { factor_bp, commission_bp, ..inputs(&units, distance_m) };
            for (line, (_, quantity)) in made.cart.lines.iter_mut().zip(&lines) {
                line.quantity = *quantity;
            }
            made.cart.tip_minor = tip_minor;
            made
        },
    )
}

fn amounts(quote: &Quote) -> [Money; 16] {
    let (sources, shares) = (quote.sources, quote.shares);
    [
        quote.goods,
        quote.delivery_fee,
        quote.delivery_waived,
        quote.service_fee,
        quote.discount,
        quote.tip,
        quote.total,
        quote.vat,
        quote.commission,
        sources.buyer,
        sources.coins,
        sources.platform,
        shares.merchant,
        shares.rider,
        shares.platform,
        quote.goods,
    ]
}

proptest! {
    /// The total is the sum of its parts; who pays and who gets it are two ways to divide one sum; and
    /// nobody is ever asked for less than nothing.
    #[test]
    fn nothing_is_lost_or_made(
        settings in settings(), inputs in carts(), promotions in promotions(), coined in 0..=100_u32,
    ) {
        let mut inputs = inputs;
        let first = quote(&settings, &inputs, &promotions).unwrap();
        let taxed = first.total.minus(first.tip).unwrap();
        inputs.cart.coins = (u64::from(coins_max(&settings, taxed).unwrap()) * u64::from(coined) / 100) as u32;
        let quote = quote(&settings, &inputs, &promotions).unwrap();
        let minor = Money::minor;
        let parts = minor(quote.goods) + minor(quote.delivery_fee) - minor(quote.delivery_waived)
            + minor(quote.service_fee) - minor(quote.discount) + minor(quote.tip);
        prop_assert_eq!(minor(quote.total), parts);
        prop_assert_eq!(minor(quote.sources.buyer) + minor(quote.sources.coins), minor(quote.total));
        let sources = minor(quote.sources.buyer) + minor(quote.sources.coins) + minor(quote.sources.platform);
        let shares = minor(quote.shares.merchant) + minor(quote.shares.rider) + minor(quote.shares.platform);
        prop_assert_eq!(sources, shares);
        for amount in amounts(&quote) {
            prop_assert!(!amount.is_negative(), "{:?}", quote);
        }
        let off: i64 = quote.discounts.iter().map(|its| minor(its.total().unwrap())).sum();
        prop_assert_eq!(off, minor(quote.discount));
        prop_assert!(minor(quote.delivery_fee) <= settings.fee.cap_minor);
        let is_free = settings.fee.free_above_minor.is_some_and(|from| minor(quote.goods) >= from);
        prop_assert_eq!(minor(quote.delivery_waived), if is_free { minor(quote.delivery_fee) } else { 0 });
        prop_assert_eq!(quote.vat, vat_within(taxed, settings.vat_bp).unwrap());
        for promotion in &promotions {
            let given: i64 = quote.discounts.iter().filter(|its| its.promotion == promotion.id)
                .map(|its| minor(its.total().unwrap())).sum();
            prop_assert!(promotion.terms.budget_minor.is_none_or(|budget| given <= budget));
        }
    }

    #[test]
    fn the_fee_never_falls_with_the_way_or_what_is_asked_for(
        settings in settings(), near in 0..60_000_u32, further in 0..60_000_u32,
        low in 10_000..40_000_u32, higher in 0..10_000_u32,
    ) {
        let fee = |distance_m, factor_bp| delivery_fee(&settings, distance_m, factor_bp).unwrap().minor();
        prop_assert!(fee(near, low) <= fee(near + further, low));
        prop_assert!(fee(near, low) <= fee(near, low + higher));
        prop_assert!((0..=settings.fee.cap_minor).contains(&fee(near + further, low + higher)));
    }

    /// Within half a unit of what no coin exists for.
    #[test]
    fn vat_is_exact(minor in 0..1_000_000_000_i64, vat_bp in 0..=5_000_u32) {
        let vat = vat_within(Settings::default().money(minor), vat_bp).unwrap().minor();
        let whole = i64::from(10_000 + vat_bp);
        prop_assert!((2 * (vat * whole - minor * i64::from(vat_bp))).abs() <= whole);
        prop_assert!((0..=minor).contains(&vat));
    }

    /// What was quoted is charged, to the buyer it was quoted for and for the cart it was quoted for.
    #[test]
    fn what_is_quoted_is_charged(settings in settings(), inputs in carts(), promotions in promotions(), seconds in 0..1_200_i64) {
        let quoted = quote(&settings, &inputs, &promotions).unwrap();
        let ids = SequentialIds::starting_at(5);
        let ctx = Ctx { now: at(1_000), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
        let (buyer, other) = (Id::from_raw(11), Id::from_raw(12));
        let (_, stored) = decide::keep(quoted.clone(), inputs.clone(), buyer, &settings, &ctx);
        let charge = |cart, buyer| decide::charge(&stored, cart, buyer, 99, at(1_000 + seconds));
        match charge(&inputs.cart, buyer) {
            Ok((charged, _)) => {
                prop_assert!(seconds < 600);
                prop_assert_eq!(charged, &quoted);
            }
            Err(refusal) => {
                prop_assert!(seconds >= 600);
                prop_assert_eq!(refusal.code(), "quote_expired");
                return Ok(());
            }
        }
        prop_assert_eq!(charge(&inputs.cart, other).unwrap_err().code(), "not_found");
        let mut changes = vec![inputs.cart.clone(); 6];
        changes[0].lines[0].quantity += 1;
        changes[1].tip_minor += 1;
        changes[2].coins += 1;
        changes[3].store = Id::from_raw(8);
        changes[4].codes.push("MORE".into());
        changes[5].lines[0].options.push('x');
        for cart in &changes {
            prop_assert_eq!(charge(cart, buyer).unwrap_err().code(), "cart_changed");
        }
    }
}
