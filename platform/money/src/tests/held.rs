//! What holds at every moment, looked up in the rows themselves.

use std::collections::{BTreeMap, BTreeSet};

use kernel::values;
use store::{FromRow, Market, Row, StoreError};

use super::town::{Town, WALLET_MAX, merchant};
use crate::ledger;
use crate::payment::model::{Book, Flow, Funding, Method, PaymentId};
use crate::payment::states::{PaymentState, RefundState};
use crate::settle::verify;

kernel::statements! {
    long POSTINGS = "select id, debit, credit, amount, held, what, ref, at, note from ledger_posting";
    long HOLDS = "select id, debit, credit, amount, state from ledger_hold";
    long ACCOUNTS = "select id, code, owner, class, floor, cap, cast(sum(posted) as bigint), \
        cast(sum(coming) as bigint), cast(sum(going) as bigint) from ledger_account \
        group by id, code, owner, class, floor, cap order by id";
    long ITEMS = "select s.id, s.items, s.gross - s.commission - s.fee - s.refund, s.payable, s.kept, s.released, \
        cast(count(*) as bigint), cast(sum(i.gross - i.commission - i.fee - i.refund) as bigint) \
        from settle_statement s join settle_item i on i.statement = s.id \
        group by s.id, s.items, s.gross, s.commission, s.fee, s.refund, s.payable, s.kept, s.released";
    long RUNS = "select cast(count(*) as bigint) from (select kind, cut from settle_run group by kind, cut \
        having count(*) > 1) as twice";
}

/// Which of them; the names of the tests say the same in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    Balanced,
    Folded,
    Unchanged,
    Bounded,
    HeldOnce,
    RefundsBounded,
    Payable,
    CallbacksAgree,
    Apart,
    Ended,
}

/// The first law that is broken, and how.
pub type Held = Result<(), (Law, String)>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    id: Vec<u8>,
    debit: i64,
    credit: i64,
    amount: i64,
    held: i64,
    what: i64,
    of: Option<Vec<u8>>,
    at: i64,
    note: String,
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            debit: row.get(1)?,
            credit: row.get(2)?,
            amount: row.get(3)?,
            held: row.get(4)?,
            what: row.get(5)?,
            of: row.get(6)?,
            at: row.get(7)?,
            note: row.get(8)?,
        })
    }
}

const TAKE: i64 = 2;
const RELEASE: i64 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    id: i64,
    code: String,
    owner: i64,
    grows_by_debit: bool,
    floor: i64,
    cap: i64,
    posted: i64,
    coming: i64,
    going: i64,
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        // Assets and expenses.
        let grows_by_debit = matches!(row.get::<i64>(3)?, 0 | 4);
        Ok(Self {
            id: row.get(0)?,
            code: row.get(1)?,
            owner: row.get(2)?,
            grows_by_debit,
            floor: row.get(4)?,
            cap: row.get(5)?,
            posted: row.get(6)?,
            coming: row.get(7)?,
            going: row.get(8)?,
        })
    }
}

/// What was seen before, and must still be so.
#[derive(Default)]
pub struct Seen {
    postings: BTreeMap<Vec<u8>, Entry>,
    finals: BTreeMap<PaymentId, (PaymentState, i64)>,
    elsewhere: Option<String>,
}

fn law(law: Law, holds: bool, say: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err((law, say())) }
}

impl Seen {
    /// All of them, over the market as it stands and over another one beside it.
    pub async fn check(&mut self, town: &Town, elsewhere: &Market) -> Held {
        let market = &town.world.market;
        let trial = ledger::trial(market).await.unwrap();
        law(Law::Balanced, trial.is_balanced(), || format!("{trial:?}"))?;
        let entries: Vec<Entry> = market.list(POSTINGS, values![]).await.unwrap();
        let accounts: Vec<Account> = market.list(ACCOUNTS, values![]).await.unwrap();
        self.unchanged(&entries)?;
        folded(&entries, &accounts)?;
        bounded(&accounts)?;
        held_once(&entries, market.list(HOLDS, values![]).await.unwrap(), &accounts)?;
        let books = town.world.all().await;
        refunds_bounded(&books, &accounts)?;
        self.callbacks_agree(&books)?;
        payable(market, &books, &accounts).await?;
        let there = stands(elsewhere).await;
        let before = self.elsewhere.get_or_insert_with(|| there.clone());
        law(Law::Apart, *before == there, || format!("{before} became {there}"))
    }

    fn unchanged(&mut self, entries: &[Entry]) -> Held {
        let now: BTreeMap<Vec<u8>, Entry> = entries.iter().map(|it| (it.id.clone(), it.clone())).collect();
        for (id, before) in &self.postings {
            law(Law::Unchanged, now.get(id) == Some(before), || format!("{before:?} is {:?}", now.get(id)))?;
        }
        self.postings = now;
        Ok(())
    }

    fn callbacks_agree(&mut self, books: &[Book]) -> Held {
        for book in books {
            let (id, now) = (book.payment.id, (book.payment.state, book.payment.captured));
            if let Some(before) = self.finals.get(&id) {
                law(Law::CallbacksAgree, *before == now, || format!("{id}: {before:?} became {now:?}"))?;
            }
            if now.0.is_final() {
                self.finals.insert(id, now);
            }
            // What a gateway took is counted once, whoever told of it and how often.
            let paid = book.attempts.iter().filter(|it| it.flow == Flow::Pay && it.state.is_good());
            let is_one = paid.count() <= 1 || book.refunds.iter().any(|it| it.funding == Funding::Suspense);
            law(Law::CallbacksAgree, is_one, || format!("{id} is paid twice and nothing went back"))?;
        }
        Ok(())
    }
}

/// Each balance is the fold of its entries.
fn folded(entries: &[Entry], accounts: &[Account]) -> Held {
    let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
    for it in entries {
        *sums.entry(it.debit).or_default() += it.amount;
        *sums.entry(it.credit).or_default() -= it.amount;
    }
    for account in accounts {
        let debits = sums.get(&account.id).copied().unwrap_or_default();
        let folded = if account.grows_by_debit { debits } else { -debits };
        law(Law::Folded, account.posted == folded, || format!("{account:?} should have {folded}"))?;
    }
    Ok(())
}

fn bounded(accounts: &[Account]) -> Held {
    for it in accounts {
        let is_within = it.posted - it.going >= it.floor && it.posted + it.coming <= it.cap;
        law(Law::Bounded, is_within, || format!("{it:?}"))?;
        let is_capped = it.code != "wallet" || it.cap == WALLET_MAX;
        law(Law::Bounded, is_capped, || format!("its cap is gone: {it:?}"))?;
    }
    Ok(())
}

/// A hold that is open has no end, one that is not has one, and takes no more than was held.
fn held_once(entries: &[Entry], holds: Vec<(Vec<u8>, i64, i64, i64, i64)>, accounts: &[Account]) -> Held {
    let mut waits: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (id, debit, credit, amount, state) in holds {
        let ends: Vec<&Entry> = entries
            .iter()
            .filter(|it| it.of.as_ref() == Some(&id) && matches!(it.what, TAKE | RELEASE))
            .collect();
        let is_told = |what| ends.len() == 1 && ends[0].what == what;
        let is_right = match state {
            0 => ends.is_empty(),
            1 => is_told(TAKE) && (1..=amount).contains(&ends[0].amount),
            2 => is_told(RELEASE) && ends[0].amount == 0,
            // Over: it ended by itself.
            _ => ends.iter().all(|it| it.amount == 0),
        };
        law(Law::HeldOnce, is_right, || format!("a hold of {amount} in state {state} ended by {ends:?}"))?;
        if state == 0 {
            waits.entry(debit).or_default().0 += amount;
            waits.entry(credit).or_default().1 += amount;
        }
    }
    for it in accounts {
        let (debits, credits) = waits.get(&it.id).copied().unwrap_or_default();
        let expect = if it.grows_by_debit { (debits, credits) } else { (credits, debits) };
        law(Law::HeldOnce, (it.coming, it.going) == expect, || format!("{it:?} waits for {expect:?}"))?;
    }
    Ok(())
}

fn refunds_bounded(books: &[Book], accounts: &[Account]) -> Held {
    let within = |holds: bool, book: &Book| law(Law::RefundsBounded, holds, || format!("{book:?}"));
    for book in books {
        let it = &book.payment;
        within(it.refunded + it.refunding + it.charged_back <= it.captured && it.refunding >= 0, book)?;
        within(it.captured <= it.amount.minor(), book)?;
        let sum = |state| -> i64 {
            let its = book.refunds.iter().filter(|it| it.state == state && it.funding != Funding::Suspense);
            its.map(|it| it.amount).sum()
        };
        within((sum(RefundState::Done), sum(RefundState::Open)) == (it.refunded, it.refunding), book)?;
    }
    // What gateways and hands hold, and what their fees were, is what they took less what they gave back.
    let in_it = |code: &str| accounts.iter().filter(|it| it.code == code).map(|it| it.posted).sum::<i64>();
    let is_outside = |book: &&Book| book.payment.method != Method::Wallet;
    let sum = |of: fn(&Book) -> i64| books.iter().filter(is_outside).map(of).sum::<i64>();
    let taken = sum(|it| it.payment.captured - it.payment.refunded - it.payment.charged_back);
    let there = in_it("gateway") + in_it("cash") + in_it("gateway_fees") + in_it("suspense");
    law(Law::RefundsBounded, taken == there, || {
        format!("{taken} was taken and {there} is there: {accounts:?}")
    })
}

/// Merchants get what was captured less commission and what was given back, the reserve and what was paid
/// out, and an item is in one statement.
async fn payable(market: &Market, books: &[Book], accounts: &[Account]) -> Held {
    let differences = verify(market).await.unwrap();
    law(Law::Payable, differences.is_empty(), || format!("{differences:?}"))?;
    let statements: Vec<[i64; 8]> =
        market.list::<Eight>(ITEMS, values![]).await.unwrap().into_iter().map(|it| it.0).collect();
    for it in &statements {
        let [_, items, net, payable, kept, released, found, sum] = *it;
        let is_right = (items, net) == (found, sum) && payable == net - kept + released && payable > 0;
        law(Law::Payable, is_right, || format!("a statement is not its items: {it:?}"))?;
    }
    let twice: Option<(i64,)> = market.one(RUNS, values![]).await.unwrap();
    law(Law::Payable, twice == Some((0,)), || "two runs for one period".to_owned())?;
    let owners: BTreeSet<i64> = books.iter().map(|it| merchant(it.payment.id.raw()).number).collect();
    let strange = accounts.iter().find(|it| it.code == "merchant" && !owners.contains(&it.owner));
    law(Law::Payable, strange.is_none(), || format!("nobody sold anything for {strange:?}"))
}

struct Eight([i64; 8]);

impl FromRow for Eight {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let mut all = [0; 8];
        for (place, it) in all.iter_mut().enumerate() {
            *it = row.get(place)?;
        }
        Ok(Self(all))
    }
}

/// Everything that another market's ledger has.
async fn stands(market: &Market) -> String {
    let accounts: Vec<Account> = market.list(ACCOUNTS, values![]).await.unwrap();
    let mut entries: Vec<Entry> = market.list(POSTINGS, values![]).await.unwrap();
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    format!("{accounts:?} {entries:?}")
}

/// Once nothing is under way any more: everything was completed, or undone.
pub async fn ended(town: &Town) -> Held {
    let over = |holds: bool, say: &dyn Fn() -> String| law(Law::Ended, holds, say);
    let standing = |it: &Book| match it.payment.state {
        // Cash is reserved nowhere, so nothing lapses: it waits for whoever brings it.
        PaymentState::Authorised => it.payment.method == Method::Cash,
        state => state == PaymentState::Captured || state.is_final(),
    };
    for book in town.world.all().await {
        over(standing(&book), &|| format!("it never ends: {book:?}"))?;
        over(book.attempts.iter().all(|it| !it.state.is_open()), &|| format!("still under way: {book:?}"))?;
        over(book.payment.refunding == 0, &|| format!("a refund never ends: {book:?}"))?;
    }
    let accounts: Vec<Account> = town.world.market.list(ACCOUNTS, values![]).await.unwrap();
    for it in &accounts {
        over((it.coming, it.going) == (0, 0), &|| format!("something is still held: {it:?}"))?;
        over(it.code != "suspense" || it.posted == 0, &|| format!("nobody's money: {it:?}"))?;
    }
    Ok(())
}
