//! What is done about a transfer that was interrupted.

use std::future::Future;

use super::end::{End, Leaving, Standing};
use super::error::{Outcome, TransferError};
use super::hold::Hold;
use super::watch::Watch;
use crate::config::EMBEDDED;
use crate::error::StoreError;
use crate::place::Place;
use crate::store::Store;

/// What a recovery found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Commits are taken again.
    pub thawed: bool,
    /// The copy that had arrived serves now.
    pub admitted: bool,
    /// The market is neither where its placement says, nor anywhere else that could be asked.
    pub absent: bool,
    /// Databases from which rows were removed.
    pub cleared: Vec<String>,
    /// Databases that could not be asked.
    pub out_of_reach: Vec<String>,
}

/// Another database, and how the market stands there.
pub(super) type Other = (String, End, Standing);

/// One place at most may go on, and it is the one that the placement names.
fn serves_nowhere_else(
    place: &Place,
    standing: Standing,
    others: &[Other],
    recovered: &Recovered,
) -> Outcome<()> {
    let absent = matches!(standing, Standing::Absent | Standing::Fenced);
    let lives = |its: Standing| match its {
        Standing::Serving => true,
        Standing::Frozen => absent || standing == Standing::Frozen,
        Standing::Arrived => absent,
        Standing::Absent | Standing::Fenced => false,
    };
    let living: Vec<_> = others.iter().filter(|(.., its)| lives(*its)).collect();
    let Some((serving, _, its)) = living.first() else { return Ok(()) };
    let (market, serving) = (place.name.to_string(), serving.clone());
    // The one place that has it has it whole: a copy only serves once it is complete.
    let whole = matches!(its, Standing::Serving | Standing::Frozen);
    if absent && whole && living.len() == 1 && recovered.out_of_reach.is_empty() {
        let placed = place.database.as_deref().unwrap_or_default().to_owned();
        return Err(TransferError::Misplaced { market, placed, serving });
    }
    Err(TransferError::Elsewhere { market, serving })
}

impl Store {
    /// Ends an interrupted transfer one way or the other, so that the market serves where its
    /// placement says, and only there. `placement` reads what it says now: it is asked once nobody
    /// else can change it any more, because what was read before may be about to change. `place` only
    /// says which market it is. Refused while a transfer of the market is under way.
    pub async fn recover<F, Fut>(
        &self,
        place: &Place,
        placement: F,
        watch: &Watch,
    ) -> Result<Recovered, TransferError>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Place, StoreError>>,
    {
        let mut hold = Hold::take(&self.shared, place)?;
        let mut recovered = Recovered::default();
        let held = self.hold_each(place, self.names(), &mut hold, &mut recovered).await?;
        let place = &placement().await?;
        let (here, others) = self.standings(place, held).await?;
        let tables = here.tables(place)?;
        let standing = here.standing().await?;
        serves_nowhere_else(place, standing, &others, &recovered)?;
        // A source may only go when its copy serves: first here, then there.
        match standing {
            Standing::Serving | Standing::Frozen => {}
            Standing::Arrived => {
                here.admit(place).await?;
                recovered.admitted = true;
            }
            Standing::Absent | Standing::Fenced => {
                here.sweep(&tables, watch).await?;
                recovered.absent = true;
            }
        }
        for (name, other, its) in others {
            match its {
                Standing::Arrived => other.clear(&tables).await?,
                Standing::Frozen if here.last_position().await? < other.last_position().await? => {
                    // What serves here did not come from there.
                    let (market, serving) = (place.name.to_string(), name);
                    return Err(TransferError::Elsewhere { market, serving });
                }
                Standing::Frozen => other.retire(place, Leaving::Moved, &tables, watch).await?,
                Standing::Fenced => {
                    other.sweep(&tables, watch).await?;
                    continue;
                }
                Standing::Absent | Standing::Serving => continue,
            }
            recovered.cleared.push(name);
        }
        if standing == Standing::Frozen {
            here.thaw(place).await?;
            recovered.thawed = true;
        }
        Ok(recovered)
    }

    /// Where the placement says, and every other database that answered.
    async fn standings(&self, place: &Place, held: Vec<(String, End)>) -> Outcome<(End, Vec<Other>)> {
        let home = self.name_of(place.database.as_deref());
        let here = End::of(self, place)?;
        if !held.iter().any(|(name, _)| name == home) {
            let detail = format!("database {home}, where market {} belongs, cannot be asked", place.name);
            return Err(StoreError::Down(detail).into());
        }
        let mut others = Vec::new();
        for (name, other) in held.into_iter().filter(|(name, _)| name != home) {
            let standing = other.standing().await?;
            others.push((name, other, standing));
        }
        Ok((here, others))
    }

    pub(super) async fn others(
        &self,
        place: &Place,
        home: &str,
        hold: &mut Hold,
        recovered: &mut Recovered,
    ) -> Outcome<Vec<Other>> {
        let names = self.names().into_iter().filter(|name| name != home).collect();
        let mut others = Vec::new();
        for (name, other) in self.hold_each(place, names, hold, recovered).await? {
            let standing = other.standing().await?;
            others.push((name, other, standing));
        }
        Ok(others)
    }

    async fn hold_each(
        &self,
        place: &Place,
        names: Vec<String>,
        hold: &mut Hold,
        recovered: &mut Recovered,
    ) -> Outcome<Vec<(String, End)>> {
        let mut held = Vec::new();
        for name in names {
            let end = End::of(self, &place.clone().on(&name))?;
            match hold.extend(place, &end).await {
                Ok(()) => held.push((name, end)),
                Err(TransferError::Store(_)) => recovered.out_of_reach.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(held)
    }

    /// The databases that a place may name, besides `default`.
    pub fn names(&self) -> Vec<String> {
        let embedded = self.files.iter().map(|_| EMBEDDED.to_owned());
        let folders = self.folders.iter().map(|(name, _)| name.clone());
        embedded
            .chain(folders)
            .chain(self.databases.iter().map(|database| database.name().to_owned()))
            .collect()
    }
}
