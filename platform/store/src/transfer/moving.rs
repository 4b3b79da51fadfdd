//! A market from one database to another.

use std::future::{Future, ready};

use super::copy::Tables;
use super::end::{End, Leaving, Standing};
use super::error::{Outcome, TransferError};
use super::export::Report;
use super::hold::Hold;
use super::watch::{Stage, Watch};
use crate::error::{CommitError, StoreError};
use crate::place::Place;
use crate::store::Store;

impl Store {
    /// Copies the market to the database of that name, lets `flip` change its placement, and removes
    /// it from where it was. Reads go on all the while; commits are refused from the freeze until
    /// the new place serves.
    ///
    /// `flip` changes the placement that `place` was read from, if that is still what it says: it is
    /// the moment at which the market has moved. Before it, a failure leaves the market serving where
    /// it was; after it, recovering or moving again completes the move. A flip of which nobody knows
    /// whether it happened must say [`CommitError::Unknown`]: then both copies stay for recovery.
    pub async fn move_market<F, Fut>(
        &self,
        place: &Place,
        to: &str,
        flip: F,
        watch: &Watch,
    ) -> Result<Report, TransferError>
    where
        F: FnOnce(Place) -> Fut,
        Fut: Future<Output = Result<(), CommitError>>,
    {
        if self.name_of(place.database.as_deref()) == self.name_of(Some(to)) {
            // It was moved already; what may be left of that is done now.
            self.recover(place, || ready(Ok(place.clone())), watch).await?;
            return Ok(Report::default());
        }
        let target = place.clone().on(to);
        let (here, there) = (End::of(self, place)?, End::of(self, &target)?);
        let tables = here.tables(place)?;
        let mut hold = Hold::take(&self.shared, place)?;
        hold.extend(place, &here).await?;
        hold.extend(place, &there).await?;
        self.ready_to_leave(place, &here, &target, &there, &tables).await?;
        watch.stage(Stage::Begun)?;
        let copied = match copy(place, &here, &target, &there, &tables, &hold, watch).await {
            Ok(report) => report,
            Err(error) => return Err(undo(error, place, &here, &there, &tables).await),
        };
        match flip(target.clone()).await {
            Ok(()) => {}
            Err(CommitError::Unknown(detail)) => return Err(TransferError::Unknown(detail)),
            Err(error) => {
                let error = TransferError::NotFlipped(error.to_string());
                return Err(undo(error, place, &here, &there, &tables).await);
            }
        }
        watch.stage(Stage::Flipped)?;
        there.admit(&target).await?;
        watch.stage(Stage::Admitted)?;
        here.retire(place, Leaving::Moved, &tables, watch).await?;
        Ok(copied)
    }

    async fn ready_to_leave(
        &self,
        place: &Place,
        here: &End,
        target: &Place,
        there: &End,
        tables: &Tables,
    ) -> Outcome<()> {
        let elsewhere = || TransferError::Elsewhere {
            market: place.name.to_string(),
            serving: self.name_of(target.database.as_deref()).to_owned(),
        };
        match (here.standing().await?, there.standing().await?) {
            (_, Standing::Serving | Standing::Frozen) => Err(elsewhere()),
            (Standing::Serving | Standing::Frozen, Standing::Absent | Standing::Fenced) => Ok(()),
            // An earlier move was interrupted before its flip.
            (Standing::Serving | Standing::Frozen, Standing::Arrived) => there.clear(tables).await,
            (Standing::Arrived, _) => Err(TransferError::Unfinished(place.name.to_string())),
            (Standing::Absent | Standing::Fenced, _) => {
                Err(StoreError::Missing(place.name.to_string()).into())
            }
        }
    }
}

async fn copy(
    place: &Place,
    here: &End,
    target: &Place,
    there: &End,
    tables: &Tables,
    hold: &Hold,
    watch: &Watch,
) -> Outcome<Report> {
    here.freeze(place).await?;
    watch.stage(Stage::Frozen)?;
    let source = here.source().await?;
    let tallies = there.land(target, source, tables, Standing::Arrived, watch).await?;
    watch.stage(Stage::Arrived)?;
    hold.check().await?;
    Ok(Report { tables: tables.iter().map(|table| table.name.clone()).zip(tallies).collect() })
}

/// The market goes on serving where it was. What cannot be undone now is left to recovery.
async fn undo(
    error: TransferError,
    place: &Place,
    here: &End,
    there: &End,
    tables: &Tables,
) -> TransferError {
    let cleared = match there.standing().await {
        Ok(Standing::Arrived) => there.clear(tables).await,
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = cleared {
        tracing::warn!(market = %place.name, %error, "a copy stays behind after a move that failed");
    }
    if let Err(error) = here.thaw(place).await {
        tracing::error!(market = %place.name, %error, "the market stays frozen after a move that failed; recover it");
    }
    error
}
