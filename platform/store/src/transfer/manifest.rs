//! What a market file says about itself.

use kernel::Id;
use kernel::jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::layout::Table;
use super::tally::Tally;
use crate::limits;
use crate::place::{Kind, Place};

const FORMAT: i64 = 1;
const TABLES: &str = "create table iroko_manifest (item text primary key, value text not null) strict, without rowid; \
     create table iroko_table (name text primary key, rows integer not null, checksum text not null) strict, without rowid;";

/// What whoever writes a market file says about it.
#[derive(Debug, Clone)]
pub struct Label {
    pub at: Timestamp,
    /// What the program keeps about the market outside its tables.
    pub about: Option<String>,
}

impl From<Timestamp> for Label {
    fn from(at: Timestamp) -> Self {
        Self { at, about: None }
    }
}

/// Whose rows a file holds, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub market: Id<kernel::Market>,
    pub kind: Kind,
    pub name: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    pub at: Timestamp,
    /// The version of the program that wrote the file.
    pub program: String,
    /// What the program kept about the market outside its tables; older files do not say.
    pub about: Option<String>,
    pub tables: Vec<(String, Tally)>,
}

impl Manifest {
    pub(super) fn new(place: &Place, engine: &str, label: Label) -> Self {
        Self {
            market: place.id,
            kind: place.kind,
            name: place.name.to_string(),
            engine: engine.to_owned(),
            at: label.at,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            about: label.about,
            tables: Vec::new(),
        }
    }

    pub(super) fn with(mut self, tables: &[Table], tallies: &[Tally]) -> Self {
        self.tables = tables.iter().map(|table| table.name.clone()).zip(tallies.iter().copied()).collect();
        self
    }

    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(TABLES)?;
        let mut item = connection.prepare("insert into iroko_manifest (item, value) values (?1, ?2)")?;
        item.execute(("format", FORMAT.to_string()))?;
        item.execute(("market", self.market.raw().to_string()))?;
        item.execute(("kind", kind_name(self.kind)))?;
        item.execute(("name", &self.name))?;
        item.execute(("engine", &self.engine))?;
        item.execute(("at", self.at.as_microsecond().to_string()))?;
        item.execute(("program", &self.program))?;
        if let Some(about) = &self.about {
            item.execute(("about", about))?;
        }
        let mut table =
            connection.prepare("insert into iroko_table (name, rows, checksum) values (?1, ?2, ?3)")?;
        for (name, tally) in &self.tables {
            table.execute((name, tally.rows as i64, format!("{:032x}", tally.checksum)))?;
        }
        Ok(())
    }

    /// The reason when there is none that can be read.
    pub(super) fn read(connection: &Connection) -> Result<Self, String> {
        let say = |error: rusqlite::Error| format!("its manifest cannot be read: {error}");
        let said = |item: &str| -> Result<Option<String>, String> {
            let query = "select value from iroko_manifest where item = ?1";
            connection.query_row(query, [item], |row| row.get(0)).optional().map_err(say)
        };
        let text = |item: &str| said(item)?.ok_or_else(|| format!("its manifest does not say the {item}"));
        let number = |item: &str| -> Result<i64, String> {
            text(item)?.parse().map_err(|_| format!("its manifest says no number for {item}"))
        };
        let format = number("format")?;
        if format != FORMAT {
            return Err(format!("it has format {format}, this program knows {FORMAT}"));
        }
        let kind = text("kind")?;
        Ok(Self {
            market: Id::from_raw(number("market")?),
            kind: kind_named(&kind).ok_or_else(|| format!("it knows a market of kind {kind:?}"))?,
            name: text("name")?,
            engine: text("engine")?,
            at: Timestamp::from_microsecond(number("at")?).map_err(|error| error.to_string())?,
            program: text("program")?,
            about: said("about")?,
            tables: tables(connection).map_err(say)?,
        })
    }

    pub(super) fn tally(&self, table: &str) -> Option<Tally> {
        self.tables.iter().find(|(name, _)| name == table).map(|(_, tally)| *tally)
    }

    /// The first table that differs.
    pub(super) fn difference(&self, tables: &[Table], tallies: &[Tally]) -> Option<String> {
        if tables.len() != self.tables.len() {
            return Some("the list of its tables".to_owned());
        }
        let differs =
            |table: &Table, tally: &Tally| self.tally(&table.name).is_none_or(|its| !its.agrees(tally));
        let mut both = tables.iter().zip(tallies);
        both.find(|(table, tally)| differs(table, tally)).map(|(table, _)| format!("table {}", table.name))
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, Tally)>> {
    let mut statement = connection.prepare(&format!(
        "select name, rows, checksum from iroko_table limit {}",
        limits::MANIFEST_ENTRIES_MAX
    ))?;
    let rows = statement.query_map([], |row| {
        let (rows, checksum): (i64, String) = (row.get(1)?, row.get(2)?);
        let wrong = |column| rusqlite::Error::IntegralValueOutOfRange(column, rows);
        let rows = u64::try_from(rows).map_err(|_| wrong(1))?;
        let checksum = u128::from_str_radix(&checksum, 16).map_err(|_| wrong(2))?;
        Ok((row.get(0)?, Tally { rows, checksum, bytes: 0 }))
    })?;
    rows.collect()
}

pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::System => "system",
        Kind::Home => "home",
        Kind::Market => "market",
    }
}

fn kind_named(name: &str) -> Option<Kind> {
    [Kind::System, Kind::Home, Kind::Market].into_iter().find(|kind| kind_name(*kind) == name)
}
