//! What is still to be done for an order elsewhere. It is asked after everything that happens, looks at how
//! things stand and not at what happened, and names one thing at a time: so nothing depends on the order in
//! which news comes, or on whether it comes once or twice, and a crash between two steps is followed by the
//! second.

use money::payment::model::Payment;
use money::payment::states::PaymentState;

use super::model::{Order, Paid};
use super::state::Status;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The money is certain: what was reserved is sold, and the merchant is asked.
    Assure,
    /// It will not be paid for.
    Cancel,
    /// What is reserved is taken, all or so much of it.
    Capture(Option<i64>),
    /// What was not taken yet is let go.
    LetGo,
    GiveBack(i64),
    /// What came in is divided among those who earned it.
    Earn,
    /// What a cancelled order keeps is the merchant's.
    Keep,
    /// So much went back, and that is all.
    Close(i64),
    /// So much was taken back by the buyer's bank: it is the platform's loss, and nobody is given it again.
    Absorb(i64),
}

pub fn next(order: &Order, payment: Option<&Payment>) -> Option<Act> {
    match order.status {
        Status::Cancelled => cancelled(order, payment),
        Status::Delivered => delivered(order, payment),
        _ => under_way(order, payment?),
    }
}

fn under_way(order: &Order, payment: &Payment) -> Option<Act> {
    let is_certain = matches!(payment.state, PaymentState::Authorised | PaymentState::Captured);
    let is_lost =
        matches!(payment.state, PaymentState::Failed | PaymentState::Cancelled | PaymentState::Expired);
    match (order.paid, order.status) {
        (Paid::Waiting, _) if is_certain => Some(Act::Assure),
        (_, Status::Pending) if is_lost => Some(Act::Cancel),
        _ => None,
    }
}

fn delivered(order: &Order, payment: Option<&Payment>) -> Option<Act> {
    if order.earned {
        return None;
    }
    match payment.map(|payment| payment.state) {
        // Whoever sold and brought it did so in good faith: a bank that takes it back takes it from the platform.
        None | Some(PaymentState::Captured | PaymentState::ChargedBack) => Some(Act::Earn),
        Some(PaymentState::Authorised) => Some(Act::Capture(None)),
        _ => None,
    }
}

fn cancelled(order: &Order, payment: Option<&Payment>) -> Option<Act> {
    let Some(payment) = payment else { return (order.paid != Paid::Over).then_some(Act::Close(0)) };
    match payment.state {
        PaymentState::Authorised if order.kept > 0 => Some(Act::Capture(Some(order.kept))),
        PaymentState::Authorised => Some(Act::LetGo),
        PaymentState::Captured | PaymentState::Refunded => {
            let over = left(order, payment);
            if over > 0 && payment.state == PaymentState::Captured && order.paid != Paid::Over {
                return Some(Act::GiveBack(over));
            }
            if order.kept > 0 && !order.earned {
                return Some(Act::Keep);
            }
            let is_back = payment.refunding == 0 && order.paid != Paid::Over;
            is_back.then_some(Act::Close(payment.refunded.max(order.returned)))
        }
        PaymentState::ChargedBack if order.kept > 0 && !order.earned => Some(Act::Keep),
        PaymentState::ChargedBack => (order.paid != Paid::Over).then_some(Act::Absorb(left(order, payment))),
        state if state.is_final() => (order.paid != Paid::Over).then_some(Act::Close(payment.refunded)),
        _ => Some(Act::LetGo),
    }
}

/// What came in for a cancelled order, and neither went back, by its payment or into a wallet, nor is kept.
pub fn left(order: &Order, payment: &Payment) -> i64 {
    let back = (payment.refunded + payment.refunding).max(order.returned);
    (payment.captured - back - order.kept).max(0)
}
