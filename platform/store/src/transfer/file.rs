//! Files that are written whole: into a name of their own first, synchronised, then renamed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::error::{Outcome, TransferError, disk};
use super::layout::{self, ABOUT, Steps, Table};
use super::manifest::Manifest;
use super::rows_sqlite::{self, Bounds, damaged, fault};
use crate::limits;
use crate::place::Kind;
use crate::schema::Schema;
use crate::sqlite::Mark;

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A file that nobody else knows of yet. What an interrupted run left under the name is cleared.
pub(super) struct Draft {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) shown: String,
}

impl Draft {
    /// Its tables are empty; a transaction is open.
    pub(super) fn begin(path: PathBuf, schema: &Schema, kind: Kind, steps: &Steps) -> Outcome<Self> {
        clear(&path)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(disk(format!("the folder {}", folder.display())))?;
        }
        let shown = shown(&path);
        // Made here, because the disk says more clearly than SQLite why it cannot be.
        File::create_new(&path).map_err(disk(format!("{shown} cannot be written")))?;
        let fail = |error| fault(&shown, error);
        let connection = Connection::open(&path).map_err(fail)?;
        connection
            .execute_batch(&format!(
                "pragma journal_mode = off; pragma synchronous = off; pragma mmap_size = 0; \
                 pragma cache_size = -{}; pragma trusted_schema = off; begin immediate;",
                limits::TRANSFER_CACHE_KIB
            ))
            .map_err(fail)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(fail)?;
        layout::add_steps(&connection, schema, kind, steps).map_err(fail)?;
        for table in layout::tables_of(&connection).map_err(fail)? {
            let text = format!("delete from {}", layout::quoted(&table.name));
            connection.execute_batch(&text).map_err(fail)?;
        }
        Ok(Self { connection, path, shown })
    }

    pub(super) fn commit(&self) -> Outcome<()> {
        self.connection.execute_batch("commit").map_err(|error| fault(&self.shown, error))
    }

    /// The mark says what the file is for from its first moment on.
    pub(super) fn mark(&self, mark: Mark) -> Outcome<()> {
        self.connection
            .pragma_update(None, "application_id", mark.number())
            .map_err(|error| fault(&self.shown, error))
    }

    pub(super) fn describe(&self, manifest: &Manifest) -> Outcome<()> {
        manifest.write(&self.connection).map_err(|error| fault(&self.shown, error))
    }

    pub(super) fn close(self) -> Outcome<Closed> {
        let Self { connection, path, shown } = self;
        connection.close().map_err(|(_, error)| fault(&shown, error))?;
        sync(&path).map_err(disk(format!("writing {shown}")))?;
        Ok(Closed { path, shown })
    }
}

fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path).and_then(|file| file.sync_all())
}

/// A draft that is complete and on the disk.
pub(super) struct Closed {
    pub(super) path: PathBuf,
    pub(super) shown: String,
}

impl Closed {
    pub(super) fn reopen(&self) -> Outcome<Connection> {
        open_with_suspicion(&self.path).map_err(|error| fault(&self.shown, error))
    }

    /// There at once under its own name, or not at all.
    pub(super) fn publish(self, path: &Path) -> Outcome<()> {
        let Self { path: draft, shown } = self;
        refuse_existing(path)?;
        // Left by a market that was here before, it would be taken for the log of this file.
        for ending in ["-wal", "-shm", "-journal"] {
            remove(&with_ending(path, ending))?;
        }
        // A link never replaces: somebody may have made the file meanwhile.
        match fs::hard_link(&draft, path) {
            Ok(()) => remove(&draft)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(TransferError::Exists(path.display().to_string()));
            }
            // Not every file system has links.
            Err(_) => {
                refuse_existing(path)?;
                fs::rename(&draft, path).map_err(disk(format!("renaming {shown}")))?;
            }
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync(folder).map_err(disk(format!("the folder {}", folder.display())))
    }
}

pub(super) fn refuse_existing(path: &Path) -> Outcome<()> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(TransferError::Exists(shown(path))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(disk(shown(path))(error)),
    }
}

pub(super) fn clear(path: &Path) -> Outcome<()> {
    remove(path)?;
    ["-wal", "-shm", "-journal"].iter().try_for_each(|ending| remove(&with_ending(path, ending)))
}

fn remove(path: &Path) -> Outcome<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk(format!("removing {}", path.display()))(error))
        }
        _ => Ok(()),
    }
}

/// A file that came from anywhere, held to what it must be before a row of it is read.
pub(super) struct MarketFile {
    pub(super) connection: Connection,
    pub(super) shown: String,
    pub(super) manifest: Manifest,
    pub(super) steps: Steps,
    pub(super) tables: Vec<Table>,
    pub(super) bounds: Bounds,
}

impl MarketFile {
    pub(super) fn open(path: &Path, schema: &Schema) -> Outcome<Self> {
        let shown = shown(path);
        let foreign = |detail: String| TransferError::Foreign { file: shown.clone(), detail };
        let found = fs::metadata(path).map_err(disk(format!("opening {shown}")))?;
        // Opening a pipe would wait for somebody to write into it, perhaps for ever.
        if !found.is_file() {
            let what = if found.is_dir() { "a folder" } else { "a pipe or a device" };
            return Err(foreign(format!("it is {what}")));
        }
        let bytes = found.len();
        let connection = open_with_suspicion(path).map_err(|error| fault(&shown, error))?;
        let mark: i64 = connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .map_err(|error| fault(&shown, error))?;
        if mark != Mark::Export.number() {
            return Err(foreign("it was not written by an export".to_owned()));
        }
        refuse_code(&connection, &shown)?;
        let manifest = Manifest::read(&connection).map_err(foreign)?;
        let steps = read_steps(&connection, &shown, schema, manifest.kind)?;
        let tables = layout::tables(schema, manifest.kind, &steps)?;
        if layout::tables_of(&connection).map_err(|error| foreign(error.to_string()))? != tables {
            return Err(foreign("its tables are not those of its version".to_owned()));
        }
        let rows: Option<Vec<u64>> =
            tables.iter().map(|table| manifest.tally(&table.name).map(|tally| tally.rows)).collect();
        let rows = rows.ok_or_else(|| foreign("its manifest does not count all tables".to_owned()))?;
        if rows.iter().any(|rows| *rows > bytes) {
            return Err(damaged(&shown, "its manifest counts more rows than fit into it"));
        }
        let bounds = Bounds { rows, bytes };
        Ok(Self { connection, shown, manifest, steps, tables, bounds })
    }

    /// Reads all and holds it to the manifest.
    pub(super) fn verify(&self, watch: &super::watch::Watch) -> Outcome<()> {
        let tallies = rows_sqlite::read(
            &self.connection,
            &self.shown,
            &self.tables,
            Some(&self.bounds),
            watch,
            |_| Ok(()),
        )?;
        match self.manifest.difference(&self.tables, &tallies) {
            None => Ok(()),
            Some(what) => Err(damaged(&self.shown, format!("{what} is not what was written"))),
        }
    }
}

/// Nothing that stands in the file is run, and nothing beside it is read: no log, no lock.
fn open_with_suspicion(path: &Path) -> rusqlite::Result<Connection> {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte))
            }
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, limits::ROW_BYTES_MAX)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.execute_batch("pragma mmap_size = 0; pragma cell_size_check = on; pragma query_only = on;")?;
    Ok(connection)
}

/// Tables and their indexes are all that an export writes.
fn refuse_code(connection: &Connection, shown: &str) -> Outcome<()> {
    let found = connection.query_row(
        "select count(*) filter (where type not in ('table', 'index') or sql like 'create virtual%'), count(*) from sqlite_schema",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    );
    let (strange, all) = found.map_err(|error| fault(shown, error))?;
    let foreign =
        |detail: &str| Err(TransferError::Foreign { file: shown.to_owned(), detail: detail.to_owned() });
    if strange > 0 {
        return foreign("it holds triggers, views or virtual tables");
    }
    if all > limits::SCHEMA_OBJECTS_MAX {
        return foreign("it holds far too many tables");
    }
    let mut about = 0_i64;
    for name in ABOUT {
        let query = "select count(*) from sqlite_schema where type = 'table' and name = ?1";
        about += connection
            .query_row(query, [name], |row| row.get::<_, i64>(0))
            .map_err(|error| fault(shown, error))?;
    }
    if about < ABOUT.len() as i64 { foreign("its manifest is missing") } else { Ok(()) }
}

/// Steps that this program knows, without a gap.
fn read_steps(connection: &Connection, shown: &str, schema: &Schema, kind: Kind) -> Outcome<Steps> {
    let fail = |error| fault(shown, error);
    let mut steps = Steps::new();
    let mut statement = connection
        .prepare("select part, number from main.step order by part, number limit 100000")
        .map_err(fail)?;
    let mut rows = statement.query([]).map_err(fail)?;
    while let Some(row) = rows.next().map_err(fail)? {
        let (part, number): (String, i64) = (row.get(0).map_err(fail)?, row.get(1).map_err(fail)?);
        let known = schema.parts_of(kind).find(|its| its.name == part).map_or(0, |its| its.steps.len());
        if usize::try_from(number).is_ok_and(|number| number > known) {
            let detail = format!("it has step {number} of {part}, this program knows {known}");
            return Err(TransferError::Newer { file: shown.to_owned(), detail });
        }
        let done = steps.entry(part).or_default();
        *done += 1;
        if i64::try_from(*done) != Ok(number) {
            let detail = "the steps of its tables have a gap".to_owned();
            return Err(TransferError::Foreign { file: shown.to_owned(), detail });
        }
    }
    Ok(steps)
}
