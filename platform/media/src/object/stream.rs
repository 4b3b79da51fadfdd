//! An object that is written piece by piece: a few parts under way, the rest of its writer waits.

use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, PutPayload};
use tokio::task::JoinSet;

use super::ObjectTrouble;
use super::shelf::within;
use crate::limits;

/// Nothing is there before [`Writer::finish`]. One that is dropped leaves parts behind that a bucket
/// forgets by its own rules, and a folder a file that is never listed; [`Writer::abandon`] leaves nothing.
pub struct Writer {
    upload: Box<dyn MultipartUpload>,
    waiting: BytesMut,
    parts: JoinSet<Result<(), ObjectTrouble>>,
    written: u64,
}

impl Writer {
    pub(super) fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self { upload, waiting: BytesMut::new(), parts: JoinSet::new(), written: 0 }
    }

    pub async fn write(&mut self, mut piece: Bytes) -> Result<(), ObjectTrouble> {
        self.written += piece.len() as u64;
        while !piece.is_empty() {
            let room = limits::PART_BYTES - self.waiting.len();
            let part = piece.split_to(room.min(piece.len()));
            self.waiting.extend_from_slice(&part);
            if self.waiting.len() == limits::PART_BYTES {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Now it is there. Says how many bytes it has.
    pub async fn finish(mut self) -> Result<u64, ObjectTrouble> {
        match self.end().await {
            Ok(()) => Ok(self.written),
            Err(trouble) => {
                self.abandon().await;
                Err(trouble)
            }
        }
    }

    /// Gives up; what was there under this name before stays.
    pub async fn abandon(mut self) {
        self.parts.shutdown().await;
        if let Err(trouble) = within(self.upload.abort()).await {
            tracing::warn!(%trouble, "parts of an object were left behind");
        }
    }

    async fn end(&mut self) -> Result<(), ObjectTrouble> {
        if !self.waiting.is_empty() || self.written == 0 {
            self.send().await?;
        }
        while let Some(part) = self.parts.join_next().await {
            part.unwrap_or_else(|_| Err(ObjectTrouble::OutOfReach("a part was cut off".into())))?;
        }
        within(self.upload.complete()).await.map(drop)
    }

    async fn send(&mut self) -> Result<(), ObjectTrouble> {
        if self.parts.len() >= limits::PARTS_AT_ONCE
            && let Some(part) = self.parts.join_next().await
        {
            part.unwrap_or_else(|_| Err(ObjectTrouble::OutOfReach("a part was cut off".into())))?;
        }
        let part = self.waiting.split().freeze();
        self.parts.spawn(within(self.upload.put_part(PutPayload::from_bytes(part))));
        Ok(())
    }
}
