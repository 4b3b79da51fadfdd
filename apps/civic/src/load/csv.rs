//! Comma-separated values, from any record on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use csv::{ByteRecord, Position, Reader, ReaderBuilder, Terminator};

use super::line::{Field, Values};
use crate::limits;

/// How a file's heading is divided, tried in this order.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// What is read at once goes past the end of a record, by no more than this.
const READ_AHEAD: usize = 256 << 10;

pub struct Csv {
    reader: Reader<Bounded>,
    record: ByteRecord,
    /// Which column holds what.
    columns: Vec<(usize, Field)>,
}

impl Csv {
    /// `named` says which column's name stands for a field, where it is not the field's own. Gives the
    /// columns that are not used as well.
    pub fn open(file: File, from: i64, named: &[(Field, String)]) -> io::Result<(Self, Vec<String>)> {
        let mut file = Bounded { file, left: READ_AHEAD };
        let delimiter = delimiter(&mut file)?;
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter).terminator(Terminator::CRLF);
        let mut reader = builder.from_reader(file);
        let mut record = ByteRecord::new();
        reader.get_mut().left = limits::LINE_BYTES_MAX + READ_AHEAD;
        reader.read_byte_record(&mut record)?;
        let (columns, unused) = columns(&record, named)?;
        if from > 0 {
            let mut position = Position::new();
            position.set_byte(from.unsigned_abs());
            reader.seek(position)?;
        }
        Ok((Self { reader, record, columns }, unused))
    }

    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|(_, its)| *its == field)
    }

    /// The next line: its values, or why it has none. `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Result<Values<'_>, String>>> {
        self.reader.get_mut().left = limits::LINE_BYTES_MAX + READ_AHEAD;
        if !self.reader.read_byte_record(&mut self.record)? {
            return Ok(None);
        }
        if self.record.as_slice().len() > limits::LINE_BYTES_MAX {
            return Ok(Some(Err(format!("has more than {} bytes", limits::LINE_BYTES_MAX))));
        }
        let mut values = Values::default();
        for (column, field) in &self.columns {
            match self.record.get(*column).map(std::str::from_utf8) {
                Some(Ok(value)) => values.set(*field, value),
                Some(Err(_)) => return Ok(Some(Err(format!("{} is not UTF-8", field.name())))),
                None => {}
            }
        }
        Ok(Some(Ok(values)))
    }

    /// Where the line that was read begins, and where the next one does.
    pub fn span(&self) -> (i64, i64) {
        let byte = |position: &Position| i64::try_from(position.byte()).unwrap_or(i64::MAX);
        (self.record.position().map_or(0, byte), byte(self.reader.position()))
    }

    pub fn text(&self) -> String {
        let fields: Vec<_> = self.record.iter().map(String::from_utf8_lossy).collect();
        fields.join(",").chars().take(limits::REJECTED_TEXT_MAX).collect()
    }
}

/// Which column holds what, and the names of those that hold nothing of ours.
type Columns = (Vec<(usize, Field)>, Vec<String>);

fn columns(heading: &ByteRecord, named: &[(Field, String)]) -> io::Result<Columns> {
    if heading.len() > limits::COLUMNS_MAX {
        return Err(io::Error::other(format!("the file has more than {} columns", limits::COLUMNS_MAX)));
    }
    let (mut columns, mut unused) = (Vec::new(), Vec::new());
    for (place, name) in heading.iter().enumerate() {
        let name = String::from_utf8_lossy(name);
        let name = name.trim_start_matches('\u{feff}').trim();
        let meant = named.iter().filter(|(_, its)| its == name).map(|(field, _)| *field);
        // A field that has another column's name is not looked for under its own.
        let own = Field::named(name).filter(|field| !named.iter().any(|(its, _)| its == field));
        let before = columns.len();
        columns.extend(meant.chain(own).map(|field| (place, field)));
        if columns.len() == before {
            unused.push(name.to_owned());
        }
    }
    Ok((columns, unused))
}

/// The one that the heading has most of.
fn delimiter(file: &mut Bounded) -> io::Result<u8> {
    let mut head = vec![0; 64 << 10];
    let mut length = 0;
    while length < head.len() {
        match file.file.read(&mut head[length..])? {
            0 => break,
            more => length += more,
        }
    }
    file.file.seek(SeekFrom::Start(0))?;
    let heading = head[..length].split(|it| *it == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| heading.iter().filter(|it| *it == delimiter).count();
    Ok(DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b','))
}

/// A quotation mark that is never closed would make one record of the rest of the file.
struct Bounded {
    file: File,
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read)
            .ok_or_else(|| io::Error::other("one line goes on and on; is a quotation mark never closed?"))?;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
