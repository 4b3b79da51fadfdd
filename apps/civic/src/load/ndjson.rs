//! A JSON object on each line, from any line on.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::line::{Field, Values};
use crate::limits;

const BUFFER: usize = 256 << 10;

pub struct NdJson {
    reader: BufReader<File>,
    named: Vec<(Field, String)>,
    line: Vec<u8>,
    from: i64,
    upto: i64,
}

impl NdJson {
    pub fn open(mut file: File, from: i64, named: &[(Field, String)]) -> io::Result<Self> {
        file.seek(SeekFrom::Start(from.unsigned_abs()))?;
        let reader = BufReader::with_capacity(BUFFER, file);
        Ok(Self { reader, named: named.to_vec(), line: Vec::new(), from, upto: from })
    }

    /// The next line that is not blank.
    pub fn next(&mut self) -> io::Result<Option<Result<Values<'_>, String>>> {
        loop {
            self.from = self.upto;
            self.line.clear();
            let most = limits::LINE_BYTES_MAX as u64 + 1;
            let read = self.reader.by_ref().take(most).read_until(b'\n', &mut self.line)?;
            self.upto += read as i64;
            if read == 0 {
                return Ok(None);
            }
            if self.line.len() > limits::LINE_BYTES_MAX && self.line.last() != Some(&b'\n') {
                self.upto += skip_line(&mut self.reader)?;
                return Ok(Some(Err(format!("has more than {} bytes", limits::LINE_BYTES_MAX))));
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        Ok(Some(values(&self.line, &self.named)))
    }

    pub fn span(&self) -> (i64, i64) {
        (self.from, self.upto)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.line.trim_ascii_end()).chars().take(limits::REJECTED_TEXT_MAX).collect()
    }
}

/// What is left of a line, without keeping it.
fn skip_line(reader: &mut BufReader<File>) -> io::Result<i64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let (length, is_end) = match buffer.iter().position(|it| *it == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        reader.consume(length);
        skipped += length as i64;
        if is_end {
            return Ok(skipped);
        }
    }
}

fn values<'a>(line: &'a [u8], named: &[(Field, String)]) -> Result<Values<'a>, String> {
    let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
    let pairs: Pairs<'a> =
        serde_json::from_str(line).map_err(|error| format!("is no JSON object: {error}"))?;
    let mut values = Values::default();
    for (name, value) in pairs.0 {
        let mut set = |field: Field| -> Result<(), String> {
            let value = match value.get().as_bytes().first() {
                Some(b'n') => return Ok(()),
                Some(b'"') => {
                    let text: Text<'a> = serde_json::from_str(value.get())
                        .map_err(|error| format!("{}: {error}", field.name()))?;
                    text.0
                }
                _ => Cow::Borrowed(value.get()),
            };
            values.set(field, value);
            Ok(())
        };
        for (field, _) in named.iter().filter(|(_, its)| *its == name) {
            set(*field)?;
        }
        if let Some(own) = Field::named(&name).filter(|field| !named.iter().any(|(its, _)| its == field)) {
            set(own)?;
        }
    }
    Ok(values)
}

struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// Borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    pairs.push((name.0, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
