//! The lines of a file, one at a time: as long as it may be, only one of them is in memory.

use std::io::{self, BufRead, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::limits;

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// What the reader takes at once, and so what it may have read of the lines to come.
const BUFFER_BYTES: usize = 64 << 10;

pub struct Lines<R> {
    reader: Reader<Fuse<R>>,
    record: ByteRecord,
}

impl<R: BufRead> Lines<R> {
    /// What divides the cells is seen by the first line.
    pub fn new(mut from: R) -> io::Result<Self> {
        let head = from.fill_buf()?;
        let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |delimiter: &u8| first.iter().filter(|byte| *byte == delimiter).count();
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',');
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter).buffer_capacity(BUFFER_BYTES);
        let reader = builder.from_reader(Fuse { from, left: 0 });
        Ok(Self { reader, record: ByteRecord::new() })
    }

    /// The next line that holds anything, with its number. Nothing at the end.
    pub fn next(&mut self) -> io::Result<Option<(u64, &ByteRecord)>> {
        loop {
            self.reader.get_mut().left = limits::LINE_BYTES_MAX + BUFFER_BYTES;
            if !self.reader.read_byte_record(&mut self.record)? {
                return Ok(None);
            }
            if !self.record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                break;
            }
        }
        let line = self.record.position().map_or(0, |position| position.line());
        Ok(Some((line, &self.record)))
    }

    /// Where the reader is.
    pub fn line(&self) -> u64 {
        self.reader.position().line()
    }
}

/// A quotation mark that is never closed would make one line of the rest of the file.
struct Fuse<R> {
    from: R,
    left: usize,
}

impl<R: Read> Read for Fuse<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => {
                return Err(io::Error::other("a line is too long; perhaps a quotation mark is not closed"));
            }
        }
        Ok(read)
    }
}
