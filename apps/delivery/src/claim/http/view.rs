use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person, Refusal};
use media::PictureView;
use media::upload::repo as uploads;
use schemars::JsonSchema;
use serde::Serialize;
use web::Call;

use super::super::model::{Answer, Bearer, Claim, ClaimId, Dispute, Entry, State, Verdict, Wanted};
use super::super::{PHOTOS, repo};
use crate::order::OrderId;
use crate::order::state::Role;

/// A claim as somebody sees it. What is not theirs to know is left out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClaimView {
    pub id: ClaimId,
    pub order: OrderId,
    /// For operators.
    pub buyer: Option<Id<Person>>,
    pub state: State,
    pub lines: Vec<Wanted>,
    /// What they cost at the prices of the order.
    pub asked: Money,
    pub answer: Option<Answer>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub answer_until: Timestamp,
    pub verdict: Option<VerdictView>,
    pub dispute: Dispute,
    /// Why the buyer does not take the answer.
    pub disputed: Option<String>,
    /// The second word, and the last.
    pub last: Option<VerdictView>,
    /// What was approved did not arrive.
    pub failed: bool,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerdictView {
    pub reason: Option<String>,
    pub lines: Vec<GrantedView>,
    /// At the prices of the order.
    pub goods: Money,
    /// What goes back: to where it came from or into the wallet, and in coins.
    pub money: Money,
    pub coins: Money,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GrantedView {
    pub line: u16,
    pub count: u32,
    pub share_bp: u32,
    /// Who bears it, where an operator said so; not for buyers.
    pub bearer: Option<Bearer>,
}

impl VerdictView {
    fn new(verdict: &Verdict, shows_bearer: bool) -> Self {
        let line = |its: &super::super::model::Granted| GrantedView {
            line: its.line,
            count: its.count,
            share_bp: its.share_bp,
            bearer: its.bearer.filter(|_| shows_bearer),
        };
        Self {
            reason: verdict.reason.clone(),
            lines: verdict.lines.iter().map(line).collect(),
            goods: verdict.goods,
            money: verdict.money,
            coins: verdict.coins,
            at: verdict.at,
        }
    }
}

impl ClaimView {
    fn new(claim: &Claim, role: Role) -> Self {
        let said = &claim.said;
        let verdict = |it: &Option<Verdict>| Some(VerdictView::new(it.as_ref()?, role != Role::Buyer));
        Self {
            id: claim.id,
            order: claim.order,
            buyer: (role == Role::Operator).then_some(claim.buyer),
            state: claim.state,
            lines: said.lines.clone(),
            asked: said.asked,
            answer: said.answer.clone(),
            answer_until: claim.answer_until,
            verdict: verdict(&said.verdict),
            dispute: claim.dispute,
            disputed: said.disputed.clone(),
            last: verdict(&said.last),
            failed: claim.failed,
            at: claim.at,
            since: claim.since,
            version: claim.version,
        }
    }

    pub fn for_buyer(claim: &Claim) -> Self {
        Self::new(claim, Role::Buyer)
    }

    pub fn for_merchant(claim: &Claim) -> Self {
        Self::new(claim, Role::Merchant)
    }

    pub fn for_operator(claim: &Claim) -> Self {
        Self::new(claim, Role::Operator)
    }
}

/// With its pictures, as soon as they have been looked at, and with what happened to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WholeView {
    #[serde(flatten)]
    pub claim: ClaimView,
    pub photos: Vec<PictureView>,
    pub history: Vec<EntryView>,
}

impl WholeView {
    pub async fn of(call: &Call, claim: ClaimView) -> Result<Self, Refusal> {
        let sent = uploads::of_subject(call.market(), PHOTOS.name, claim.id.raw()).await?;
        let shown = |upload: &media::Upload| {
            let (address, width, height) = upload.picture?;
            Some(PictureView::new(&call.base, address, width, height))
        };
        let photos = sent.iter().filter_map(shown).collect();
        let entries = repo::history(call.market(), claim.id).await?;
        Ok(Self { claim, photos, history: entries.into_iter().map(EntryView::from).collect() })
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EntryView {
    pub state: State,
    pub dispute: Dispute,
    pub by: Role,
    pub reason: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

impl From<Entry> for EntryView {
    fn from(it: Entry) -> Self {
        Self { state: it.state, dispute: it.dispute, by: it.role, reason: it.reason, at: it.at }
    }
}
