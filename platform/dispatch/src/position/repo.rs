use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Known, Sample, Worker};
use super::ping::{Ping, WorkerId};
use crate::limits;

kernel::statements! {
    short WORKER = "select worker, mode, capacity, load, on_duty, since, idle_since, earned, earned_day \
        from dispatch_worker where worker = ?1";
    long ON_DUTY = "select worker, mode, capacity, load, on_duty, since, idle_since, earned, earned_day \
        from dispatch_worker where on_duty = 1 and worker > ?1 order by worker limit ?2";
    short GO_ON = "insert into dispatch_worker \
        (worker, mode, capacity, load, on_duty, since, idle_since, earned, earned_day) \
        values (?1, ?2, ?3, 0, 1, ?4, ?4, 0, 0) \
        on conflict (worker) do update set mode = excluded.mode, capacity = excluded.capacity, on_duty = 1, \
        since = excluded.since, idle_since = excluded.idle_since";
    short GO_OFF = "update dispatch_worker set on_duty = 0, since = ?2 where worker = ?1 and on_duty = 1";
    short MOVED = "insert into worker_position \
        (worker, lat, long, at, sequence, heading, speed, accuracy, heard) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
        on conflict (worker) do update set lat = excluded.lat, long = excluded.long, at = excluded.at, \
        sequence = excluded.sequence, heading = excluded.heading, speed = excluded.speed, \
        accuracy = excluded.accuracy, heard = excluded.heard";
    short SAMPLED = "insert into position_sample \
        (id, worker, lat, long, at, sequence, heading, speed, accuracy, heard) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    long KNOWN = "select w.worker, w.mode, w.capacity, w.load, p.lat, p.long, p.at, p.sequence, p.heading, \
        p.speed, p.accuracy, p.heard \
        from dispatch_worker w join worker_position p on p.worker = w.worker \
        where w.on_duty = 1 and p.heard > ?1 and w.worker > ?2 order by w.worker limit ?3";
    short TRACK = "select worker, lat, long, at, sequence, heading, speed, accuracy, heard \
        from position_sample where worker = ?1 and id >= ?2 and id < ?3 order by id limit ?4";
    long PRUNE = "delete from position_sample where id in \
        (select id from position_sample where id < ?1 order by id limit ?2)";
    short STANDING = "select admitted from dispatch_known where worker = ?1";
    short ASKED = "select worker from dispatch_known where admitted = 0 and worker > ?1 order by worker limit ?2";
    short ASK = "insert into dispatch_known (worker, admitted, at) values (?1, 0, ?2) on conflict do nothing";
    short ADMIT = "update dispatch_known set admitted = 1, at = ?2 where worker = ?1 and admitted = 0";
    short EXPEL = "delete from dispatch_known where worker = ?1";
    short OLDEST = "select id from position_sample order by id limit 1";
}

pub async fn worker(market: &Market, worker: WorkerId) -> Result<Option<Worker>, StoreError> {
    market.one(WORKER, values![worker]).await
}

/// Whether somebody may work here; nothing for whoever never asked to.
pub async fn standing(market: &Market, worker: WorkerId) -> Result<Option<bool>, StoreError> {
    Ok(market.one::<(bool,)>(STANDING, values![worker]).await?.map(|(admitted,)| admitted))
}

/// Who asked and waits for an answer, one more than a page.
pub async fn asked(market: &Market, after: i64, limit: u16) -> Result<Vec<WorkerId>, StoreError> {
    let found: Vec<(WorkerId,)> = market.list(ASKED, values![after, i64::from(limit) + 1]).await?;
    Ok(found.into_iter().map(|(worker,)| worker).collect())
}

/// Those on duty, so many at most.
pub async fn on_duty(market: &Market, most: usize) -> Result<Vec<Worker>, StoreError> {
    let mut all: Vec<Worker> = Vec::new();
    while all.len() < most {
        let after = all.last().map_or(i64::MIN, |last| last.id.raw());
        let page: Vec<Worker> = market.list(ON_DUTY, values![after, limits::READ_AT_ONCE]).await?;
        let is_last = (page.len() as i64) < limits::READ_AT_ONCE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    all.truncate(most);
    Ok(all)
}

/// A page of those on duty who were heard of since.
pub async fn known(market: &Market, since: Timestamp, after: i64) -> Result<Vec<Known>, StoreError> {
    market.list(KNOWN, values![since, after, limits::READ_AT_ONCE]).await
}

/// Where somebody was, from one moment to another, the first of it.
pub async fn track(
    market: &Market,
    worker: WorkerId,
    (from, to): (Timestamp, Timestamp),
    most: i64,
) -> Result<Vec<Sample>, StoreError> {
    let params = values![worker, kernel::first_id_at(from), kernel::first_id_at(to), most];
    market.list(TRACK, params).await
}

fn places(ping: &Ping) -> [kernel::Value; 7] {
    let Ping { point, at, sequence, heading_deg, speed_kmh, accuracy_m } = *ping;
    [
        point.lat_e7().into(),
        point.long_e7().into(),
        at.into(),
        sequence.into(),
        heading_deg.into(),
        speed_kmh.into(),
        accuracy_m.into(),
    ]
}

pub fn moved(sample: &Sample) -> Change {
    let mut params = values![sample.worker];
    params.extend(places(&sample.ping));
    params.push(sample.heard.into());
    MOVED.with(params)
}

pub fn sampled(id: i64, sample: &Sample) -> Change {
    let mut params = values![id, sample.worker];
    params.extend(places(&sample.ping));
    params.push(sample.heard.into());
    SAMPLED.with(params)
}
