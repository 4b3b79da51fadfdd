//! The trial balance, and every balance reckoned anew from its postings.

use kernel::{Currency, Decision, NewEvent, Refusal, values};
use serde::Serialize;
use store::{CommitError, FromRow, Market, Row, Stamp, StoreError};

use super::chart::Class;
use super::model::AccountId;
use super::{filing, read};
use crate::limits;

kernel::statements! {
    long SUMS = "select code, currency, class, cast(count(*) as bigint), cast(sum(posted) as bigint), \
        cast(sum(coming) as bigint), cast(sum(going) as bigint) from ledger_account \
        group by code, currency, class order by code, currency limit ?1";
    short NEXT = "select distinct id from ledger_account where id > ?1 order by id limit ?2";
    /// Added, so that what is posted meanwhile is not lost.
    short MEND = "update ledger_account set posted = posted + ?2, coming = coming + ?3, going = going + ?4 \
        where id = ?1 and lane = (select min(lane) from ledger_account where id = ?1)";
}

/// All accounts of one kind and currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialLine {
    pub code: String,
    pub currency: Currency,
    pub class: Class,
    pub rows: i64,
    /// What is in them, on the side on which they grow.
    pub debit: i64,
    pub credit: i64,
    pub coming: i64,
    pub going: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    pub lines: Vec<TrialLine>,
    /// Debits less credits, of each currency: nought, or something is wrong.
    pub out_by: Vec<(Currency, i64)>,
}

impl Trial {
    pub fn is_balanced(&self) -> bool {
        self.out_by.iter().all(|(_, out_by)| *out_by == 0)
    }
}

/// One state of the market.
pub async fn trial(market: &Market) -> Result<Trial, StoreError> {
    let lines: Vec<TrialLine> = market.list(SUMS, values![limits::KINDS_MAX * 10]).await?;
    let mut currencies: Vec<Currency> = lines.iter().map(|line| line.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let out_by = |currency: Currency| {
        let its = lines.iter().filter(|line| line.currency == currency);
        (currency, its.map(|line| line.debit - line.credit).sum())
    };
    let out_by = currencies.into_iter().map(out_by).collect();
    Ok(Trial { lines, out_by })
}

/// An account whose balance is not what its postings add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub code: String,
    pub owner: i64,
    pub currency: Currency,
    /// Posted, coming, going: as it stood, and as it should.
    pub found: [i64; 3],
    pub reckoned: [i64; 3],
}

/// Reckons every balance from its postings, each over one state of the market, so that nobody has to wait.
/// Gives how many accounts were looked at and those that differ; with `mend`, sets them right.
pub async fn rebuild(
    market: &Market,
    stamp: Stamp,
    mend: bool,
    mut seen: impl FnMut(usize),
) -> Result<(usize, Vec<Difference>), Refusal> {
    // What is fresh is looked through for each account: few are better.
    loop {
        let (decision, is_all) = filing::some(market).await?;
        match market.commit(stamp, decision).await {
            Ok(()) if is_all => break,
            // Somebody else files too.
            Ok(()) | Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (mut after, mut looked_at, mut differences) = (i64::MIN, 0, Vec::new());
    loop {
        let next: Vec<(AccountId,)> = market.list(NEXT, values![after, limits::AUDITED_AT_ONCE]).await?;
        let Some((last,)) = next.last() else { return Ok((looked_at, differences)) };
        after = last.0;
        for (id,) in next {
            looked_at += 1;
            if let Some(difference) = reckoned(market, id).await? {
                if mend {
                    market.commit(stamp, mended(id, &difference)).await?;
                }
                if differences.len() < limits::DIFFERENCES_MAX {
                    differences.push(difference);
                }
            }
        }
        seen(looked_at);
    }
}

async fn reckoned(market: &Market, id: AccountId) -> Result<Option<Difference>, StoreError> {
    let Some((state, all)) = read::now_and_since(market, id, i64::MIN).await? else { return Ok(None) };
    let found = [state.posted, state.coming, state.going];
    let reckoned = [all.posted, all.coming, all.going];
    Ok((found != reckoned).then(|| Difference {
        code: state.account.code.into_owned(),
        owner: state.account.owner,
        currency: state.currency,
        found,
        reckoned,
    }))
}

fn mended(id: AccountId, difference: &Difference) -> Decision {
    let Difference { found, reckoned, .. } = difference;
    let [posted, coming, going] = [0, 1, 2].map(|place| reckoned[place] - found[place]);
    let event = NewEvent::new("ledger.balance_mended", id.0, difference);
    Decision::nothing().change(MEND.with(values![id, posted, coming, going])).event(event)
}

impl FromRow for TrialLine {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let bug = |what: &str| StoreError::Bug(format!("an unknown {what}"));
        let class = Class::from_number(row.get(2)?).ok_or_else(|| bug("class of account"))?;
        let posted: i64 = row.get(4)?;
        let (debit, credit) = if class.grows_by_debit() { (posted, 0) } else { (0, posted) };
        Ok(Self {
            code: row.get(0)?,
            currency: row.get::<String>(1)?.parse().map_err(|_| bug("currency"))?,
            class,
            rows: row.get(3)?,
            debit,
            credit,
            coming: row.get(5)?,
            going: row.get(6)?,
        })
    }
}
