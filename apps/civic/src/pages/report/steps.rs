//! Which step comes next, and what a button does.

use bytes::Bytes;
use kernel::{Refusal, RefusalKind};
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields};

use super::draft::{Draft, Step};
use super::{send, show};
use crate::pages::doors::{Ask, again, told};
use crate::pages::frame::{Frame, degrees};
use crate::pages::limits::{DEVICE_KEPT_S, MAP, MAP_NARROW, PHOTOS_MAX};
use crate::pages::views::{Category, Request};
use crate::pages::visit::Visit;
use crate::pages::{Pages, address, forms, own, place};
use crate::request::number;

type Faults = Vec<(String, String)>;

/// The category with its questions, if it is one that may be reported.
pub async fn category(pages: &Pages, call: &Call, code: &str) -> Result<Option<Category>, Refusal> {
    if code.is_empty() {
        return Ok(None);
    }
    match pages.doors.read("civic.category_read", call, Ask::new().path("code", code)).await {
        Ok(category) => Ok(Some(category)),
        Err(refusal) if matches!(refusal.kind(), RefusalKind::NotFound | RefusalKind::Invalid) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

pub async fn take(pages: &Pages, call: Call, visit: Visit, fields: &Fields) -> Result<Answer<Bare>, Refusal> {
    let step = fields.text("step").and_then(Step::named).unwrap_or(Step::What);
    let go = fields.text("go").unwrap_or("next").to_owned();
    let mut draft = Draft::read(fields);
    if draft.form.is_empty() {
        draft.form = forms::fresh(&call);
    }
    let mut faults = photos(pages, &call, &visit, &mut draft, fields).await?;
    if let Some(clicked) = clicked(fields).filter(|_| step == Step::Where) {
        pin(pages, &call, &mut draft, clicked).await?;
        return show::step(pages, &call, &visit, step, &mut draft, faults).await;
    }
    if let Some(photo) = go.strip_prefix("drop:") {
        draft.photos.retain(|its| its != photo);
        pages.civic.take_back(&call, &[photo.to_owned()]).await;
        return show::step(pages, &call, &visit, step, &mut draft, faults).await;
    }
    if let Some(other) = go.strip_prefix("same:").filter(|_| step == Step::Send) {
        return same(pages, call, visit, &draft, other).await;
    }
    if step == Step::Where
        && let Some(frame) = moved(pages, &call, &draft, &go).await?
    {
        draft.frame = Some(frame);
        return show::step(pages, &call, &visit, step, &mut draft, faults).await;
    }
    match &*go {
        "back" => show::step(pages, &call, &visit, step.before(), &mut draft, faults).await,
        "stay" => show::step(pages, &call, &visit, step, &mut draft, faults).await,
        "send" if step == Step::Send => sent(pages, call, visit, &mut draft).await,
        _ => {
            faults.extend(tried(pages, &call, &visit, &draft, step).await?);
            let next = match faults.first() {
                None => step.after(),
                // The first thing that is wrong is shown first.
                Some(_) => faults.iter().map(|(field, _)| Step::of(field)).min().unwrap_or(step).min(step),
            };
            show::step(pages, &call, &visit, next, &mut draft, faults).await
        }
    }
}

/// Pictures that came with this form, taken in; from then on they go along by name.
async fn photos(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    draft: &mut Draft,
    fields: &Fields,
) -> Result<Faults, Refusal> {
    let mut faults = Faults::new();
    for file in fields.files() {
        let bytes: Bytes = file.bytes.clone();
        if draft.photos.len() >= PHOTOS_MAX {
            faults.push(("photos".into(), visit.t("fault-too-many-photos")));
            break;
        }
        match pages.civic.receive_all(call, std::iter::once(bytes)).await {
            Ok(tickets) => draft.photos.extend(tickets),
            Err(refusal) if refusal.kind() == RefusalKind::Unavailable => {
                faults.push(("photos".into(), visit.t("fault-photo-later")));
            }
            Err(_) => faults.push(("photos".into(), visit.t("fault-bad-photo"))),
        }
        faults.truncate(1);
    }
    Ok(faults)
}

/// A click on one of the two pictures: its size, and where. Whoever presses a key on it clicks nowhere,
/// and means its middle.
fn clicked(fields: &Fields) -> Option<((u32, u32), (i64, i64))> {
    let on = |name: &str| {
        let at = |axis: &str| fields.text(&format!("{name}.{axis}"))?.parse::<i64>().ok();
        Some((at("x")?, at("y")?))
    };
    let (size, at) = match on("pin") {
        Some(at) => (MAP, at),
        None => (MAP_NARROW, on("pin-narrow")?),
    };
    let middle = (i64::from(size.0 / 2), i64::from(size.1 / 2));
    Some((size, if at == (0, 0) { middle } else { at }))
}

async fn pin(
    pages: &Pages,
    call: &Call,
    draft: &mut Draft,
    (size, at): ((u32, u32), (i64, i64)),
) -> Result<(), Refusal> {
    let frame = frame(pages, call, draft).await?;
    let place = frame.place(size, at);
    (draft.lat, draft.long) = (degrees(place.lat_e7()), degrees(place.long_e7()));
    // The pin is in the middle, and one can see better where it is.
    draft.frame = Some(Frame::new(place, frame.zoom.max(13) + 1));
    Ok(())
}

pub async fn frame(pages: &Pages, call: &Call, draft: &Draft) -> Result<Frame, Refusal> {
    match (draft.frame, draft.pin()) {
        (Some(frame), _) => Ok(frame),
        (None, Ok(Some(pin))) => Ok(Frame::new(pin, 16)),
        _ => place::home(pages, call).await,
    }
}

async fn moved(pages: &Pages, call: &Call, draft: &Draft, go: &str) -> Result<Option<Frame>, Refusal> {
    match go {
        "in" | "out" | "north" | "south" | "west" | "east" => Ok(frame(pages, call, draft).await?.moved(go)),
        _ => Ok(None),
    }
}

/// What is wrong with what was asked so far.
async fn tried(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    draft: &Draft,
    step: Step,
) -> Result<Faults, Refusal> {
    let mut faults = Faults::new();
    if step >= Step::Where && draft.pin().is_err() {
        faults.push(("lat".into(), visit.t("fault-not-a-place")));
    }
    match reported(pages, again(call), draft, step, "civic.page_try").await {
        Ok(_) => {}
        Err(refused) if refused.kind() == RefusalKind::Invalid => {
            let found = forms::faults(visit, &refused).into_iter();
            let is_new = |field: &str| field != "place" || faults.is_empty();
            let found: Faults = found.filter(|(field, _)| Step::of(field) <= step && is_new(field)).collect();
            faults.extend(found);
        }
        Err(refused) => return Err(refused),
    }
    Ok(faults)
}

/// What the report would be, or is.
pub async fn reported(
    pages: &Pages,
    call: Call,
    draft: &Draft,
    step: Step,
    door: &str,
) -> Result<Request, Refusal> {
    let questions = category(pages, &call, &draft.category).await?.map(|it| it.questions).unwrap_or_default();
    let body = draft.report(&questions, step);
    told(&pages.doors.go(door, call, Ask::new().body(body)).await?)
}

async fn sent(
    pages: &Pages,
    mut call: Call,
    visit: Visit,
    draft: &mut Draft,
) -> Result<Answer<Bare>, Refusal> {
    let asked = again(&call);
    let whole = draft.report(&[], Step::Send).to_string();
    let answers = json!(draft.answers).to_string();
    call.form_key(&draft.form, &[whole.as_bytes(), answers.as_bytes()])?;
    match reported(pages, call, draft, Step::Send, "civic.page_send").await {
        Ok(request) => {
            let path = format!("/track/{}", request.number);
            let secret = send::secret(&pages.civic, &asked, &request.id).unwrap_or_default();
            Ok(visit.go(&format!("{path}?key={}&done=reported", address::encoded(&secret))))
        }
        Err(refused) if refused.kind() == RefusalKind::Invalid => {
            let faults = forms::faults(&visit, &refused);
            let step = faults.iter().map(|(field, _)| Step::of(field)).min().unwrap_or(Step::Details);
            show::step(pages, &asked, &visit, step, draft, faults).await
        }
        Err(refused) => Err(refused),
    }
}

/// It is one of those that were reported already: "me too", and the rest is let go.
async fn same(
    pages: &Pages,
    call: Call,
    mut visit: Visit,
    draft: &Draft,
    other: &str,
) -> Result<Answer<Bare>, Refusal> {
    let device = own::device(&visit, &call);
    let mut body = json!({ "device": device });
    if !draft.contact.is_empty() {
        body["contact"] = draft.contact.clone().into();
    }
    let id = other.parse().map_err(|_| Refusal::not_found())?;
    let path = format!("/track/{}", number::of(id));
    let reply = match pages.doors.go("civic.request_second", call, Ask::of(other).body(body)).await {
        Ok(reply) => told::<Value>(&reply)?,
        // It is their own, or was closed a moment ago: its page tells.
        Err(refused) if refused.kind() == RefusalKind::Conflict => return Ok(visit.go(&path)),
        Err(refused) => return Err(refused),
    };
    visit.keep(own::DEVICE, &device, DEVICE_KEPT_S);
    let key = reply["secret"].as_str().unwrap_or_default();
    let query = address::query([("key", key), ("done", "seconded")]);
    Ok(visit.go(&format!("{path}?{query}")))
}
