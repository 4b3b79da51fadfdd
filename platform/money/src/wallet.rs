//! What one has in one's own wallet, and in coins, as the ledger says it.

use kernel::jiff::Timestamp;
use kernel::{Currency, Id, Money, Person, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Page, PageQuery, Path, Query, get};

use crate::ledger::{self, Account, Entry, PostingId};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/me/wallet", own_wallet)
            .says("Reads what one has in one's own wallet, and in coins.")
            .may(May::Known),
        get("/v1/me/wallet/{purse}", own_purse)
            .says("Lists what came into one's own wallet, or coins, and what went out, oldest first.")
            .may(May::Known),
    ]
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Purse {
    Money,
    Coins,
}

impl Purse {
    fn of(self, person: Id<Person>) -> Account {
        let code = match self {
            Purse::Money => "wallet",
            Purse::Coins => "coins",
        };
        Account::of(code, person)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    purse: Purse,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WalletView {
    money: PurseView,
    /// By what they are worth.
    coins: PurseView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PurseView {
    balance: Money,
    /// Of that, what is not set aside for something that was begun.
    free: Money,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EntryView {
    id: PostingId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// By how much there is more, or less.
    amount: Money,
    /// What was set aside, or, below nought, is no longer.
    held: Money,
    note: String,
}

impl From<Entry> for EntryView {
    fn from(it: Entry) -> Self {
        Self { id: it.id, at: it.at, amount: it.amount, held: it.held, note: it.note }
    }
}

async fn own_wallet(call: Call) -> Result<Answer<WalletView>, Refusal> {
    let (person, currency) = whose(&call)?;
    let money = purse(&call, Purse::Money.of(person), currency).await?;
    let coins = purse(&call, Purse::Coins.of(person), currency).await?;
    Answer::ok(&WalletView { money, coins })
}

/// A purse that was never used is empty.
async fn purse(call: &Call, account: Account, currency: Currency) -> Result<PurseView, Refusal> {
    let found = ledger::balances(call.market(), account.id(currency)).await?;
    let (balance, going) = found.map_or((0, 0), |(state, _)| (state.posted, state.going));
    let money = |minor| Money::new(minor, currency);
    Ok(PurseView { balance: money(balance), free: money(balance - going) })
}

async fn own_purse(
    call: Call,
    Path(which): Path<Which>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<EntryView>>, Refusal> {
    let (person, currency) = whose(&call)?;
    let id = which.purse.of(person).id(currency);
    let [at, high, low] = page.from([Timestamp::MIN.as_microsecond(), -1, -1])?;
    let at = Timestamp::from_microsecond(at).map_err(|_| Refusal::not_found())?;
    let (after, limit) = ((at, Some(PostingId::from_halves([high, low]))), page.limit());
    let entries = match ledger::balances(call.market(), id).await? {
        None => Vec::new(),
        Some((state, _)) => {
            let count = usize::from(limit) + 1;
            ledger::entries(call.market(), id, &state, after, Timestamp::MAX, count).await?
        }
    };
    let keys = |entry: &Entry| {
        let [high, low] = entry.id.halves();
        [entry.at.as_microsecond(), high, low]
    };
    Answer::ok(&Page::of(entries, limit, keys))
}

fn whose(call: &Call) -> Result<(Id<Person>, Currency), Refusal> {
    let person = call.caller.person().ok_or_else(Refusal::forbidden)?;
    let currency = call.site.currency.parse();
    Ok((person, currency.map_err(|_| Refusal::conflict("no_currency", "This market has no currency."))?))
}
