use kernel::{Refusal, RefusalKind};

/// Reading or opening failed, for a reason that is not the caller's.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("the store has too much waiting; try again in a moment")]
    Busy,
    #[error("market {0} is being moved; try again in a moment")]
    Frozen(String),
    #[error("market {0} is not here")]
    Missing(String),
    #[error("no room left to write (market {market}): {detail}")]
    Full { market: String, detail: String },
    #[error("the file of market {market} is damaged: {detail}; restore it from a backup")]
    Damaged { market: String, detail: String },
    #[error("the data is newer than this program ({0}); run the newer version")]
    Newer(String),
    #[error("{0} is in use by another process")]
    InUse(String),
    #[error("the database is out of reach: {0}")]
    Down(String),
    /// Neither engine is given what one of them cannot keep.
    #[error("{0}")]
    Unstorable(&'static str),
    /// Ours: a statement that does not fit the tables, a column of another kind.
    #[error("{0}")]
    Bug(String),
}

/// A decision was not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// A guard did not hold: load and decide again.
    #[error("somebody else changed the same thing at the same time")]
    Conflict,
    /// The refusal that the failed guard named.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody knows whether it was committed: the disk or the connection failed in between. The
    /// same idempotency key finds out.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl StoreError {
    fn is_for_operator(&self) -> bool {
        use StoreError::{Bug, Damaged, Down, Full, InUse, Newer};
        matches!(self, Full { .. } | Damaged { .. } | Newer(_) | InUse(_) | Down(_) | Bug(_))
    }
}

impl From<StoreError> for Refusal {
    /// The caller learns what to do; the cause is for the operator, and goes to the log.
    fn from(error: StoreError) -> Refusal {
        if error.is_for_operator() {
            tracing::error!(%error, "the store failed");
        }
        match error {
            StoreError::Busy => {
                Refusal::unavailable("busy", "Too much is waiting here. Try again in a moment.", 1)
            }
            StoreError::Frozen(_) => {
                Refusal::unavailable("market_moving", "This market is being moved. Try again in a moment.", 2)
            }
            StoreError::Missing(_) => Refusal::not_found(),
            StoreError::Full { .. } => {
                Refusal::unavailable("storage_full", "There is no room left to write.", 60)
            }
            StoreError::Damaged { .. } => {
                Refusal::unavailable("storage_damaged", "This market's data needs repair.", 300)
            }
            StoreError::Unstorable(message) => Refusal::new(RefusalKind::Invalid, "not_storable", message),
            StoreError::Newer(_) | StoreError::InUse(_) | StoreError::Down(_) | StoreError::Bug(_) => {
                Refusal::unavailable("storage_down", "The database cannot be reached.", 5)
            }
        }
    }
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Refusal {
        match error {
            CommitError::Conflict => {
                Refusal::conflict("busy_row", "Others are changing the same thing. Try again.").retry_after(1)
            }
            CommitError::Refused(refusal) => refusal,
            CommitError::Unknown(cause) => {
                tracing::error!(cause, "the outcome of a commit is unknown");
                let message =
                    "It is not known whether this was done. Send it again with the same Idempotency-Key.";
                Refusal::unavailable("outcome_unknown", message, 1)
            }
            CommitError::Failed(error) => error.into(),
        }
    }
}
