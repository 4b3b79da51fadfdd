//! A report from a client's fields: GeoReport's names become ours, so that the same rules hold.

use std::collections::BTreeMap;

use kernel::{Fault, Refusal};
use serde_json::Value;
use web::Fields;

use super::view;
use crate::category::answers::Answers;
use crate::category::model::Category;
use crate::follower::model::NewContact;
use crate::limits;
use crate::request::model::NewRequest;

/// What came, besides what every report has.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub new: NewRequest,
    /// Pictures by address, to be fetched later.
    pub media_urls: Vec<String>,
    pub api_key: Option<String>,
    pub jurisdiction: Option<String>,
}

pub fn sent(fields: &Fields, category: impl Fn(&str) -> Option<Category>) -> Result<Sent, Refusal> {
    let mut faults = Vec::new();
    let text = |name: &str| fields.text(name).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let code = text("service_code").unwrap_or_default();
    let category = category(&code);
    if code.is_empty() {
        faults.push(Fault::new("/category", "missing", "Must be given."));
    } else if category.as_ref().is_none_or(|it| !it.open) {
        faults.push(Fault::new("/category", "unknown_category", "There is no such service here."));
    }
    let place = match (text("lat"), text("long")) {
        (Some(lat), Some(long)) => {
            let place = view::point(&lat, &long);
            if place.is_none() {
                faults.push(Fault::new(
                    "/place",
                    "not_a_place",
                    "Must be degrees of WGS 84, as in 42.36 and -71.05.",
                ));
            }
            place
        }
        (None, None) => None,
        _ => {
            faults.push(Fault::new("/place", "half", "Must both be given."));
            None
        }
    };
    // An address_id of ours is its text: servers give ids, clients hand them back.
    let address = text("address_string").or_else(|| text("address_id"));
    if place.is_none() && address.is_none() && faults.iter().all(|fault| fault.field != "/place") {
        let message = "Give lat and long, or address_string, or address_id.";
        faults.push(Fault::new("/place", "missing", message));
    }
    let description = text("description").unwrap_or_default();
    if description.chars().count() > limits::TEXT_LETTERS_MAX {
        let message = format!("Must have at most {} characters.", limits::TEXT_LETTERS_MAX);
        faults.push(Fault::new("/description", "too_long", message));
    }
    let media_urls: Vec<String> =
        fields.all("media_url").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    check_pictures(&media_urls, fields.files().count(), &mut faults);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    // The protocol does not ask for a text; the rules do.
    let description = match (description.is_empty(), &category) {
        (true, Some(category)) => category.name.clone(),
        _ => description,
    };
    let answers = category.as_ref().map(|category| answers(fields, category)).unwrap_or_default();
    let contact = contact(fields);
    let new =
        NewRequest { category: code, description, place, address, answers, contact, ..NewRequest::default() };
    Ok(Sent { new, media_urls, api_key: text("api_key"), jurisdiction: text("jurisdiction_id") })
}

fn check_pictures(urls: &[String], files: usize, faults: &mut Vec<Fault>) {
    if urls.len() + files > limits::PHOTOS_MAX {
        let message = format!("A request has at most {} pictures.", limits::PHOTOS_MAX);
        faults.push(Fault::new("/photos", "too_many", message));
    }
    let is_address = |url: &&String| {
        let starts = url.starts_with("https://") || url.starts_with("http://");
        starts && url.len() <= limits::OPEN311_URL_BYTES_MAX && !url.contains(char::is_whitespace)
    };
    if !urls.iter().all(|url| is_address(&url)) {
        faults.push(Fault::new(
            "/photos",
            "not_an_address",
            "Must be the address of a picture, with http or https.",
        ));
    }
}

/// `attribute[code]`, and `attribute[code][]` for each one of several. Clients send some of their own, and
/// back what only tells something: those are passed over, as unknown parameters are.
fn answers(fields: &Fields, category: &Category) -> Answers {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for field in &fields.0 {
        let Some(code) = field.name.strip_prefix("attribute[") else { continue };
        let code = code.strip_suffix("[]").unwrap_or(code);
        let (Some(code), Some(text)) = (code.strip_suffix(']'), field.text()) else { continue };
        let text = text.trim();
        if !text.is_empty() && category.questions.iter().any(|it| it.variable && it.code == code) {
            found.entry(code.to_owned()).or_default().push(text.to_owned());
        }
    }
    let is_several = |code: &str| {
        let asked = category.questions.iter().find(|question| question.code == code);
        asked.is_some_and(|question| question.datatype == crate::category::question::Datatype::MultiValueList)
    };
    let value = |(code, texts): (String, Vec<String>)| {
        let value = if is_several(&code) || texts.len() > 1 {
            Value::from(texts)
        } else {
            texts.into_iter().next().map_or(Value::Null, Value::from)
        };
        (code, value)
    };
    found.into_iter().map(value).collect()
}

fn contact(fields: &Fields) -> Option<NewContact> {
    let text = |name: &str| fields.text(name).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let name = [text("first_name"), text("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (email, phone) = (text("email"), text("phone"));
    if name.is_empty() && email.is_none() && phone.is_none() {
        return None;
    }
    Some(NewContact { name: (!name.is_empty()).then_some(name), email, phone, channel: None, language: None })
}
