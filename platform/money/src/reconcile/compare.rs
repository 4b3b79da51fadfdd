//! A statement against what was kept: pure, and the same in whatever order either side comes.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Finding, Kind, Ours, Theirs, Way};

/// One finding for each line, and one for each movement of the period that no line names; matches too.
pub fn compare(ours: &[Ours], theirs: &[Theirs]) -> Vec<Finding> {
    let known: BTreeMap<(Way, &str), &Ours> =
        ours.iter().map(|it| ((it.way, it.reference.as_str()), it)).collect();
    let mut seen = BTreeSet::new();
    let mut lines: Vec<&Theirs> = theirs.iter().collect();
    lines.sort_by_key(|it| it.line);
    let mut findings = Vec::with_capacity(lines.len());
    for line in lines {
        let key = (line.way, line.reference.as_str());
        let is_first = seen.insert(key);
        findings.push(one(line, known.get(&key).copied(), is_first));
    }
    let missing = known.iter().filter(|(key, it)| it.in_period && it.is_done && !seen.contains(*key));
    findings.extend(missing.map(|(_, it)| {
        let kind = if it.way == Way::Paid { Kind::MissingThere } else { Kind::RefundMismatch };
        Finding {
            kind,
            line: None,
            payment: Some(it.payment),
            reference: it.reference.clone(),
            ours: Some(it.amount),
            theirs: None,
            said: "The statement does not name it.".to_owned(),
        }
    }));
    findings
}

fn one(line: &Theirs, ours: Option<&Ours>, is_first: bool) -> Finding {
    let (kind, pair, said) = judge(line, ours, is_first);
    Finding {
        kind,
        line: Some(line.line),
        payment: ours.map(|it| it.payment),
        reference: line.reference.clone(),
        ours: pair.0,
        theirs: pair.1,
        said: said.to_owned(),
    }
}

type Judged = (Kind, (Option<i64>, Option<i64>), &'static str);

fn judge(line: &Theirs, ours: Option<&Ours>, is_first: bool) -> Judged {
    let amounts = (ours.map(|it| it.amount), Some(line.amount));
    if !is_first {
        return (Kind::Duplicate, amounts, "An earlier line names the same.");
    }
    let or_refund = |kind| if line.way == Way::Refunded { Kind::RefundMismatch } else { kind };
    let Some(ours) = ours else {
        return (or_refund(Kind::MissingHere), amounts, "The reference is not known here.");
    };
    if ours.amount != line.amount {
        return (or_refund(Kind::AmountDiffers), amounts, "Compare the two amounts.");
    }
    if !ours.is_done {
        return (or_refund(Kind::MissingHere), amounts, "It is known here, and not as done.");
    }
    match line.fee.filter(|fee| *fee != ours.fee.unwrap_or(0)) {
        Some(fee) => (Kind::FeeDiffers, (ours.fee, Some(fee)), "Compare the two fees."),
        None => (Kind::Matched, amounts, ""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ours(way: Way, reference: &str, amount: i64, fee: Option<i64>, is_done: bool) -> Ours {
        Ours { way, reference: reference.into(), payment: 7, amount, fee, is_done, in_period: true }
    }

    fn theirs(line: i64, way: Way, reference: &str, amount: i64, fee: Option<i64>) -> Theirs {
        Theirs { line, way, reference: reference.into(), amount, fee }
    }

    #[test]
    fn each_difference_has_its_kind() {
        use Way::{Paid, Refunded};
        let kept = [
            ours(Paid, "a", 100, Some(2), true),
            ours(Paid, "b", 100, Some(2), true),
            ours(Paid, "c", 100, None, true),
            ours(Paid, "d", 100, None, false),
            ours(Paid, "e", 100, None, true),
            ours(Refunded, "f", 50, None, true),
            ours(Refunded, "g", 50, None, true),
            ours(Refunded, "h", 50, None, false),
            Ours { in_period: false, ..ours(Paid, "i", 100, None, true) },
            Ours { in_period: false, ..ours(Paid, "j", 100, None, true) },
        ];
        let lines = [
            theirs(2, Paid, "a", 100, Some(2)),
            theirs(3, Paid, "a", 100, Some(2)),
            theirs(4, Paid, "b", 100, Some(3)),
            theirs(5, Paid, "c", 99, None),
            theirs(6, Paid, "d", 100, None),
            theirs(7, Paid, "x", 100, None),
            theirs(8, Refunded, "f", 50, None),
            theirs(9, Refunded, "h", 50, None),
            theirs(10, Refunded, "a", 100, None),
            theirs(11, Paid, "i", 100, None),
        ];
        let found: Vec<String> = compare(&kept, &lines)
            .iter()
            .map(|it| format!("{} {} {:?} {:?}", it.reference, it.kind.name(), it.ours, it.theirs))
            .collect();
        assert_eq!(
            found,
            [
                "a matched Some(100) Some(100)",
                "a duplicate Some(100) Some(100)",
                "b fee_differs Some(2) Some(3)",
                "c amount_differs Some(100) Some(99)",
                "d missing_here Some(100) Some(100)",
                "x missing_here None Some(100)",
                "f matched Some(50) Some(50)",
                "h refund_mismatch Some(50) Some(50)",
                "a refund_mismatch None Some(100)",
                "i matched Some(100) Some(100)",
                "e missing_there Some(100) None",
                "g refund_mismatch Some(50) None",
            ]
        );
    }

    fn way() -> impl Strategy<Value = Way> {
        prop::sample::select(vec![Way::Paid, Way::Refunded])
    }

    proptest! {
        /// Every line and every movement is accounted for once, whatever the order.
        #[test]
        fn nothing_is_left_out(
            kept in prop::collection::btree_map((way(), "[a-f]"), (1i64..4, any::<bool>(), any::<bool>()), 0..12),
            lines in prop::collection::vec((way(), "[a-h]", 1i64..4), 0..20),
        ) {
            let mut kept: Vec<Ours> = kept
                .into_iter()
                .map(|((way, reference), (amount, is_done, in_period))| Ours {
                    in_period,
                    ..ours(way, &reference, amount, None, is_done)
                })
                .collect();
            let mut lines: Vec<Theirs> = (2..)
                .zip(lines)
                .map(|(line, (way, reference, amount))| theirs(line, way, &reference, amount, None))
                .collect();
            let found = compare(&kept, &lines);
            for line in &lines {
                prop_assert_eq!(found.iter().filter(|it| it.line == Some(line.line)).count(), 1);
            }
            for it in kept.iter().filter(|it| it.in_period && it.is_done) {
                let named = lines.iter().any(|line| (line.way, &line.reference) == (it.way, &it.reference));
                let missing = |finding: &&Finding| finding.line.is_none() && finding.reference == it.reference;
                prop_assert!(named || found.iter().any(|finding| missing(&finding)));
            }
            let matched = found.iter().filter(|it| it.kind == Kind::Matched).count();
            prop_assert!(matched <= kept.len());
            kept.reverse();
            lines.reverse();
            prop_assert_eq!(compare(&kept, &lines), found);
        }

        /// A statement of exactly what was kept has no differences.
        #[test]
        fn the_same_on_both_sides_matches(kept in prop::collection::btree_map((way(), "[a-z]{2}"), 1i64..900, 0..30)) {
            let lines: Vec<Theirs> = (2..)
                .zip(&kept)
                .map(|(line, ((way, reference), amount))| theirs(line, *way, reference, *amount, Some(0)))
                .collect();
            let kept: Vec<Ours> =
                kept.iter().map(|((way, reference), amount)| ours(*way, reference, *amount, None, true)).collect();
            prop_assert!(compare(&kept, &lines).iter().all(|it| it.kind == Kind::Matched));
        }
    }
}
