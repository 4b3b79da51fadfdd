//! A gateway's statement against what was kept.

use kernel::Id;
use serde_json::Value;
use web::Role;

use super::world::{World, minutes, on_both_engines};
use crate::payment::model::{Funding, NewRefund, PaymentId};

on_both_engines!(the_same_books_match, every_difference_is_found, what_is_no_statement_is_refused);

/// An hour of payments of all kinds, one of them captured in part, one given back in part: the payments,
/// the query, and the statement.
async fn hour(world: &World) -> (Vec<PaymentId>, String, String) {
    let begins = world.ctx().now;
    let mut ids = Vec::new();
    for play in ["take", "take", "reserve", "insufficient_funds", "timeout_done", "never", "lost_callback"] {
        ids.push(world.pay(&format!("sim:{play}"), 25_000).await);
    }
    let (reserved, taken) = (ids[2], ids[0]);
    let capture =
        || async { world.payments.capture(&world.market, reserved, Some(20_000), None, &world.ctx()).await };
    world.change(capture).await.unwrap();
    let reason = "cold".to_owned();
    let new = NewRefund { id: Id::from_raw(1), amount: 300, reason, funding: Funding::BuyerFunds };
    let refund = || async { world.payments.refund(&world.market, taken, &new, &world.ctx()).await };
    world.change(refund).await.unwrap();
    world.pass(minutes(60)).await;
    let ends = world.ctx().now;
    (ids, format!("gateway=3&from={begins}&to={ends}"), world.gateway.statement(begins, ends))
}

fn sums(run: &Value) -> [i64; 4] {
    ["lines", "matched", "differences", "rejected"].map(|name| run[name].as_i64().unwrap())
}

async fn the_same_books_match(world: World) {
    let (_, query, file) = hour(&world).await;
    let run = world.send_file("reconcile", &query, &file).await.unwrap();
    assert_eq!(sums(&run), [6, 6, 0, 0]);
    // The same file again is the same run.
    assert_eq!(world.send_file("reconcile", &query, &file).await.unwrap(), run);
    let all = world.ask(Some(Role::Manager), "list_reconciliations", &[], "", None).await.unwrap();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1));
}

/// The statement with a line gone, one that comes twice, one with another amount, one with another fee, a
/// refund that is larger, a line of nobody's, and one that cannot be read.
async fn meddled(world: &World, ids: &[PaymentId], file: &str) -> String {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    let mut references = Vec::new();
    for id in ids {
        references.push(world.book(*id).await.attempts[0].reference());
    }
    let place = |lines: &[String], name: &str| lines.iter().position(|line| line.contains(name)).unwrap();
    let twice = lines[place(&lines, &references[0])].clone();
    lines.push(twice);
    for (name, from, to) in [
        (references[1].as_str(), "250.00", "249.00"),
        (&references[2], ",5.00,", ",6.00,"),
        ("refund,", "3.00", "4.00"),
    ] {
        let at = place(&lines, name);
        lines[at] = lines[at].replace(from, to);
    }
    lines.remove(place(&lines, &references[6]));
    lines.push("payment,0000000000001,10.00,0,ETB,x".to_owned());
    lines.push("payment,=cmd(),ten,0,ETB,x".to_owned());
    lines.join("\n")
}

async fn every_difference_is_found(world: World) {
    let (ids, query, file) = hour(&world).await;
    let run = world.send_file("reconcile", &query, &meddled(&world, &ids, &file).await).await.unwrap();
    assert_eq!(sums(&run), [8, 2, 6, 1]);
    let path = [("id", run["id"].as_str().unwrap())];
    let rows = world.ask(Some(Role::Manager), "list_differences", &path, "", None).await.unwrap();
    let rows = rows["items"].as_array().unwrap();
    let mut kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    let expected =
        "amount_differs duplicate fee_differs missing_here missing_there refund_mismatch unreadable";
    assert_eq!(kinds.join(" "), expected);
    assert!(rows.iter().all(|row| row["action"].as_str().is_some_and(|it| !it.is_empty())));
    let table = world.ask(Some(Role::Manager), "differences_csv", &path, "", None).await.unwrap();
    assert!(table.as_str().unwrap().contains("'=cmd()"));
    assert_eq!(table.as_str().unwrap().lines().count(), 8);
}

async fn what_is_no_statement_is_refused(world: World) {
    let (from, to) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    for (gateway, from, to, code) in [
        (99, from, to, "not_found"),
        (3, to, from, "invalid_input"),
        (3, from, "2027-01-01T00:00:00Z", "invalid_input"),
    ] {
        let query = format!("gateway={gateway}&from={from}&to={to}");
        assert_eq!(world.send_file("reconcile", &query, "").await.unwrap_err().code(), code);
    }
    let query = format!("gateway=3&from={from}&to={to}");
    let refusal = world.send_file("reconcile", &query, "nonsense").await.unwrap_err();
    assert_eq!(refusal.faults()[0].code, "bad_statement");
}
