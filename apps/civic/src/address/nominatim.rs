//! Answers from a service that speaks as Nominatim does: what to ask, and how to read what comes back.
//! How the bytes travel is somebody else's: [`Fetch`].

use std::fmt::Write;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use geo::{BoundingBox, Point};
use serde::Deserialize;
use store::Market;

use super::model::{Asked, Candidate, Precision, Resolver, Trouble};
use crate::area::repo as areas;
use crate::limits;

/// Gets the body of an address, within bounds of time and size.
pub trait Fetch: Send + Sync {
    fn get(&self, url: String) -> BoxFuture<'_, Result<Vec<u8>, Trouble>>;
}

/// Where a market lies. Without that a service of the whole world has nothing to look in: the same street
/// is everywhere.
pub trait Where: Send + Sync {
    fn of<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Option<BoundingBox>, Trouble>>;
}

impl Where for BoundingBox {
    fn of<'a>(&'a self, _: &'a Market) -> BoxFuture<'a, Result<Option<BoundingBox>, Trouble>> {
        Box::pin(async { Ok(Some(*self)) })
    }
}

/// As far as the market's areas reach.
pub struct ByAreas;

impl Where for ByAreas {
    fn of<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Option<BoundingBox>, Trouble>> {
        Box::pin(async {
            let outlines = areas::outlines(market).await?;
            Ok(outlines
                .into_iter()
                .map(|(_, outline)| outline)
                .max_by_key(|it| it.width_e7() * it.height_e7()))
        })
    }
}

/// A service, and where it is asked to look.
pub struct Nominatim<F> {
    pub fetch: F,
    /// `https://nominatim.example.org`
    pub base: String,
    /// Answers outside are not wanted.
    pub within: Arc<dyn Where>,
    /// BCP 47.
    pub language: String,
}

impl<F: Fetch> Resolver for Nominatim<F> {
    fn name(&self) -> &str {
        "nominatim"
    }

    fn find<'a>(
        &'a self,
        market: &'a Market,
        asked: &'a Asked,
    ) -> BoxFuture<'a, Result<Vec<Candidate>, Trouble>> {
        Box::pin(async move {
            let within = self.within.of(market).await?.ok_or(Trouble::Empty)?;
            let url = search_url(&self.base, asked, Some(&within), &self.language);
            read_search(&self.fetch.get(url).await?, Some(&within))
        })
    }

    fn nearest<'a>(
        &'a self,
        market: &'a Market,
        point: Point,
    ) -> BoxFuture<'a, Result<Option<Candidate>, Trouble>> {
        Box::pin(async move {
            let within = self.within.of(market).await?.ok_or(Trouble::Empty)?;
            if !within.contains(point) {
                return Ok(None);
            }
            let url = reverse_url(&self.base, point, &self.language);
            read_reverse(&self.fetch.get(url).await?)
        })
    }
}

pub fn search_url(base: &str, asked: &Asked, within: Option<&BoundingBox>, language: &str) -> String {
    let mut url = format!("{}/search?format=jsonv2&addressdetails=1", base.trim_end_matches('/'));
    let _ = write!(url, "&limit={}&accept-language={}&q=", asked.limit, escaped(language));
    url.push_str(&escaped(&asked.text));
    if let Some(within) = within {
        let _ = write!(url, "&bounded=1&viewbox={within}");
    }
    url
}

pub fn reverse_url(base: &str, point: Point, language: &str) -> String {
    let (base, language) = (base.trim_end_matches('/'), escaped(language));
    let (lat, long) = (point.lat(), point.long());
    format!(
        "{base}/reverse?format=jsonv2&addressdetails=1&zoom=18&accept-language={language}&lat={lat}&lon={long}"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(byte.into());
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[derive(Deserialize)]
struct Place {
    osm_type: Option<String>,
    osm_id: Option<i64>,
    lat: Option<String>,
    lon: Option<String>,
    display_name: Option<String>,
    importance: Option<f64>,
    address: Option<Address>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Address {
    house_number: Option<String>,
    road: Option<String>,
    postcode: Option<String>,
}

impl Place {
    fn candidate(self, score: i64) -> Option<Candidate> {
        let degrees = |text: &Option<String>| text.as_ref()?.parse::<f64>().ok();
        let place = Point::from_degrees(degrees(&self.lat)?, degrees(&self.lon)?).ok()?;
        let id =
            format!("{}:{}", self.osm_type.as_deref().unwrap_or("place"), self.osm_id.unwrap_or_default());
        let (house, road, postcode) = match self.address {
            Some(address) => (address.house_number, address.road, address.postcode),
            None => (None, None, None),
        };
        let precision = match (house, road) {
            (Some(_), _) => Precision::Address,
            (None, Some(_)) => Precision::Street,
            (None, None) => Precision::Locality,
        };
        let label = self.display_name?.chars().filter(|letter| !letter.is_control()).take(300).collect();
        Some(Candidate { id, label, place, precision, postcode, score })
    }
}

fn broken(error: impl std::fmt::Display) -> Trouble {
    Trouble::Failed(format!("the answer cannot be read: {error}"))
}

/// Reads the answer to a search; what lies elsewhere or cannot be placed is passed over.
pub fn read_search(body: &[u8], within: Option<&BoundingBox>) -> Result<Vec<Candidate>, Trouble> {
    if body.len() > limits::FOREIGN_ANSWER_BYTES_MAX {
        return Err(broken("it is too large"));
    }
    let places: Vec<Place> = serde_json::from_slice(body).map_err(broken)?;
    let scored = places.into_iter().filter_map(|place| {
        let importance = place.importance.unwrap_or_default().clamp(0.0, 1.0);
        place.candidate((importance * 1_000.0) as i64)
    });
    let inside = scored.filter(|its| within.is_none_or(|within| within.contains(its.place)));
    Ok(inside.take(limits::ADDRESSES_MAX.into()).collect())
}

/// Reads the answer to a question for the nearest address. That there is none comes as an error.
pub fn read_reverse(body: &[u8]) -> Result<Option<Candidate>, Trouble> {
    if body.len() > limits::FOREIGN_ANSWER_BYTES_MAX {
        return Err(broken("it is too large"));
    }
    let place: Place = serde_json::from_slice(body).map_err(broken)?;
    if place.error.is_some() {
        return Ok(None);
    }
    Ok(place.candidate(1_000))
}
