use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Currency, Fault, Id, Money, Person, Provider, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Cursor, Endpoint, May, Page, PageQuery, Path, Query, Role, get, post, put};

use super::book::State;
use super::chart::{Chart, Class, FAR, Kind, Owned};
use super::decide::{self, Chain};
use super::model::{Account, AccountId, Posting, PostingId, What};
use super::read::{self, Balance, Entry, Kept};
use super::result::{Denied, Done};
use super::teller::{Tellers, Told};
use super::{audit, repo};
use crate::limits;

/// What an API key needs to post, and to read.
pub const POST_SCOPE: &str = "ledger.post";
pub const READ_SCOPE: &str = "ledger.read";

pub fn endpoints(tellers: &Arc<Tellers>) -> Vec<Endpoint> {
    let reads = [
        get("/v1/ledger/chart", chart_read).says("Reads the kinds of account that this market has."),
        get("/v1/ledger/trial-balance", trial_read)
            .says("Adds up all accounts, by kind and currency. Debits and credits are the same, or something is wrong."),
        get("/v1/ledger/postings", postings_read)
            .says("Lists all that was posted because of one thing: an order, a payment, a settlement."),
        get("/v1/ledger/accounts/{code}/{owner}", account_read)
            .says("Reads what is in an account, now or at a moment; a market's own account has the owner `market`."),
        get("/v1/ledger/accounts/{code}/{owner}/statement", account_statement)
            .says("Lists what was posted to an account, oldest first, up to a moment."),
    ];
    let reads = reads.into_iter().map(|it| it.may(May::Role(Role::Manager)).scope(READ_SCOPE));
    let writes = [
        web::with!(tellers, post "/v1/ledger/postings" => postings_make(new: Body<NewPostings>))
            .says(
                "Posts chains of postings: each holds or fails as a whole, and says what became of it. \
                 The ids are the caller's own, so that the same call may be sent again.",
            )
            .body_bytes_max(limits::POSTINGS_BODY_BYTES_MAX),
        put("/v1/ledger/chart", chart_set)
            .says("Adds kinds of account, or sets the name and the bounds that new accounts of a kind have."),
        post("/v1/ledger/accounts/{code}/{owner}/close", account_close)
            .says("Closes an empty account: nothing is posted to it until it is opened again."),
        post("/v1/ledger/accounts/{code}/{owner}/open", account_open).says("Opens a closed account again."),
        put("/v1/ledger/accounts/{code}/{owner}/bounds", account_bound)
            .says("Sets how much has to stay in one account, and how much it may hold."),
    ];
    let writes = writes.into_iter().map(|it| it.may(May::Role(Role::Owner)).scope(POST_SCOPE));
    reads.chain(writes).collect()
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPostings {
    #[schemars(length(min = 1, max = 8192))]
    chains: Vec<NewChain>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewChain {
    #[schemars(length(min = 1, max = 64))]
    postings: Vec<NewPosting>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPosting {
    id: PostingId,
    debit: AccountName,
    credit: AccountName,
    amount: Money,
    /// What it does; without, it moves the amount.
    #[serde(default)]
    what: NewWhat,
    #[serde(default)]
    #[schemars(length(max = 200))]
    note: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum NewWhat {
    #[default]
    Post,
    Hold {
        #[serde(default)]
        #[schemars(with = "Option<String>", extend("format" = "date-time"))]
        until: Option<Timestamp>,
    },
    Take {
        hold: PostingId,
    },
    Release {
        hold: PostingId,
    },
    Reverse {
        of: PostingId,
    },
}

/// An account by its kind and whose it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccountName {
    #[schemars(length(min = 1, max = 40))]
    code: String,
    /// `prv_…`, `per_…`, or a number; the market's own have none.
    #[serde(default)]
    #[schemars(length(max = 32))]
    owner: Option<String>,
}

impl AccountName {
    fn account(&self, chart: &Chart) -> Option<Account> {
        let kind = chart.kind(&self.code)?;
        let owner = owner(kind.owned, self.owner.as_deref().unwrap_or("market"))?;
        Some(Account { code: self.code.clone().into(), owner })
    }
}

fn owner(owned: Owned, text: &str) -> Option<i64> {
    match owned {
        Owned::Market => (text == "market").then_some(0),
        Owned::Provider => text.parse::<Id<Provider>>().ok().map(Id::raw),
        Owned::Person => text.parse::<Id<Person>>().ok().map(Id::raw),
        // Whatever it is, its number is what its id says after the prefix.
        Owned::Each => text.parse().ok().filter(|number| *number >= 0),
    }
}

fn owner_text(owned: Owned, owner: i64) -> String {
    match owned {
        Owned::Market => "market".to_owned(),
        Owned::Provider => Id::<Provider>::from_raw(owner).to_string(),
        Owned::Person => Id::<Person>::from_raw(owner).to_string(),
        Owned::Each => owner.to_string(),
    }
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// In the order of the chains and of their postings.
    chains: Vec<Vec<ResultView>>,
}

#[derive(Serialize, JsonSchema)]
struct ResultView {
    /// `applied`, `already_applied`, or why not.
    result: &'static str,
    message: Option<&'static str>,
}

impl From<Result<Done, Denied>> for ResultView {
    fn from(result: Result<Done, Denied>) -> Self {
        match result {
            Ok(Done::Applied) => Self { result: "applied", message: None },
            Ok(Done::AlreadyApplied) => Self { result: "already_applied", message: None },
            Err(denied) => Self { result: denied.code(), message: Some(denied.message()) },
        }
    }
}

async fn postings_make(
    tellers: &Arc<Tellers>,
    call: Call,
    Body(new): Body<NewPostings>,
) -> Result<Answer<Results>, Refusal> {
    let chart = repo::chart(call.market()).await?;
    let chains = chains(&new, &chart)?;
    if call.has_key() {
        return keyed(tellers, &call, &chains).await;
    }
    Answer::ok(&results(tellers.post(call.market(), call.caller.actor, chains).await?))
}

/// The answer is kept in the same commit, so others' postings cannot share it.
async fn keyed(tellers: &Arc<Tellers>, call: &Call, chains: &[Chain]) -> Result<Answer<Results>, Refusal> {
    call.change(|| async {
        let postings: Vec<Posting> = chains.concat();
        let book = repo::load(call.market(), &postings).await?;
        let (decision, told) = tellers.decided(book, chains, call.now);
        Ok((decision, Answer::ok(&results(told))?))
    })
    .await
}

fn results(told: Told) -> Results {
    let chains = told.into_iter().map(|chain| chain.into_iter().map(ResultView::from).collect()).collect();
    Results { chains }
}

fn chains(new: &NewPostings, chart: &Chart) -> Result<Vec<Chain>, Refusal> {
    let mut faults = Vec::new();
    if new.chains.iter().map(|chain| chain.postings.len()).sum::<usize>() > limits::POSTINGS_PER_CALL_MAX {
        faults.push(Fault::new("/chains", "too_many", "At most 8192 postings in one call."));
        return Err(Refusal::invalid(faults));
    }
    let mut chains = Vec::with_capacity(new.chains.len());
    for (at, chain) in new.chains.iter().enumerate() {
        let mut postings = Vec::with_capacity(chain.postings.len());
        for (place, posting) in chain.postings.iter().enumerate() {
            let mut side = |name: &AccountName, field: &str| {
                let found = name.account(chart);
                if found.is_none() {
                    let field = format!("/chains/{at}/postings/{place}/{field}");
                    faults.push(Fault::new(
                        field,
                        "unknown",
                        "The chart has no account of this kind and owner.",
                    ));
                }
                found
            };
            let sides = (side(&posting.debit, "debit"), side(&posting.credit, "credit"));
            if let (Some(debit), Some(credit)) = sides {
                postings.push(posting.made(debit, credit));
            }
        }
        chains.push(postings);
    }
    if faults.is_empty() { Ok(chains) } else { Err(Refusal::invalid(faults)) }
}

impl NewPosting {
    fn made(&self, debit: Account, credit: Account) -> Posting {
        let what = match self.what {
            NewWhat::Post => What::Post,
            NewWhat::Hold { until } => What::Hold { until },
            NewWhat::Take { hold } => What::Take { hold },
            NewWhat::Release { hold } => What::Release { hold },
            NewWhat::Reverse { of } => What::Reverse { of },
        };
        Posting { id: self.id, debit, credit, amount: self.amount, what, note: self.note.clone().into() }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Cause {
    /// The number of what it was posted for.
    #[schemars(range(min = 0))]
    cause: i64,
}

#[derive(Serialize, JsonSchema)]
struct Postings {
    items: Vec<PostingView>,
}

#[derive(Serialize, JsonSchema)]
struct PostingView {
    id: PostingId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    what: &'static str,
    debit: Option<AccountName>,
    credit: Option<AccountName>,
    /// What it moved, in minor units.
    amount: i64,
    /// What it added to what is held, or gave back.
    held: i64,
    /// What it speaks of: the hold that it ends, the posting that it takes back.
    of: Option<PostingId>,
    note: String,
}

async fn postings_read(call: Call, Query(which): Query<Cause>) -> Result<Answer<Postings>, Refusal> {
    let market = call.market();
    let found = read::of_cause(market, which.cause, limits::POSTINGS_OF_CAUSE_MAX).await?;
    let (chart, accounts) = (repo::chart(market).await?, repo::accounts(market, &found).await?);
    let name = |id: AccountId| {
        let account = &accounts.get(&id)?.account;
        let owned = chart.kind(&account.code).map_or(Owned::Each, |kind| kind.owned);
        let owner = Some(owner_text(owned, account.owner));
        Some(AccountName { code: account.code.clone().into_owned(), owner })
    };
    let view = |it: Kept| PostingView {
        id: it.posted.id,
        at: it.at,
        what: it.posted.what.name(),
        debit: name(it.posted.debit),
        credit: name(it.posted.credit),
        amount: it.posted.amount,
        held: it.posted.held,
        of: it.posted.of,
        note: it.posted.note,
    };
    Answer::ok(&Postings { items: found.into_iter().map(view).collect() })
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Kinds {
    #[schemars(length(min = 1, max = 200))]
    kinds: Vec<Kind>,
}

async fn chart_read(call: Call) -> Result<Answer<Kinds>, Refusal> {
    let chart = repo::chart(call.market()).await?;
    Answer::ok(&Kinds { kinds: chart.kinds().cloned().collect() })
}

async fn chart_set(call: Call, Body(new): Body<Kinds>) -> Result<Answer<Kinds>, Refusal> {
    call.change(|| async {
        let before = repo::chart(call.market()).await?;
        let decision = decide::set_chart(&before, &new.kinds, &call.ctx())?;
        let after = Chart::of(before.kinds().chain(&new.kinds).cloned());
        Ok((decision, Answer::ok(&Kinds { kinds: after.kinds().cloned().collect() })?))
    })
    .await
}

#[derive(Serialize, JsonSchema)]
struct TrialView {
    lines: Vec<TrialLineView>,
    is_balanced: bool,
}

#[derive(Serialize, JsonSchema)]
struct TrialLineView {
    code: String,
    class: Class,
    debit: Money,
    credit: Money,
    coming: Money,
    going: Money,
}

async fn trial_read(call: Call) -> Result<Answer<TrialView>, Refusal> {
    let trial = audit::trial(call.market()).await?;
    let is_balanced = trial.is_balanced();
    let line = |it: audit::TrialLine| {
        let money = |minor| Money::new(minor, it.currency);
        TrialLineView {
            class: it.class,
            debit: money(it.debit),
            credit: money(it.credit),
            coming: money(it.coming),
            going: money(it.going),
            code: it.code,
        }
    };
    Answer::ok(&TrialView { lines: trial.lines.into_iter().map(line).collect(), is_balanced })
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(min = 1, max = 40))]
    code: String,
    #[schemars(length(min = 1, max = 32))]
    owner: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct When {
    /// At this moment; now without.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    at: Option<Timestamp>,
    /// The market's currency without.
    currency: Option<Currency>,
}

#[derive(Serialize, JsonSchema)]
struct AccountView {
    code: String,
    owner: String,
    class: Class,
    closed: bool,
    floor: Option<Money>,
    cap: Option<Money>,
    posted: Money,
    coming: Money,
    going: Money,
}

impl AccountView {
    fn of(chart: &Chart, state: State, balance: Balance) -> Self {
        let owned = chart.kind(&state.account.code).map_or(Owned::Each, |kind| kind.owned);
        let bound = |minor: i64| (minor.abs() < FAR).then_some(Money::new(minor, state.currency));
        Self {
            owner: owner_text(owned, state.account.owner),
            class: state.class,
            closed: state.closed,
            floor: bound(state.floor),
            cap: bound(state.cap),
            posted: balance.posted,
            coming: balance.coming,
            going: balance.going,
            code: state.account.code.into_owned(),
        }
    }
}

/// The account that a path means, in the market's currency or another.
async fn named(
    call: &Call,
    which: &Which,
    currency: Option<Currency>,
) -> Result<(Chart, AccountId), Refusal> {
    let chart = repo::chart(call.market()).await?;
    let owned = chart.kind(&which.code).ok_or_else(Refusal::not_found)?.owned;
    let owner = owner(owned, &which.owner).ok_or_else(Refusal::not_found)?;
    let own = || call.site.currency.parse().map_err(|_| Refusal::not_found());
    let currency = currency.map_or_else(own, Ok)?;
    Ok((chart, Account { code: which.code.clone().into(), owner }.id(currency)))
}

async fn account_read(
    call: Call,
    Path(which): Path<Which>,
    Query(when): Query<When>,
) -> Result<Answer<AccountView>, Refusal> {
    let (chart, id) = named(&call, &which, when.currency).await?;
    let found = match when.at {
        None => read::balances(call.market(), id).await?,
        Some(at) => read::balance_at(call.market(), id, at).await?,
    };
    let (state, balance) = found.ok_or_else(Refusal::not_found)?;
    Answer::ok(&AccountView::of(&chart, state, balance))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Period {
    /// After this moment.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from: Option<Timestamp>,
    /// Up to this moment.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    until: Option<Timestamp>,
    currency: Option<Currency>,
    /// How many at most.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<Cursor>,
}

#[derive(Serialize, JsonSchema)]
struct EntryView {
    id: PostingId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// By how much the account has more, or less.
    amount: Money,
    held: Money,
    note: String,
}

async fn account_statement(
    call: Call,
    Path(which): Path<Which>,
    Query(period): Query<Period>,
) -> Result<Answer<Page<EntryView>>, Refusal> {
    let (_, id) = named(&call, &which, period.currency).await?;
    let state = repo::whole(call.market(), id).await?.ok_or_else(Refusal::not_found)?;
    let page = PageQuery { limit: period.limit, cursor: period.cursor };
    let start = period.from.unwrap_or(Timestamp::MIN).as_microsecond();
    let [at, high, low] = page.from([start, -1, -1])?;
    let at = Timestamp::from_microsecond(at).map_err(|_| Refusal::not_found())?;
    let (after, until) =
        ((at, Some(PostingId::from_halves([high, low]))), period.until.unwrap_or(Timestamp::MAX));
    let limit = page.limit();
    let found = read::entries(call.market(), id, &state, after, until, usize::from(limit) + 1).await?;
    let keys = |entry: &Entry| {
        let [high, low] = entry.id.halves();
        [entry.at.as_microsecond(), high, low]
    };
    Answer::ok(&Page::of(found, limit, keys))
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self { id: entry.id, at: entry.at, amount: entry.amount, held: entry.held, note: entry.note }
    }
}

async fn account_close(
    call: Call,
    Path(which): Path<Which>,
    Query(when): Query<When>,
) -> Result<Answer<AccountView>, Refusal> {
    set_closed(&call, &which, when, true).await
}

async fn account_open(
    call: Call,
    Path(which): Path<Which>,
    Query(when): Query<When>,
) -> Result<Answer<AccountView>, Refusal> {
    set_closed(&call, &which, when, false).await
}

async fn set_closed(
    call: &Call,
    which: &Which,
    when: When,
    closed: bool,
) -> Result<Answer<AccountView>, Refusal> {
    call.change(|| async {
        let (chart, id) = named(call, which, when.currency).await?;
        let (mut state, balance) = read::balances(call.market(), id).await?.ok_or_else(Refusal::not_found)?;
        let decision = decide::close(id, &state, closed)?;
        state.closed = closed;
        Ok((decision, Answer::ok(&AccountView::of(&chart, state, balance))?))
    })
    .await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bounds {
    /// In minor units; none lets it go below nought as far as there are numbers.
    floor: Option<i64>,
    cap: Option<i64>,
}

async fn account_bound(
    call: Call,
    Path(which): Path<Which>,
    Query(when): Query<When>,
    Body(bounds): Body<Bounds>,
) -> Result<Answer<AccountView>, Refusal> {
    call.change(|| async {
        let (chart, id) = named(&call, &which, when.currency).await?;
        let (mut state, balance) = read::balances(call.market(), id).await?.ok_or_else(Refusal::not_found)?;
        let decision = decide::bound(id, &state, bounds.floor, bounds.cap)?;
        state.floor = bounds.floor.unwrap_or(-FAR);
        state.cap = bounds.cap.unwrap_or(FAR);
        Ok((decision, Answer::ok(&AccountView::of(&chart, state, balance))?))
    })
    .await
}
