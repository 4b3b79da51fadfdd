use proptest::prelude::*;

use super::*;

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -1_000i64..1_000, Just(i64::MIN), Just(i64::MAX)]
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec![Currency::ETB, Currency::RWF, Currency::TND, Currency::USD])
}

fn fits(exact: i128) -> Result<i64, MoneyError> {
    i64::try_from(exact).map_err(|_| MoneyError::OutOfRange)
}

fn etb(minor: i64) -> Money {
    Money::new(minor, Currency::ETB)
}

proptest! {
    #[test]
    fn reckoning_agrees_with_wider_numbers(a in amount(), b in amount()) {
        let (wide_a, wide_b) = (i128::from(a), i128::from(b));
        prop_assert_eq!(etb(a).plus(etb(b)).map(Money::minor), fits(wide_a + wide_b));
        prop_assert_eq!(etb(a).minus(etb(b)).map(Money::minor), fits(wide_a - wide_b));
        prop_assert_eq!(etb(a).times(b).map(Money::minor), fits(wide_a * wide_b));
        prop_assert_eq!(etb(a).negated().map(Money::minor), fits(-wide_a));
        prop_assert_eq!(etb(a).abs().map(Money::minor), fits(wide_a.abs()));
    }

    #[test]
    fn a_percentage_is_the_nearest_whole_number(a in amount(), points in prop_oneof![any::<i64>(), -20_000i64..20_000]) {
        let exact = i128::from(a) * i128::from(points);
        for rounding in [Rounding::HalfEven, Rounding::HalfUp] {
            let Ok(part) = etb(a).basis_points(points, rounding) else {
                prop_assert!(exact.abs() / 10_000 >= i128::from(i64::MAX));
                continue;
            };
            let off = i128::from(part.minor()) * 10_000 - exact;
            prop_assert!(off.abs() <= 5_000);
            if off.abs() == 5_000 {
                match rounding {
                    Rounding::HalfEven => prop_assert_eq!(part.minor() % 2, 0),
                    Rounding::HalfUp => prop_assert_eq!(off.signum(), exact.signum()),
                }
            }
            let mirrored = etb(a).basis_points(points, rounding).and_then(Money::negated);
            if let (Ok(mirrored), Ok(debt)) = (mirrored, etb(a).negated()) {
                prop_assert_eq!(debt.basis_points(points, rounding), Ok(mirrored));
            }
        }
    }

    #[test]
    fn equal_parts_make_up_the_whole(a in amount(), parts in 1usize..300) {
        let split = etb(a).split(parts).unwrap();
        prop_assert_eq!(split.len(), parts);
        prop_assert_eq!(split.iter().map(|part| i128::from(part.minor())).sum::<i128>(), i128::from(a));
        for part in &split {
            let off = i128::from(part.minor()) * parts as i128 - i128::from(a);
            prop_assert!(off.abs() < parts as i128);
        }
        prop_assert_eq!(Ok(split), etb(a).allocate(&vec![1; parts]));
    }

    #[test]
    fn weighted_parts_make_up_the_whole(
        a in amount(),
        weights in prop::collection::vec(prop_oneof![0u64..5, any::<u64>()], 1..40),
    ) {
        let total: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        let parts = etb(a).allocate(&weights);
        if total == 0 {
            prop_assert_eq!(parts, Err(MoneyError::Weights));
            return Ok(());
        }
        let parts = parts.unwrap();
        prop_assert_eq!(parts.iter().map(|part| i128::from(part.minor())).sum::<i128>(), i128::from(a));
        for (part, &weight) in parts.iter().zip(&weights) {
            // |part − a·weight/total| < 1, in whole numbers: the floor of the exact share or one more.
            let exact = u128::from(a.unsigned_abs()) * u128::from(weight);
            let floor = exact / total as u128;
            let magnitude = u128::from(part.minor().unsigned_abs());
            prop_assert!(magnitude == floor || (magnitude == floor + 1 && exact % total as u128 != 0));
            prop_assert!(part.is_zero() || part.is_negative() == (a < 0));
        }
    }

    #[test]
    fn text_and_json_give_the_amount_back(a in amount(), currency in currency()) {
        let money = Money::new(a, currency);
        prop_assert_eq!(money.to_string().parse(), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,40}|-?[0-9]{0,25}[.]?[0-9]{0,4} (ETB|RWF|TND|XXX)") {
        if let Ok(money) = text.parse::<Money>() {
            prop_assert_eq!(money.to_string().parse(), Ok(money));
        }
    }
}

#[test]
fn amounts_read_and_write() {
    let good = [
        ("12.50 ETB", 1_250, "12.50 ETB"),
        ("12.5 ETB", 1_250, "12.50 ETB"),
        ("12 ETB", 1_200, "12.00 ETB"),
        ("-0.01 ETB", -1, "-0.01 ETB"),
        ("007 RWF", 7, "7 RWF"),
        ("-3 RWF", -3, "-3 RWF"),
        ("0.005 TND", 5, "0.005 TND"),
        ("1.2 TND", 1_200, "1.200 TND"),
        ("92233720368547758.07 USD", i64::MAX, "92233720368547758.07 USD"),
        ("-92233720368547758.08 USD", i64::MIN, "-92233720368547758.08 USD"),
    ];
    for (text, minor, shown) in good {
        let money: Money = text.parse().unwrap();
        assert_eq!((money.minor(), money.to_string().as_str()), (minor, shown), "{text}");
    }
    let bad = [
        ("", MoneyError::Text),
        ("12.50", MoneyError::Text),
        ("12. ETB", MoneyError::Text),
        (".5 ETB", MoneyError::Text),
        ("+5 ETB", MoneyError::Text),
        ("--5 ETB", MoneyError::Text),
        ("1,000 ETB", MoneyError::Text),
        ("1e3 ETB", MoneyError::Text),
        ("٣ ETB", MoneyError::Text),
        ("1.234 ETB", MoneyError::Decimals(Currency::ETB)),
        ("1.0 RWF", MoneyError::Decimals(Currency::RWF)),
        ("92233720368547758.08 USD", MoneyError::OutOfRange),
        ("5  ETB", MoneyError::Currency(UnknownCurrency)),
        ("5 etb", MoneyError::Currency(UnknownCurrency)),
    ];
    for (text, error) in bad {
        assert_eq!(text.parse::<Money>(), Err(error), "{text}");
    }
}

#[test]
fn halves_are_rounded_by_the_named_rule() {
    // 50 % of each amount.
    let rows = [(1, 0, 1), (3, 2, 2), (5, 2, 3), (-1, 0, -1), (-3, -2, -2), (-5, -2, -3), (4, 2, 2)];
    for (minor, even, up) in rows {
        assert_eq!(etb(minor).basis_points(5_000, Rounding::HalfEven), Ok(etb(even)), "{minor}");
        assert_eq!(etb(minor).basis_points(5_000, Rounding::HalfUp), Ok(etb(up)), "{minor}");
    }
    assert_eq!(etb(3_000).ratio(11, 30, Rounding::HalfEven), Ok(etb(1_100)));
    assert_eq!(etb(1).ratio(1, 0, Rounding::HalfEven), Err(MoneyError::OutOfRange));
}

#[test]
fn what_does_not_divide_goes_to_the_first_and_the_largest() {
    let minors = |parts: Result<Vec<Money>, MoneyError>| {
        parts.map(|parts| parts.into_iter().map(Money::minor).collect::<Vec<_>>())
    };
    assert_eq!(minors(etb(100).split(3)), Ok(vec![34, 33, 33]));
    assert_eq!(minors(etb(-100).split(3)), Ok(vec![-34, -33, -33]));
    assert_eq!(minors(etb(2).split(4)), Ok(vec![1, 1, 0, 0]));
    assert_eq!(minors(etb(100).allocate(&[1, 0, 2])), Ok(vec![33, 0, 67]));
    assert_eq!(minors(etb(101).allocate(&[50, 30, 20])), Ok(vec![51, 30, 20]));
    assert_eq!(minors(etb(i64::MIN).allocate(&[u64::MAX])), Ok(vec![i64::MIN]));
    assert_eq!(etb(1).split(0), Err(MoneyError::Parts));
    assert_eq!(etb(1).split(MONEY_PARTS_MAX + 1), Err(MoneyError::Parts));
    assert_eq!(etb(1).allocate(&[]), Err(MoneyError::Parts));
}

#[test]
fn currencies_do_not_mix() {
    let (birr, franc) = (etb(1), Money::new(1, Currency::RWF));
    let mixed = MoneyError::Mixed(Currency::ETB, Currency::RWF);
    assert_eq!(birr.plus(franc), Err(mixed));
    assert_eq!(birr.minus(franc), Err(mixed));
    assert_eq!(birr.compare(franc), Err(mixed));
    assert_eq!(Money::sum(Currency::ETB, [birr, franc]), Err(mixed));
    assert_eq!(Refusal::from(mixed).code(), "currencies_mixed");
}

#[test]
fn json_is_minor_units_and_code() {
    assert_eq!(serde_json::to_string(&etb(1_250)).unwrap(), r#"{"amount":1250,"currency":"ETB"}"#);
    for bad in [
        r#"{"amount":12.5,"currency":"ETB"}"#,
        r#"{"amount":"12","currency":"ETB"}"#,
        r#"{"amount":12,"currency":"etb"}"#,
        r#"{"amount":9223372036854775808,"currency":"ETB"}"#,
        r#"{"amount":12}"#,
        r#"{"amount":12,"currency":"ETB","scale":2}"#,
    ] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
    let schema = serde_json::to_value(schemars::schema_for!(Money)).unwrap();
    assert_eq!(schema["properties"]["amount"]["type"], "integer");
    assert_eq!(schema["required"], serde_json::json!(["amount", "currency"]));
}
