//! The files of what is asked: a path and a token on each line, as `load.lua` reads them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Id;
use kernel::jiff::Timestamp;
use serde_json::Value;

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

/// One that is there, and when it was reported.
#[derive(Clone)]
struct Known {
    market: String,
    id: Id<Request>,
    at: Timestamp,
}

/// Writes `nothing`, `one`, `list`, `cached` and `report`, and the same but `cached` for one market alone, into
/// folders of their own.
pub fn write(ours: &Ours) -> Outcome<PathBuf> {
    let folder = folders::below("asks");
    let server = ours.serve()?;
    let client = Client::of(&server.url());
    let tokens = client.tokens(&folders::market(0))?;
    let mut ids = Vec::new();
    for market in folders::markets() {
        ids.extend(known_in(&client, &market)?);
    }
    // Neighbours in the file are then of different markets and ages.
    let stride = 1_009;
    let spread: Vec<Known> = (0..ASKS).map(|at| ids[at * stride % ids.len()].clone()).collect();
    write_for(&folder, &spread, &folders::markets(), &tokens)?;
    let first = folders::market(0);
    let of_first: Vec<_> = ids.into_iter().filter(|it| it.market == first).collect();
    write_for(&folder.join("busy"), &of_first, &[first], &tokens)?;
    Ok(folder)
}

fn write_for(folder: &Path, ids: &[Known], markets: &[String], tokens: &[String]) -> Outcome {
    let failed = |fault: std::io::Error| format!("{}: {fault}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let put = |name: &str, paths: Vec<String>| {
        let lines =
            paths.iter().enumerate().map(|(at, path)| format!("{path} {}\n", tokens[at % tokens.len()]));
        fs::write(folder.join(name), lines.collect::<String>()).map_err(failed)
    };
    put("nothing", vec!["/readyz".to_owned()])?;
    let one = |it: &Known| format!("{}/{}", requests_of(&it.market), it.id);
    put("one", ids.iter().map(one).collect())?;
    let list = |it: &Known| list_from(&it.market, &cursor(it.at.as_microsecond(), it.id.raw()));
    put("list", ids.iter().map(list).collect())?;
    // A prime number of lines over the people, so that everyone asks for every market.
    let lists: Vec<String> = (0..641).map(|at| requests_of(&markets[at % markets.len()])).collect();
    put("cached", lists)?;
    put("report", (0..ASKS).map(|at| requests_of(&markets[at % markets.len()])).collect())
}

/// Anonymous lists of every market, each time from another cursor.
pub fn write_rotation(count: u32) -> Outcome<PathBuf> {
    let file = folders::below(&format!("rotation-{count}"));
    let newest = cursor(i64::MAX, i64::MAX);
    let line = |number| format!("{} -\n", list_from(&folders::market(number), &newest));
    let lines: String = (0..count).map(line).collect();
    fs::write(&file, lines).map_err(|fault| format!("{}: {fault}", file.display()))?;
    Ok(file)
}

fn requests_of(market: &str) -> String {
    format!("/{TENANT}/{market}/v1/requests")
}

fn list_from(market: &str, cursor: &str) -> String {
    format!("{}?cursor={cursor}", requests_of(market))
}

/// Where a page begins. The shared cache has never seen it: the last sixteen bits of the time are
/// another word each time, less than a tenth of a second in the age of what it points at.
fn cursor(at_us: i64, id: i64) -> String {
    let whole = URL_SAFE_NO_PAD.encode([at_us, id].map(i64::to_be_bytes).as_flattened());
    format!("{}~~~{}", &whole[..8], &whole[11..])
}

/// Requests of a market from all over its map, through lists within small boxes.
fn known_in(client: &Client, market: &str) -> Outcome<Vec<Known>> {
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
        let found = client.get(&format!(
            "/{market}/v1/requests?status={status}&limit={PER_SPOT}&fields=id,reported_at&bbox={bbox}"
        ))?;
        let items = found["items"].as_array().ok_or("a list without items")?;
        let known = |item: &Value| {
            let (id, at) = (item["id"].as_str()?.parse().ok()?, item["reported_at"].as_str()?.parse().ok()?);
            Some(Known { market: market.to_owned(), id, at })
        };
        ids.extend(items.iter().filter_map(known));
    }
    if ids.is_empty() {
        return Err(format!("{market} has no requests"));
    }
    ids.sort_by_key(|it| it.id);
    ids.dedup_by_key(|it| it.id);
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_points_at_about_its_time_whatever_the_word() {
        let (at_us, id) = (0x0123_4567_89ab_cdef, 0x0fed_cba9_8765_4321);
        for word in ["AAA", "__w"] {
            let bytes = URL_SAFE_NO_PAD.decode(cursor(at_us, id).replace("~~~", word)).expect("base64");
            let keys: Vec<i64> = bytes.as_chunks().0.iter().map(|it| i64::from_be_bytes(*it)).collect();
            assert_eq!((keys[0] >> 16, keys[1]), (at_us >> 16, id), "{word}");
        }
    }
}
