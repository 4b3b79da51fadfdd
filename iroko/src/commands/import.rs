//! `iroko market import`: a market that is archived, lost or not known here comes back from a file.
//!
//! A market that is not known gets its row first, as an archived one. Interrupted anywhere, the
//! same command goes on: with the row, with the rows of the market, or with the last word.

use std::path::Path;

use kernel::RefusalKind;
use store::{Kind, Manifest, Place, TransferError};
use tenancy::NewMarket;
use tenancy::market::{About, MarketRow, State};

use super::market::{copied_report, found, watch};
use super::operation::{Tell, Unsaid, Which};
use super::report::{Failure, Report};
use crate::platform::Platform;

pub async fn carry_out(
    which: &Which,
    file: &Path,
    unsaid: Unsaid,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    let (tenant, slug) = which.slugs()?;
    platform.operations.tenant(tenant).await?;
    match platform.operations.market(tenant, slug).await {
        Err(refusal) if refusal.kind() == RefusalKind::NotFound => {
            add_row(which, file, unsaid, platform, tell).await?;
        }
        known => drop(known?),
    }
    // Archiving or moving it may have been interrupted.
    platform.recover(tenant, slug).await?;
    let (row, place) = found(which, platform).await?;
    if row.state == State::Making {
        return Err(Failure::failed(format!(
            "adding {} was interrupted, and it is not the market of the file; repeat `iroko market add`",
            place.name
        )));
    }
    let copied = match platform.store.bring_back(file, &place, &watch(tell)).await {
        Err(TransferError::Exists(_)) => done_before(&row, &place, file, platform, tell).await?,
        done => done?,
    };
    platform.operations.set_state(tenant, slug, State::Active).await?;
    platform.nudge(&platform.market(tenant, slug).await?);
    Ok(copied_report(&place, &format!("imported from {}", file.display()), &copied))
}

/// The market is there. That is well only when an import of this file has all but ended.
async fn done_before(
    row: &MarketRow,
    place: &Place,
    file: &Path,
    platform: &Platform,
    tell: &Tell,
) -> Result<store::Report, Failure> {
    let name = &place.name;
    if row.state == State::Active {
        let message = format!("{name} is served already; archive it first to put the file in its place");
        return Err(Failure::failed(message));
    }
    platform.store.holds(file, place, &watch(tell)).await?.ok_or_else(|| {
        Failure::failed(format!(
            "{name} was imported from another file, but for the last word; name that file"
        ))
    })
}

/// The whole file is read first: a damaged one leaves nothing behind.
async fn add_row(
    which: &Which,
    file: &Path,
    unsaid: Unsaid,
    platform: &Platform,
    tell: &Tell,
) -> Result<(), Failure> {
    let (tenant, slug) = which.slugs()?;
    let manifest = platform.store.verify(file, &watch(tell)).await?;
    if (manifest.kind, manifest.name.as_str()) != (Kind::Market, which.market.as_str()) {
        return Err(Failure::failed(format!("the file holds {}, not {}", manifest.name, which.market)));
    }
    platform.check_apps(&unsaid.apps)?;
    let new = described(&manifest, tenant, slug, unsaid)?;
    platform.operations.bring_back(&new, manifest.market).await?;
    Ok(())
}

/// As the file says, otherwise as the command line does.
fn described(manifest: &Manifest, tenant: &str, slug: &str, unsaid: Unsaid) -> Result<NewMarket, Failure> {
    if let Some(about) = manifest.about.as_deref().and_then(About::read) {
        return Ok(about.at(tenant, slug));
    }
    let zone = unsaid.time_zone.ok_or_else(|| {
        Failure::usage(
            "the file is of an older version and does not say the market's settings; add --time-zone, \
             and --name, --currency and --apps as they were",
        )
    })?;
    Ok(NewMarket {
        tenant: tenant.to_owned(),
        slug: slug.to_owned(),
        name: unsaid.name.unwrap_or_else(|| slug.to_owned()),
        zone,
        currency: unsaid.currency,
        features: unsaid.apps.into_iter().map(|app| (app, 100)).collect(),
    })
}
