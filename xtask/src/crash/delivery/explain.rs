//! How an order, its payment and the money that stands for it may look together once nothing is under way.

use serde_json::Value;

/// An order, its payment, and the account of what came in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub status: String,
    pub paid: String,
    pub method: String,
    /// Nothing where an order needs no money.
    pub payment: Option<Payment>,
    /// What a cancelled order keeps.
    pub kept: i64,
    pub funds: Funds,
    pub has_rider: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub state: String,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    pub refunding: i64,
    /// The process died after it had asked the gateway for something: nobody knows whether it was done, and
    /// the gateway is asked for as long as it takes.
    pub is_unknown: bool,
}

/// In the account that all money for one order passes through: what is there, and what is on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funds {
    pub posted: i64,
    pub coming: i64,
    pub going: i64,
}

impl Funds {
    pub fn of(account: &Value) -> Self {
        let of = |field: &str| account[field]["amount"].as_i64().unwrap_or_default();
        Self { posted: of("posted"), coming: of("coming"), going: of("going") }
    }
}

/// Whether anything can still happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    Over,
}

/// What stands in the account.
#[derive(Debug, Clone, Copy)]
enum Stands {
    Nothing,
    /// All of the payment, reserved.
    Coming,
    /// All of it, taken.
    Posted,
    /// All of it, taken, and what goes back is set aside.
    Going,
}

/// Statuses, how sure its money is, states of its payment (`-` is none), what stands in its account. Cash
/// is not reserved, so nothing comes before it is handed over.
const TABLE: &[(&str, &str, &str, Stands, Standing)] = &[
    ("pending", "waiting", "intent pending parked disputed", Stands::Nothing, Standing::Open),
    ("pending confirmed preparing ready", "assured", "authorised", Stands::Coming, Standing::Open),
    ("picked_up in_transit", "assured", "authorised", Stands::Coming, Standing::Open),
    ("pending confirmed preparing ready", "assured", "captured", Stands::Posted, Standing::Open),
    ("picked_up in_transit", "assured", "captured", Stands::Posted, Standing::Open),
    // What is refunded of a delivered order comes out of the market's own pocket.
    ("delivered", "taken", "captured refunded", Stands::Nothing, Standing::Over),
    // Nothing was taken, or all of it went back, or a part was kept and is the merchant's.
    ("cancelled", "over", "- cancelled failed expired captured refunded", Stands::Nothing, Standing::Over),
];

/// The same where the outcome of a capture or a refund is not known yet.
const UNKNOWN: &[(&str, &str, &str, Stands, Standing)] = &[
    ("delivered", "assured", "authorised", Stands::Coming, Standing::Open),
    ("cancelled", "waiting assured", "authorised", Stands::Coming, Standing::Open),
    ("cancelled", "waiting assured", "captured", Stands::Going, Standing::Open),
];

pub fn explain(seen: &Seen) -> Result<Standing, String> {
    let state = seen.payment.as_ref().map_or("-", |payment| payment.state.as_str());
    let is_unknown = seen.payment.as_ref().is_some_and(|payment| payment.is_unknown);
    let unknown = if is_unknown { UNKNOWN } else { &[] };
    let row = TABLE.iter().chain(unknown).find(|(statuses, paid, states, _, _)| {
        let is_in = |list: &str, word: &str| list.split(' ').any(|its| its == word);
        is_in(statuses, &seen.status) && is_in(paid, &seen.paid) && is_in(states, state)
    });
    let Some((_, _, _, stands, standing)) = row else {
        return Err(format!("nothing explains {seen:?}"));
    };
    let (amount, back) = seen.payment.as_ref().map_or((0, 0), |it| (it.amount, it.refunding));
    let wanted = match stands {
        Stands::Nothing => Funds::default(),
        Stands::Coming if seen.method == "cash" => Funds::default(),
        Stands::Coming => Funds { coming: amount, ..Funds::default() },
        Stands::Posted => Funds { posted: amount, ..Funds::default() },
        Stands::Going => Funds { posted: seen.kept + back, going: back, coming: 0 },
    };
    if seen.funds != wanted {
        return Err(format!("there should be {wanted:?} for {seen:?}"));
    }
    let brought = matches!(seen.status.as_str(), "picked_up" | "in_transit" | "delivered");
    if brought && !seen.has_rider {
        return Err(format!("nobody brings {seen:?}"));
    }
    if let Some(payment) = &seen.payment {
        even(seen, payment)?;
    }
    Ok(*standing)
}

/// What was given back was taken before; of what is over everything else was earned by somebody.
fn even(seen: &Seen, payment: &Payment) -> Result<(), String> {
    let back = payment.refunded + payment.refunding;
    let wrong = if back > payment.captured || payment.captured > payment.amount {
        "more went back than was taken, or more was taken than asked for"
    } else if seen.status == "cancelled" && payment.captured - back != seen.kept && !payment.is_unknown {
        "a cancelled order has other money than it keeps"
    } else if seen.status == "delivered" && payment.captured != payment.amount && !payment.is_unknown {
        "not all was taken for what was delivered"
    } else {
        return Ok(());
    };
    Err(format!("{wrong}: {seen:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str) -> Seen {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [status, paid, method, state, numbers @ ..] = &words[..] else { panic!("{line}") };
        let [amount, captured, refunded, kept, posted, coming] =
            numbers.iter().map(|it| it.parse().unwrap()).collect::<Vec<i64>>().try_into().unwrap();
        // With a question mark nobody knows what a gateway did.
        let (state, is_unknown) = state.strip_suffix('?').map_or((*state, false), |state| (state, true));
        let refunding = if is_unknown { captured - refunded - kept } else { 0 };
        let payment = Payment { state: state.into(), amount, captured, refunded, refunding, is_unknown };
        Seen {
            status: (*status).into(),
            paid: (*paid).into(),
            method: (*method).into(),
            payment: (state != "-").then_some(payment),
            kept,
            funds: Funds { posted, coming, going: if state == "captured" { refunding } else { 0 } },
            has_rider: true,
        }
    }

    /// Status, standing, method, payment; asked for, captured, refunded, kept; posted, coming.
    #[test]
    fn what_can_be_explained() {
        for (line, expect) in [
            ("pending waiting card intent 90 0 0 0 0 0", Some(Standing::Open)),
            ("pending waiting card intent 90 0 0 0 0 90", None),
            ("pending assured wallet authorised 90 0 0 0 0 90", Some(Standing::Open)),
            ("pending assured wallet authorised 90 0 0 0 0 0", None),
            ("ready assured cash authorised 90 0 0 0 0 0", Some(Standing::Open)),
            ("in_transit assured card captured 90 90 0 0 90 0", Some(Standing::Open)),
            ("in_transit waiting card captured 90 90 0 0 90 0", None),
            ("delivered taken card captured 90 90 0 0 0 0", Some(Standing::Over)),
            ("delivered taken card captured 90 90 0 0 10 0", None),
            ("delivered taken card captured 90 80 0 0 0 0", None),
            ("delivered taken card refunded 90 90 90 0 0 0", Some(Standing::Over)),
            ("delivered taken card refunded 90 90 91 0 0 0", None),
            ("delivered assured cash authorised 90 0 0 0 0 0", None),
            ("cancelled over card captured 90 90 80 10 0 0", Some(Standing::Over)),
            ("cancelled over card captured 90 90 80 0 0 0", None),
            ("cancelled over card expired 90 0 0 0 0 0", Some(Standing::Over)),
            ("cancelled over card captured 90 90 0 0 0 0", None),
            ("cancelled waiting card cancelled 90 0 0 0 0 0", None),
            ("cancelled assured card captured? 90 90 0 10 90 0", Some(Standing::Open)),
            ("cancelled assured card captured? 90 90 0 10 80 0", None),
            ("cancelled assured card authorised? 90 0 0 0 0 90", Some(Standing::Open)),
            ("delivered assured card authorised? 90 0 0 0 0 90", Some(Standing::Open)),
            ("delivered assured card authorised 90 0 0 0 0 90", None),
            ("cancelled over card - 0 0 0 0 0 0", Some(Standing::Over)),
        ] {
            assert_eq!(explain(&seen(line)).ok(), expect, "{line}");
        }
    }

    #[test]
    fn somebody_has_brought_what_was_brought() {
        let mut order = seen("delivered taken card captured 90 90 0 0 0 0");
        order.has_rider = false;
        assert!(explain(&order).unwrap_err().contains("nobody"));
    }
}
