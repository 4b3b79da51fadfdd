//! What could not be taken, with the reasons, in a file beside the one it comes from.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::model::Reject;

const HEADING: [&str; 4] = ["line", "offset", "reasons", "text"];

pub struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    /// `done` is how far the load is: what was written beyond that comes again.
    pub fn open(path: &Path, done: i64) -> io::Result<Self> {
        let mut rejects = Self { path: path.to_owned(), writer: None };
        if path.exists() {
            let mut reader = csv::Reader::from_path(path)?;
            let partial = path.with_extension("partial");
            let mut writer = csv::Writer::from_path(&partial)?;
            writer.write_record(HEADING)?;
            for record in reader.byte_records() {
                // A line that was cut in the middle of being written lies beyond what is done.
                let Ok(record) = record else { break };
                let offset = record.get(1).and_then(|it| std::str::from_utf8(it).ok()?.parse::<i64>().ok());
                if offset.is_some_and(|offset| offset < done) {
                    writer.write_byte_record(&record)?;
                }
            }
            writer.into_inner().map_err(|error| error.into_error())?.sync_all()?;
            fs::rename(&partial, path)?;
            let file = OpenOptions::new().append(true).open(path)?;
            rejects.writer = Some(csv::WriterBuilder::new().has_headers(false).from_writer(file));
        }
        Ok(rejects)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file is made for the first one.
    pub fn write(&mut self, rejects: &[Reject]) -> io::Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let mut writer = csv::Writer::from_path(&self.path)?;
                writer.write_record(HEADING)?;
                none.insert(writer)
            }
        };
        for Reject { number, offset, reasons, text } in rejects {
            let (number, offset) = (number.to_string(), offset.to_string());
            writer.write_record([&number, &offset, &reasons.join("; "), text])?;
        }
        writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.rejects.csv");
        let reject = |number: i64| Reject {
            number,
            offset: number * 10,
            reasons: vec!["a".into(), "b, c".into()],
            text: "one\ntwo".into(),
        };
        let mut rejects = Rejects::open(&path, 0).unwrap();
        rejects.write(&[]).unwrap();
        assert!(!path.exists());
        rejects.write(&[reject(1), reject(2)]).unwrap();
        rejects.write(&[reject(3)]).unwrap();
        drop(rejects);
        let mut rejects = Rejects::open(&path, 25).unwrap();
        rejects.write(&[reject(3), reject(4)]).unwrap();
        drop(rejects);
        let lines: Vec<i64> = csv::Reader::from_path(&path)
            .unwrap()
            .records()
            .map(|record| record.unwrap()[0].parse().unwrap())
            .collect();
        assert_eq!(lines, [1, 2, 3, 4]);
        drop(Rejects::open(&path, 0).unwrap());
        assert_eq!(csv::Reader::from_path(&path).unwrap().records().count(), 0, "from the start again");
    }
}
