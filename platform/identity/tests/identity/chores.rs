use kernel::{Actor, Change, Clock, Decision, values};
use store::Stamp;

use crate::world::World;

testkit::on_both_engines! {
    all_that_is_over_goes_and_the_rest_stays,
}

kernel::statements! {
    short CODE = "insert into code (id, contact, sign_up, at, expires) values (?1, 'x', 0, 0, ?2)";
    short SESSION = "insert into session (id, person, device, at, seen, expires) values (?1, 1, '', 0, 0, ?2)";
    short REFRESH = "insert into refresh (hash, session, at, expires) values (?1, 1, 0, ?2)";
    short ATTEMPT = "insert into attempt (key, count, since, last) values (?1, 1, 0, ?2)";
    long LEFT = "select (select count(*) from code), (select count(*) from session), \
         (select count(*) from refresh), (select count(*) from attempt)";
}

async fn all_that_is_over_goes_and_the_rest_stays(world: World) {
    let (home, now) = (world.home(), world.clock.now());
    let stamp = Stamp { at: now, actor: Actor::System };
    let over = now - kernel::jiff::SignedDuration::from_hours(48);
    let bytes = |number: i64| number.to_be_bytes().to_vec();
    // More than two commits remove, and a few that are not over.
    let rows = |number: i64| -> [Change; 4] {
        let at = if number < 2_100 { over } else { now };
        [
            CODE.with(values![number, at]),
            SESSION.with(values![number, at]),
            REFRESH.with(values![bytes(number), at]),
            ATTEMPT.with(values![bytes(number), at]),
        ]
    };
    for start in (0..2_107).step_by(301) {
        let changes = (start..start + 301).flat_map(rows);
        home.commit(stamp, Decision::nothing().changes(changes)).await.unwrap();
    }
    assert!(!world.identity.tidy(&home, now).await.unwrap());
    let left: (i64, i64, i64, i64) = home.one(LEFT, values![]).await.unwrap().unwrap();
    assert_eq!(left, (7, 7, 7, 7));
}
