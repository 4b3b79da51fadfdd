//! A market into a file.

use std::path::{Path, PathBuf};

use super::copy::{Sink, apart, copy};
use super::end::{End, Standing};
use super::error::{Outcome, TransferError};
use super::file::{self, Draft, MarketFile, with_ending};
use super::layout;
use super::manifest::{Label, Manifest};
use super::tally::Tally;
use super::watch::{Stage, Watch};
use crate::error::StoreError;
use crate::place::Place;
use crate::sqlite::Mark;
use crate::store::Store;

/// What was transferred: each table, as it was read and read back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub tables: Vec<(String, Tally)>,
}

impl Report {
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, tally)| tally.rows).sum()
    }
}

impl Store {
    /// One moment of the market as an ordinary SQLite file, while it goes on serving. The file is
    /// there complete and compared, or not at all.
    pub async fn export(
        &self,
        place: &Place,
        path: &Path,
        label: impl Into<Label>,
        watch: &Watch,
    ) -> Result<Report, TransferError> {
        let label = label.into();
        let end = End::of(self, place)?;
        watch.stage(Stage::Begun)?;
        match end.standing().await? {
            Standing::Serving | Standing::Frozen => write(&end, place, path, label, watch).await,
            Standing::Arrived => Err(TransferError::Unfinished(place.name.to_string())),
            Standing::Absent | Standing::Fenced => Err(StoreError::Missing(place.name.to_string()).into()),
        }
    }

    /// Reads the whole file and holds it to what it says about itself.
    pub async fn verify(&self, path: &Path, watch: &Watch) -> Result<Manifest, TransferError> {
        let schema = match (&self.files, self.databases.first()) {
            (Some(files), _) => files.schema(),
            (None, Some(database)) => database.schema(),
            (None, None) => return Err(StoreError::Bug("no database is configured".into()).into()),
        };
        let (path, watch) = (path.to_owned(), watch.clone());
        apart(move || {
            let file = MarketFile::open(&path, &schema)?;
            file.verify(&watch)?;
            Ok(file.manifest)
        })
        .await
    }
}

pub(super) async fn write(
    end: &End,
    place: &Place,
    path: &Path,
    label: Label,
    watch: &Watch,
) -> Outcome<Report> {
    file::refuse_existing(path)?;
    let tables = end.tables(place)?;
    let source = end.source().await?;
    let schema = end.schema()?;
    let (partial, kind, its) = (with_ending(path, ".partial"), place.kind, schema.clone());
    let draft = apart(move || Draft::begin(partial, &its, kind, &layout::all_steps(&its, kind))).await?;
    let (tallies, sink) = copy(source, Sink::File(draft), &tables, watch).await?;
    watch.stage(Stage::Copied)?;
    let Sink::File(draft) = sink else { return Err(StoreError::Bug("a sink of another kind".into()).into()) };
    let manifest = Manifest::new(place, end.engine(), label).with(&tables, &tallies);
    let (path, watch) = (PathBuf::from(path), watch.clone());
    apart(move || {
        draft.describe(&manifest)?;
        draft.mark(Mark::Export)?;
        draft.commit()?;
        let draft = draft.close()?;
        MarketFile::open(&draft.path, &schema)?.verify(&watch)?;
        watch.stage(Stage::Verified)?;
        draft.publish(&path)?;
        Ok(Report { tables: manifest.tables })
    })
    .await
}
