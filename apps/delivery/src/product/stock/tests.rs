use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision, Guard, Id, OnMiss, Value};
use proptest::prelude::*;
use store::CommitError;

use super::model::{Reservation, Reserved, StockId, Want};
use super::{decide, jobs, repo};
use crate::limits;
use crate::product::{Product, State};
use crate::store::StoreId;
use crate::testing::{World, faults};

const STORE: StoreId = StoreId::from_raw(1);

fn product(name: &str, stock: Option<i64>) -> Product {
    Product {
        id: Id::from_raw(stock.unwrap_or_default() + 1_000),
        store: STORE,
        sku: None,
        name: name.to_owned(),
        about: None,
        section: "All".to_owned(),
        place: 0,
        price: 1_000,
        vat_bp: 1_500,
        options: Vec::new(),
        photo: None,
        state: State::Active,
        hours: None,
        each_max: limits::EACH_MAX,
        stock: stock.map(Id::from_raw),
        at: kernel::jiff::Timestamp::UNIX_EPOCH,
        updated: kernel::jiff::Timestamp::UNIX_EPOCH,
        version: 1,
    }
}

async fn stocked(world: &World, counts: &[(i64, u32)]) {
    let changes = counts.iter().map(|(id, count)| repo::add(StockId::from_raw(*id), STORE, *count));
    world.commit(Decision::nothing().changes(changes)).await.unwrap();
}

/// On the shelf, and reserved.
async fn counts(world: &World, id: i64) -> (i64, i64) {
    let stock = repo::one(&world.market, StockId::from_raw(id)).await.unwrap().unwrap();
    (stock.on_hand, stock.reserved)
}

async fn held(world: &World, wants: &[Want<'_>], min: i64) -> Reservation {
    let ctx = world.ctx();
    let until = ctx.now + SignedDuration::from_mins(min);
    let (decision, reservation) = decide::hold(7, wants, until, &ctx).unwrap();
    world.commit(decision).await.unwrap();
    reservation.unwrap()
}

async fn read(world: &World, reservation: &Reservation) -> Reservation {
    repo::reservation(&world.market, reservation.id).await.unwrap().unwrap()
}

#[test]
fn lines_that_are_counted_together_are_one_change() {
    let (bread, cake, tea) = (product("Bread", Some(9)), product("Cake", Some(2)), product("Tea", None));
    let slice = Product { name: "A slice".into(), ..product("", Some(9)) };
    let want = |product, count| Want { product, count };
    let wants = [want(&bread, 3), want(&tea, 1), want(&cake, 1), want(&slice, 2)];
    let ids = kernel::SequentialIds::starting_at(1);
    let (now, zone) = (kernel::jiff::Timestamp::UNIX_EPOCH, kernel::jiff::tz::TimeZone::UTC);
    let ctx = kernel::Ctx { now, zone: &zone, actor: kernel::Actor::System, ids: &ids };
    let hold = |wants: &[Want<'_>]| decide::hold(7, wants, now, &ctx);
    let (decision, _) = hold(&wants).unwrap();
    let changes = &decision.changes[..2];
    let params: Vec<&[Value]> = changes.iter().map(|change| change.params.as_slice()).collect();
    assert_eq!(params, [[Value::Int(2), Value::Int(1)], [Value::Int(9), Value::Int(5)]]);
    let OnMiss::Refuse(refusal) = &changes[1].on_miss else { panic!("it is refused") };
    assert_eq!((refusal.code(), changes[1].guard), ("sold_out", Guard::Rows(1)));
    assert!(refusal.message().contains("Bread"), "{refusal}");
    assert_eq!(faults(refusal), [("/lines/0", "sold_out"), ("/lines/3", "sold_out")]);
    for count in [0, 100] {
        let refusal = hold(&[want(&tea, 1), want(&bread, count)]).unwrap_err();
        assert_eq!(faults(&refusal), [("/lines/1/count", "out_of_range")]);
    }
    assert_eq!(faults(&hold(&[want(&tea, 1); 51]).unwrap_err()), [("/lines", "too_many")]);
}

#[test]
fn reservations_share_a_sweep_that_comes_after_them() {
    let at = |text: &str| text.parse::<kernel::jiff::Timestamp>().unwrap();
    for (until, due) in [
        ("2026-01-15T08:00:00Z", "2026-01-15T08:00:30Z"),
        ("2026-01-15T08:00:29.999999Z", "2026-01-15T08:00:30Z"),
        ("2026-01-15T08:00:30Z", "2026-01-15T08:01:00Z"),
    ] {
        let job = jobs::sweep_after(at(until));
        assert_eq!((job.due, job.key), (at(due), Some(format!("{}:{}", job.kind, at(due).as_second()))));
    }
}

/// What two engines do with these changes, without an engine.
#[derive(Debug, Default)]
struct Model(BTreeMap<i64, (i64, i64)>);

impl Model {
    /// All or nothing, as a commit is.
    fn run(&mut self, decision: &Decision) -> bool {
        let mut after = self.0.clone();
        for change in decision.changes.iter().filter(|its| its.sql.text.contains("delivery_stock")) {
            let [Value::Int(id), Value::Int(count), ..] = change.params[..] else { continue };
            let Some((on_hand, reserved)) = after.get_mut(&id) else { continue };
            let deed = change.sql.name.rsplit("::").next().unwrap();
            let holds = match deed {
                "RESERVE" | "TAKE" => *on_hand - *reserved >= count,
                "MOVE" => *on_hand + count >= *reserved,
                _ => *reserved >= count,
            };
            if !holds {
                return false;
            }
            match deed {
                "RESERVE" => *reserved += count,
                "TAKE" => *on_hand -= count,
                "RELEASE" => *reserved -= count,
                "SELL" => (*on_hand, *reserved) = (*on_hand - count, *reserved - count),
                _ => *on_hand += count,
            }
        }
        self.0 = after;
        true
    }
}

proptest! {
    /// Whatever buyers do in whatever order: nothing is lost, nothing is sold twice, and what is reserved is
    /// what reservations hold.
    #[test]
    fn counts_always_balance(steps in prop::collection::vec((0_u8..6, 0_usize..6, 1_u16..9, 1_u16..9), 1..60)) {
        let products = [product("A", Some(1)), product("B", Some(2)), product("C", Some(1)), product("D", None)];
        let start = BTreeMap::from([(1, (20, 0)), (2, (15, 0))]);
        let mut model = Model(start.clone());
        let mut reservations: Vec<Reservation> = Vec::new();
        let ids = kernel::SequentialIds::starting_at(1);
        let zone = kernel::jiff::tz::TimeZone::UTC;
        let now = kernel::jiff::Timestamp::UNIX_EPOCH;
        let ctx = kernel::Ctx { now, zone: &zone, actor: kernel::Actor::System, ids: &ids };
        for (deed, which, one, other) in steps {
            if deed == 0 || deed == 5 {
                let wants = [(which, one), (which + 1, other), (which + 2, one)];
                let wants = wants.map(|(at, count)| Want { product: &products[at % products.len()], count });
                let taken = if deed == 0 { decide::hold(1, &wants, now, &ctx) } else { decide::buy(1, &wants, &ctx) };
                let (decision, reservation) = taken.unwrap();
                if model.run(&decision) {
                    reservations.extend(reservation);
                }
            } else if let Some(reservation) = reservations.get_mut(which) {
                let (decision, to) = match deed {
                    1 | 2 => (decide::sell(reservation).unwrap_or_default(), Reserved::Sold),
                    3 => (decide::give_back(reservation), Reserved::Released),
                    _ if reservation.state == Reserved::Sold => (decide::put_back(reservation), Reserved::Returned),
                    _ => (decide::put_back(reservation), Reserved::Released),
                };
                if !decision.is_nothing() {
                    prop_assert!(model.run(&decision));
                    reservation.state = to;
                }
            }
            let sum = |stock: i64, state| -> i64 {
                let of = reservations.iter().filter(|its| its.state == state).flat_map(|its| &its.lines);
                of.filter(|(id, _)| id.raw() == stock).map(|(_, count)| count).sum()
            };
            for (id, (on_hand, reserved)) in &model.0 {
                prop_assert_eq!(*reserved, sum(*id, Reserved::Held));
                prop_assert_eq!(*on_hand, start[id].0 - sum(*id, Reserved::Sold));
                prop_assert!(on_hand >= reserved);
            }
        }
    }
}

/// Sixty-four at once want one of each of these, of which there are ten; so many get them.
async fn race(world: World, orders: [&'static [i64]; 2], winners: usize) -> World {
    stocked(&world, &[(5, 10), (6, 10)]).await;
    let world = Arc::new(world);
    let buyers: Vec<_> = (0..64)
        .map(|buyer| {
            let world = world.clone();
            tokio::spawn(async move {
                let products: Vec<Product> =
                    orders[buyer % 2].iter().map(|id| product("Bread", Some(*id))).collect();
                let wants: Vec<Want<'_>> =
                    products.iter().map(|product| Want { product, count: 1 }).collect();
                let ctx = world.ctx();
                let until = ctx.now + SignedDuration::from_mins(10);
                let (decision, _) = decide::hold(buyer as i64, &wants, until, &ctx).unwrap();
                world.commit(decision).await
            })
        })
        .collect();
    let (mut won, mut refused) = (0, 0);
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(()) => won += 1,
            Err(CommitError::Refused(refusal)) => {
                assert_eq!(refusal.code(), "sold_out");
                assert!(refusal.message().contains("Bread"));
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((won, refused), (winners, 64 - winners));
    Arc::into_inner(world).unwrap()
}

async fn the_last_ten_of_one_go_to_ten(world: World) {
    let world = race(world, [&[5], &[5]], 10).await;
    assert_eq!(counts(&world, 5).await, (10, 10));
}

async fn lines_that_share_a_count_never_oversell_it(world: World) {
    let world = race(world, [&[5, 5], &[5, 5]], 5).await;
    assert_eq!(counts(&world, 5).await, (10, 10));
}

async fn the_last_ten_of_two_in_crossed_order_go_to_ten(world: World) {
    let world = race(world, [&[5, 6], &[6, 5]], 10).await;
    assert_eq!((counts(&world, 5).await, counts(&world, 6).await), ((10, 10), (10, 10)));
}

async fn what_is_held_is_sold_or_given_back_once(world: World) {
    stocked(&world, &[(5, 10), (6, 3)]).await;
    let (bread, milk) = (product("Bread", Some(5)), product("Milk", Some(6)));
    let wants = [Want { product: &bread, count: 4 }, Want { product: &milk, count: 3 }];
    let first = held(&world, &wants, 10).await;
    assert_eq!((counts(&world, 5).await, counts(&world, 6).await), ((10, 4), (3, 3)));
    world.commit(decide::sell(&first).unwrap()).await.unwrap();
    assert_eq!((counts(&world, 5).await, counts(&world, 6).await), ((6, 0), (0, 0)));
    let again = world.commit(decide::sell(&first).unwrap()).await.unwrap_err();
    assert!(matches!(again, CommitError::Conflict));
    let sold = read(&world, &first).await;
    assert!(decide::sell(&sold).unwrap().is_nothing() && decide::give_back(&sold).is_nothing());
    world.commit(decide::put_back(&sold)).await.unwrap();
    assert_eq!((counts(&world, 5).await, counts(&world, 6).await), ((10, 0), (3, 0)));
    let returned = read(&world, &first).await;
    assert_eq!(decide::sell(&returned).unwrap_err().code(), "reservation_over");
    let uncounted =
        decide::hold(7, &[Want { product: &product("Tea", None), count: 1 }], first.until, &world.ctx());
    assert_eq!(uncounted.unwrap(), (Decision::nothing(), None));
}

async fn what_nobody_paid_for_is_given_back_once(world: World) {
    stocked(&world, &[(5, 100)]).await;
    let bread = product("Bread", Some(5));
    let wants = [Want { product: &bread, count: 2 }];
    let (over, longer, sold) =
        (held(&world, &wants, 1).await, held(&world, &wants, 1).await, held(&world, &wants, 1).await);
    let far = held(&world, &wants, 60).await;
    let until = world.clock.now() + SignedDuration::from_mins(30);
    world.commit(decide::extend(&longer, until).unwrap()).await.unwrap();
    world.commit(decide::sell(&sold).unwrap()).await.unwrap();
    assert_eq!(jobs::release(&world.market, world.clock.now()).await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_mins(1));
    let now = world.clock.now();
    let both = tokio::join!(jobs::release(&world.market, now), jobs::release(&world.market, now));
    assert_eq!(both.0.unwrap() + both.1.unwrap(), 1);
    assert_eq!(counts(&world, 5).await, (98, 4));
    assert_eq!(read(&world, &over).await.state, Reserved::Released);
    assert_eq!(decide::sell(&read(&world, &over).await).unwrap_err().code(), "reservation_over");
    // Somebody who read it before it was held for longer does not give it back.
    assert!(matches!(world.commit(decide::give_back(&longer)).await, Err(CommitError::Conflict)));
    world.commit(decide::sell(&read(&world, &far).await).unwrap()).await.unwrap();
    assert_eq!(counts(&world, 5).await, (96, 2));
}

async fn one_that_is_sold_meanwhile_does_not_hold_up_the_others(world: World) {
    stocked(&world, &[(5, 1_000)]).await;
    let bread = product("Bread", Some(5));
    let wants = [Want { product: &bread, count: 1 }];
    let mut all = Vec::new();
    for _ in 0..120 {
        all.push(held(&world, &wants, 1).await);
    }
    world.clock.advance(SignedDuration::from_mins(2));
    let (market, now) = (world.market.clone(), world.clock.now());
    let sweep = tokio::spawn(async move { jobs::release(&market, now).await.unwrap() });
    let mut sold = 0;
    for reservation in all.iter().step_by(7) {
        match world.commit(decide::sell(reservation).unwrap()).await {
            Ok(()) => sold += 1,
            Err(CommitError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let released = sweep.await.unwrap() + jobs::release(&world.market, now).await.unwrap();
    assert_eq!(released + sold, 120);
    assert_eq!(counts(&world, 5).await, (1_000 - sold as i64, 0));
}

crate::testing::on_both_engines!(
    the_last_ten_of_one_go_to_ten,
    lines_that_share_a_count_never_oversell_it,
    the_last_ten_of_two_in_crossed_order_go_to_ten,
    what_is_held_is_sold_or_given_back_once,
    what_nobody_paid_for_is_given_back_once,
    one_that_is_sold_meanwhile_does_not_hold_up_the_others,
);
