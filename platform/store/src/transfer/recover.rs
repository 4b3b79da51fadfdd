//! What is done about a transfer that was interrupted.

use super::end::{End, Leaving, Standing};
use super::error::{Outcome, TransferError};
use super::hold::Hold;
use super::watch::Watch;
use crate::config::EMBEDDED;
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

impl Store {
    /// Ends an interrupted transfer one way or the other, so that the market serves where its
    /// placement says, and only there. `place` is what the placement says now, read after the
    /// interruption. Refused while a transfer of the market is under way.
    pub async fn recover(&self, place: &Place, watch: &Watch) -> Result<Recovered, TransferError> {
        let home = self.name_of(place.database.as_deref());
        let here = End::of(self, place)?;
        let tables = here.tables(place)?;
        let mut hold = Hold::take(&self.shared, place)?;
        hold.extend(place, &here).await?;
        let mut recovered = Recovered::default();
        let others = self.others(place, home, &mut hold, &mut recovered).await?;
        let standing = here.standing().await?;
        let absent = matches!(standing, Standing::Absent | Standing::Fenced);
        let lives = |its: Standing| match its {
            Standing::Serving => true,
            Standing::Frozen => absent || standing == Standing::Frozen,
            Standing::Arrived => absent,
            Standing::Absent | Standing::Fenced => false,
        };
        if let Some((name, ..)) = others.iter().find(|(.., its)| lives(*its)) {
            let (market, serving) = (place.name.to_string(), name.clone());
            return Err(TransferError::Elsewhere { market, serving });
        }
        // A source may only go when its copy serves: first here, then there.
        match standing {
            Standing::Serving | Standing::Frozen => {}
            Standing::Arrived => {
                here.admit(place).await?;
                recovered.admitted = true;
            }
            Standing::Absent | Standing::Fenced => {
                here.sweep(&tables).await?;
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
                    other.sweep(&tables).await?;
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

    pub(super) async fn others(
        &self,
        place: &Place,
        home: &str,
        hold: &mut Hold,
        recovered: &mut Recovered,
    ) -> Outcome<Vec<(String, End, Standing)>> {
        let mut others = Vec::new();
        for name in self.names().into_iter().filter(|name| name != home) {
            let other = End::of(self, &place.clone().on(&name))?;
            match hold.extend(place, &other).await {
                Ok(()) => {}
                Err(TransferError::Store(_)) => {
                    recovered.out_of_reach.push(name);
                    continue;
                }
                Err(error) => return Err(error),
            }
            let standing = other.standing().await?;
            others.push((name, other, standing));
        }
        Ok(others)
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
