//! The endpoints that do one act to many requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::StatusCode;
use kernel::{Fault, Id, Provider, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, Role};

use super::http::finished;
use super::model::Act;
use super::wish::{AssignBody, HideBody, MoveBody, RouteBody, TextBody, Wish};
use super::{bulk, load, repo};
use crate::desk::Desk;
use crate::request::model::RequestId;

pub fn endpoints(desk: &Arc<Desk>) -> [Endpoint; 2] {
    const SAYS: &str = "Does one act to up to 200 requests and says of each whether it was done. All that \
                        are done are done in one commit.";
    let (one, other) = (desk.clone(), desk.clone());
    let ours = web::post(
        "/v1/providers/{provider}/bulk",
        move |call: Call, path: Path<AgencyPath>, body: Body<BulkBody>| {
            let desk = one.clone();
            async move { bulk_act(&desk, call, Some(path.0.provider), body.0).await }
        },
    );
    let all = web::post("/v1/desk/bulk", move |call: Call, body: Body<BulkBody>| {
        let desk = other.clone();
        async move { bulk_act(&desk, call, None, body.0).await }
    });
    [
        finished(ours, "agency_bulk", SAYS, May::Provider(Role::Staff)),
        finished(all, "desk_bulk", SAYS, May::Role(Role::Staff)),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AgencyPath {
    provider: Id<Provider>,
}

/// Exactly one of the acts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BulkBody {
    #[schemars(length(min = 1, max = 200))]
    ids: Vec<RequestId>,
    #[serde(rename = "move")]
    to: Option<MoveBody>,
    assign: Option<AssignBody>,
    route: Option<RouteBody>,
    note: Option<TextBody>,
    answer: Option<TextBody>,
    hide: Option<HideBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BulkView {
    items: Vec<bulk::Outcome>,
}

impl BulkBody {
    fn act(&self) -> Result<Act, Refusal> {
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for (place, id) in self.ids.iter().enumerate() {
            if !seen.insert(*id) {
                faults.push(Fault::new(format!("/ids/{place}"), "repeated", "It is named twice."));
            }
        }
        let acts: [Option<Wish>; 6] = [
            self.to.clone().map(Into::into),
            self.assign.clone().map(Into::into),
            self.route.clone().map(Into::into),
            self.note.clone().map(|it| (Act::Note { text: it.text }, it.version)),
            self.answer.clone().map(|it| (Act::Answer { text: it.text }, it.version)),
            self.hide.clone().map(Into::into),
        ];
        let mut acts: Vec<Wish> = acts.into_iter().flatten().collect();
        if acts.iter().any(|(_, version)| version.is_some()) {
            faults.push(Fault::new("", "unexpected", "Many requests do not share a version."));
        }
        match acts.pop() {
            Some((act, _)) if acts.is_empty() && faults.is_empty() => Ok(act),
            found => {
                if found.is_none() || !acts.is_empty() {
                    faults.push(Fault::new("", "one_act", "Give exactly one act."));
                }
                Err(Refusal::invalid(faults))
            }
        }
    }
}

async fn bulk_act(
    desk: &Desk,
    call: Call,
    agency: Option<Id<Provider>>,
    body: BulkBody,
) -> Result<Answer<BulkView>, Refusal> {
    call.change(|| async {
        let by = load::by(&call, agency).await?;
        let act = body.act()?;
        let deadline = load::deadline(desk, call.market()).await?;
        let mut loaded = Vec::with_capacity(body.ids.len());
        for id in &body.ids {
            let found = match repo::one(call.market(), by.agency, *id).await? {
                Some(request) => {
                    let known = load::known(desk, &call, &by, &request, &act).await?;
                    Some((request, known))
                }
                None => None,
            };
            loaded.push((*id, found));
        }
        let (decision, items) = bulk::all(&act, &loaded, &by, &*deadline, &call.ctx());
        Ok((decision, Answer::with(StatusCode::OK, &BulkView { items })?))
    })
    .await
}
