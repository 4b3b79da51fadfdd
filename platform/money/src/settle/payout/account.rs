use std::sync::Arc;

use kernel::text::{self, Lines};
use kernel::{Decision, Fault, Id, NewEvent, Provider, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{Answer, Body, Call, Endpoint, May, Path, Role};

use super::model::Account;
use super::repo;
use crate::settle::desk::Desk;
use crate::settle::limits::HOLDER_LETTERS_MAX;
use crate::settle::model::Owner;

pub fn endpoints(desk: &Arc<Desk>) -> Vec<Endpoint> {
    vec![
        web::get("/v1/providers/{provider}/payout-account", provider_payout_account)
            .says("Reads the account that a merchant is paid to: whose, at which bank, and how it ends.")
            .may(May::Provider(Role::Manager)),
        web::with!(desk, put "/v1/providers/{provider}/payout-account" => set_provider_payout_account(path: Path<Provided>, body: Body<AccountText>))
            .says("Sets the account that a merchant is paid to. Its number is sealed and never shown again.")
            .may(May::Provider(Role::Manager)),
        web::get("/v1/me/payout-account", own_payout_account)
            .says("Reads the account that one is paid to oneself.")
            .may(May::Known),
        web::with!(desk, put "/v1/me/payout-account" => set_own_payout_account(body: Body<AccountText>))
            .says("Sets the account that one is paid to oneself.")
            .may(May::Known),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Provided {
    provider: Id<Provider>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccountText {
    /// As the bank knows it.
    #[schemars(length(min = 1, max = 70))]
    holder: String,
    /// The code of the bank, or of its branch.
    #[schemars(length(min = 3, max = 20))]
    bank: String,
    /// Letters and digits; blanks and dashes between them are left out.
    #[schemars(length(min = 4, max = 50))]
    number: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AccountView {
    holder: String,
    bank: String,
    last4: String,
}

impl From<&Account> for AccountView {
    fn from(it: &Account) -> Self {
        Self { holder: it.holder.clone(), bank: it.bank.clone(), last4: it.last4.clone() }
    }
}

async fn provider_payout_account(
    call: Call,
    Path(path): Path<Provided>,
) -> Result<Answer<AccountView>, Refusal> {
    read(&call, Owner::merchant(path.provider)).await
}

/// Whoever may do everything in a market does not do it for somebody who is not there.
async fn must_be_there(call: &Call, provider: Id<Provider>) -> Result<(), Refusal> {
    match tenancy::provider::exists(call.market(), provider).await? {
        true => Ok(()),
        false => Err(Refusal::not_found()),
    }
}

async fn own_payout_account(call: Call) -> Result<Answer<AccountView>, Refusal> {
    read(&call, own(&call)?).await
}

async fn set_provider_payout_account(
    desk: &Arc<Desk>,
    call: Call,
    Path(path): Path<Provided>,
    Body(wanted): Body<AccountText>,
) -> Result<Answer<AccountView>, Refusal> {
    must_be_there(&call, path.provider).await?;
    set(desk, &call, Owner::merchant(path.provider), &wanted).await
}

async fn set_own_payout_account(
    desk: &Arc<Desk>,
    call: Call,
    Body(wanted): Body<AccountText>,
) -> Result<Answer<AccountView>, Refusal> {
    set(desk, &call, own(&call)?, &wanted).await
}

fn own(call: &Call) -> Result<Owner, Refusal> {
    call.caller.person().map(Owner::rider).ok_or_else(Refusal::forbidden)
}

async fn read(call: &Call, owner: Owner) -> Result<Answer<AccountView>, Refusal> {
    let account = repo::account(call.market(), owner).await?.ok_or_else(Refusal::not_found)?;
    Answer::ok(&(&account).into())
}

async fn set(
    desk: &Desk,
    call: &Call,
    owner: Owner,
    wanted: &AccountText,
) -> Result<Answer<AccountView>, Refusal> {
    let Plain { holder, bank, number } = checked(wanted)?;
    let last4 = number[number.len() - 4..].to_owned();
    let sealed = desk.seal(call.market(), owner, &number);
    let account = Account { holder, bank, number: sealed, last4 };
    let (account, told) = (&account, json!({ "payee": owner.payee, "last4": account.last4 }));
    call.change(|| async {
        let event = NewEvent::new("payout_account.set", owner.number, &told);
        let decision = Decision::nothing().change(repo::put_account(owner, account, call.now)).event(event);
        Ok((decision, Answer::ok(&account.into())?))
    })
    .await
}

/// As a file for a bank may hold it.
#[derive(Debug, PartialEq, Eq)]
struct Plain {
    holder: String,
    bank: String,
    number: String,
}

fn checked(wanted: &AccountText) -> Result<Plain, Refusal> {
    let holder = wanted.holder.trim().to_owned();
    let [bank, number] = [&wanted.bank, &wanted.number].map(|text| without_gaps(text));
    let mut faults: Vec<Fault> = text::fault("/holder", &holder, Lines::One).into_iter().collect();
    // Programs for tables take what begins otherwise for something to be reckoned.
    let begins_well = holder.chars().next().is_some_and(char::is_alphanumeric);
    if !begins_well || holder.chars().count() > HOLDER_LETTERS_MAX {
        faults.push(Fault::new("/holder", "not_a_name", "A name begins with a letter or digit."));
    }
    for (field, text, lengths) in [("/bank", &bank, 3..=20), ("/number", &number, 4..=34)] {
        if !lengths.contains(&text.len()) || !text.chars().all(|c| c.is_ascii_alphanumeric()) {
            let message = format!("{} to {} letters and digits.", lengths.start(), lengths.end());
            faults.push(Fault::new(field, "bad_code", message));
        }
    }
    if faults.is_empty() { Ok(Plain { holder, bank, number }) } else { Err(Refusal::invalid(faults)) }
}

fn without_gaps(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_taken_as_banks_write_them() {
        for (holder, bank, number, expect) in [
            ("Thandi's Kitchen", "632 005", "4078-1234 56", Ok("4078123456")),
            (" A ", "SBZAZAJJ", "gb33 bukb 2020", Ok("GB33BUKB2020")),
            ("=cmd()", "632005", "4078123456", Err("/holder")),
            ("", "632005", "4078123456", Err("/holder")),
            ("A", "6", "4078123456", Err("/bank")),
            ("A", "632005", "12", Err("/number")),
            ("A", "632005", "12345é", Err("/number")),
        ] {
            let [holder, bank, number] = [holder, bank, number].map(str::to_owned);
            let found = checked(&AccountText { holder, bank, number });
            let found = found.map(|it| it.number).map_err(|it| it.faults()[0].field.clone());
            assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned));
        }
    }
}
