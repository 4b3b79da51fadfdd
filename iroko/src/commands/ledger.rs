//! `iroko ledger trial`, `rebuild`: whether the books of a market are right.

use clap::Subcommand;
use kernel::Actor;
use money::ledger::{self, Difference, Trial};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Stamp;

use super::operation::{Tell, Which};
use super::report::{Failure, FailureKind, Report};
use crate::platform::Platform;

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerOperation {
    /// Adds up all accounts: debits and credits are the same, or something is wrong.
    Trial {
        #[command(flatten)]
        which: Which,
    },
    /// Reckons every balance anew from its postings, while the market is served.
    Rebuild {
        #[command(flatten)]
        which: Which,
        /// Sets right what differs, and tells of it.
        #[arg(long)]
        #[serde(default)]
        mend: bool,
    },
}

impl LedgerOperation {
    pub fn which(&self) -> &Which {
        match self {
            Self::Trial { which } | Self::Rebuild { which, .. } => which,
        }
    }
}

pub async fn carry_out(
    operation: &LedgerOperation,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    let (tenant, slug) = operation.which().slugs()?;
    let market = &platform.market(tenant, slug).await?;
    match operation {
        LedgerOperation::Trial { .. } => tried(&ledger::trial(market).await?),
        LedgerOperation::Rebuild { mend, .. } => {
            let stamp = Stamp { at: platform.world.clock.now(), actor: Actor::System };
            let seen = |accounts: usize| tell(&format!("{accounts} accounts so far"));
            let (accounts, differences) = ledger::rebuild(market, stamp, *mend, seen).await?;
            rebuilt(accounts, &differences, *mend)
        }
    }
}

fn tried(trial: &Trial) -> Result<Report, Failure> {
    let mut text = format!("{:<16} {:>4} {:>18} {:>18}", "account", "", "debit", "credit");
    for line in &trial.lines {
        let row = (&line.code, line.currency, line.debit, line.credit);
        text += &format!("\n{:<16} {:>4} {:>18} {:>18}", row.0, row.1.code(), row.2, row.3);
    }
    for (currency, out_by) in &trial.out_by {
        text += &match out_by {
            0 => format!("\n{}: debits and credits are the same", currency.code()),
            out_by => format!("\n{}: OUT BY {out_by}", currency.code()),
        };
    }
    if trial.is_balanced() {
        return Ok(Report::new(text, json!(trial)));
    }
    Err(Failure::new(FailureKind::Failed, text))
}

fn rebuilt(accounts: usize, differences: &[Difference], mended: bool) -> Result<Report, Failure> {
    let mut text = match differences.len() {
        0 => format!("{accounts} balances are the sum of their postings"),
        some => format!("{some} of {accounts} balances are not the sum of their postings"),
    };
    for it in differences {
        text += &format!(
            "\n{} of {} in {}: {:?}, should be {:?}",
            it.code,
            it.owner,
            it.currency.code(),
            it.found,
            it.reckoned
        );
    }
    if mended && !differences.is_empty() {
        text += "\nset right";
    }
    if differences.is_empty() || mended {
        let facts = json!({ "accounts": accounts, "differences": differences, "mended": mended });
        return Ok(Report::new(text, facts));
    }
    Err(Failure::new(FailureKind::Failed, text))
}
