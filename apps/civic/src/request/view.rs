//! Requests as others see them.

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Provider, Refusal};
use media::PictureView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::Call;

use super::model::{Request, RequestId, Status};
use super::number;
use crate::civic::Civic;
use crate::photos::{self, Pictured};

/// A request as the public sees it: nobody's name is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestView {
    pub id: RequestId,
    /// The tracking number: what to write down and read out.
    pub number: String,
    pub category: String,
    pub status: Status,
    pub description: String,
    pub place: Point,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The code of the area it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Who is responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyName>,
    /// Its pictures that are ready to be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PictureView>,
    #[serde(skip)]
    pictured: bool,
    /// The city's latest answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How many others said "me too".
    pub seconds: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub reported_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub updated_at: Timestamp,
    /// When it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expected_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub closed_at: Option<Timestamp>,
    /// The request that this one is a duplicate of: what happens is told there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<RequestId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgencyName {
    pub id: Id<Provider>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A request as it was just reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reported {
    #[serde(flatten)]
    pub request: RequestView,
    /// Shown once: with it whoever reported can see their own part, open the request again, stop
    /// messages, or have what is personal erased, without an account.
    pub secret: String,
}

impl From<Request> for RequestView {
    fn from(request: Request) -> Self {
        Self {
            id: request.id,
            number: number::of(request.id),
            category: request.category,
            status: request.status,
            description: request.description,
            place: request.place,
            address: request.address,
            area: request.area,
            agency: request.agency.map(|id| AgencyName { id, name: None }),
            photos: Vec::new(),
            pictured: !request.photos.is_empty(),
            note: request.note,
            seconds: request.seconds,
            reported_at: request.at,
            updated_at: request.updated,
            expected_at: request.due,
            closed_at: request.closed,
            merged_into: request.merged,
        }
    }
}

impl Pictured for RequestView {
    fn request(&self) -> RequestId {
        self.id
    }

    fn has_pictures(&self) -> bool {
        self.pictured
    }

    fn show(&mut self, pictures: Vec<PictureView>) {
        self.photos = pictures;
    }
}

/// Adds the names of agencies and the pictures, where there are any.
pub async fn complete<'a>(
    civic: &Civic,
    call: &Call,
    views: impl Iterator<Item = &'a mut RequestView>,
) -> Result<(), Refusal> {
    let mut views: Vec<&mut RequestView> = views.collect();
    photos::show(call, views.iter_mut().map(|view| &mut **view)).await?;
    let views = views.into_iter();
    let mut nameless: Vec<&mut AgencyName> = views.filter_map(|view| view.agency.as_mut()).collect();
    if nameless.is_empty() {
        return Ok(());
    }
    let rules = civic.rules.of(call.market()).await?;
    for agency in &mut nameless {
        agency.name = rules.agency(agency.id).map(str::to_owned);
    }
    Ok(())
}
