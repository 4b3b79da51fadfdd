//! `iroko city …`: a city that is ready to be reported in, and whether one is.
//!
//! ```text
//! source.rs  where a city's set-up comes from: a template, a file, an Open311 endpoint
//! steps.rs   one step after another, each with its time; what is there already is left
//! add.rs     the steps
//! check.rs   whether a live one is well, and what to do
//! covered.rs whether there is somebody everywhere
//! ```

pub mod add;
mod check;
mod covered;
mod source;
mod steps;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::operation::Tell;
use super::report::{Failure, Report};
use crate::platform::Platform;

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CityOperation {
    /// Adds a city with all that it begins with. Interrupted, the same command goes on; repeated, it
    /// leaves what is there.
    Add(AddCity),
    /// Looks at a city that is served and says what to do about what is not well.
    Check {
        /// The city's market, as tenant/market or, where no other has its name, by its own.
        city: String,
    },
}

#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct AddCity {
    /// How addresses name it: a-z, 0-9 and dashes.
    pub slug: String,
    #[arg(long)]
    pub tenant: String,
    /// Its name for people.
    #[arg(long)]
    pub name: String,
    /// IANA name, such as America/New_York.
    #[arg(long)]
    pub time_zone: String,
    /// The tenant's own when not given.
    #[arg(long)]
    pub currency: Option<String>,
    /// What it begins with: a template (us-city, za-metro, ke-county), a file, or the address of an
    /// Open311 endpoint.
    #[arg(long, value_name = "TEMPLATE|FILE|URL")]
    pub from: String,
}

impl CityOperation {
    /// The server that may carry it out runs in another folder.
    pub fn complete(mut self) -> Result<Self, Failure> {
        if let Self::Add(new) = &mut self
            && source::is_file(&new.from)
        {
            let path = std::path::absolute(&new.from)
                .map_err(|error| Failure::usage(format!("{}: {error}", new.from)))?;
            new.from = path.display().to_string();
        }
        Ok(self)
    }
}

pub async fn carry_out(
    operation: CityOperation,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    match operation {
        CityOperation::Add(new) => add::carry_out(new, platform, tell).await,
        CityOperation::Check { city } => check::carry_out(&city, platform).await,
    }
}
