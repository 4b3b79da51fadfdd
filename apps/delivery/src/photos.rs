//! The pictures of stores and products: they are sent and kept elsewhere, and belong to what shows them.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Decision, Fault, Refusal};
use media::upload::{decide as uploaded, repo as uploads};
use media::{Media, PictureView, Purpose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::Call;

pub const STORES: Purpose = Purpose { name: "store", anyone: false };
pub const PRODUCTS: Purpose = Purpose { name: "product", anyone: false };

/// The picture that something shows from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhoto {
    /// The ticket of the upload; nothing takes away the picture that there is.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub ticket: Option<String>,
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
