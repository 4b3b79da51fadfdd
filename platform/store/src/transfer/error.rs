use crate::error::StoreError;

/// A market was not exported, imported, moved or archived.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransferError {
    #[error("{0} is there already; nothing is ever overwritten")]
    Exists(String),
    #[error("{file} is not the file of a market: {detail}")]
    Foreign { file: String, detail: String },
    #[error("{file} is damaged: {detail}; take another copy")]
    Damaged { file: String, detail: String },
    #[error("{file} is of a newer version ({detail}); run the newer program")]
    Newer { file: String, detail: String },
    #[error("the file holds {found}, not {wanted}")]
    AnotherMarket { found: String, wanted: String },
    #[error("the copy differs from its source in {0}; nothing was changed")]
    Differs(String),
    #[error("market {0} is being moved, archived or recovered by somebody else")]
    Underway(String),
    #[error("market {market} is served by {serving}, not where it was looked for")]
    Elsewhere { market: String, serving: String },
    /// Nothing is where the placement says, and exactly one other place has the market: it is safe
    /// to place it there, from `placed`, and to recover it again.
    #[error("market {market} is not where its placement says; {serving} has it")]
    Misplaced { market: String, placed: String, serving: String },
    #[error(
        "the file of market {0} was taken away while this process had it open; end the server, start it again \
         and repeat this"
    )]
    StillOpen(String),
    #[error("market {0} was left in the middle of a move; recover it first")]
    Unfinished(String),
    #[error(
        "it is not known whether the placement was changed ({0}); read it again and recover the market there"
    )]
    Unknown(String),
    #[error("the placement was not changed: {0}")]
    NotFlipped(String),
    #[error("{doing}: {detail}")]
    Disk { doing: String, detail: String },
    #[error("stopped on request: {0}")]
    Stopped(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) type Outcome<T> = Result<T, TransferError>;

pub(super) fn disk(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> TransferError {
    move |error| TransferError::Disk { doing: doing.into(), detail: error.to_string() }
}
