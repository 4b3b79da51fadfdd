//! Making pictures of what was uploaded, and removing the files of those that nothing refers to.

use std::sync::Arc;
use std::time::Duration;

use bus::{Job, JobHandler, JobTrouble};
use bytes::{Bytes, BytesMut};
use kernel::{Actor, Decision, NewJob};
use serde::{Deserialize, Serialize};
use store::{CommitError, Market, Stamp};

use super::decide::{self, Cleaning};
use super::model::{Address, PictureState};
use super::repo;
use crate::image::{Place, Trouble, Unfit};
use crate::limits;
use crate::media::Media;
use crate::object::ObjectTrouble;
use crate::upload::{self, MediaId, Outcome, State, Upload};

pub const PROCESS: &str = "media.process";
pub const CLEAN: &str = "media.clean";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Of {
    pub id: MediaId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct At {
    pub address: Address,
}

/// Makes a picture of a finished upload. May run any number of times: the row says whether it is done.
pub struct Process(pub Arc<Media>);

/// Removes files that nothing refers to any more.
pub struct Clean(pub Arc<Media>);

impl From<ObjectTrouble> for JobTrouble {
    fn from(trouble: ObjectTrouble) -> Self {
        JobTrouble::Retry(trouble.to_string())
    }
}

pub(crate) fn body<T: serde::de::DeserializeOwned>(job: &Job) -> Result<T, JobTrouble> {
    serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))
}

impl JobHandler for Process {
    fn kind(&self) -> &'static str {
        PROCESS
    }

    async fn run<'a>(&'a self, market: &'a Market, job: &'a Job) -> Result<Decision, JobTrouble> {
        let Of { id } = body(job)?;
        let Some(upload) = upload::repo::one(market, id).await? else { return Ok(Decision::nothing()) };
        if upload.state != State::Waiting {
            return Ok(Decision::nothing());
        }
        let outcome = self.0.outcome(market, &upload).await?;
        self.0.settle(market, id, &outcome).await?;
        Ok(Decision::nothing())
    }

    fn time_max(&self) -> Duration {
        limits::JOB_TIME_MAX
    }

    fn attempts_max(&self) -> i64 {
        limits::JOB_ATTEMPTS_MAX
    }
}

impl Media {
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { at: self.clock.now(), actor: Actor::System }
    }

    /// What the upload is, with all files written if it is a picture.
    async fn outcome(&self, market: &Market, upload: &Upload) -> Result<Outcome, JobTrouble> {
        if upload.decodings >= limits::DECODINGS_MAX {
            return Ok(Outcome::Unfit(Unfit::TooComplex));
        }
        let place = self.pool.place().map_err(retry)?;
        let bytes = self.source(market, upload).await?;
        let address = self.secret.address(market.place().id, &bytes);
        let known = repo::one(market, address).await?;
        match known.as_ref().map(|picture| picture.state) {
            Some(PictureState::Leaving) => {
                return Err(JobTrouble::Retry("the same picture is being removed".into()));
            }
            Some(PictureState::Ready) => {
                let sides = known.map_or((0, 0), |picture| (picture.width, picture.height));
                return Ok(Outcome::Picture { address, sides });
            }
            Some(PictureState::Making) | None => {}
        }
        // The row is there before the files, so that no file is ever forgotten; and the try is counted
        // before the decoder may bring the program down.
        let now = self.clock.now();
        let begin = upload::decide::begin_decoding(upload)
            .change(repo::begin(known.as_ref(), address, now))
            .job(clean_at(address, now + limits::PICTURE_KEPT));
        match market.commit(self.stamp(), begin).await {
            Ok(()) => {}
            Err(CommitError::Conflict) => return Err(JobTrouble::Retry("somebody else began it too".into())),
            Err(error) => return Err(error.into()),
        }
        let written = self.write(market, address, place, bytes).await;
        if written.is_err() {
            // The picture is not to blame.
            market.commit(self.stamp(), upload::decide::forgive_decoding(upload.id)).await?;
        }
        written
    }

    async fn write(
        &self,
        market: &Market,
        address: Address,
        place: Place,
        bytes: Bytes,
    ) -> Result<Outcome, JobTrouble> {
        let made = match self.pool.make_in(place, bytes).await {
            Ok(made) => made,
            Err(Trouble::Unfit(unfit)) => return Ok(Outcome::Unfit(unfit)),
            Err(busy) => return Err(retry(busy)),
        };
        let shelf = self.shelf(market);
        for file in made.files {
            shelf.put(&address.object(file.size, file.format), file.bytes).await?;
        }
        Ok(Outcome::Picture { address, sides: (made.width, made.height) })
    }

    /// The bytes as they were sent.
    async fn source(&self, market: &Market, upload: &Upload) -> Result<Bytes, JobTrouble> {
        let shelf = self.shelf(market);
        let mut whole = BytesMut::with_capacity(usize::try_from(upload.total).unwrap_or_default());
        for chunk in upload::repo::chunks(market, upload.id).await? {
            let piece = shelf.get(&chunk.object).await?;
            if chunk.start != whole.len() as i64 || chunk.bytes != piece.len() as i64 {
                return Err(JobTrouble::Dead("the chunks do not fit together".into()));
            }
            whole.extend_from_slice(&piece);
        }
        if whole.len() as i64 != upload.total {
            return Err(JobTrouble::Dead("a chunk is missing".into()));
        }
        Ok(whole.freeze())
    }

    /// Writes down what came of it. Somebody may say meanwhile what the picture belongs to: then the
    /// row is read again, the files are not made again.
    async fn settle(&self, market: &Market, id: MediaId, outcome: &Outcome) -> Result<(), JobTrouble> {
        for _ in 0..limits::SETTLE_TRIES_MAX {
            let Some(upload) = upload::repo::one(market, id).await? else { return Ok(()) };
            let now = self.clock.now();
            match market.commit(self.stamp(), upload::decide::settle(&upload, outcome, now)).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(JobTrouble::Retry("others are changing the same upload".into()))
    }
}

fn retry(trouble: Trouble) -> JobTrouble {
    JobTrouble::Retry(trouble.to_string())
}

impl JobHandler for Clean {
    fn kind(&self) -> &'static str {
        CLEAN
    }

    async fn run<'a>(&'a self, market: &'a Market, job: &'a Job) -> Result<Decision, JobTrouble> {
        let At { address } = body(job)?;
        let (media, now) = (&self.0, self.0.clock.now());
        match decide::clean(repo::one(market, address).await?.as_ref(), now) {
            Cleaning::Nothing => return Ok(Decision::nothing()),
            Cleaning::Later(due) => return Ok(Decision::nothing().job(clean_at(address, due))),
            Cleaning::Leave => {
                let leave = Decision::nothing().change(repo::leave(address, now - limits::PICTURE_KEPT));
                match market.commit(media.stamp(), leave).await {
                    Ok(()) => {}
                    // Somebody refers to it again.
                    Err(CommitError::Conflict) => return Ok(Decision::nothing()),
                    Err(error) => return Err(error.into()),
                }
            }
            Cleaning::Remove => {}
        }
        let shelf = media.shelf(market);
        for object in address.objects() {
            shelf.delete(&object).await?;
        }
        Ok(Decision::nothing().change(repo::gone(address)))
    }

    fn attempts_max(&self) -> i64 {
        limits::JOB_ATTEMPTS_MAX
    }
}

pub(crate) fn clean_at(address: Address, due: kernel::jiff::Timestamp) -> NewJob {
    NewJob::new(CLEAN, due, &At { address })
}
