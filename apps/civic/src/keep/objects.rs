//! What is asked of whoever keeps objects.

use std::ops::Range;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use kernel::Refusal;
use media::object::ObjectTrouble;
use store::Place;

use crate::limits;

/// Objects of each market, kept apart from other markets' by whoever implements this.
pub trait Objects: Send + Sync {
    /// Whether there is a place for objects at all.
    fn is_there(&self) -> bool {
        true
    }

    /// Whole and durable, or not at all.
    fn put<'a>(&'a self, place: &'a Place, name: &'a str, bytes: Bytes)
    -> BoxFuture<'a, Result<(), Trouble>>;

    fn get<'a>(&'a self, place: &'a Place, name: &'a str) -> BoxFuture<'a, Result<Bytes, Trouble>>;

    fn range<'a>(
        &'a self,
        place: &'a Place,
        name: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, Trouble>>;

    /// Gone afterwards, whether it was there or not.
    fn delete<'a>(&'a self, place: &'a Place, name: &'a str) -> BoxFuture<'a, Result<(), Trouble>>;
}

/// What may go wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the object is missing")]
    Missing,
    /// Perhaps better later.
    #[error("objects are out of reach: {0}")]
    Away(String),
    #[error("the object is not as it was written")]
    Damaged,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        let (code, message) = match trouble {
            Trouble::Away(_) => ("archive_down", "The archive is out of reach. Try again in a moment."),
            Trouble::Missing | Trouble::Damaged => (
                "archive_damaged",
                "This is archived, but the archive is damaged. Its operator has to see to it.",
            ),
        };
        Refusal::unavailable(code, message, limits::ARCHIVE_AWAY_S)
    }
}

impl Objects for media::object::Objects {
    fn put<'a>(
        &'a self,
        place: &'a Place,
        name: &'a str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        Box::pin(async move { Ok(self.of(place).put(name, bytes).await?) })
    }

    fn get<'a>(&'a self, place: &'a Place, name: &'a str) -> BoxFuture<'a, Result<Bytes, Trouble>> {
        Box::pin(async move { Ok(self.of(place).get(name).await?) })
    }

    fn range<'a>(
        &'a self,
        place: &'a Place,
        name: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, Trouble>> {
        Box::pin(async move { Ok(self.of(place).get_range(name, range).await?.0) })
    }

    fn delete<'a>(&'a self, place: &'a Place, name: &'a str) -> BoxFuture<'a, Result<(), Trouble>> {
        Box::pin(async move { Ok(self.of(place).delete(name).await?) })
    }
}

impl From<ObjectTrouble> for Trouble {
    fn from(trouble: ObjectTrouble) -> Self {
        match trouble {
            ObjectTrouble::NotFound => Trouble::Missing,
            // Shorter, or longer, than what was written.
            ObjectTrouble::Range | ObjectTrouble::TooLarge { .. } => Trouble::Damaged,
            other => Trouble::Away(other.to_string()),
        }
    }
}

/// Where objects have no place: nothing is archived.
pub struct NoObjects;

fn none<T: Send + 'static>() -> BoxFuture<'static, Result<T, Trouble>> {
    Box::pin(async { Err(Trouble::Away("no place for objects is configured".into())) })
}

impl Objects for NoObjects {
    fn is_there(&self) -> bool {
        false
    }

    fn put<'a>(&'a self, _: &'a Place, _: &'a str, _: Bytes) -> BoxFuture<'a, Result<(), Trouble>> {
        none()
    }

    fn get<'a>(&'a self, _: &'a Place, _: &'a str) -> BoxFuture<'a, Result<Bytes, Trouble>> {
        none()
    }

    fn range<'a>(&'a self, _: &'a Place, _: &'a str, _: Range<u64>) -> BoxFuture<'a, Result<Bytes, Trouble>> {
        none()
    }

    fn delete<'a>(&'a self, _: &'a Place, _: &'a str) -> BoxFuture<'a, Result<(), Trouble>> {
        none()
    }
}
