//! Where a city's set-up comes from: a template, a file, an Open311 endpoint.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use civic::onboard::city::City;
use civic::onboard::{open311, templates};
use outward::{Destination, Outward, Request};
use serde_json::Value;

use super::super::report::Failure;
use crate::platform::Platform;

const FILE_BYTES_MAX: u64 = 4 << 20;
const ANSWER_BYTES_MAX: usize = 8 << 20;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Definitions asked for at once.
const AT_ONCE: usize = 8;

pub fn is_address(from: &str) -> bool {
    from.starts_with("https://") || from.starts_with("http://")
}

pub fn is_file(from: &str) -> bool {
    !is_address(from) && (from.ends_with(".toml") || from.ends_with(".json") || from.contains('/'))
}

pub async fn city(from: &str, name: &str, platform: &Platform) -> Result<City, Failure> {
    if is_address(from) {
        return endpoint(from, name, platform).await;
    }
    if is_file(from) {
        return read(Path::new(from));
    }
    templates::named(from).ok_or_else(|| {
        let names: Vec<&str> = templates::names().collect();
        Failure::usage(format!(
            "there is no template {from:?}; there are {}; a file ends in .toml or .json, an Open311 endpoint begins with https://",
            names.join(", ")
        ))
    })
}

fn read(path: &Path) -> Result<City, Failure> {
    let wrong = |fault: &dyn std::fmt::Display| Failure::usage(format!("{}: {fault}", path.display()));
    let length = std::fs::metadata(path).map_err(|error| wrong(&error))?.len();
    if length > FILE_BYTES_MAX {
        return Err(wrong(&format!("has more than {} MB", FILE_BYTES_MAX >> 20)));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let mut city = City::read(&text).map_err(|fault| wrong(&fault))?;
    for areas in &mut city.areas {
        areas.file = path.parent().unwrap_or(Path::new("")).join(&areas.file);
    }
    Ok(city)
}

/// The services of an endpoint and their definitions. Whoever types its address may mean one inside.
async fn endpoint(from: &str, name: &str, platform: &Platform) -> Result<City, Failure> {
    let bad = |fault: &dyn std::fmt::Display| Failure::failed(format!("{from}: {fault}"));
    let (base, query) = split(from);
    let allowed =
        host(base).parse::<Destination>().map_err(|fault| Failure::usage(format!("{from}: {fault}")))?;
    let settings =
        outward::Settings { allowed: vec![allowed], plain_http: true, ..outward::Settings::default() };
    let outward = Outward::new(settings, platform.world.clock.clone()).map_err(|fault| bad(&fault))?;
    let body = fetch(&outward, format!("{base}/services.json{query}")).await.map_err(|fault| bad(&fault))?;
    let mut services = open311::services(&body).map_err(|fault| bad(&fault))?;
    for some in services.chunks_mut(AT_ONCE) {
        let asked = some.iter().map(|service| async {
            if !service.has_definition {
                return Ok(Vec::new());
            }
            let code = in_path(&service.code);
            let body = fetch(&outward, format!("{base}/services/{code}.json{query}")).await;
            body.map(|body| open311::questions(&body)).map_err(|fault| format!("{}: {fault}", service.code))
        });
        let answers = futures_util::future::join_all(asked).await;
        for (service, questions) in some.iter_mut().zip(answers) {
            service.category.questions = questions.map_err(|fault| bad(&fault))?;
        }
    }
    Ok(open311::city(name, services))
}

/// `https://city.example/open311/v2/services.json?jurisdiction_id=x` is taken as well as its folder.
fn split(from: &str) -> (&str, String) {
    let (address, query) =
        from.split_once('?').map_or((from, String::new()), |(it, query)| (it, format!("?{query}")));
    (address.trim_end_matches("/services.json").trim_end_matches('/'), query)
}

fn host(base: &str) -> &str {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or_default();
    match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => rest.split(':').next().unwrap_or_default(),
    }
}

fn in_path(code: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let part = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    code.bytes().map(part).collect()
}

async fn fetch(outward: &Arc<Outward>, url: String) -> Result<Value, String> {
    let request = Request::get(url).header("accept", "application/json");
    let request = request.time_max(ANSWER_WITHIN).answer_bytes_max(ANSWER_BYTES_MAX).redirects(3);
    let response = outward.send(request).await.and_then(outward::Response::success);
    response
        .map_err(|error| error.to_string())?
        .json()
        .map_err(|error| format!("it does not answer in JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_told_apart() {
        for (from, file, address) in [
            ("us-city", false, false),
            ("boston.toml", true, false),
            ("./boston", true, false),
            ("https://city.example/open311/v2", false, true),
        ] {
            assert_eq!((is_file(from), is_address(from)), (file, address), "{from}");
        }
        let whole = split("https://city.example/v2/services.json?jurisdiction_id=x");
        assert_eq!(whole, ("https://city.example/v2", "?jurisdiction_id=x".to_owned()));
        assert_eq!(split("https://city.example/v2/").0, "https://city.example/v2");
        assert_eq!(host("https://city.example:8443/v2"), "city.example");
        assert_eq!(host("http://[::1]:80/v2"), "::1");
        assert_eq!(in_path("a/b ä"), "a%2Fb%20%C3%A4");
    }
}
