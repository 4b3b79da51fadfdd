use bus::Consumer;
use civic::audit::{Broken, follow::Audit, repo, verify};
use kernel::values;
use serde_json::json;
use store::Event;

use crate::staff_world::{PARKS, ROADS, World, manager, staff};

crate::staff_world::on_both_engines! { every_act_is_in_the_log_once, any_change_is_found }

kernel::statements! {
    short POS = "update audit set pos = pos + 1000 where n = ?1";
    short EVENT = "update audit set event = event + 1 where n = ?1";
    short NAME = "update audit set name = 'x' where n = ?1";
    short SUBJECT = "update audit set subject = subject + 1 where n = ?1";
    short AT = "update audit set at = at + 1 where n = ?1";
    short ACTOR = "update audit set actor = actor + 1 where n = ?1";
    short BODY = "update audit set body = ?2 where n = ?1";
    short HASH = "update audit set hash = ?2 where n = ?1";
    short REMOVE = "delete from audit where n = ?1";
    short RENUMBER = "update audit set n = n - 1 where n = ?1";
    short HEAD = "update audit_head set entries = ?1, hash = ?2 where id = 1";
}

async fn take_in(world: &World, events: &[Event]) {
    let wanted: Vec<Event> = events.iter().filter(|it| Audit.wants(&it.name)).cloned().collect();
    let decision = Audit.handle(&world.market(), &wanted).await.unwrap();
    world.commit(decision).await;
}

async fn acts(world: &World) -> Vec<Event> {
    let id = world.report(Some(ROADS), |_| {}).await;
    let me = staff(ROADS);
    for n in 0..5 {
        world.act(&me, Some(ROADS), "note", id, json!({ "text": format!("{n}") })).await.unwrap();
    }
    let gone = json!({ "routes": [{ "agency": kernel::Id::<kernel::Provider>::from_raw(PARKS) }] });
    world.ask(&manager(), "routes_set", gone).await.unwrap();
    world.events().await
}

async fn every_act_is_in_the_log_once(world: World) {
    let events = acts(&world).await;
    assert_eq!(events.len(), 7, "a report, five notes, the routes");
    assert_eq!(verify(&world.market(), None).await.unwrap().head.entries, 0);
    take_in(&world, &events[..4]).await;
    // Again, in part again, and all from the start.
    for again in [&events[..4], &events[2..6], &events[..], &events[..]] {
        take_in(&world, again).await;
    }
    let sound = verify(&world.market(), None).await.unwrap();
    assert_eq!(sound.head.entries, 6);
    let list = world.ask(&manager(), "audit_list", json!({ "?limit": 4 })).await.unwrap();
    let numbers: Vec<i64> =
        list["items"].as_array().unwrap().iter().map(|it| it["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [6, 5, 4, 3]);
    assert_eq!(list["items"][0]["what"], "rules.routes_set");
    let rest = json!({ "?limit": 4, "?cursor": list["next"] });
    assert_eq!(
        world.ask(&manager(), "audit_list", rest).await.unwrap()["items"].as_array().unwrap().len(),
        2
    );
    // One that had to wait is added behind the others.
    let late = acts(&world).await;
    take_in(&world, &late[9..]).await;
    take_in(&world, &late[..9]).await;
    let after = verify(&world.market(), Some((6, sound.head.hash))).await.unwrap();
    assert!(after.head.entries > 6);
    // The log does not hold what it was not given twice, whoever writes at the same time.
    let decision = Audit.handle(&world.market(), &acts(&world).await).await.unwrap();
    let stamp = store::Stamp { at: world.now(), actor: kernel::Actor::System };
    let market = world.market();
    let (one, other) = tokio::join!(market.commit(stamp, decision.clone()), market.commit(stamp, decision));
    assert_ne!(one.is_ok(), other.is_ok());
    // What a command says to note is what the next one goes by.
    let noted = civic::audit::check(&world.market(), None).await.unwrap().to_string();
    assert_eq!(civic::audit::check(&world.market(), Some(&noted)).await.unwrap().to_string(), noted);
    let forged = format!("{}:{}", after.head.entries, "0".repeat(64));
    assert!(civic::audit::check(&world.market(), Some(&forged)).await.is_err());
}

async fn any_change_is_found(world: World) {
    take_in(&world, &acts(&world).await).await;
    let entries = repo::after(&world.market(), 0).await.unwrap();
    let head = verify(&world.market(), None).await.unwrap().head;
    assert_eq!(entries.len(), 6);
    let market = world.market();
    for entry in &entries {
        let n = entry.n;
        let mut body = entry.body.clone().into_bytes();
        for place in 0..body.len() {
            body[place] ^= 1;
            if let Ok(text) = String::from_utf8(body.clone()) {
                let changed = civic::audit::chain::Entry { body: text, ..entry.clone() };
                assert_ne!(changed.hash_after(&before(&entries, n)), entry.hash);
            }
            body[place] ^= 1;
        }
        for (sql, params) in [
            (POS, values![n]),
            (EVENT, values![n]),
            (NAME, values![n]),
            (SUBJECT, values![n]),
            (AT, values![n]),
            (ACTOR, values![n]),
            (BODY, values![n, entry.body.replacen('n', "m", 1)]),
            (HASH, values![n, vec![0u8; 32]]),
            (HASH, values![n, vec![0u8; 31]]),
        ] {
            world.run(sql, params).await;
            let found = verify(&market, None).await.unwrap_err();
            assert!(matches!(found, Broken::Changed(at) if at == n), "{}: {found}", sql.name);
            restore(&world, entry).await;
        }
        world.run(REMOVE, values![n]).await;
        let found = verify(&market, None).await.unwrap_err();
        match n {
            6 => assert!(matches!(found, Broken::Cut { found: 5, expected: 6 }), "{found}"),
            _ => assert!(matches!(found, Broken::Missing(at) if at == n), "{found}"),
        }
        restore(&world, entry).await;
        verify(&market, None).await.unwrap();
    }
    // Whoever cuts off the end and makes the head fit is found by what was noted elsewhere.
    world.run(REMOVE, values![6]).await;
    world.run(HEAD, values![5, entries[4].hash.to_vec()]).await;
    assert!(verify(&market, None).await.is_ok());
    assert!(matches!(verify(&market, Some((6, head.hash))).await, Err(Broken::Anchor(6))));
    assert!(verify(&market, Some((5, entries[4].hash))).await.is_ok());
    assert!(matches!(verify(&market, Some((5, [1; 32]))).await, Err(Broken::Anchor(5))));
    // Renumbered entries do not fit either.
    world.run(REMOVE, values![2]).await;
    world.run(RENUMBER, values![3]).await;
    assert!(matches!(verify(&market, None).await, Err(Broken::Changed(2))));
}

fn before(entries: &[civic::audit::chain::Entry], n: i64) -> [u8; 32] {
    entries.iter().find(|it| it.n == n - 1).map_or([0; 32], |it| it.hash)
}

async fn restore(world: &World, entry: &civic::audit::chain::Entry) {
    world.run(REMOVE, values![entry.n]).await;
    world.commit(kernel::Decision::nothing().change(repo::add(entry))).await;
}
