//! A file: which one it is, and its lines in batches.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::csv::Csv;
use super::line::{self, Field, Known, NEEDED, Values};
use super::model::{Batch, Import, Reject};
use super::ndjson::NdJson;
use crate::limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    NdJson,
}

/// A file to load, known by what is in it and not by where it lies.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: PathBuf,
    pub format: Format,
    /// Names of columns that stand for fields.
    pub named: Vec<(Field, String)>,
    pub hash: [u8; 32],
    pub bytes: i64,
}

impl Source {
    /// Reads the whole file once. `named` are pairs such as `category=service_code`.
    pub fn open(path: &Path, named: &[String]) -> io::Result<Self> {
        let named = named.iter().map(|pair| parse_named(pair)).collect::<Result<Vec<_>, _>>()?;
        let mut file = File::open(path)?;
        let mut hasher = blake3::Hasher::new();
        for (field, name) in &named {
            hasher.update(format!("{}={name}\n", field.name()).as_bytes());
        }
        let (mut buffer, mut bytes, mut first) = (vec![0; 1 << 20], 0, None);
        loop {
            let length = file.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            first = first.or_else(|| buffer[..length].iter().find(|it| !it.is_ascii_whitespace()).copied());
            hasher.update(&buffer[..length]);
            bytes += length as i64;
        }
        let format = if first == Some(b'{') { Format::NdJson } else { Format::Csv };
        Ok(Self { path: path.to_owned(), format, named, hash: *hasher.finalize().as_bytes(), bytes })
    }

    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        name.chars().filter(|it| !it.is_control()).take(limits::KEY_LENGTH_MAX).collect()
    }
}

/// What a load that has no file is known by.
pub fn hash_of(name: &str) -> [u8; 32] {
    *blake3::hash(name.as_bytes()).as_bytes()
}

fn parse_named(pair: &str) -> io::Result<(Field, String)> {
    let wrong = || {
        let fields: Vec<&str> = line::FIELDS.iter().map(|(_, name)| *name).collect();
        io::Error::other(format!("{pair:?}: write field=column; the fields: {}", fields.join(", ")))
    };
    let (field, column) = pair.split_once('=').ok_or_else(wrong)?;
    Ok((Field::named(field).ok_or_else(wrong)?, column.trim().to_owned()))
}

enum Reader {
    Csv(Csv),
    NdJson(NdJson),
}

/// A file's lines in batches, from where a load stands.
pub struct Lines {
    reader: Reader,
    known: Known,
    upto: i64,
    total: i64,
    lines: i64,
    /// Columns that nothing is made of.
    pub unused: Vec<String>,
}

impl Lines {
    pub fn of(source: &Source, import: &Import, known: Known) -> io::Result<Self> {
        let file = File::open(&source.path)?;
        let (reader, unused) = match source.format {
            Format::NdJson => (Reader::NdJson(NdJson::open(file, import.done, &source.named)?), Vec::new()),
            Format::Csv => {
                let (csv, unused) = Csv::open(file, import.done, &source.named)?;
                if let Some(field) = NEEDED.iter().find(|field| !csv.has(**field)) {
                    return Err(io::Error::other(format!(
                        "no column says {0}; name one with --column {0}=COLUMN (there are: {1})",
                        field.name(),
                        unused.join(", ")
                    )));
                }
                (Reader::Csv(csv), unused)
            }
        };
        Ok(Self { reader, known, upto: import.done, total: source.bytes, lines: import.lines, unused })
    }

    fn batch(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch { from: self.upto, upto: self.upto, ..Batch::default() };
        batch.drafts.reserve(limits::LOAD_BATCH);
        while (batch.lines as usize) < limits::LOAD_BATCH {
            let number = self.lines + 1;
            let (known, read) = (&self.known, self.reader.next()?);
            let Some(read) = read else {
                // Blank lines at the end are dealt with too.
                (self.upto, batch.upto) = (self.total, self.total);
                break;
            };
            let drafted = match read {
                Ok(values) => line::draft(&values, number, known),
                Err(reason) => Err(vec![reason]),
            };
            let (offset, upto) = self.reader.span();
            match drafted {
                Ok(draft) => batch.drafts.push(draft),
                Err(reasons) => {
                    batch.rejects.push(Reject { number, offset, reasons, text: self.reader.text() });
                }
            }
            (self.lines, self.upto) = (number, upto);
            (batch.lines, batch.upto) = (batch.lines + 1, upto);
        }
        Ok((batch.upto > batch.from).then_some(batch))
    }
}

impl Iterator for Lines {
    type Item = io::Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

impl Reader {
    fn next(&mut self) -> io::Result<Option<Result<Values<'_>, String>>> {
        match self {
            Reader::Csv(csv) => csv.next(),
            Reader::NdJson(ndjson) => ndjson.next(),
        }
    }

    fn span(&self) -> (i64, i64) {
        match self {
            Reader::Csv(csv) => csv.span(),
            Reader::NdJson(ndjson) => ndjson.span(),
        }
    }

    fn text(&self) -> String {
        match self {
            Reader::Csv(csv) => csv.text(),
            Reader::NdJson(ndjson) => ndjson.text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Id;
    use kernel::jiff::Timestamp;
    use kernel::jiff::tz::TimeZone;

    fn known() -> Known {
        Known {
            categories: ["pothole".to_owned(), "tree".to_owned()].into(),
            areas: Default::default(),
            sorting: Default::default(),
            zone: TimeZone::UTC,
            now: "2026-06-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn from(done: i64, lines: i64) -> Import {
        Import {
            id: Id::from_raw(1),
            source: vec![],
            name: String::new(),
            done,
            total: i64::MAX,
            lines,
            added: 0,
            known: 0,
            rejected: 0,
            at: Timestamp::UNIX_EPOCH,
            updated: Timestamp::UNIX_EPOCH,
        }
    }

    /// Keys that were taken, numbers that were not, and where each line that was taken ends.
    fn read(text: &str, named: &[&str]) -> (Vec<String>, Vec<i64>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests");
        std::fs::write(&path, text).unwrap();
        let named: Vec<String> = named.iter().map(|it| (*it).to_owned()).collect();
        let source = Source::open(&path, &named).unwrap();
        let batches: Vec<Batch> =
            Lines::of(&source, &from(0, 0), known()).unwrap().collect::<io::Result<_>>().unwrap();
        let taken = batches.iter().flat_map(|it| &it.drafts).filter_map(|it| it.key.clone()).collect();
        let rejected = batches.iter().flat_map(|it| &it.rejects).map(|it| it.number).collect();
        if let Some(last) = batches.last() {
            assert_eq!(last.upto, text.len() as i64);
        }
        (taken, rejected)
    }

    #[test]
    fn files_of_both_kinds_are_read_line_by_line() {
        let csv = "\u{feff}key;category;lat;long;at;description\r\n1;pothole;1;2;2026-01-01;\"a;b\nc\"\r\n2;dragon;1;2;2026-01-01;x\r\n3;tree;1;2;2026-01-01\r\n";
        assert_eq!(read(csv, &[]), (vec!["1".into(), "3".into()], vec![2]));
        let foreign = "id,service_code,latitude,long,opened\nA,tree,1,2,2026-01-01\n";
        let named = ["key=id", "category=service_code", "lat=latitude", "at=opened"];
        assert_eq!(read(foreign, &named), (vec!["A".into()], vec![]));
        let json = "{\"key\":\"a\\u0062\",\"category\":\"tree\",\"lat\":1.5,\"long\":-2,\"at\":\"2026-01-01\",\"note\":null}\n\nnonsense\n{\"key\":7,\"category\":\"tree\",\"lat\":\"1\",\"long\":2,\"at\":\"2026-01-01\",\"answers\":{\"a\":1}}";
        assert_eq!(read(json, &[]), (vec!["ab".into(), "7".into()], vec![2]));
    }

    #[test]
    fn a_file_goes_on_from_any_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests.csv");
        let rows: String = (0..50).map(|it| format!("{it},tree,1,2,2026-01-01,\"x\ny\"\n")).collect();
        std::fs::write(&path, format!("key,category,lat,long,at,description\n{rows}")).unwrap();
        let source = Source::open(&path, &[]).unwrap();
        let keys = |import: &Import| -> Vec<String> {
            let lines = Lines::of(&source, import, known()).unwrap();
            lines.flat_map(|it| it.unwrap().drafts).filter_map(|it| it.key).collect()
        };
        let all = keys(&from(0, 0));
        assert_eq!(all.len(), 50);
        let Reader::Csv(mut csv) = Lines::of(&source, &from(0, 0), known()).unwrap().reader else { panic!() };
        for number in 1..=50 {
            csv.next().unwrap().unwrap().unwrap();
            assert_eq!(keys(&from(csv.span().1, number)), all[number as usize..]);
        }
    }

    #[test]
    fn a_file_that_cannot_be_meant_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests.csv");
        let check = |text: &str, named: &[&str], word: &str| {
            std::fs::write(&path, text).unwrap();
            let named: Vec<String> = named.iter().map(|it| (*it).to_owned()).collect();
            let read = || -> io::Result<()> {
                let source = Source::open(&path, &named)?;
                Lines::of(&source, &from(0, 0), known())?.try_for_each(|batch| batch.map(drop))
            };
            let error = read().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        };
        check("key,lat,long,at\n", &[], "category");
        check("a,b\n", &["dragon=a"], "the fields");
        let open = format!("key,category,lat,long,at\n1,tree,1,2,\"{}", "x\n".repeat(400_000));
        check(&open, &[], "never closed");
    }
}
