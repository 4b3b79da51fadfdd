//! What is done with a request after its report: "me too", a public answer of staff, pictures that come in
//! chunks. Each is remembered once it is acknowledged, and looked for after the crash.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Dice;
use super::city::City;

/// Of two chunks: the first as small as a chunk may be.
const FIRST_CHUNK: usize = 16 << 10;
const PICTURE_BYTES: usize = FIRST_CHUNK + 100;

/// One deed. Its number makes its key and its words its own, so that it can be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Of another device each time.
    MeToo(u64),
    Answer(u64),
}

impl Deed {
    /// Sends it once; whether it was acknowledged. Not: try again.
    pub fn send(&self, city: &City, request: &str) -> Result<bool, String> {
        let (path, key, body) = match self {
            Deed::MeToo(number) => {
                let body = json!({ "device": format!("device-{number:08}") });
                (format!("/requests/{request}/seconds"), format!("too-{number}"), body)
            }
            Deed::Answer(number) => {
                let body = json!({ "text": words(*number) });
                (format!("/desk/requests/{request}/answer"), format!("answer-{number}"), body)
            }
        };
        match city.post(&path, Some(&key), matches!(self, Deed::Answer(_)), &body)? {
            Some((200, _)) => Ok(true),
            None | Some((409 | 412 | 429 | 503, _)) => Ok(false),
            Some((status, value)) => Err(format!("{self:?} of {request} is answered {status}: {value}")),
        }
    }
}

fn words(number: u64) -> String {
    format!("answer {number}.")
}

/// Everything acknowledged, by request; and what is still to be settled.
#[derive(Debug, Default)]
pub struct Done {
    deeds: BTreeMap<String, Vec<Deed>>,
    unsure: Vec<(String, Deed)>,
    /// Upload and ticket, and how many of its bytes were acknowledged.
    uploads: Vec<(String, String, usize)>,
}

impl Done {
    pub fn count(&self) -> usize {
        self.deeds.values().map(Vec::len).sum::<usize>() + self.uploads.len()
    }

    pub fn add(&mut self, other: Done) {
        for (request, deeds) in other.deeds {
            self.deeds.entry(request).or_default().extend(deeds);
        }
        self.unsure.extend(other.unsure);
        self.uploads.extend(other.uploads);
    }

    /// One thing more.
    pub fn go_on(&mut self, city: &City, request: &str, number: u64, dice: &mut Dice) -> Result<(), String> {
        let deed = match dice.below(5) {
            0 => return self.upload(city),
            1 | 2 => Deed::Answer(number),
            _ => Deed::MeToo(number),
        };
        let is_done = deed.send(city, request)?;
        self.note(request.to_owned(), deed, is_done);
        Ok(())
    }

    fn note(&mut self, request: String, deed: Deed, is_done: bool) {
        match is_done {
            true => self.deeds.entry(request).or_default().push(deed),
            false => self.unsure.push((request, deed)),
        }
    }

    fn upload(&mut self, city: &City) -> Result<(), String> {
        let wish = json!({ "purpose": "request", "bytes": PICTURE_BYTES });
        let Some((201, made)) = city.post("/uploads", None, false, &wish)? else { return Ok(()) };
        let of = |field: &str| made[field].as_str().unwrap_or_default().to_owned();
        let (id, ticket) = (of("id"), of("ticket"));
        let mut here = 0;
        for chunk in [FIRST_CHUNK, PICTURE_BYTES - FIRST_CHUNK] {
            match city.patch(&format!("/uploads/{id}"), &ticket, here, &vec![7; chunk])? {
                Some(204) => here += chunk,
                None | Some(409 | 429 | 503) => break,
                Some(status) => return Err(format!("a chunk of {id} is answered {status}")),
            }
        }
        if here > 0 {
            self.uploads.push((id, ticket, here));
        }
        Ok(())
    }

    /// What got no answer is sent again with its key, until it gets one.
    pub fn settle(&mut self, city: &City, mut patient: impl FnMut() -> bool) -> Result<(), String> {
        for (request, deed) in std::mem::take(&mut self.unsure) {
            while !deed.send(city, &request)? {
                if !patient() {
                    return Err(format!("{deed:?} of {request} gets no answer any more"));
                }
            }
            self.note(request, deed, true);
        }
        Ok(())
    }

    /// Every deed is there, and each once; every chunk is there.
    pub fn check(&self, city: &City) -> Result<(), String> {
        for (request, deeds) in &self.deeds {
            let found = city.get_known(&format!("/requests/{request}"))?;
            let wanted = deeds.iter().filter(|deed| matches!(deed, Deed::MeToo(_))).count() as u64;
            if found["seconds"].as_u64() != Some(wanted) {
                return Err(format!(
                    "{wanted} said \"me too\" to {request}, but it has {}",
                    found["seconds"]
                ));
            }
            let history = city.get_known(&format!("/requests/{request}/history?limit=100"))?;
            let texts: Vec<&str> = history["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|it| it["text"].as_str())
                .collect();
            for deed in deeds {
                let Deed::Answer(number) = deed else { continue };
                let times = texts.iter().filter(|text| **text == words(*number)).count();
                if times != 1 {
                    return Err(format!("answer {number} is {times} times in the history of {request}"));
                }
            }
        }
        for (id, ticket, acknowledged) in &self.uploads {
            let found = city.upload(id, ticket)?;
            let here = found["offset"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
            if here < *acknowledged {
                return Err(format!("{acknowledged} bytes of {id} were acknowledged, {here} are there"));
            }
        }
        Ok(())
    }

    /// What was looked at stays as it is, and need not be looked at each time.
    pub fn forget(&mut self) {
        *self = Self { unsure: std::mem::take(&mut self.unsure), ..Self::default() };
    }
}

/// What is reported per day, which only events count.
pub fn reported(trends: &Value) -> Option<u64> {
    trends["all"]["reported"].as_u64()
}
