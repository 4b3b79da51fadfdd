use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::Account;
use crate::payment::limits::GATEWAYS_MAX;
use crate::payment::model::Method;
use crate::payment::states::name_of;

kernel::statements! {
    short ALL = "select number, adapter, name, method, currency, url, secrets, fixed, basis_points, enabled, \
        priority, amount_max, version, at from gateway_account order by number limit ?1";
    short ONE = "select number, adapter, name, method, currency, url, secrets, fixed, basis_points, enabled, \
        priority, amount_max, version, at from gateway_account where number = ?1";
    short ADD = "insert into gateway_account (number, adapter, name, method, currency, url, secrets, fixed, \
        basis_points, enabled, priority, amount_max, version, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    short SET = "update gateway_account set adapter = ?2, name = ?3, method = ?4, currency = ?5, url = ?6, \
        secrets = ?7, fixed = ?8, basis_points = ?9, enabled = ?10, priority = ?11, amount_max = ?12, \
        version = ?13 + 1, at = ?14 where number = ?1 and version = ?13";
}

pub async fn all(market: &Market) -> Result<Vec<Account>, StoreError> {
    market.list(ALL, values![GATEWAYS_MAX]).await
}

pub async fn one(market: &Market, number: i64) -> Result<Option<Account>, StoreError> {
    market.one(ONE, values![number]).await
}

/// A new one, or one in place of the version that was read.
pub fn put(account: &Account, is_new: bool) -> Change {
    let sql = if is_new { ADD } else { SET };
    sql.with(values![
        account.number,
        &account.adapter,
        &account.name,
        name_of(&Method::ALL, account.method),
        account.currency,
        &account.url,
        account.secrets.clone(),
        account.fixed,
        account.basis_points,
        account.enabled,
        account.priority,
        account.amount_max,
        account.version,
        account.at,
    ])
}
