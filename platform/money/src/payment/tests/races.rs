//! Many at once.

use kernel::Id;

use super::world::{World, on_both_engines};
use crate::payment::model::{Funding, NewRefund};
use crate::payment::states::PaymentState as P;

on_both_engines!(many_refunds_never_exceed_what_was_captured, captured_twice_at_once_is_captured_once);

async fn many_refunds_never_exceed_what_was_captured(world: World) {
    let id = world.pay("sim:take", 10_000).await;
    let refund = |number: i64| {
        let world = &world;
        async move {
            let new = NewRefund {
                id: Id::from_raw(number),
                amount: 300,
                reason: "cold".to_owned(),
                funding: Funding::BuyerFunds,
            };
            let give = || async { world.payments.refund(&world.market, id, &new, &world.ctx()).await };
            loop {
                match world.change(give).await {
                    Ok(_) => return true,
                    Err(refusal) if refusal.code() == "busy_row" => {}
                    Err(refusal) => {
                        assert_eq!(refusal.code(), "refund_exceeds");
                        return false;
                    }
                }
            }
        }
    };
    let given = futures_util::future::join_all((1..=64).map(refund)).await;
    assert_eq!(given.iter().filter(|it| **it).count(), 33);
    world.work().await;
    let payment = world.book(id).await.payment;
    assert_eq!((payment.refunded, payment.refunding, payment.state), (9_900, 0, P::Captured));
    let (balances, holds) = world.ledger().await;
    assert_eq!((balances[&("buyer_funds".to_owned(), 42)], holds), (-100, 0));
}

async fn captured_twice_at_once_is_captured_once(world: World) {
    let id = world.pay("sim:reserve", 10_000).await;
    let capture = |_| async {
        let capture = || async { world.payments.capture(&world.market, id, None, None, &world.ctx()).await };
        loop {
            match world.change(capture).await {
                Err(refusal) if refusal.code() == "busy_row" => {}
                other => return other.map(|_| ()),
            }
        }
    };
    let all = futures_util::future::join_all((0..8).map(capture)).await;
    assert!(all.iter().all(Result::is_ok));
    world.work().await;
    assert_eq!(world.told(id).await, "begun authorised captured");
    assert_eq!(world.ledger().await.1, 0);
    assert_eq!(world.book(id).await.attempts.len(), 2);
}
