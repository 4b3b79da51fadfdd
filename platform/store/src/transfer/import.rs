//! A file into a market that is not there yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::copy::{Source, Tables, apart, compare};
use super::end::{End, Standing};
use super::error::{Outcome, TransferError};
use super::export::Report;
use super::file::{self, Draft, MarketFile, with_ending};
use super::hold::Hold;
use super::layout;
use super::rows_sqlite;
use super::tally::Tally;
use super::watch::{Stage, Watch};
use crate::place::Place;
use crate::schema::Schema;
use crate::store::Store;

impl Store {
    /// The market is there with all that the file holds, compared and serving, or not at all. Tables
    /// of an older version are brought up to date on the way.
    pub async fn import(&self, path: &Path, place: &Place, watch: &Watch) -> Result<Report, TransferError> {
        let end = End::of(self, place)?;
        let mut hold = Hold::take(&self.shared, place)?;
        hold.extend(place, &end).await?;
        watch.stage(Stage::Begun)?;
        match end.standing().await? {
            Standing::Absent | Standing::Fenced => {}
            Standing::Arrived => return Err(TransferError::Unfinished(place.name.to_string())),
            Standing::Serving | Standing::Frozen => {
                return Err(TransferError::Exists(format!("market {}", place.name)));
            }
        }
        let schema = end.schema()?;
        let tables = end.tables(place)?;
        let (path, its, wanted, follower) = (path.to_owned(), schema, place.clone(), watch.clone());
        let (source, expected, scratch) = apart(move || open(&path, &its, &wanted, &follower)).await?;
        let landed = end.land(place, source, &tables, Standing::Serving, watch).await;
        if let Some(scratch) = scratch {
            file::clear(&scratch)?;
        }
        let tallies = landed?;
        if let Some(expected) = expected {
            compare(&tables, &expected, &tallies)?;
        }
        watch.stage(Stage::Admitted)?;
        Ok(Report { tables: tables.iter().map(|table| table.name.clone()).zip(tallies).collect() })
    }
}

type Opened = (Source, Option<Vec<Tally>>, Option<PathBuf>);

/// The file itself when its tables are current, else a copy of it that was brought up to date.
fn open(path: &Path, schema: &Arc<Schema>, place: &Place, watch: &Watch) -> Outcome<Opened> {
    let file = MarketFile::open(path, schema)?;
    let manifest = &file.manifest;
    if (manifest.market, manifest.kind) != (place.id, place.kind) {
        return Err(TransferError::AnotherMarket {
            found: format!("{} ({})", manifest.name, manifest.market.raw()),
            wanted: format!("{} ({})", place.name, place.id.raw()),
        });
    }
    file.verify(watch)?;
    let wanted = layout::all_steps(schema, place.kind);
    if file.steps == wanted {
        let expected = file.tables.iter().filter_map(|table| file.manifest.tally(&table.name)).collect();
        let MarketFile { connection, shown, bounds, .. } = file;
        return Ok((Source::File { connection, shown, bounds: Some(bounds) }, Some(expected), None));
    }
    let scratch = with_ending(path, ".upgrading");
    let draft = Draft::begin(scratch.clone(), schema, place.kind, &file.steps)?;
    let tables: Tables = file.tables.clone().into();
    let read =
        rows_sqlite::read(&file.connection, &file.shown, &tables, Some(&file.bounds), watch, |batch| {
            rows_sqlite::write(&draft.connection, &draft.shown, &tables, &batch)
        })?;
    if let Some(what) = file.manifest.difference(&tables, &read) {
        return Err(TransferError::Differs(what));
    }
    layout::add_steps(&draft.connection, schema, place.kind, &wanted)
        .map_err(|error| rows_sqlite::fault(&draft.shown, error))?;
    draft.commit()?;
    let closed = draft.close()?;
    let source = Source::File { connection: closed.reopen()?, shown: closed.shown.clone(), bounds: None };
    Ok((source, None, Some(scratch)))
}
