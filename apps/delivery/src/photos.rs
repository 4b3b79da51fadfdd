//! The pictures of stores, of products and of what lies at a door: they are sent and kept elsewhere, and
//! belong to what shows them.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Decision, Fault, Refusal};
use media::upload::{decide as uploaded, repo as uploads};
use media::{Media, PictureView, Purpose, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::Call;

pub const STORES: Purpose = Purpose { name: "store", anyone: false };
pub const PRODUCTS: Purpose = Purpose { name: "product", anyone: false };
/// Of an order that was brought, where nobody opened.
pub const PROOFS: Purpose = Purpose { name: "proof", anyone: false };

/// The picture that something shows from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhoto {
    /// The ticket of the upload; nothing takes away the picture that there is.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub ticket: Option<String>,
}

/// A picture that shows that an order was brought: all of it is here, and it is of this order only.
pub async fn proof(
    media: Option<&Arc<Media>>,
    call: &Call,
    order: i64,
    ticket: &str,
) -> Result<(Decision, String), Refusal> {
    let fault = |code, message| Refusal::invalid(vec![Fault::new("/photo", code, message)]);
    let media = media.ok_or_else(|| fault("no_pictures", "No pictures are kept here."))?;
    let tickets = [ticket.to_owned()];
    let attached = media.attach(call.market(), call.now, (PROOFS, order), &tickets, "/photo").await?;
    let id = media.read_ticket(call.market(), ticket)?.id;
    let upload = uploads::one(call.market(), id).await?;
    let is_here = upload.is_some_and(|upload| matches!(upload.state, State::Waiting | State::Ready));
    if is_here { Ok((attached, id.to_string())) } else { Err(fault("not_sent", "Send the picture first.")) }
}

/// What is committed when something shows another picture, and that picture's id.
pub async fn replace(
    media: Option<&Arc<Media>>,
    call: &Call,
    (purpose, subject): (Purpose, i64),
    new: &NewPhoto,
) -> Result<(Decision, Option<String>), Refusal> {
    let media = media.ok_or_else(|| {
        Refusal::invalid(vec![Fault::new("/ticket", "no_pictures", "No pictures are kept here.")])
    })?;
    let ticket = new.ticket.as_ref().map(|text| media.read_ticket(call.market(), text)).transpose()?;
    let mut others = uploads::of_subject(call.market(), purpose.name, subject).await?;
    others.retain(|upload| ticket.as_ref().is_none_or(|ticket| ticket.id != upload.id));
    let tickets: Vec<String> = new.ticket.iter().cloned().collect();
    let attached = media.attach(call.market(), call.now, (purpose, subject), &tickets, "/ticket").await?;
    let id = ticket.map(|ticket| ticket.id.to_string());
    Ok((uploaded::remove(&others, call.now).and(attached), id))
}

/// The pictures of these that are ready, in one question.
pub async fn shown(
    call: &Call,
    purpose: Purpose,
    subjects: &[i64],
) -> Result<HashMap<i64, PictureView>, Refusal> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let found = uploads::of_subjects(call.market(), purpose.name, subjects).await?;
    let picture = |(subject, uploads): (&i64, Vec<media::Upload>)| {
        let (address, width, height) = uploads.iter().rev().find_map(|upload| upload.picture)?;
        Some((*subject, PictureView::new(&call.base, address, width, height)))
    };
    Ok(subjects.iter().zip(found).filter_map(picture).collect())
}

#[cfg(test)]
mod tests;
