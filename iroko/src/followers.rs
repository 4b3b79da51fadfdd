//! What follows after the fact, of the whole program: each app's consumers, jobs and schedules, and
//! the platform's own chores.

use std::sync::Arc;

use bus::{BadSchedule, Job, JobHandler, JobTrouble, Registry, Schedule};
use identity::{Identity, SEND_CODE, SendTrouble};
use kernel::jiff::Timestamp;
use kernel::{Clock, Decision, NewJob};
use store::{Kind, Market};
use web::World;

use crate::platform::Platform;
use crate::reach::Reach;
use crate::wiring;

const FORGET_ANSWERS: &str = "web.forget_answers";
const TIDY_PEOPLE: &str = "identity.tidy";

pub fn registry(platform: &Platform, directory: &Arc<dyn bus::Directory>) -> Result<Registry, BadSchedule> {
    let (identity, World { clock, ids, .. }) = (&platform.identity, &*platform.world);
    let outside = &platform.outside;
    let house = notify::follow(media::follow(Registry::default(), &outside.media), &outside.notify)?;
    let paid = money::follow(house, clock, &platform.money)?;
    let brought = platform.delivery.follow(paid, directory)?;
    let people = Arc::new(Reach(platform.directory().clone()));
    let known = platform.delivery.tell(brought, directory, (people, outside.veil.clone()))?;
    let told = civic::follow(known, &platform.civic, ids, directory)?;
    let mail = Arc::new(civic::follower::mail::Mail::new(clock.clone(), ids.clone()));
    let staff = Arc::new(wiring::Staff(platform.directory().clone()));
    let told =
        civic::tell_staff(civic::tell(told, &platform.civic, mail.clone()), &platform.civic, staff, mail);
    let mut registry = told
        .handler(ForgetAnswers { clock: clock.clone() })
        .handler(SendCode { identity: identity.clone(), clock: clock.clone() })
        .handler(TidyPeople { identity: identity.clone(), clock: clock.clone() })
        .schedule(Kind::Home, Schedule::new(TIDY_PEOPLE, "42 * * * *", TIDY_PEOPLE)?);
    for kind in [Kind::Home, Kind::Market] {
        registry = registry.schedule(kind, Schedule::new(FORGET_ANSWERS, "17 * * * *", FORGET_ANSWERS)?);
    }
    Ok(registry)
}

/// Answers kept for repeated keys, once their day is over.
struct ForgetAnswers {
    clock: Arc<dyn Clock>,
}

impl JobHandler for ForgetAnswers {
    fn kind(&self) -> &'static str {
        FORGET_ANSWERS
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let now = self.clock.now();
        let is_more = web::forget(market, now).await?;
        Ok(going_on(FORGET_ANSWERS, job, is_more, now))
    }
}

struct SendCode {
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
}

impl JobHandler for SendCode {
    fn kind(&self) -> &'static str {
        SEND_CODE
    }

    async fn run(&self, home: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        match self.identity.send_code(home, &job.body, self.clock.now()).await {
            Ok(()) => Ok(Decision::nothing()),
            Err(SendTrouble::Retry(error)) => Err(JobTrouble::Retry(error)),
            Err(dead @ SendTrouble::Dead) => Err(JobTrouble::Dead(dead.to_string())),
        }
    }
}

/// Codes, sessions and keys that are over.
struct TidyPeople {
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
}

impl JobHandler for TidyPeople {
    fn kind(&self) -> &'static str {
        TIDY_PEOPLE
    }

    async fn run(&self, home: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let now = self.clock.now();
        let tidied = self.identity.tidy(home, now).await;
        let is_more = tidied.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))?;
        Ok(going_on(TIDY_PEOPLE, job, is_more, now))
    }
}

/// A chore that did not come to its end goes on at once, after others have had their turn.
fn going_on(kind: &'static str, job: &Job, is_more: bool, now: Timestamp) -> Decision {
    match is_more {
        true => Decision::nothing().job(NewJob::new(kind, now, &()).priority(job.priority)),
        false => Decision::nothing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::SignedDuration;
    use kernel::{Actor, Id, ManualClock, SequentialIds, values};
    use store::schema::Schema;
    use store::{Place, Stamp, Store, StoreConfig};

    kernel::statements! {
        short ANSWER = "insert into answer (id, key, fingerprint, status, body, at) values (?1, ?2, ?2, 200, ?2, ?3)";
        long LEFT = "select count(*) from answer";
    }

    fn job(now: Timestamp) -> Job {
        let (kind, body) = (FORGET_ANSWERS.to_owned(), "null".to_owned());
        Job {
            id: 1,
            kind,
            body,
            key: None,
            priority: 3,
            due: now,
            attempts: 1,
            actor: Actor::System,
            at: now,
        }
    }

    #[tokio::test]
    async fn all_answers_whose_day_is_over_are_forgotten() {
        let folder = testkit::folder();
        let clock: Arc<ManualClock> = Arc::new(testkit::clock());
        let now = clock.now();
        let ids = Arc::new(SequentialIds::starting_at(1));
        let config = StoreConfig::embedded(folder.path());
        let store = Store::open(config, Schema::of([web::part()]), ids).await.unwrap();
        let market = store.create(&Place::market(Id::from_raw(5), "ten", "mkt")).await.unwrap();
        let kept = |number: i64| {
            let at = if number < 2_500 { now - SignedDuration::from_hours(25) } else { now };
            ANSWER.with(values![number, number.to_be_bytes().to_vec(), at])
        };
        let stamp = Stamp { at: now, actor: Actor::System };
        market.commit(stamp, Decision::nothing().changes((0..2_510).map(kept))).await.unwrap();
        let decision = ForgetAnswers { clock }.run(&market, &job(now)).await.unwrap();
        assert!(decision.is_nothing(), "it came to its end");
        let left: (i64,) = market.one(LEFT, values![]).await.unwrap().unwrap();
        assert_eq!(left, (10,));
    }

    #[test]
    fn what_did_not_come_to_its_end_goes_on_at_once() {
        let now = testkit::clock().now();
        assert!(going_on(TIDY_PEOPLE, &job(now), false, now).is_nothing());
        let decision = going_on(TIDY_PEOPLE, &job(now), true, now);
        let [next] = &decision.jobs[..] else { panic!("{decision:?}") };
        assert_eq!((next.kind, next.due, next.priority), (TIDY_PEOPLE, now, 3));
    }
}
