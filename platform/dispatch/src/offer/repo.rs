use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::model::{Job, JobId, JobState, NewJob, Offer, OfferId, OfferState, Offered};
use crate::limits;
use crate::position::WorkerId;

kernel::statements! {
    short JOB = "select id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, modes, \
        pay, state, worker, picked_up, tries, ring, look, alerted, since, version \
        from dispatch_job where id = ?1";
    short JOB_ABOUT = "select id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, \
        modes, pay, state, worker, picked_up, tries, ring, look, alerted, since, version \
        from dispatch_job where kind = ?1 and subject = ?2";
    long TO_LOOK = "select id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, \
        modes, pay, state, worker, picked_up, tries, ring, look, alerted, since, version \
        from dispatch_job where state = ?1 and look <= ?2 order by look, id limit ?3";
    long ALERTED = "select id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, \
        modes, pay, state, worker, picked_up, tries, ring, look, alerted, since, version \
        from dispatch_job where state = ?1 and kind = ?2 and alerted = 1 order by id limit ?3";
    long AT_HAND = "select id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, \
        modes, pay, state, worker, picked_up, tries, ring, look, alerted, since, version \
        from dispatch_job where state = 'assigned' and id > ?1 order by id limit ?2";
    short JOBS_OF = "select id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, \
        modes, pay, state, worker, picked_up, tries, ring, look, alerted, since, version \
        from dispatch_job where worker = ?1 and state = 'assigned' order by id limit ?2";
    short NEXT_LOOK = "select look, id from dispatch_job where state = ?1 order by look limit 1";
    short ADD_JOB = "insert into dispatch_job \
        (id, kind, subject, pickup_lat, pickup_long, drop_lat, drop_long, ready, due, load, modes, pay, \
        state, worker, picked_up, tries, ring, look, alerted, since, ended, version) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'waiting', null, 0, 0, 0, ?13, 0, ?13, null, 1)";
    /// Wanted once more, perhaps from elsewhere.
    short REVIVE_JOB = "update dispatch_job set pickup_lat = ?3, pickup_long = ?4, drop_lat = ?5, drop_long = ?6, \
        ready = ?7, due = ?8, load = ?9, modes = ?10, pay = ?11, state = 'waiting', worker = null, picked_up = 0, \
        tries = 0, ring = 0, look = ?12, alerted = 0, since = ?12, ended = null, version = version + 1 \
        where id = ?1 and version = ?2";
    /// Only as it was read: of two at once one reads it again.
    short PUT_JOB = "update dispatch_job set state = ?3, worker = ?4, picked_up = ?5, tries = ?6, ring = ?7, \
        look = ?8, alerted = ?9, since = ?10, ready = ?11, due = ?12, ended = ?13, version = version + 1 \
        where id = ?1 and version = ?2";

    short OFFER = "select o.id, o.job, o.worker, o.state, o.metres, o.seconds, o.made, o.expires, \
        j.id, j.kind, j.subject, j.pickup_lat, j.pickup_long, j.drop_lat, j.drop_long, j.ready, j.due, j.load, \
        j.modes, j.pay, j.state, j.worker, j.picked_up, j.tries, j.ring, j.look, j.alerted, j.since, j.version \
        from dispatch_offer o join dispatch_job j on j.id = o.job where o.id = ?1";
    short OPEN_OF_WORKER = "select o.id, o.job, o.worker, o.state, o.metres, o.seconds, o.made, o.expires, \
        j.id, j.kind, j.subject, j.pickup_lat, j.pickup_long, j.drop_lat, j.drop_long, j.ready, j.due, j.load, \
        j.modes, j.pay, j.state, j.worker, j.picked_up, j.tries, j.ring, j.look, j.alerted, j.since, j.version \
        from dispatch_offer o join dispatch_job j on j.id = o.job \
        where o.worker = ?1 and o.state = 'open' and o.expires > ?2 order by o.id desc limit ?3";
    short OFFERS_OF_JOB = "select id, job, worker, state, metres, seconds, made, expires from dispatch_offer \
        where job = ?1 order by id limit ?2";
    /// Of all jobs that somebody is looked for: who has one to answer, and who is not to be asked again.
    long OFFERS_OF_LOOKING = "select o.id, o.job, o.worker, o.state, o.metres, o.seconds, o.made, o.expires \
        from dispatch_job j join dispatch_offer o on o.job = j.id \
        where j.state = ?1 and o.state <> 'withdrawn' and o.id > ?2 order by o.id limit ?3";
    long EXPIRED_JOBS = "select distinct job from dispatch_offer where state = 'open' and expires <= ?1 \
        order by job limit ?2";
    short ADD_OFFER = "insert into dispatch_offer (id, job, worker, state, metres, seconds, made, expires) \
        values (?1, ?2, ?3, 'open', ?4, ?5, ?6, ?7)";
    short END_OFFER = "update dispatch_offer set state = ?2, ended = ?3 where id = ?1 and state = 'open'";
    short EXPIRE_OFFERS = "update dispatch_offer set state = 'expired', ended = ?2 \
        where job = ?1 and state = 'open' and expires <= ?2";
    /// One of them is accepted, if any is; nobody else has it to answer any more.
    short CLOSE_OFFERS = "update dispatch_offer set \
        state = case when id = ?2 then 'accepted' else 'withdrawn' end, ended = ?3 \
        where job = ?1 and state = 'open'";
    /// More to carry, where they are on duty and have room, or less.
    short LOAD = "update dispatch_worker set load = load + ?2, \
        idle_since = case when load + ?2 = 0 then ?3 else idle_since end, \
        earned = case when earned_day = ?4 then earned else 0 end + ?5, earned_day = ?4 \
        where worker = ?1 and load + ?2 >= 0 and (?2 < 0 or (on_duty = 1 and load + ?2 <= capacity))";
}

pub async fn job(market: &Market, id: JobId) -> Result<Option<Job>, StoreError> {
    market.one(JOB, values![id]).await
}

/// What an app asked for about a thing of its own.
pub async fn job_about(market: &Market, kind: &str, subject: i64) -> Result<Option<Job>, StoreError> {
    market.one(JOB_ABOUT, values![kind, subject]).await
}

/// What somebody has at hand.
pub async fn jobs_of(market: &Market, worker: WorkerId) -> Result<Vec<Job>, StoreError> {
    market.list(JOBS_OF, values![worker, limits::JOBS_PER_WORKER_MAX]).await
}

pub async fn offered(market: &Market, id: OfferId) -> Result<Option<Offered>, StoreError> {
    market.one(OFFER, values![id]).await
}

/// What somebody may still answer, newest first.
pub async fn open_of(market: &Market, worker: WorkerId, now: Timestamp) -> Result<Vec<Offered>, StoreError> {
    market.list(OPEN_OF_WORKER, values![worker, now, limits::OFFERS_SHOWN_MAX]).await
}

pub async fn offers_of(market: &Market, job: JobId) -> Result<Vec<Offer>, StoreError> {
    market.list(OFFERS_OF_JOB, values![job, limits::OFFERS_PER_JOB_MAX]).await
}

/// For which somebody is to be looked for now, those that wait longest first.
pub async fn to_look(market: &Market, now: Timestamp) -> Result<Vec<Job>, StoreError> {
    let of =
        |state: JobState| Query { sql: TO_LOOK, params: values![state.name(), now, limits::WINDOW_JOBS_MAX] };
    let lists: Vec<Vec<Job>> = market.lists(vec![of(JobState::Waiting), of(JobState::Offered)]).await?;
    let mut jobs = lists.concat();
    jobs.sort_by_key(|job| (job.look, job.id));
    jobs.truncate(limits::WINDOW_JOBS_MAX as usize);
    Ok(jobs)
}

/// Jobs of a kind for which nobody was found, and still nobody is: those that wait longest first.
pub async fn unserved(market: &Market, kind: &str, limit: u16) -> Result<Vec<Job>, StoreError> {
    let of = |state: JobState| Query { sql: ALERTED, params: values![state.name(), kind, i64::from(limit)] };
    let lists: Vec<Vec<Job>> = market.lists(vec![of(JobState::Waiting), of(JobState::Offered)]).await?;
    let mut jobs = lists.concat();
    jobs.sort_by_key(|job| job.id);
    jobs.truncate(limit.into());
    Ok(jobs)
}

/// When somebody is to be looked for next.
pub async fn next_look(market: &Market) -> Result<Option<Timestamp>, StoreError> {
    let of = |state: JobState| Query { sql: NEXT_LOOK, params: values![state.name()] };
    let lists: Vec<Vec<(Timestamp, i64)>> =
        market.lists(vec![of(JobState::Waiting), of(JobState::Offered)]).await?;
    Ok(lists.into_iter().flatten().map(|(look, _)| look).min())
}

/// Page after page of what a statement says after an id.
async fn every<T: store::FromRow>(
    market: &Market,
    params: impl Fn(i64) -> (kernel::Sql, Vec<kernel::Value>),
    id: impl Fn(&T) -> i64,
    most: usize,
) -> Result<Vec<T>, StoreError> {
    let mut all: Vec<T> = Vec::new();
    while all.len() < most {
        let (sql, params) = params(all.last().map_or(i64::MIN, &id));
        let page: Vec<T> = market.list(sql, params).await?;
        let is_last = (page.len() as i64) < limits::READ_AT_ONCE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// All that is assigned.
pub async fn at_hand(market: &Market) -> Result<Vec<Job>, StoreError> {
    let params = |after| (AT_HAND, values![after, limits::READ_AT_ONCE]);
    every(market, params, |job: &Job| job.id.raw(), limits::WINDOW_WORKERS_MAX).await
}

/// Who has an answer to give, and who is not to be asked again, of all jobs that somebody is looked for.
pub async fn offers_of_looking(market: &Market) -> Result<Vec<Offer>, StoreError> {
    let mut all = Vec::new();
    for state in [JobState::Waiting, JobState::Offered] {
        let params = |after| (OFFERS_OF_LOOKING, values![state.name(), after, limits::READ_AT_ONCE]);
        all.extend(every(market, params, |offer: &Offer| offer.id.raw(), limits::WINDOW_WORKERS_MAX).await?);
    }
    Ok(all)
}

/// Jobs of which offers have expired.
pub async fn expired(market: &Market, now: Timestamp) -> Result<Vec<JobId>, StoreError> {
    let rows: Vec<(JobId,)> = market.list(EXPIRED_JOBS, values![now, limits::EXPIRED_AT_ONCE]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

fn wanted(what: &NewJob) -> Vec<kernel::Value> {
    values![
        what.pickup.lat_e7(),
        what.pickup.long_e7(),
        what.drop.lat_e7(),
        what.drop.long_e7(),
        what.ready,
        what.due,
        what.load,
        what.modes.bits(),
        what.pay,
    ]
}

pub fn add_job(id: JobId, what: &NewJob, now: Timestamp) -> Change {
    let mut params = values![id, &what.kind, what.subject];
    params.extend(wanted(what));
    params.push(now.into());
    ADD_JOB.with(params)
}

pub fn revive_job(before: &Job, what: &NewJob, now: Timestamp) -> Change {
    let mut params = values![before.id, before.version];
    params.extend(wanted(what));
    params.push(now.into());
    REVIVE_JOB.with(params)
}

/// A job as it is from now on, if it still is as it was.
pub fn put_job(job: &Job, now: Timestamp) -> Change {
    PUT_JOB.with(values![
        job.id,
        job.version,
        job.state.name(),
        job.worker,
        job.picked_up,
        job.tries,
        job.ring,
        job.look,
        job.alerted,
        job.since,
        job.what.ready,
        job.what.due,
        job.state.is_over().then_some(now),
    ])
}

pub fn add_offer(offer: &Offer) -> Change {
    let Offer { id, job, worker, metres, seconds, made, expires, .. } = *offer;
    ADD_OFFER.with(values![id, job, worker, metres, seconds, made, expires])
}

pub fn end_offer(offer: OfferId, state: OfferState, now: Timestamp) -> Change {
    END_OFFER.with(values![offer, state.name(), now])
}

pub fn expire_offers(job: JobId, now: Timestamp) -> Change {
    EXPIRE_OFFERS.with(values![job, now]).any_rows()
}

pub fn close_offers(job: JobId, accepted: Option<OfferId>, now: Timestamp) -> Change {
    CLOSE_OFFERS.with(values![job, accepted.map_or(0, OfferId::raw), now]).any_rows()
}

/// What somebody is to carry, and has earned on a day, changes by so much.
pub fn load(worker: WorkerId, more: i64, (day, earned): (i64, i64), now: Timestamp) -> Change {
    LOAD.with(values![worker, more, now, day, earned])
}
