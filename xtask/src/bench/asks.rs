//! The files of what is asked: a path and a token on each line, as `load.lua` reads them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Id;

use super::folders;
use super::ours::{Ours, TENANT};
use super::people::Client;
use crate::step::Outcome;

kernel::id_kind!(
    /// As the civic app names its ids.
    Request = "req"
);

/// Different ones in each file.
const ASKS: usize = 5_000;
/// Places in every market around which ids are taken, so many from each.
const SPOTS: usize = 50;
const PER_SPOT: usize = 10;
const SPOT_DEGREES: f64 = 0.01;
/// Old requests are mostly closed and new ones mostly open; together these are of every age.
const STATUSES: [&str; 5] = ["open", "closed", "in_progress", "resolved", "closed"];

/// Writes `nothing`, `one`, `list`, `cached` and `report`, and the same but `cached` for one market alone, into
/// folders of their own.
pub fn write(ours: &Ours) -> Outcome<PathBuf> {
    let folder = folders::below("asks");
    let server = ours.serve()?;
    let client = Client::of(&server.url());
    let tokens = client.tokens(&folders::market(0))?;
    let mut ids = Vec::new();
    for market in folders::markets() {
        let found = ids_of(&client, &market)?;
        ids.extend(found.into_iter().map(|id| (market.clone(), id)));
    }
    // Neighbours in the file are then of different markets and ages.
    let stride = 1_009;
    let spread: Vec<(String, String)> = (0..ASKS).map(|at| ids[at * stride % ids.len()].clone()).collect();
    write_for(&folder, &spread, &folders::markets(), &tokens)?;
    let first = folders::market(0);
    let of_first: Vec<_> = ids.into_iter().filter(|(market, _)| *market == first).collect();
    write_for(&folder.join("busy"), &of_first, &[first], &tokens)?;
    Ok(folder)
}

fn write_for(folder: &Path, ids: &[(String, String)], markets: &[String], tokens: &[String]) -> Outcome {
    let failed = |fault: std::io::Error| format!("{}: {fault}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let put = |name: &str, paths: Vec<String>| {
        let lines =
            paths.iter().enumerate().map(|(at, path)| format!("{path} {}\n", tokens[at % tokens.len()]));
        fs::write(folder.join(name), lines.collect::<String>()).map_err(failed)
    };
    put("nothing", vec!["/readyz".to_owned()])?;
    let one = |(market, id): &(String, String)| format!("/{TENANT}/{market}/v1/requests/{id}");
    put("one", ids.iter().map(one).collect())?;
    let list = |(market, id): &(String, String)| Ok(list_from(market, &cursor(id)?));
    put("list", ids.iter().map(list).collect::<Outcome<Vec<_>>>()?)?;
    // A prime number of lines over the people, so that everyone asks for every market.
    let lists: Vec<String> = (0..641).map(|at| requests_of(&markets[at % markets.len()])).collect();
    put("cached", lists)?;
    put("report", (0..ASKS).map(|at| requests_of(&markets[at % markets.len()])).collect())
}

/// Anonymous lists of every market, each time from another cursor.
pub fn write_rotation(count: u32) -> Outcome<PathBuf> {
    let file = folders::below(&format!("rotation-{count}"));
    let line = |number| format!("{} -\n", list_from(&folders::market(number), "f_______"));
    let lines: String = (0..count).map(line).collect();
    fs::write(&file, lines).map_err(|fault| format!("{}: {fault}", file.display()))?;
    Ok(file)
}

fn requests_of(market: &str) -> String {
    format!("/{TENANT}/{market}/v1/requests")
}

/// The shared cache has never seen the cursor: its last sixteen bits differ each time, which is less
/// than a millisecond in the age of what it points at.
fn list_from(market: &str, cursor: &str) -> String {
    format!("{}?cursor={cursor}~~~", requests_of(market))
}

/// The first 48 bits of a page's beginning, as a cursor writes them.
fn cursor(id: &str) -> Outcome<String> {
    let id: Id<Request> = id.parse().map_err(|fault| format!("{id}: {fault}"))?;
    Ok(URL_SAFE_NO_PAD.encode(&id.raw().to_be_bytes()[..6]))
}

/// Ids of a market from all over its map, through lists within small boxes.
fn ids_of(client: &Client, market: &str) -> Outcome<Vec<String>> {
    let latest = client.get(&format!("/{market}/v1/requests?limit={SPOTS}"))?;
    let spots = latest["items"].as_array().ok_or("a list without items")?;
    let mut ids = Vec::new();
    for (number, spot) in spots.iter().enumerate() {
        let (Some(lat), Some(long)) = (spot["place"]["lat"].as_f64(), spot["place"]["long"].as_f64()) else {
            return Err(format!("a request without a place: {spot}"));
        };
        let [west, south] = [long, lat].map(|degrees| degrees - SPOT_DEGREES);
        let [east, north] = [long, lat].map(|degrees| degrees + SPOT_DEGREES);
        let status = STATUSES[number % STATUSES.len()];
        let bbox = format!("{west:.7},{south:.7},{east:.7},{north:.7}");
        let found = client
            .get(&format!("/{market}/v1/requests?status={status}&limit={PER_SPOT}&fields=id&bbox={bbox}"))?;
        let items = found["items"].as_array().ok_or("a list without items")?;
        ids.extend(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)));
    }
    if ids.is_empty() {
        return Err(format!("{market} has no requests"));
    }
    ids.sort();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_begins_with_most_of_the_id() {
        let id = Id::<Request>::from_raw(0x0123_4567_89ab_cdef);
        let whole = URL_SAFE_NO_PAD.encode(id.raw().to_be_bytes());
        let cursor = cursor(&id.to_string()).expect("an id of ours");
        assert_eq!((cursor.len(), &whole[..8]), (8, cursor.as_str()));
        assert!(super::cursor("per_0000000000001").is_err());
    }
}
