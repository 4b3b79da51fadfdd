//! Whoever asks for messages to an address is believed when the owner of the address says so. Until then
//! one message goes there, with a link; without an answer everything is forgotten after a while.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::{Ctx, Decision, NewJob, Refusal, RefusalKind};
use notify::NewMessage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Market;
use subtle::ConstantTimeEq;
use web::{Answer, Body, Call, Path};

use super::http::{Followed, with_secret};
use super::keys::{About, Keys, Who};
use super::links::{REQUEST, WHO};
use super::mail::{self, UPDATES};
use super::model::{Contact, Follower};
use super::repo;
use crate::APP;
use crate::civic::Civic;
use crate::limits;
use crate::request::http::Which;
use crate::request::model::{Request, RequestId};
use crate::request::number;

/// Forgets an address whose owner did not say yes.
pub const UNCONFIRMED: &str = "civic.unconfirmed";
const ASK_AGAIN_S: u32 = 24 * 3_600;

#[derive(Debug, Serialize, Deserialize)]
struct Unconfirmed {
    request: RequestId,
    who: String,
    /// Of the address that was asked: another one has its own job.
    mark: String,
}

/// The question to the owner of an address.
pub(super) async fn asked(
    civic: &Civic,
    call: &Call,
    request: &Request,
    who: Who,
    contact: &Contact,
) -> Result<Decision, Refusal> {
    let rules = civic.rules.of(call.market()).await?;
    let category = rules.category(&request.category).map_or(&*request.category, |category| &category.name);
    Ok(ask(civic, call, (request, category), (who, contact), &call.ctx()))
}

/// The one message that goes to an address before its owner has said anything, and what happens without
/// an answer.
fn ask(
    civic: &Civic,
    call: &Call,
    (request, category): (&Request, &str),
    (who, contact): (Who, &Contact),
    ctx: &Ctx<'_>,
) -> Decision {
    let (Some(to), Some(channel)) = (contact.address(), mail::channel(contact.channel)) else {
        return Decision::nothing();
    };
    let market = call.site.market_id;
    let about = About { market, request: request.id };
    let (trace, mark) = (Keys::trace(who), Keys::trace(civic.keys.confirming_mark(about, who, to)));
    let cause = format!("civic:confirm:{mark}:{}", ctx.now.as_microsecond());
    let message = NewMessage::new(channel, to, &format!("{APP}.confirm"), UPDATES, &cause)
        .person(call.caller.person())
        .language(contact.language.as_deref())
        .about(&trace)
        .good_for(limits::UNCONFIRMED)
        .arguments(json!({
            "number": number::of(request.id), "category": category, REQUEST: request.id, WHO: trace,
        }));
    let day = repo::day(ctx.now);
    let refusal = Refusal::new(
        RefusalKind::TooMany,
        "too_many_confirmations",
        "This address was asked several times today. Look there for a message, or try again tomorrow.",
    );
    let asked = repo::ask(civic.keys.asked(market, to), day).or_refuse(refusal.retry_after(ASK_AGAIN_S));
    let due = ctx.now.saturating_add(limits::UNCONFIRMED).unwrap_or(ctx.now);
    let left = Unconfirmed { request: request.id, who: trace, mark };
    notify::queue(message, ctx).change(asked).job(NewJob::new(UNCONFIRMED, due, &left))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    /// What stands in the link of the message, after the number.
    #[schemars(length(min = 1, max = 80))]
    token: String,
}

pub(super) async fn request_confirm(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(by): Body<Confirm>,
) -> Result<Answer<Followed>, Refusal> {
    let about = About { market: call.site.market_id, request: which.id };
    let (who, mark) = Keys::read_confirming(&by.token).ok_or_else(Refusal::not_found)?;
    let answer: Answer<Followed> = call
        .change(|| async {
            let row = repo::one(call.market(), which.id, who).await?.ok_or_else(Refusal::not_found)?;
            let its = civic.keys.confirming_mark(about, who, row.contact.address().unwrap_or_default());
            if !bool::from(its.ct_eq(&mark)) {
                return Err(Refusal::not_found());
            }
            let decision = match row.confirmed {
                true => Decision::nothing(),
                false => Decision::nothing().change(repo::confirm(&row)),
            };
            let follows = !row.confirmed;
            let followed = Followed { request: which.id, follows, confirm: false, secret: None };
            Ok((decision, Answer::ok(&followed)?))
        })
        .await?;
    with_secret(answer, |followed: &mut Followed| followed.secret = Some(civic.keys.secret(about, who)))
}

pub struct ForgetUnconfirmed {
    pub civic: Arc<Civic>,
}

impl JobHandler for ForgetUnconfirmed {
    fn kind(&self) -> &'static str {
        UNCONFIRMED
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let left: Unconfirmed =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        let Some(who) = Keys::read_trace(&left.who) else {
            return Err(JobTrouble::Dead("it names nobody".into()));
        };
        let row = repo::one(market, left.request, who).await?.filter(|row| !row.confirmed);
        Ok(row.map(|row| self.forgotten(market, &row, &left)).unwrap_or_default())
    }
}

impl ForgetUnconfirmed {
    fn forgotten(&self, market: &Market, row: &Follower, left: &Unconfirmed) -> Decision {
        let about = About { market: market.place().id, request: row.request };
        let address = row.contact.address().unwrap_or_default();
        let mark = Keys::trace(self.civic.keys.confirming_mark(about, row.who, address));
        if mark != left.mark {
            return Decision::nothing();
        }
        notify::forget(&left.who).change(repo::drop_unconfirmed(row))
    }
}
