//! What follows from a gateway's no: a table of (gateway, flow, code).

use crate::payment::model::Flow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// At once, if need be at another gateway.
    Retry,
    /// After a pause.
    Requeue,
    /// It would not go better.
    Fail,
}

/// Whose doing it is: a gateway is not judged by what its payers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    Payer,
    Gateway,
    /// Our settings, or our request.
    Us,
}

pub struct Rule {
    /// An adapter's name; `*` is any.
    pub gateway: &'static str,
    pub flow: Option<Flow>,
    pub code: &'static str,
    pub advice: Advice,
    pub blame: Blame,
}

const fn rule(
    gateway: &'static str,
    flow: Option<Flow>,
    code: &'static str,
    advice: Advice,
    blame: Blame,
) -> Rule {
    Rule { gateway, flow, code, advice, blame }
}

use Advice::{Fail, Requeue, Retry};
use Flow::{Capture, Pay, Refund, Void};

/// The first row that fits holds; those of one gateway stand before those of all.
pub const RULES: &[Rule] = &[
    // Codes of M-Pesa.
    rule("mpesa", Some(Pay), "1", Fail, Blame::Payer),
    rule("mpesa", Some(Pay), "1001", Requeue, Blame::Payer),
    rule("mpesa", Some(Pay), "1019", Fail, Blame::Payer),
    rule("mpesa", Some(Pay), "1025", Requeue, Blame::Gateway),
    rule("mpesa", Some(Pay), "1032", Fail, Blame::Payer),
    rule("mpesa", Some(Pay), "1037", Fail, Blame::Payer),
    rule("mpesa", Some(Pay), "2001", Fail, Blame::Payer),
    rule("mpesa", Some(Pay), "9999", Requeue, Blame::Gateway),
    // Words of the redirecting gateways.
    rule("chapa", Some(Pay), "failed", Fail, Blame::Payer),
    rule("paystack", Some(Pay), "abandoned", Fail, Blame::Payer),
    rule("paystack", Some(Pay), "failed", Fail, Blame::Payer),
    rule("flutterwave", Some(Pay), "failed", Fail, Blame::Payer),
    rule("telebirr", Some(Pay), "ORDER_CLOSED", Fail, Blame::Payer),
    rule("telebirr", Some(Pay), "PAY_FAILED", Fail, Blame::Payer),
    // Ours, for all of them.
    rule("*", None, "unreachable", Requeue, Blame::Gateway),
    rule("*", None, "busy", Requeue, Blame::Gateway),
    rule("*", None, "not_found", Retry, Blame::Gateway),
    rule("*", Some(Pay), "gateway_error", Retry, Blame::Gateway),
    rule("*", Some(Capture), "gateway_error", Requeue, Blame::Gateway),
    rule("*", Some(Void), "gateway_error", Requeue, Blame::Gateway),
    rule("*", Some(Refund), "gateway_error", Requeue, Blame::Gateway),
    rule("*", Some(Refund), "not_settled_yet", Requeue, Blame::Gateway),
    rule("*", Some(Pay), "insufficient_funds", Fail, Blame::Payer),
    rule("*", Some(Pay), "do_not_honour", Fail, Blame::Payer),
    rule("*", Some(Pay), "cancelled_by_payer", Fail, Blame::Payer),
    rule("*", Some(Pay), "fraud_suspected", Fail, Blame::Payer),
    rule("*", Some(Pay), "expired_card", Fail, Blame::Payer),
    rule("*", None, "misconfigured", Fail, Blame::Us),
    rule("*", None, "not_offered", Fail, Blame::Us),
];

/// What nobody wrote down is not tried again: money is not moved on a guess.
const UNKNOWN: (Advice, Blame) = (Fail, Blame::Gateway);

pub fn advice(gateway: &str, flow: Flow, code: &str) -> (Advice, Blame) {
    let fits = |rule: &&Rule| {
        (rule.gateway == gateway || rule.gateway == "*")
            && rule.flow.is_none_or(|its| its == flow)
            && rule.code == code
    };
    RULES.iter().find(fits).map_or(UNKNOWN, |rule| (rule.advice, rule.blame))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_no() {
        for (gateway, flow, code, expected) in [
            ("mpesa", Pay, "1032", (Fail, Blame::Payer)),
            ("mpesa", Pay, "1025", (Requeue, Blame::Gateway)),
            ("chapa", Pay, "1025", UNKNOWN),
            ("simulated", Pay, "unreachable", (Requeue, Blame::Gateway)),
            ("simulated", Refund, "unreachable", (Requeue, Blame::Gateway)),
            ("simulated", Pay, "gateway_error", (Retry, Blame::Gateway)),
            ("simulated", Capture, "gateway_error", (Requeue, Blame::Gateway)),
            ("chapa", Refund, "failed", UNKNOWN),
            ("paystack", Pay, "a code of tomorrow", UNKNOWN),
        ] {
            assert_eq!(advice(gateway, flow, code), expected, "{gateway} {flow:?} {code}");
        }
    }

    #[test]
    fn no_row_hides_another() {
        for (place, rule) in RULES.iter().enumerate() {
            let twin = |other: &Rule| {
                (other.gateway, other.flow, other.code) == (rule.gateway, rule.flow, rule.code)
            };
            assert_eq!(RULES.iter().position(twin), Some(place), "{} {}", rule.gateway, rule.code);
        }
        let first_of_all = RULES.iter().position(|rule| rule.gateway == "*").unwrap();
        assert!(RULES[first_of_all..].iter().all(|rule| rule.gateway == "*"));
    }
}
