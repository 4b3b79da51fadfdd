//! Requests beyond any schema, made up from a seed.

use serde_json::{Map, Value};

use super::hostile::{Endpoint, Sent};
use crate::crash::Dice;

/// Values that broke something somewhere once.
const NASTY: [&str; 44] = [
    "",
    " ",
    "\0",
    "a\0b",
    "%",
    "%zz",
    "%00",
    "%2e%2e%2f",
    "..",
    "../../../etc/passwd",
    "'",
    "' or 1=1 --",
    "\"; drop table request; --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "\r\nSet-Cookie: a=b",
    "🦀",
    "ﷺ",
    "\u{202e}abc",
    "e\u{301}\u{301}\u{301}",
    "\u{feff}",
    "\u{ffff}",
    "-1",
    "0",
    "1",
    "-0",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1e309",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
    "٣",
    "null",
    "true",
    "[]",
    "{}",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60+14:00",
    "-180,-90,180,90",
];
const MEDIA: [&str; 8] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/xml; charset=utf-8",
    "application/json; charset=utf-16",
    "*/*",
    "nonsense",
];
const HEADERS: [&str; 16] = [
    "accept",
    "accept-language",
    "accept-encoding",
    "if-none-match",
    "if-match",
    "if-modified-since",
    "range",
    "idempotency-key",
    "authorization",
    "content-encoding",
    "x-forwarded-for",
    "origin",
    "cookie",
    "prefer",
    "upload-ticket",
    "upload-offset",
];
/// Letters of a long value, and brackets of a deep one.
const LONG: usize = 5_000;
const DEEP: usize = 2_000;

pub struct MadeUp {
    dice: Dice,
    /// Words that mean something here.
    known: Vec<String>,
}

impl MadeUp {
    pub fn new(seed: u64, known: Vec<String>) -> Self {
        Self { dice: Dice(seed), known }
    }

    pub fn request(&mut self, endpoint: &Endpoint) -> Sent {
        let mut target = String::new();
        for part in endpoint.path.split('/').skip(1) {
            target.push('/');
            match part.split_once('{').zip(part.split_once('}')) {
                // An empty part, or two dots, would be another address.
                Some(((before, _), (_, after))) => {
                    let value = self.text();
                    let value = if matches!(value.as_str(), "" | "." | "..") { "x".into() } else { value };
                    target += &format!("{before}{}{after}", escaped(&value));
                }
                None => target.push_str(part),
            }
        }
        let pairs: Vec<String> = (0..self.below(5))
            .map(|_| {
                let name = self.name(&endpoint.query);
                format!("{}={}", escaped(&name), self.query_value())
            })
            .collect();
        if !pairs.is_empty() {
            target += &format!("?{}", pairs.join("&"));
        }
        let mut headers: Vec<(String, Vec<u8>)> =
            (0..self.below(3)).map(|_| (self.one_of(&HEADERS).to_owned(), self.header())).collect();
        for (name, value) in &mut headers {
            // This client reads it itself, and sends nothing that is not plain.
            if name == "authorization" {
                value.retain(u8::is_ascii);
            }
        }
        let takes_body = !endpoint.bodies.is_empty();
        let body = (takes_body || self.below(8) == 0).then(|| self.body(endpoint, &mut headers));
        Sent { method: endpoint.method.clone(), target, headers, body }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(end as u64)).unwrap_or_default()
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn name(&mut self, known: &[String]) -> String {
        if known.is_empty() || self.below(6) == 0 {
            self.text()
        } else {
            known[self.below(known.len())].clone()
        }
    }

    fn some_known(&mut self) -> String {
        let at = self.below(self.known.len());
        self.known[at].clone()
    }

    /// Something nasty, something known, or something known with a letter that is not its own.
    fn text(&mut self) -> String {
        match self.below(10) {
            0 => "a".repeat(self.below(LONG)),
            1 => (0..self.below(40))
                .filter_map(|_| char::from_u32(self.dice.below(0x11_0000) as u32))
                .collect(),
            2..=5 if !self.known.is_empty() => {
                let mut letters: Vec<char> = self.some_known().chars().collect();
                if self.below(2) == 0 && !letters.is_empty() {
                    let at = self.below(letters.len());
                    letters[at] = char::from_u32(self.dice.below(0x2ff) as u32).unwrap_or('x');
                }
                letters.into_iter().collect()
            }
            6 => format!("{}{}", self.one_of(&NASTY), self.one_of(&NASTY)),
            _ => self.one_of(&NASTY).to_owned(),
        }
    }

    /// Sometimes escapes that stand for no letter, or are none.
    fn query_value(&mut self) -> String {
        match self.below(12) {
            0 => "%ff%fe".into(),
            1 => "%".into(),
            2 => "%c3%28".into(),
            _ => escaped(&self.text()),
        }
    }

    /// Without line ends, which no client could send.
    fn header(&mut self) -> Vec<u8> {
        let mut bytes = match self.below(6) {
            0 => (0..self.below(60)).map(|_| self.dice.below(256) as u8).collect(),
            1 => b"bytes=0-0,5-,-9223372036854775808".to_vec(),
            2 => b"Bearer eyJhbGciOiJub25lIn0.e30.".to_vec(),
            _ => self.text().into_bytes(),
        };
        bytes.retain(|byte| *byte >= 32 && *byte != 127);
        bytes.truncate(LONG);
        bytes
    }

    fn body(&mut self, endpoint: &Endpoint, headers: &mut Vec<(String, Vec<u8>)>) -> Vec<u8> {
        let own = endpoint.bodies.iter().map(String::as_str).collect::<Vec<_>>();
        let media =
            if own.is_empty() || self.below(8) == 0 { self.one_of(&MEDIA) } else { self.one_of(&own) };
        let media = if media == "multipart/form-data" { "multipart/form-data; boundary=x" } else { media };
        if self.below(20) != 0 {
            headers.push(("content-type".into(), media.as_bytes().to_vec()));
        }
        let mut bytes = if media.contains("urlencoded") {
            self.form(endpoint)
        } else if media.starts_with("multipart") {
            self.parts(endpoint)
        } else if self.below(30) == 0 {
            "[".repeat(DEEP).into_bytes()
        } else {
            self.object(&endpoint.fields, 3).to_string().into_bytes()
        };
        match self.below(8) {
            0 => bytes.truncate(self.below(bytes.len() + 1)),
            1 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] = self.dice.below(256) as u8;
            }
            _ => {}
        }
        bytes
    }

    fn form(&mut self, endpoint: &Endpoint) -> Vec<u8> {
        let pair = |it: &mut Self| {
            let name = it.field(endpoint);
            format!("{}={}", escaped(&name), it.query_value())
        };
        (0..self.below(9)).map(|_| pair(self)).collect::<Vec<_>>().join("&").into_bytes()
    }

    fn parts(&mut self, endpoint: &Endpoint) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.below(6) {
            let name = self.field(endpoint).replace(['\r', '\n'], "");
            let file =
                if self.below(3) == 0 { "; filename=\"a.jpg\"\r\nContent-Type: image/jpeg" } else { "" };
            let value = if file.is_empty() { self.text().into_bytes() } else { self.header() };
            bytes.extend(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes(),
            );
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"--x--\r\n");
        bytes
    }

    fn field(&mut self, endpoint: &Endpoint) -> String {
        match self.below(8) {
            0 => format!("attribute[{}]", self.text()),
            1 => format!("attribute[{}][]", self.text()),
            _ => self.name(&endpoint.fields),
        }
    }

    fn object(&mut self, fields: &[String], depth: usize) -> Value {
        let mut made = Map::new();
        // Most have every field: what is missing is seen first, and nothing behind it.
        let (whole, more) = (self.below(3) > 0, self.below(3));
        for field in fields {
            if whole || self.below(2) == 0 {
                let value = self.value(fields, depth);
                made.insert(field.clone(), value);
            }
        }
        for _ in 0..more {
            let (name, value) = (self.text(), self.value(fields, depth));
            made.insert(name, value);
        }
        Value::Object(made)
    }

    fn value(&mut self, fields: &[String], depth: usize) -> Value {
        match self.below(9) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => Value::from(self.dice.throw() as i64),
            3 => Value::from(self.below(200) as f64 - 99.5),
            4 if depth > 0 => self.object(fields, depth - 1),
            5 if depth > 0 => (0..self.below(4)).map(|_| self.value(fields, depth - 1)).collect(),
            _ => Value::from(self.text()),
        }
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_up_the_same_requests_each_time() {
        let endpoint = Endpoint {
            method: "POST".into(),
            path: "/v1/a/{id}.json".into(),
            query: vec!["q".into()],
            bodies: vec!["application/json".into(), "multipart/form-data".into()],
            fields: vec!["lat".into()],
            answers: std::collections::BTreeSet::new(),
        };
        let all = |seed| {
            let mut made_up = MadeUp::new(seed, vec!["pothole".into()]);
            (0..200).map(|_| format!("{:?}", made_up.request(&endpoint))).collect::<Vec<_>>()
        };
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        let targets =
            |it: &String| it.contains("/v1/a/") && it.contains(".json") && !it.contains("/v1/a/.json");
        assert!(all(3).iter().all(targets), "the address is the endpoint's");
    }
}
