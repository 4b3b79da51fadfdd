//! The file for the bank: one line for each transfer.

use store::Market;

use super::model::{Payout, Transfer};
use crate::settle::desk::Desk;

pub const MEDIA: &str = "text/csv; charset=utf-8";
const COLUMNS: [&str; 7] = ["reference", "holder", "bank", "account", "amount", "currency", "note"];

/// What could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    #[error("the account of {0} was sealed by another deployment")]
    Sealed(String),
    #[error("{0}")]
    Csv(String),
}

pub fn written(
    desk: &Desk,
    market: &Market,
    payout: &Payout,
    transfers: &[Transfer],
) -> Result<Vec<u8>, Unwritten> {
    let broken = |error: csv::Error| Unwritten::Csv(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(broken)?;
    for it in transfers {
        let number = desk.open(market, it.owner, &it.to.number);
        let number = number.ok_or_else(|| Unwritten::Sealed(it.reference.clone()))?;
        let amount = payout.money(it.amount).to_string();
        let (amount, currency) = amount.split_once(' ').unwrap_or((&amount, ""));
        let note = it.statement.to_string();
        writer
            .write_record([&it.reference, &it.to.holder, &it.to.bank, &number, amount, currency, &note])
            .map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Unwritten::Csv(error.to_string()))
}
