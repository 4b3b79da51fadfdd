//! What may go wrong with an object.

use kernel::Refusal;

use crate::limits;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectTrouble {
    #[error("there is no such object")]
    NotFound,
    /// Ours: names are made by the program.
    #[error("an object cannot be called that")]
    Name,
    #[error("the object has {bytes} bytes, more than may be read at once")]
    TooLarge { bytes: u64 },
    #[error("the object has no such range")]
    Range,
    #[error("objects cannot be kept as configured: {0}")]
    Settings(String),
    /// The disk or the bucket is out of reach, full, or forbids it; perhaps better later.
    #[error("objects are out of reach: {0}")]
    OutOfReach(String),
}

impl ObjectTrouble {
    pub(super) fn settings(error: impl std::fmt::Display) -> Self {
        ObjectTrouble::Settings(error.to_string())
    }

    pub(super) fn late() -> Self {
        ObjectTrouble::OutOfReach("it took too long".into())
    }
}

impl From<object_store::Error> for ObjectTrouble {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => ObjectTrouble::NotFound,
            object_store::Error::InvalidPath { .. } => ObjectTrouble::Name,
            other => ObjectTrouble::OutOfReach(other.to_string()),
        }
    }
}

impl From<ObjectTrouble> for Refusal {
    fn from(trouble: ObjectTrouble) -> Self {
        if trouble == ObjectTrouble::NotFound {
            return Refusal::not_found();
        }
        tracing::error!(%trouble, "the store of objects failed");
        let message = "What is kept here cannot be reached. Try again in a moment.";
        Refusal::unavailable("objects_down", message, limits::BUSY_RETRY_AFTER_S)
    }
}
