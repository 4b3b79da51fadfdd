//! Objects: bytes under a name, in a local folder or a bucket. For pictures, and for whatever else is
//! too large for a row, such as archives of old ones.
//!
//! ```text
//! shelf.rs    what one market sees: put, get, a range, head, delete, list, streams
//! stream.rs   an object that is written piece by piece
//! name.rs     what an object may be called
//! bucket.rs   S3 and what speaks like it
//! client.rs   the way out of the machine: TLS, time-outs
//! trouble.rs  what may go wrong
//! ```
//!
//! An object is there whole or not at all, and when `put` has returned it survives a loss of power: on a
//! local folder it is written beside its place, synced, renamed, and the folder synced.

mod bucket;
mod client;
mod name;
mod shelf;
mod stream;
mod trouble;

use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use store::{Kind, Place};

pub use bucket::Bucket;
pub use shelf::{Head, Shelf};
pub use stream::Writer;
pub use trouble::ObjectTrouble;

/// Where objects are kept.
#[derive(Debug, Clone)]
pub enum Where {
    /// Made if it is missing.
    Folder(PathBuf),
    Bucket(Bucket),
}

/// All objects of this deployment. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    inner: Arc<dyn ObjectStore>,
}

impl Objects {
    /// Opens the folder, or gets ready to speak with the bucket; the bucket itself is not asked yet.
    pub fn open(place: &Where) -> Result<Self, ObjectTrouble> {
        let inner: Arc<dyn ObjectStore> = match place {
            Where::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| ObjectTrouble::Settings(format!("{}: {error}", folder.display())))?;
                let local = LocalFileSystem::new_with_prefix(folder).map_err(ObjectTrouble::settings)?;
                Arc::new(local.with_fsync(true))
            }
            Where::Bucket(bucket) => Arc::new(bucket.open()?),
        };
        Ok(Self { inner })
    }

    /// One market's own objects. There is no way from one shelf to another.
    pub fn of(&self, place: &Place) -> Shelf {
        let prefix = match place.kind {
            Kind::System => "system".to_owned(),
            Kind::Home => format!("home/{}", place.id.raw()),
            Kind::Market => format!("market/{}", place.id),
        };
        Shelf::new(self.inner.clone(), prefix)
    }
}
