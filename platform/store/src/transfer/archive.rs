//! A market into a file, and out of its database. An import brings it back.

use std::path::Path;

use super::copy::{Tables, apart, compare};
use super::end::{End, Leaving, Standing};
use super::error::{Outcome, TransferError};
use super::export::{self, Report};
use super::file::MarketFile;
use super::hold::Hold;
use super::manifest::Label;
use super::watch::{Stage, Watch};
use crate::error::StoreError;
use crate::place::Place;
use crate::store::Store;

impl Store {
    /// The rows go once the file holds all of them, compared and on the disk. Interrupted before
    /// that, the market serves again after its recovery; repeated, it takes a file that is complete.
    pub async fn archive(
        &self,
        place: &Place,
        path: &Path,
        label: impl Into<Label>,
        watch: &Watch,
    ) -> Result<Report, TransferError> {
        let label = label.into();
        let end = End::of(self, place)?;
        let tables = end.tables(place)?;
        let mut hold = Hold::take(&self.shared, place)?;
        hold.extend(place, &end).await?;
        match end.standing().await? {
            Standing::Serving | Standing::Frozen => {}
            Standing::Arrived => return Err(TransferError::Unfinished(place.name.to_string())),
            Standing::Absent | Standing::Fenced => {
                end.sweep(&tables, watch).await?;
                return Err(StoreError::Missing(place.name.to_string()).into());
            }
        }
        watch.stage(Stage::Begun)?;
        end.freeze(place).await?;
        let exported = match write(&end, place, path, label, &tables, watch).await {
            Ok(report) => report,
            Err(error) => {
                if let Err(error) = end.thaw(place).await {
                    tracing::error!(market = %place.name, %error, "the market stays frozen; recover it");
                }
                return Err(error);
            }
        };
        end.retire(place, Leaving::Archived, &tables, watch).await?;
        Ok(exported)
    }
}

async fn write(
    end: &End,
    place: &Place,
    path: &Path,
    label: Label,
    tables: &Tables,
    watch: &Watch,
) -> Outcome<Report> {
    watch.stage(Stage::Frozen)?;
    let report = match export::write(end, place, path, label, watch).await {
        // Perhaps the file of an archiving that was interrupted after it.
        Err(TransferError::Exists(shown)) => {
            same(end, place, path, tables, watch).await?.ok_or(TransferError::Exists(shown))?
        }
        done => done?,
    };
    watch.stage(Stage::Arrived)?;
    Ok(report)
}

/// The file that is there, if it holds exactly what the market holds now.
async fn same(
    end: &End,
    place: &Place,
    path: &Path,
    tables: &Tables,
    watch: &Watch,
) -> Outcome<Option<Report>> {
    let (schema, path, follower) = (end.schema()?, path.to_owned(), watch.clone());
    let opened = apart(move || {
        let file = MarketFile::open(&path, &schema)?;
        file.verify(&follower)?;
        Ok(file.manifest)
    });
    let Ok(manifest) = opened.await else { return Ok(None) };
    if (manifest.market, manifest.kind) != (place.id, place.kind) {
        return Ok(None);
    }
    let now = end.source().await?.read(tables, None, watch).await?;
    let written: Vec<_> = tables.iter().filter_map(|table| manifest.tally(&table.name)).collect();
    let same = compare(tables, &written, &now).is_ok();
    Ok(same.then_some(Report { tables: manifest.tables }))
}
