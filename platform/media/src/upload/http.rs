//! Sending a picture apart from the form it belongs to: ask for a ticket, send chunk after chunk, and
//! after a broken connection ask how far it got. The words are those of the tus protocol.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kernel::jiff::Timestamp;
use kernel::{Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Stamp;
use web::{Answer, Body, Call, Endpoint, Head, May, Octets, Path, with};

use super::model::{MediaId, State, Upload};
use super::{Ticket, repo};
use crate::limits;
use crate::media::Media;
use crate::picture::PictureView;

const TICKET: HeaderName = HeaderName::from_static("upload-ticket");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");

pub fn endpoints(media: &Arc<Media>) -> Vec<Endpoint> {
    vec![
        with!(media, post "/v1/uploads" => upload_ask(new: Body<NewUpload>))
            .says("Asks for leave to send one picture. The ticket is a secret: it is shown with each chunk, and then says what the picture belongs to.")
            .may(May::Anyone)
            .answers(StatusCode::CREATED)
            .secret()
            .refuses([RefusalKind::Unauthenticated, RefusalKind::TooLarge, RefusalKind::TooMany]),
        with!(media, get "/v1/uploads/{id}" => upload_read(which: Path<Which>, head: Head))
            .says("Says how far an upload is, here and in the header Upload-Offset, and what became of it. The header Upload-Ticket holds its ticket.")
            .may(May::Anyone)
            .refuses([RefusalKind::Forbidden, RefusalKind::NotFound, RefusalKind::Gone]),
        with!(media, patch "/v1/uploads/{id}" => upload_go_on(which: Path<Which>, head: Head, body: Octets))
            .says("Sends the next chunk. The header Upload-Offset says where it starts, which is where the last one ended; Upload-Ticket holds the ticket.")
            .may(May::Anyone)
            .body_bytes_max(limits::CHUNK_BYTES_MAX)
            .refuses([
                RefusalKind::Forbidden,
                RefusalKind::NotFound,
                RefusalKind::Conflict,
                RefusalKind::Gone,
                RefusalKind::TooLarge,
                RefusalKind::Unavailable,
            ]),
        with!(media, delete "/v1/uploads/{id}" => upload_take_back(which: Path<Which>, head: Head))
            .says("Takes back a picture that belongs to nothing yet. The header Upload-Ticket holds its ticket.")
            .may(May::Anyone)
            .refuses([RefusalKind::Forbidden, RefusalKind::NotFound, RefusalKind::Conflict]),
    ]
}

/// What somebody is about to send.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewUpload {
    /// What the picture is for, such as `request`.
    #[schemars(length(min = 1, max = 32))]
    purpose: String,
    /// How many bytes it has.
    #[schemars(range(min = 1))]
    bytes: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    id: MediaId,
}

/// Leave to send one picture.
#[derive(Debug, Serialize, JsonSchema)]
struct TicketView {
    id: MediaId,
    ticket: String,
    bytes: u32,
    /// Every chunk but the last has at least the one and at most the other.
    chunk_bytes_min: u32,
    chunk_bytes_max: u32,
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires_at: Timestamp,
}

/// How far an upload is.
#[derive(Debug, Serialize, JsonSchema)]
struct UploadView {
    id: MediaId,
    state: State,
    /// Bytes that are here, of so many.
    offset: i64,
    bytes: i64,
    /// Why it was refused.
    reason: Option<Reason>,
    /// Once it is ready.
    picture: Option<PictureView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Reason {
    code: String,
    message: String,
}

async fn upload_ask(
    media: &Media,
    call: Call,
    Body(new): Body<NewUpload>,
) -> Result<Answer<TicketView>, Refusal> {
    let purpose = media.purpose(&call, &new.purpose)?;
    media.take_ticket(&call)?;
    let ticket = media.ticket(&call.ctx(), purpose, new.bytes as usize)?;
    let location = format!("{}/v1/uploads/{}", call.base, ticket.id);
    let view = TicketView {
        id: ticket.id,
        ticket: media.ticket_text(call.market(), &ticket),
        bytes: ticket.total,
        chunk_bytes_min: limits::CHUNK_BYTES_MIN as u32,
        chunk_bytes_max: limits::CHUNK_BYTES_MAX as u32,
        expires_at: ticket.expires,
    };
    Answer::created(location, &view)
}

async fn upload_read(
    media: &Media,
    call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
) -> Result<Answer<UploadView>, Refusal> {
    let ticket = ticket(media, &call, &which, &head)?;
    let upload = repo::one(call.market(), ticket.id).await?;
    if upload.as_ref().is_some_and(|upload| upload.state == State::Removed) {
        return Err(super::decide::gone());
    }
    let view = view(&call.base, &ticket, upload.as_ref());
    let (offset, length) = (view.offset, view.bytes);
    Ok(Answer::ok(&view)?.header(OFFSET, offset.into()).header(LENGTH, length.into()))
}

async fn upload_go_on(
    media: &Media,
    call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
    Octets(bytes): Octets,
) -> Result<Answer<()>, Refusal> {
    let ticket = ticket(media, &call, &which, &head)?;
    let start = text(&head, &OFFSET)?.parse().ok().filter(|start| *start >= 0);
    let start = start.ok_or_else(|| at_header(&OFFSET, "not_whole", "Must be a whole number."))?;
    let stamp = Stamp { at: call.now, actor: call.caller.actor };
    let offset = media.append(call.market(), stamp, &ticket, start, bytes).await?;
    Ok(Answer::done().header(OFFSET, HeaderValue::from(offset)))
}

async fn upload_take_back(
    media: &Media,
    call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
) -> Result<Answer<()>, Refusal> {
    let ticket = ticket(media, &call, &which, &head)?;
    media.take_back(call.market(), &ticket).await?;
    Ok(Answer::done())
}

/// A ticket of another upload is no ticket for this one.
fn ticket(media: &Media, call: &Call, which: &Which, head: &HeaderMap) -> Result<Ticket, Refusal> {
    let ticket = media.read_ticket(call.market(), text(head, &TICKET)?)?;
    if ticket.id == which.id { Ok(ticket) } else { Err(Refusal::not_found()) }
}

fn text<'a>(head: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Refusal> {
    let value = head.get(name).ok_or_else(|| at_header(name, "missing", "This header must be given."))?;
    value.to_str().map_err(|_| at_header(name, "invalid", "This header cannot be read."))
}

fn at_header(name: &HeaderName, code: &'static str, message: &'static str) -> Refusal {
    Refusal::invalid(vec![Fault::new(format!("header {name}"), code, message)])
}

fn view(base: &str, ticket: &Ticket, upload: Option<&Upload>) -> UploadView {
    let picture = upload.and_then(|upload| upload.picture);
    UploadView {
        id: ticket.id,
        state: upload.map_or(State::Receiving, |upload| upload.state),
        offset: upload.map_or(0, |upload| upload.received),
        bytes: ticket.total.into(),
        reason: upload
            .and_then(|upload| upload.reason)
            .map(|unfit| Reason { code: unfit.code().to_owned(), message: unfit.message().to_owned() }),
        picture: picture.map(|(address, width, height)| PictureView::new(base, address, width, height)),
    }
}
