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
use super::recover::Recovered;
use super::rows_sqlite;
use super::tally::Tally;
use super::watch::{Stage, Watch};
use crate::error::StoreError;
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
        self.import_held(path, place, &end, watch).await
    }

    /// The same for a market that nobody serves: refused when any database of this store has it, and
    /// when one cannot be asked.
    pub async fn bring_back(
        &self,
        path: &Path,
        place: &Place,
        watch: &Watch,
    ) -> Result<Report, TransferError> {
        let end = End::of(self, place)?;
        let mut hold = Hold::take(&self.shared, place)?;
        hold.extend(place, &end).await?;
        self.is_nowhere_else(place, &mut hold).await?;
        if let (Standing::Absent, End::File(slot)) = (end.standing().await?, &end) {
            // A file that is open goes on serving after its name has gone.
            match slot.prepare().await {
                Err(StoreError::Missing(_) | StoreError::Frozen(_)) => {}
                Ok(()) => return Err(TransferError::StillOpen(place.name.to_string())),
                Err(error) => return Err(error.into()),
            }
        }
        self.import_held(path, place, &end, watch).await
    }

    async fn is_nowhere_else(&self, place: &Place, hold: &mut Hold) -> Outcome<()> {
        let home = self.name_of(place.database.as_deref());
        let mut asked = Recovered::default();
        let others = self.others(place, home, hold, &mut asked).await?;
        let has = |its: Standing| !matches!(its, Standing::Absent | Standing::Fenced);
        if let Some((serving, ..)) = others.into_iter().find(|(.., its)| has(*its)) {
            return Err(TransferError::Elsewhere { market: place.name.to_string(), serving });
        }
        match asked.out_of_reach.first() {
            None => Ok(()),
            Some(name) => {
                let detail = format!("database {name} cannot say whether it has market {}", place.name);
                Err(StoreError::Down(detail).into())
            }
        }
    }

    /// What was brought back, if the market holds exactly what the file does.
    pub async fn holds(
        &self,
        path: &Path,
        place: &Place,
        watch: &Watch,
    ) -> Result<Option<Report>, TransferError> {
        let end = End::of(self, place)?;
        if !matches!(end.standing().await?, Standing::Serving) {
            return Ok(None);
        }
        let tables = end.tables(place)?;
        let (path, its, wanted, follower) = (path.to_owned(), end.schema()?, place.clone(), watch.clone());
        let (source, _, scratch) = apart(move || open(&path, &its, &wanted, &follower)).await?;
        let read = source.read(&tables, None, watch).await;
        if let Some(scratch) = scratch {
            file::clear(&scratch)?;
        }
        let (expected, found) = (read?, end.source().await?.read(&tables, None, watch).await?);
        let same = compare(&tables, &expected, &found).is_ok();
        Ok(same.then(|| report(&tables, found)))
    }

    async fn import_held(&self, path: &Path, place: &Place, end: &End, watch: &Watch) -> Outcome<Report> {
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
        Ok(report(&tables, tallies))
    }
}

fn report(tables: &Tables, tallies: Vec<Tally>) -> Report {
    Report { tables: tables.iter().map(|table| table.name.clone()).zip(tallies).collect() }
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
