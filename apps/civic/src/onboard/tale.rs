//! What a citizen reported and what came of it, as it would have happened: for platforms to try. It goes the
//! way of every report and of every act of staff, with the times that the tale says.

use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Id, IdSource, Person, Refusal};
use serde_json::Value;
use store::{Market, Stamp};

use crate::Civic;
use crate::desk::Hours;
use crate::desk::decide as desk;
use crate::desk::model::{Act, By};
use crate::request::decide::{self, Around};
use crate::request::model::{NewRequest, RequestId};
use crate::request::state::Who;
use crate::request::{repo, report};

pub struct Tale {
    pub reporter: Id<Person>,
    /// As somebody would send it.
    pub report: Value,
    pub at: Timestamp,
    /// What staff did, and when.
    pub acts: Vec<(Timestamp, Id<Person>, Act)>,
}

pub async fn tell(
    civic: &Civic,
    market: &Market,
    zone: &TimeZone,
    ids: &dyn IdSource,
    tale: Tale,
) -> Result<RequestId, Refusal> {
    let ctx = |now, person| Ctx { now, zone, actor: Actor::Person(person), ids };
    let unreadable = |error: serde_json::Error| Refusal::conflict("unreadable", error.to_string());
    let new: NewRequest = serde_json::from_value(tale.report).map_err(unreadable)?;
    let rules = civic.rules.of(market).await?;
    let mut around = Around::nothing(&civic.keys, market.place().id);
    if let Some(place) = new.place {
        around.area = report::area_of(civic, market, &rules, place).await?;
    }
    let minutes = rules.category(&new.category).and_then(|it| it.due_min);
    around.due = minutes.and_then(|minutes| rules.calendar(zone).due_after(tale.at, minutes));
    let reported = ctx(tale.at, tale.reporter);
    let (decision, request) = decide::report(&rules, new, around, &reported)?;
    market.commit(Stamp::from(&reported), decision).await?;
    let deadline = civic.of(market).await?;
    for (at, staff, act) in tale.acts {
        market
            .change(|| async {
                let ctx = ctx(at, staff);
                let before = repo::one(market, request.id).await?.ok_or_else(Refusal::not_found)?;
                let by = By { who: Who::Staff, agency: before.agency };
                let known = Default::default();
                let (decision, _) = desk::act(&before, &act, None, &known, &by, &*deadline, &ctx)?;
                Ok((Stamp::from(&ctx), decision, ()))
            })
            .await?;
    }
    Ok(request.id)
}
