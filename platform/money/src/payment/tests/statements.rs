//! A gateway's statement against what was kept.

use kernel::Id;
use web::Role;

use super::world::{World, minutes, on_both_engines};
use crate::payment::model::{Funding, NewRefund};

on_both_engines!(the_books_of_both_sides_are_compared);

async fn the_books_of_both_sides_are_compared(world: World) {
    let begins = world.ctx().now;
    let mut ids = Vec::new();
    for play in ["take", "take", "reserve", "insufficient_funds", "timeout_done", "never", "lost_callback"] {
        ids.push(world.pay(&format!("sim:{play}"), 25_000).await);
    }
    let capture =
        || async { world.payments.capture(&world.market, ids[2], Some(20_000), None, &world.ctx()).await };
    world.change(capture).await.unwrap();
    let new =
        NewRefund { id: Id::from_raw(1), amount: 300, reason: "cold".into(), funding: Funding::BuyerFunds };
    let refund = || async { world.payments.refund(&world.market, ids[0], &new, &world.ctx()).await };
    world.change(refund).await.unwrap();
    world.pass(minutes(60)).await;
    let ends = world.ctx().now;
    let query = format!("gateway=3&from={begins}&to={ends}");
    let file = world.gateway.statement(begins, ends);
    let run = world.send_file("reconcile", &query, &file).await.unwrap();
    assert_eq!(
        (run["lines"].as_i64(), run["matched"].as_i64(), run["differences"].as_i64()),
        (Some(6), Some(6), Some(0))
    );
    // The same file again is the same run.
    assert_eq!(world.send_file("reconcile", &query, &file).await.unwrap(), run);

    // Somebody meddles: a line is gone, one comes twice, one has another amount, one a wrong fee, one is
    // nobody's, one cannot be read, and the refund is larger.
    let reference = |book: &crate::payment::model::Book| book.attempts[0].reference();
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    let named = |lines: &[String], name: &str| lines.iter().position(|line| line.contains(name)).unwrap();
    let (first, second) = (reference(&world.book(ids[0]).await), reference(&world.book(ids[1]).await));
    let (lost, captured) = (reference(&world.book(ids[6]).await), reference(&world.book(ids[2]).await));
    let place = named(&lines, &first);
    let again = lines[place].clone();
    lines.push(again);
    let place = named(&lines, &second);
    lines[place] = lines[place].replace("250.00", "249.00");
    let place = named(&lines, &captured);
    lines[place] = lines[place].replace(",5.00,", ",6.00,");
    let place = named(&lines, &lost);
    lines.remove(place);
    let place = named(&lines, "refund,");
    lines[place] = lines[place].replace("3.00", "4.00");
    lines.push("payment,0000000000001,10.00,0,ETB,x".to_owned());
    lines.push("payment,=cmd(),ten,0,ETB,x".to_owned());
    let run = world.send_file("reconcile", &query, &lines.join("\n")).await.unwrap();
    assert_eq!(
        (run["matched"].as_i64(), run["differences"].as_i64(), run["rejected"].as_i64()),
        (Some(2), Some(6), Some(1))
    );
    let id = run["id"].as_str().unwrap();
    let role = Some(Role::Manager);
    let rows = world.ask(role, "list_differences", &[("id", id)], "", None).await.unwrap();
    let mut kinds: Vec<&str> =
        rows["items"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    let expected =
        "amount_differs duplicate fee_differs missing_here missing_there refund_mismatch unreadable";
    assert_eq!(kinds.join(" "), expected);
    assert!(
        rows["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["action"].as_str().is_some_and(|it| !it.is_empty()))
    );
    let table = world.ask(role, "differences_csv", &[("id", id)], "", None).await.unwrap();
    assert!(table.as_str().unwrap().contains("'=cmd()"));
    assert_eq!(table.as_str().unwrap().lines().count(), 8);
    let all = world.ask(role, "list_reconciliations", &[], "", None).await.unwrap();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    for (query, code) in [
        (format!("gateway=99&from={begins}&to={ends}"), "not_found"),
        (format!("gateway=3&from={ends}&to={begins}"), "invalid_input"),
    ] {
        assert_eq!(world.send_file("reconcile", &query, &file).await.unwrap_err().code(), code);
    }
    assert_eq!(
        world.send_file("reconcile", &query, "nonsense").await.unwrap_err().faults()[0].code,
        "bad_statement"
    );
}
