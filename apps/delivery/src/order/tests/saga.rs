//! What is still to be done is a table; and wherever one begins, it comes to an end.

use kernel::{Id, Money};
use money::payment::model::{Method, Payment};
use money::payment::states::PaymentState;
use proptest::prelude::*;

use crate::fee::model::{Mode, Quote, Shares, Sources};
use crate::order::model::{Fixed, Order, Paid};
use crate::order::saga::{Act, next};
use crate::order::state::Status;
use crate::testing::CURRENCY;

fn zar(minor: i64) -> Money {
    Money::new(minor, CURRENCY)
}

fn order(status: Status, paid: Paid) -> Order {
    let now = "2026-03-02T10:00:00Z".parse().unwrap();
    let quote = Quote {
        mode: Mode::Delivery,
        distance_m: 1_000,
        factor_bp: 10_000,
        goods: zar(90),
        delivery_fee: zar(10),
        delivery_waived: zar(0),
        service_fee: zar(0),
        discount: zar(0),
        discounts: Vec::new(),
        passed_over: Vec::new(),
        tip: zar(0),
        total: zar(100),
        vat: zar(13),
        coins: 0,
        commission: zar(10),
        sources: Sources { buyer: zar(100), coins: zar(0), platform: zar(0) },
        shares: Shares { merchant: zar(80), rider: zar(8), platform: zar(12) },
    };
    let fixed = Fixed {
        quote_id: Id::from_raw(5),
        quote,
        lines: Vec::new(),
        store_name: String::new(),
        from: geo::Point::from_e7(0, 0).unwrap(),
        to: None,
        address: None,
        contact: None,
        note: None,
        method: Some(Method::Card),
    };
    Order {
        id: Id::from_raw(1),
        buyer: Id::from_raw(2),
        store: Id::from_raw(3),
        provider: Id::from_raw(4),
        status,
        paid,
        payment: Some(Id::from_raw(6)),
        reservation: None,
        job: None,
        rider: None,
        at: now,
        since: now,
        ready: None,
        due: None,
        pin: "1234".into(),
        proof: None,
        reason: None,
        kept: 0,
        returned: 0,
        earned: false,
        stuck: false,
        version: 1,
        fixed,
    }
}

fn payment(state: PaymentState, captured: i64, refunded: i64) -> Payment {
    let now = "2026-03-02T10:00:00Z".parse().unwrap();
    Payment {
        id: Id::from_raw(6),
        about: 1,
        payer: None,
        method: Method::Card,
        amount: zar(100),
        state,
        reason: None,
        token: None,
        contact: None,
        note: String::new(),
        brand: None,
        last4: None,
        authorised: 100,
        captured,
        refunded,
        refunding: 0,
        charged_back: 0,
        collected_by: None,
        told_waiting: false,
        expires: now,
        hold_s: 0,
        version: 1,
        at: now,
        changed: now,
    }
}

#[test]
fn what_is_to_be_done_next() {
    use PaymentState as P;
    use Status::{Cancelled, Delivered, Pending, Preparing};
    let kept = |it: Order| Order { kept: 20, ..it };
    let earned = |it: Order| Order { earned: true, ..it };
    let returned = |it: Order| Order { returned: 80, ..it };
    let o = order;
    for (order, payment, expect) in [
        (o(Pending, Paid::Waiting), payment(P::Pending, 0, 0), None),
        (o(Pending, Paid::Waiting), payment(P::Authorised, 0, 0), Some(Act::Assure)),
        (o(Pending, Paid::Waiting), payment(P::Captured, 100, 0), Some(Act::Assure)),
        (o(Pending, Paid::Waiting), payment(P::Failed, 0, 0), Some(Act::Cancel)),
        (o(Pending, Paid::Waiting), payment(P::Expired, 0, 0), Some(Act::Cancel)),
        (o(Pending, Paid::Assured), payment(P::Expired, 0, 0), Some(Act::Cancel)),
        (o(Preparing, Paid::Assured), payment(P::Authorised, 0, 0), None),
        // Once it is prepared nobody ends it but a person.
        (o(Preparing, Paid::Assured), payment(P::Expired, 0, 0), None),
        (o(Delivered, Paid::Assured), payment(P::Authorised, 0, 0), Some(Act::Capture(None))),
        (o(Delivered, Paid::Assured), payment(P::Captured, 100, 0), Some(Act::Earn)),
        (earned(o(Delivered, Paid::Taken)), payment(P::Captured, 100, 0), None),
        (o(Cancelled, Paid::Waiting), payment(P::Pending, 0, 0), Some(Act::LetGo)),
        (o(Cancelled, Paid::Assured), payment(P::Authorised, 0, 0), Some(Act::LetGo)),
        (o(Cancelled, Paid::Assured), payment(P::Captured, 100, 0), Some(Act::GiveBack(100))),
        (o(Cancelled, Paid::Assured), payment(P::Refunded, 100, 100), Some(Act::Close(100))),
        (o(Cancelled, Paid::Over), payment(P::Refunded, 100, 100), None),
        (o(Cancelled, Paid::Waiting), payment(P::Cancelled, 0, 0), Some(Act::Close(0))),
        (kept(o(Cancelled, Paid::Assured)), payment(P::Authorised, 0, 0), Some(Act::Capture(Some(20)))),
        (kept(o(Cancelled, Paid::Assured)), payment(P::Captured, 100, 0), Some(Act::GiveBack(80))),
        (kept(o(Cancelled, Paid::Assured)), payment(P::Captured, 20, 0), Some(Act::Keep)),
        (earned(kept(o(Cancelled, Paid::Taken))), payment(P::Captured, 20, 0), Some(Act::Close(0))),
        (earned(kept(o(Cancelled, Paid::Over))), payment(P::Captured, 20, 0), None),
        // A bank that takes it back takes it from the platform.
        (o(Preparing, Paid::Assured), payment(P::ChargedBack, 100, 0), None),
        (o(Delivered, Paid::Assured), payment(P::ChargedBack, 100, 0), Some(Act::Earn)),
        (o(Cancelled, Paid::Assured), payment(P::ChargedBack, 100, 30), Some(Act::Absorb(70))),
        (kept(o(Cancelled, Paid::Assured)), payment(P::ChargedBack, 100, 0), Some(Act::Keep)),
        (earned(kept(o(Cancelled, Paid::Taken))), payment(P::ChargedBack, 100, 0), Some(Act::Absorb(80))),
        (o(Cancelled, Paid::Over), payment(P::ChargedBack, 100, 0), None),
        // What was put into the wallet is not given back a second time, and what is kept is kept.
        (returned(kept(o(Cancelled, Paid::Over))), payment(P::Captured, 100, 0), Some(Act::Keep)),
        (
            earned(returned(kept(o(Cancelled, Paid::Taken)))),
            payment(P::Captured, 100, 0),
            Some(Act::Close(80)),
        ),
        (o(Cancelled, Paid::Over), payment(P::Captured, 100, 0), None),
    ] {
        let found = next(&order, Some(&payment));
        assert_eq!(found, expect, "{:?} {:?}, {:?}", order.status, order.paid, payment.state);
    }
    assert_eq!(next(&o(Delivered, Paid::Assured), None), Some(Act::Earn));
    assert_eq!(next(&o(Cancelled, Paid::Assured), None), Some(Act::Close(0)));
    assert_eq!(next(&o(Pending, Paid::Assured), None), None);
}

/// What an act does, as the gateway of a good day would.
fn carried_out(order: &mut Order, payment: &mut Payment, act: Act) {
    match act {
        Act::Assure => order.paid = Paid::Assured,
        Act::Cancel => order.status = Status::Cancelled,
        Act::Capture(amount) => {
            payment.captured = amount.unwrap_or(100);
            payment.state = PaymentState::Captured;
        }
        Act::LetGo => payment.state = PaymentState::Cancelled,
        Act::GiveBack(amount) => {
            payment.refunded += amount;
            if payment.refunded == payment.captured {
                payment.state = PaymentState::Refunded;
            }
        }
        Act::Earn | Act::Keep => (order.earned, order.paid) = (true, Paid::Taken),
        Act::Close(returned) | Act::Absorb(returned) => (order.paid, order.returned) = (Paid::Over, returned),
    }
}

proptest! {
    #[test]
    fn it_always_comes_to_an_end(
        status in 0_i64..8, paid in 0_usize..3, state in 0_usize..11, kept in prop_oneof![Just(0_i64), 1..100_i64],
    ) {
        let status = Status::from_number(status).unwrap();
        let mut order = order(status, [Paid::Waiting, Paid::Assured, Paid::Taken][paid]);
        order.kept = if status == Status::Cancelled { kept } else { 0 };
        let (state, _) = PaymentState::ALL[state];
        let captured = if matches!(state, PaymentState::Captured | PaymentState::Refunded) { 100 } else { 0 };
        let refunded = if state == PaymentState::Refunded { 100 } else { 0 };
        let mut payment = payment(state, captured, refunded);
        for _ in 0..8 {
            match next(&order, Some(&payment)) {
                None => return Ok(()),
                Some(act) => carried_out(&mut order, &mut payment, act),
            }
        }
        prop_assert!(false, "{:?} {:?} {:?} goes on for ever", status, order.paid, payment.state);
    }
}
