//! The pictures of requests: they are sent and kept elsewhere, and belong to a request from the decision
//! that makes it until it is erased.

use std::collections::HashMap;

use bytes::Bytes;
use kernel::jiff::Timestamp;
use kernel::{Ctx, Decision, Fault, Refusal};
use media::upload::repo as uploads;
use media::{Media, PictureView, Purpose, State, Upload};
use store::Market;
use web::Call;

use crate::civic::Civic;
use crate::limits;
use crate::request::model::{Request, RequestId};
use crate::request::repo as requests;

/// What pictures of requests are sent for.
pub const PURPOSE: Purpose = Purpose { name: "request", anyone: true };

/// A view of a request that shows its pictures.
pub(crate) trait Pictured {
    fn request(&self) -> RequestId;
    /// Whether any belong to it, so that nothing is asked for the many that have none.
    fn has_pictures(&self) -> bool;
    fn show(&mut self, pictures: Vec<PictureView>);
}

/// Shows the pictures that are ready: one question for all views.
pub(crate) async fn show<'v, V: Pictured + 'v>(
    call: &Call,
    views: impl Iterator<Item = &'v mut V>,
) -> Result<(), Refusal> {
    let mut views: Vec<&mut V> = views.filter(|view| view.has_pictures()).collect();
    if views.is_empty() {
        return Ok(());
    }
    let subjects: Vec<i64> = views.iter().map(|view| view.request().raw()).collect();
    let found = uploads::of_subjects(call.market(), PURPOSE.name, &subjects).await?;
    for (view, uploads) in views.iter_mut().zip(found) {
        view.show(ready(&call.base, &uploads));
    }
    Ok(())
}

fn ready(base: &str, uploads: &[Upload]) -> Vec<PictureView> {
    let ready = uploads.iter().filter(|upload| upload.state == State::Ready);
    ready
        .filter_map(|upload| upload.picture)
        .map(|(address, width, height)| PictureView::new(base, address, width, height))
        .collect()
}

impl Civic {
    /// The pictures that these tickets stand for, by their ids.
    pub(crate) fn pictures_of(&self, market: &Market, tickets: &[String]) -> Result<Vec<String>, Refusal> {
        let (mut ids, mut faults) = (Vec::with_capacity(tickets.len()), Vec::new());
        for (place, ticket) in tickets.iter().enumerate() {
            match self.kept()?.read_ticket(market, ticket) {
                Ok(ticket) => ids.push(ticket.id.to_string()),
                Err(refusal) => {
                    let field = format!("/photos/{place}");
                    faults.push(Fault::new(field, refusal.code(), refusal.message().to_owned()));
                }
            }
        }
        if faults.is_empty() { Ok(ids) } else { Err(Refusal::invalid(faults)) }
    }

    /// What is committed with the request that shows them.
    pub(crate) async fn attach(
        &self,
        market: &Market,
        now: Timestamp,
        request: RequestId,
        tickets: &[String],
    ) -> Result<Decision, Refusal> {
        self.kept()?.attach(market, now, (PURPOSE, request.raw()), tickets, "/photos").await
    }

    /// What is committed when the request no longer shows any.
    pub(crate) async fn detach(
        &self,
        market: &Market,
        now: Timestamp,
        request: RequestId,
    ) -> Result<Decision, Refusal> {
        match &self.media {
            Some(media) => media.remove(market, now, (PURPOSE, request.raw())).await,
            None => Ok(Decision::nothing()),
        }
    }

    /// Pictures that came with a form: their tickets, for the report. All or none.
    pub async fn receive_all(
        &self,
        call: &Call,
        pictures: impl Iterator<Item = Bytes>,
    ) -> Result<Vec<String>, Refusal> {
        let mut tickets = Vec::new();
        for bytes in pictures {
            let received = match tickets.len() < limits::PHOTOS_MAX {
                true => self.kept()?.receive(call, PURPOSE, bytes).await,
                false => Err(too_many()),
            };
            match received {
                Ok(ticket) => tickets.push(self.kept()?.ticket_text(call.market(), &ticket)),
                Err(refusal) => {
                    self.take_back(call, &tickets).await;
                    return Err(refusal);
                }
            }
        }
        Ok(tickets)
    }

    /// Nothing came of the report that these were sent for. What cannot be removed now is swept later.
    pub async fn take_back(&self, call: &Call, tickets: &[String]) {
        let Some(media) = &self.media else { return };
        for ticket in tickets {
            let taken = match media.read_ticket(call.market(), ticket) {
                Ok(ticket) => media.take_back(call.market(), &ticket).await,
                Err(refusal) => Err(refusal),
            };
            if let Err(refusal) = taken {
                tracing::debug!(code = refusal.code(), "a picture that nobody needs stays until it is swept");
            }
        }
    }

    /// The large JPEG of each picture that is ready, as paths within the market.
    pub async fn pictures(
        &self,
        market: &Market,
        requests: &[Request],
    ) -> Result<HashMap<RequestId, Vec<String>>, Refusal> {
        let with: Vec<RequestId> =
            requests.iter().filter(|request| !request.photos.is_empty()).map(|request| request.id).collect();
        if with.is_empty() {
            return Ok(HashMap::new());
        }
        let subjects: Vec<i64> = with.iter().map(|id| id.raw()).collect();
        let found = uploads::of_subjects(market, PURPOSE.name, &subjects).await?;
        let paths = |uploads: Vec<Upload>| -> Vec<String> {
            ready("", &uploads).into_iter().map(|picture| format!("{}.jpg", picture.large)).collect()
        };
        Ok(with.into_iter().zip(found.into_iter().map(paths)).collect())
    }

    /// One more picture for a request that was reported before: what is committed to show it.
    pub(crate) async fn add_picture(
        &self,
        market: &Market,
        ctx: &Ctx<'_>,
        request: &Request,
        mut bytes: Bytes,
    ) -> Result<Decision, Refusal> {
        let media = self.kept()?;
        media::image::Kind::of(&bytes)?;
        let ticket = media.ticket(ctx, PURPOSE, bytes.len())?;
        let mut start = 0;
        while !bytes.is_empty() {
            let chunk = bytes.split_to(bytes.len().min(media::limits::CHUNK_BYTES_MAX));
            start = media.append(market, ctx.into(), &ticket, start, chunk).await?;
        }
        let mut pictures = request.photos.clone();
        pictures.push(ticket.id.to_string());
        let tickets = [media.ticket_text(market, &ticket)];
        let attached = self.attach(market, ctx.now, request.id, &tickets).await?;
        Ok(attached.change(requests::show(request, &pictures, ctx.now)))
    }

    fn kept(&self) -> Result<&Media, Refusal> {
        self.media.as_deref().ok_or_else(|| {
            Refusal::invalid(vec![Fault::new("/photos", "no_pictures", "No pictures are kept here.")])
        })
    }
}

fn too_many() -> Refusal {
    let message = format!("There may be {} at most.", limits::PHOTOS_MAX);
    Refusal::invalid(vec![Fault::new("/photos", "too_many", message)])
}
