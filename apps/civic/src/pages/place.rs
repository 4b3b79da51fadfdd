//! Where a market's map begins: around what was reported there last.

use geo::Point;
use kernel::Refusal;
use web::Call;

use super::Pages;
use super::doors::Ask;
use super::frame::Frame;
use super::limits::ZOOM_MIN;
use super::views::{Items, Request};

pub async fn home(pages: &Pages, call: &Call) -> Result<Frame, Refusal> {
    let asked = Ask::new().query("limit", 100);
    let latest: Items<Request> = pages.doors.read("civic.request_list", call, asked).await?;
    let mut places: Vec<Point> = latest.items.iter().map(|request| request.place).collect();
    // One that was reported far away must not make the city a dot.
    places.sort_by_key(|place| place.lat_e7());
    let middle = places.get(places.len() / 2).copied();
    places.retain(|place| middle.is_some_and(|middle| place.distance_m(middle) < NEAR_M));
    // The whole world, where nobody knows better.
    let world = || Point::from_e7(0, 0).map(|centre| Frame::new(centre, ZOOM_MIN));
    match Frame::around(&places) {
        Some(frame) => Ok(frame),
        None => world().map_err(|_| Refusal::not_found()),
    }
}

/// Further from the middle is not this city.
const NEAR_M: f64 = 60_000.0;
