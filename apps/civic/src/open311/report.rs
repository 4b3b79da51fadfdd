//! Reporting, and asking under which id a report is known.

use std::sync::Arc;

use kernel::{Decision, Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Endpoint, Fields, May, Pairs, Path};

use super::form::{Form, Node};
use super::pair::pair;
use super::photo;
use super::sent::{Sent, sent};
use super::site::{answer, check_jurisdiction};
use crate::civic::Civic;
use crate::desk::decide as desk;
use crate::desk::model::{Act, By};
use crate::desk::record::Mark;
use crate::limits;
use crate::request::model::{Request, Source};
use crate::request::state::{RoundTheClock, Who};
use crate::request::{number, repo, report as reporting};

/// What a key must be good for.
pub const SCOPE: &str = "civic.report";

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let new = "Reports a request. Pictures come in the same form, or by their addresses.";
    let words = "Adds a reporter's words to a request, for the city's staff.";
    let number = "Under which id a report is known. Here every report has one at once.";
    [
        pair!(civic, post "/open311/v2/requests" => report(pairs: Pairs, fields: Fields))
            .map(|it| it.says(new).body_bytes_max(limits::OPEN311_BODY_BYTES_MAX).scope(SCOPE)),
        pair!(civic, post "/open311/v2/servicerequestupdates" => update(pairs: Pairs, fields: Fields))
            .map(|it| it.says(words).scope(SCOPE)),
        pair!(civic, get "/open311/v2/tokens/{id}" => token(which: Path<Which>, pairs: Pairs))
            .map(|it| it.says(number)),
    ]
    .into_iter()
    .flatten()
    .map(|endpoint| endpoint.may(May::Anyone))
    .collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(min = 1, max = 64))]
    id: String,
}

/// GeoReport has no Idempotency-Key. A report that is the same to the last letter, by the same sender
/// within a day, is the same report, sent twice by a shaky connection.
async fn report(
    civic: &Arc<Civic>,
    mut call: Call,
    form: Form,
    pairs: Pairs,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let rules = civic.rules.of(call.market()).await?;
    let sent = sent(&fields, |code| rules.category(code).cloned())?;
    check_jurisdiction(&call, sent.jurisdiction.as_deref().or(pairs.get("jurisdiction_id")))?;
    identify(civic, &mut call, sent.api_key.as_deref().or(pairs.get("api_key"))).await?;
    reporting::may_write(civic, &call).await?;
    let whole: Vec<&[u8]> = fields.0.iter().flat_map(|it| [it.name.as_bytes(), &*it.bytes]).collect();
    let digest = digest(&whole);
    call.form_key(&digest, &[digest.as_bytes()])?;

    let photos = civic.receive_all(&call, fields.files().map(|file| file.bytes.clone())).await?;
    let Sent { mut new, media_urls, .. } = sent;
    new.photos.clone_from(&photos);
    let done: Result<Answer<Bare>, Refusal> = call
        .change(|| async {
            let (decision, request) =
                reporting::attempt(civic, &call, None, new.clone(), Source::Open311).await?;
            let fetches = media_urls.iter().map(|url| photo::fetch(request.id, url, call.now));
            let decision = fetches.fold(decision, Decision::job);
            let notice = rules.category(&request.category).and_then(|it| it.notice.clone());
            Ok((decision, taken(form, &request, notice)))
        })
        .await;
    if done.is_err() {
        civic.take_back(&call, &photos).await;
    }
    done
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    hasher.finalize().to_hex().to_string()
}

fn taken(form: Form, request: &Request, notice: Option<String>) -> Answer<Bare> {
    let fields = Node::Fields(vec![
        ("service_request_id", number::of(request.id).into()),
        ("service_notice", notice.into()),
        ("account_id", Node::Nothing),
    ]);
    answer(form, "service_requests", &Node::List("request", vec![fields]))
}

/// A key comes as a field. It must be given, it must be good, and for this.
async fn identify(civic: &Civic, call: &mut Call, api_key: Option<&str>) -> Result<(), Refusal> {
    if call.caller.is_known() {
        return allowed(call);
    }
    let Some(key) = api_key.filter(|key| !key.is_empty()) else {
        return Err(Refusal::invalid(vec![Fault::new("api_key", "missing", "Must be given.")]));
    };
    call.caller = civic.caller_by_key(call, key).await?;
    allowed(call)
}

fn allowed(call: &Call) -> Result<(), Refusal> {
    if call.caller.is_known() && call.caller.has_scope(SCOPE) {
        return Ok(());
    }
    let message = "api_key: This key is not good for this.";
    Err(Refusal::new(RefusalKind::Forbidden, "scope_missing", message))
}

async fn token(
    _: &Civic,
    call: Call,
    form: Form,
    which: Path<Which>,
    pairs: Pairs,
) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, pairs.get("jurisdiction_id"))?;
    let id = number::or_id(&which.0.id).ok_or_else(Refusal::not_found)?;
    let request =
        repo::one(call.market(), id).await?.filter(|it| !it.hidden).ok_or_else(Refusal::not_found)?;
    let number = number::of(request.id);
    let fields =
        Node::Fields(vec![("service_request_id", number.as_str().into()), ("token", number.as_str().into())]);
    Ok(answer(form, "service_requests", &Node::List("request", vec![fields])))
}

/// Under which id the history has it.
fn entry(decision: &Decision) -> Option<String> {
    #[derive(Deserialize)]
    struct Marked {
        desk: Mark,
    }
    let marked = decision.events.iter().find_map(|event| serde_json::from_str::<Marked>(&event.body).ok());
    marked.map(|marked| marked.desk.entry.to_string())
}

/// What a reporter adds, by way of their own service. It moves nothing: staff read it and decide.
async fn update(
    civic: &Arc<Civic>,
    mut call: Call,
    form: Form,
    pairs: Pairs,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    check_jurisdiction(&call, fields.text("jurisdiction_id").or(pairs.get("jurisdiction_id")))?;
    identify(civic, &mut call, fields.text("api_key").or(pairs.get("api_key"))).await?;
    let text = fields.text("description").unwrap_or_default().trim().to_owned();
    let id = fields.text("service_request_id").map(str::trim).filter(|id| !id.is_empty());
    let Some(id) = id else {
        return Err(Refusal::invalid(vec![Fault::new("service_request_id", "missing", "Must be given.")]));
    };
    let id = number::or_id(id).ok_or_else(Refusal::not_found)?;
    let theirs = fields.text("update_id").map(str::trim).filter(|id| !id.is_empty());
    let key = digest(&[number::of(id).as_bytes(), theirs.unwrap_or_default().as_bytes(), text.as_bytes()]);
    call.form_key(&key, &[key.as_bytes()])?;
    call.change(|| async {
        let found = repo::one(call.market(), id).await?.filter(|request| !request.hidden);
        let request = found.ok_or_else(Refusal::not_found)?;
        let by = By { who: Who::System, agency: None };
        let act = Act::Note { text: text.clone() };
        let (decision, _) =
            desk::act(&request, &act, None, &Default::default(), &by, &RoundTheClock, &call.ctx())?;
        let update = Node::Fields(vec![("update_id", entry(&decision).into())]);
        Ok((decision, answer(form, "service_request_updates", &Node::List("request_update", vec![update]))))
    })
    .await
}
