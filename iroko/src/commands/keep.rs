//! `iroko civic archive`, `archived`, `verify`: how long requests are kept, and whether what is kept is
//! as it was written.

use civic::audit::{Broken, verify};
use civic::keep::model::{FIRST, Happened};
use civic::keep::{check, decide, gather, read, run};
use civic::request::number;
use clap::Subcommand;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Market;

use super::operation::{Tell, Which};
use super::progress::Count;
use super::report::{Failure, FailureKind, Report};
use crate::platform::Platform;

/// How often in a row somebody else may be faster before the command gives up.
const CROSSED_MAX: u32 = 20;

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepOperation {
    /// Archives what was closed longer ago than the market keeps it, as it is done every night.
    /// Interrupted, the same command goes on.
    Archive {
        #[command(flatten)]
        which: Which,
        /// Only counts what would go.
        #[arg(long)]
        #[serde(default)]
        dry_run: bool,
    },
    /// Shows one archived request with its history.
    Archived {
        #[command(flatten)]
        which: Which,
        /// Its tracking number.
        number: String,
    },
    /// Verifies the log of what staff did: every entry from the first to the head.
    Verify {
        #[command(flatten)]
        which: Which,
        /// What an earlier run said and somebody wrote down, as ENTRIES:HASH.
        #[arg(long, value_name = "ENTRIES:HASH")]
        anchor: Option<String>,
        /// Reads every object of the archive too, and compares it with its checksum.
        #[arg(long)]
        #[serde(default)]
        archive: bool,
    },
}

impl KeepOperation {
    pub fn which(&self) -> &Which {
        match self {
            Self::Archive { which, .. } | Self::Archived { which, .. } | Self::Verify { which, .. } => which,
        }
    }
}

pub async fn carry_out(
    operation: &KeepOperation,
    platform: &Platform,
    market: &Market,
    tell: &Tell,
) -> Result<Report, Failure> {
    match operation {
        KeepOperation::Archive { dry_run: true, .. } => would_archive(platform, market, tell).await,
        KeepOperation::Archive { .. } => archive(platform, market, tell).await,
        KeepOperation::Archived { number, .. } => archived(platform, market, number).await,
        KeepOperation::Verify { anchor, archive, .. } => {
            verified(platform, market, anchor.as_deref(), *archive, tell).await
        }
    }
}

async fn would_archive(platform: &Platform, market: &Market, tell: &Tell) -> Result<Report, Failure> {
    let settings = civic::rules::repo::settings(market).await?;
    let before = decide::before(platform.world.clock.now(), settings.archive_after_days);
    let (mut from, mut requests, mut objects) = (FIRST, 0, 0);
    loop {
        let batch = gather::batch(market, from, before).await?;
        requests += batch.requests();
        objects += usize::from(batch.requests() > 0);
        let Some(next) = batch.next else { break };
        from = next;
        tell(&format!("{requests} requests so far"));
    }
    let text = format!("{requests} requests would be archived, in {objects} objects; nothing was changed");
    Ok(Report::new(text, json!({ "requests": requests, "objects": objects, "dry_run": true })))
}

async fn archive(platform: &Platform, market: &Market, tell: &Tell) -> Result<Report, Failure> {
    if !platform.civic.keep.objects.is_there() {
        return Err(Failure::usage("no place for objects is configured, so that nothing can be archived"));
    }
    let settings = civic::rules::repo::settings(market).await?;
    let (world, zone) = (&platform.world, TimeZone::UTC);
    let (mut from, mut requests, mut crossed) = (FIRST, 0, 0);
    loop {
        let ctx = Ctx { now: world.clock.now(), zone: &zone, actor: Actor::System, ids: &*world.ids };
        let step = run::archive(&platform.civic.keep, market, &settings, from, &ctx).await?;
        requests += step.done;
        crossed = if step.crossed { crossed + 1 } else { 0 };
        if crossed > CROSSED_MAX {
            let message = format!("{requests} archived; somebody else is archiving: try again later");
            return Err(Failure::failed(message));
        }
        let Some(next) = step.next else {
            run::sweep(&platform.civic.keep, market, &ctx).await?;
            break;
        };
        from = next;
        tell(&format!("{requests} requests so far"));
    }
    Ok(Report::new(format!("{requests} requests archived"), json!({ "requests": requests })))
}

async fn archived(platform: &Platform, market: &Market, text: &str) -> Result<Report, Failure> {
    let id = number::read(text)
        .ok_or_else(|| Failure::usage(format!("{text:?} is no tracking number; such as 01HQ3-V8K2M-4XZ7")))?;
    let found = read::one(&platform.civic.keep, market, id).await?;
    let Some(kept) = found else {
        let message = format!("{text} is not in the archive of {}", market.place().name);
        return Err(Failure::new(FailureKind::NotFound, message));
    };
    let it = &kept.request;
    let mut lines = vec![
        format!("{} ({})", number::of(it.id), it.id),
        format!("{}, {}", it.category, it.status.name()),
        it.description.clone(),
        format!("reported {}", it.at),
    ];
    lines.extend(it.closed.map(|closed| format!("closed {closed}")));
    lines.extend(it.address.clone());
    lines.extend(kept.history.iter().map(|entry| format!("{} {} {}", entry.at, entry.what, entry.body)));
    let body = |body: &str| serde_json::from_str(body).unwrap_or(Value::Null);
    let history: Vec<Value> = kept
        .history
        .iter()
        .map(|entry| {
            let Happened { at, what, public, body: said, .. } = entry;
            json!({ "at": at, "what": what, "public": public, "body": body(said) })
        })
        .collect();
    let mut view = civic::request::view::RequestView::from(it.clone());
    view.archived = true;
    let data = json!({
        "request": view,
        "hidden": it.hidden,
        "history": history,
    });
    Ok(Report::new(lines.join("\n"), data))
}

async fn verified(
    platform: &Platform,
    market: &Market,
    anchor: Option<&str>,
    archive: bool,
    tell: &Tell,
) -> Result<Report, Failure> {
    let anchor = anchor.map(noted).transpose()?;
    let head = match verify(market, anchor).await {
        Ok(sound) => sound.head,
        Err(Broken::Store(error)) => return Err(error.into()),
        Err(broken) => {
            let entry = match broken {
                Broken::Changed(n) | Broken::Missing(n) | Broken::Head(n) | Broken::Anchor(n) => n,
                Broken::Cut { found, .. } => found + 1,
                Broken::NoAnchor | Broken::Store(_) => 0,
            };
            let message = format!("the log of {} was tampered with: {broken}", market.place().name);
            return Err(Failure::failed(message).with(json!({ "entry": entry })));
        }
    };
    let hash: String = head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = format!(
        "the log of {} is sound: {} entries; write down {}:{hash}",
        market.place().name,
        head.entries,
        head.entries
    );
    let mut data =
        json!({ "entries": head.entries, "hash": hash, "anchor": format!("{}:{hash}", head.entries) });
    if archive {
        let (more, told) = objects(platform, market, tell).await?;
        text.push_str(&more);
        data["archive"] = told;
    }
    Ok(Report::new(text, data))
}

async fn objects(platform: &Platform, market: &Market, tell: &Tell) -> Result<(String, Value), Failure> {
    let count = Count::new(tell, "objects");
    let watch = |checked: &check::Checked| {
        // How many there are is not known before the end.
        let done = i64::try_from(checked.objects).unwrap_or(i64::MAX);
        count.at(done, done.saturating_add(1), done);
    };
    let found = check::objects(&platform.civic.keep, market, &watch).await?;
    let data = json!({
        "objects": found.objects,
        "requests": found.lines,
        "bytes": found.bytes,
        "wrong": found.wrong_in_all,
        "names": found.wrong.iter().map(|(name, trouble)| json!({ "name": name, "why": trouble.to_string() })).collect::<Vec<_>>(),
    });
    if found.wrong_in_all == 0 {
        let (objects, lines) = (found.objects, found.lines);
        return Ok((format!("\nthe archive is sound: {objects} objects, {lines} lines"), data));
    }
    let named = found.wrong.iter().map(|(name, trouble)| format!("\n  {name}: {trouble}"));
    let message = format!("{} of {} objects are not well:", found.wrong_in_all, found.objects);
    Err(Failure::failed(message + &named.collect::<String>()).with(data))
}

/// An anchor, as `verify` said it.
fn noted(text: &str) -> Result<(i64, [u8; 32]), Failure> {
    let wrong =
        || Failure::usage(format!("{text:?} is no anchor: write ENTRIES:HASH, as an earlier run said it"));
    let (entries, hash) = text.split_once(':').ok_or_else(wrong)?;
    let entries = entries.parse().ok().filter(|it| *it >= 0).ok_or_else(wrong)?;
    if hash.len() != 64 || !hash.is_ascii() {
        return Err(wrong());
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hash[2 * place..2 * place + 2], 16).map_err(|_| wrong())?;
    }
    Ok((entries, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_anchors() {
        let hash = "0f".repeat(32);
        assert_eq!(noted(&format!("12:{hash}")).ok(), Some((12, [15; 32])));
        for wrong in ["", "12", &hash, &format!("-1:{hash}"), "1:00", &format!("1:{}", "xy".repeat(32))] {
            assert!(noted(wrong).is_err(), "{wrong}");
        }
    }
}
