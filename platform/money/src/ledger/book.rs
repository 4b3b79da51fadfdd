//! A few accounts in memory, and what postings do to them. Pure, and the only place that knows how.

use std::sync::Arc;

use foldhash::HashMap;
use kernel::jiff::Timestamp;
use kernel::{Change, Currency, Decision};

use super::chart::{Chart, Class, FAR};
use super::model::{Account, AccountId, Posting, PostingId, What};
use super::repo;
use super::result::{Denied, Done};
use crate::limits;

/// One account as it stands, or as it would be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub account: Account,
    pub currency: Currency,
    pub class: Class,
    pub closed: bool,
    pub floor: i64,
    pub cap: i64,
    pub lanes: u8,
    /// Moved, in the direction in which the account grows.
    pub posted: i64,
    /// Held, and to be added when it is taken.
    pub coming: i64,
    /// Held, and gone when it is taken.
    pub going: i64,
    /// Whether there is a row of it.
    pub(crate) kept: bool,
}

impl State {
    pub(crate) fn opened(account: &Account, currency: Currency, chart: &Chart) -> Option<Self> {
        let kind = chart.kind(&account.code)?;
        Some(Self {
            account: account.clone(),
            currency,
            class: kind.class,
            closed: false,
            floor: kind.floor.unwrap_or(-FAR),
            cap: kind.cap.unwrap_or(FAR),
            lanes: kind.lanes.max(1),
            posted: 0,
            coming: 0,
            going: 0,
            kept: false,
        })
    }

    /// What may still be taken out of it.
    pub fn available(&self) -> i64 {
        self.posted - self.going - self.floor
    }
}

/// What is added to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Delta {
    pub posted: i64,
    pub coming: i64,
    pub going: i64,
}

impl Delta {
    fn plus(&mut self, other: Delta) {
        self.posted += other.posted;
        self.coming += other.coming;
        self.going += other.going;
    }

    /// Whether less is left to take out than before.
    pub(crate) fn lowers(&self) -> bool {
        self.posted < self.going
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HoldState {
    Open,
    Taken,
    Released,
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub debit: AccountId,
    pub credit: AccountId,
    pub amount: i64,
    pub until: Option<Timestamp>,
    pub state: HoldState,
    /// Whether there is a row of it.
    pub kept: bool,
}

/// A posting as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    pub id: PostingId,
    pub debit: AccountId,
    pub credit: AccountId,
    /// What it moved.
    pub amount: i64,
    /// What it added to what is held.
    pub held: i64,
    pub what: Nature,
    pub of: Option<PostingId>,
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    Post = 0,
    Hold = 1,
    Take = 2,
    Release = 3,
    Expire = 4,
    Reverse = 5,
}

impl Nature {
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        use Nature::{Expire, Hold, Post, Release, Reverse, Take};
        [Post, Hold, Take, Release, Expire, Reverse].get(usize::try_from(number).ok()?).copied()
    }

    fn of(what: &What) -> Self {
        match what {
            What::Post => Nature::Post,
            What::Hold { .. } => Nature::Hold,
            What::Take { .. } => Nature::Take,
            What::Release { .. } => Nature::Release,
            What::Reverse { .. } => Nature::Reverse,
        }
    }
}

/// Accounts, holds and earlier postings that those to come speak of, and what is to be written.
#[derive(Debug, Clone, Default)]
pub struct Book {
    chart: Arc<Chart>,
    accounts: HashMap<AccountId, State>,
    holds: HashMap<PostingId, Hold>,
    known: HashMap<PostingId, Posted>,
    draft: Draft,
}

#[derive(Debug, Clone, Default)]
struct Draft {
    postings: Vec<Posted>,
    deltas: HashMap<(AccountId, u8), Delta>,
    holds: Vec<PostingId>,
}

/// What a chain changed, to be taken back when it breaks.
#[derive(Default)]
struct Undo {
    accounts: Vec<(AccountId, Option<State>)>,
    holds: Vec<(PostingId, Option<Hold>)>,
    deltas: Vec<((AccountId, u8), Delta)>,
    postings: usize,
    hold_rows: usize,
}

impl Book {
    pub fn new(chart: Arc<Chart>) -> Self {
        Self { chart, ..Self::default() }
    }

    pub(crate) fn knows(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    pub fn state(&self, account: AccountId) -> Option<&State> {
        self.accounts.get(&account)
    }

    pub(crate) fn put(&mut self, id: AccountId, state: State) {
        self.accounts.insert(id, state);
    }

    pub(crate) fn put_hold(&mut self, id: PostingId, hold: Hold) {
        self.holds.insert(id, hold);
    }

    pub(crate) fn put_posted(&mut self, posted: Posted) {
        self.known.insert(posted.id, posted);
    }

    pub(crate) fn set_chart(&mut self, chart: Arc<Chart>) {
        self.chart = chart;
    }

    /// All of them or none; of which one is said, and why.
    pub fn chain(&mut self, postings: &[Posting], now: Timestamp) -> Result<Vec<Done>, (usize, Denied)> {
        let mut undo = Undo {
            postings: self.draft.postings.len(),
            hold_rows: self.draft.holds.len(),
            ..Undo::default()
        };
        let mut done = Vec::with_capacity(postings.len());
        for (place, posting) in postings.iter().enumerate() {
            match self.one(posting, now, &mut undo) {
                Ok(its) => done.push(its),
                Err(denied) => {
                    self.take_back(undo);
                    return Err((place, denied));
                }
            }
        }
        Ok(done)
    }

    fn take_back(&mut self, undo: Undo) {
        for posted in self.draft.postings.drain(undo.postings..) {
            self.known.remove(&posted.id);
        }
        self.draft.holds.truncate(undo.hold_rows);
        for (id, before) in undo.accounts.into_iter().rev() {
            put_back(&mut self.accounts, id, before);
        }
        for (id, before) in undo.holds.into_iter().rev() {
            put_back(&mut self.holds, id, before);
        }
        for (key, before) in undo.deltas.into_iter().rev() {
            self.draft.deltas.insert(key, before);
        }
    }

    fn one(&mut self, posting: &Posting, now: Timestamp, undo: &mut Undo) -> Result<Done, Denied> {
        let (debit, credit) = (posting.debit_id(), posting.credit_id());
        plain(posting, debit == credit)?;
        if let Some(known) = self.known.get(&posting.id) {
            return same(known, posting, debit, credit);
        }
        let currency = posting.amount.currency();
        self.opened(debit, &posting.debit, currency, undo).ok_or(Denied::DebitUnknown)?;
        self.opened(credit, &posting.credit, currency, undo).ok_or(Denied::CreditUnknown)?;
        let is_closed = |id| self.accounts.get(&id).is_some_and(|state: &State| state.closed);
        if is_closed(debit) {
            return Err(Denied::DebitClosed);
        }
        if is_closed(credit) {
            return Err(Denied::CreditClosed);
        }
        let held = self.held(posting, debit, credit, now)?;
        self.within_bounds((debit, credit), posting.amount.minor(), held, undo, posting.id)?;
        self.note_hold(posting, (debit, credit), undo);
        let posted = Posted {
            id: posting.id,
            debit,
            credit,
            amount: moved(posting),
            held,
            what: Nature::of(&posting.what),
            of: posting.speaks_of(),
            note: posting.note.clone().into_owned(),
        };
        self.known.insert(posted.id, posted.clone());
        self.draft.postings.push(posted);
        Ok(Done::Applied)
    }

    fn opened(
        &mut self,
        id: AccountId,
        account: &Account,
        currency: Currency,
        undo: &mut Undo,
    ) -> Option<()> {
        if let Some(state) = self.accounts.get(&id) {
            // Two names that led to one number would share a balance.
            return (state.account == *account && state.currency == currency).then_some(());
        }
        undo.accounts.push((id, None));
        self.accounts.insert(id, State::opened(account, currency, &self.chart)?);
        Some(())
    }

    /// What it adds to what is held, if it may.
    fn held(
        &self,
        posting: &Posting,
        debit: AccountId,
        credit: AccountId,
        now: Timestamp,
    ) -> Result<i64, Denied> {
        match posting.what {
            What::Post => Ok(0),
            What::Hold { until } if until.is_some_and(|until| until <= now) => Err(Denied::HoldPast),
            What::Hold { .. } => Ok(posting.amount.minor()),
            What::Take { hold } | What::Release { hold } => {
                let its = self.holds.get(&hold).ok_or(Denied::HoldUnknown)?;
                if (its.debit, its.credit) != (debit, credit) {
                    return Err(Denied::HoldOfOthers);
                }
                match its.state {
                    HoldState::Taken => return Err(Denied::HoldTaken),
                    HoldState::Released => return Err(Denied::HoldReleased),
                    HoldState::Expired => return Err(Denied::HoldExpired),
                    HoldState::Open => {}
                }
                let is_over = its.until.is_some_and(|until| until <= now);
                match posting.what {
                    What::Take { .. } if is_over => Err(Denied::HoldExpired),
                    What::Take { .. } if posting.amount.minor() > its.amount => Err(Denied::MoreThanHeld),
                    _ => Ok(-its.amount),
                }
            }
            What::Reverse { of } => {
                let its = self.known.get(&of).ok_or(Denied::ReversedUnknown)?;
                if its.amount == 0 || its.what == Nature::Reverse {
                    return Err(Denied::NotReversible);
                }
                let turned = (its.debit, its.credit, its.amount) == (credit, debit, posting.amount.minor());
                if turned && posting.id == of.reversal() { Ok(0) } else { Err(Denied::ReversedOtherwise) }
            }
        }
    }

    fn within_bounds(
        &mut self,
        (debit, credit): (AccountId, AccountId),
        amount: i64,
        held: i64,
        undo: &mut Undo,
        posting: PostingId,
    ) -> Result<(), Denied> {
        let moved = if held > 0 { 0 } else { amount };
        for (id, is_debit) in [(debit, true), (credit, false)] {
            let state = self.accounts.get_mut(&id).ok_or(Denied::DebitUnknown)?;
            let delta = effect(state.class.grows_by_debit() == is_debit, moved, held);
            undo.accounts.push((id, Some(state.clone())));
            state.posted += delta.posted;
            state.coming += delta.coming;
            state.going += delta.going;
            let lane = lane_of(posting, state.lanes);
            let far = state.posted.abs() > FAR || state.coming > FAR || state.going > FAR;
            let less = delta.lowers() && state.posted - state.going < state.floor;
            let more = delta.posted + delta.coming > 0 && state.posted + state.coming > state.cap;
            match (less, more || far, is_debit) {
                (true, _, true) => return Err(Denied::DebitTooLittle),
                (true, _, false) => return Err(Denied::CreditTooLittle),
                (_, true, true) => return Err(Denied::DebitTooMuch),
                (_, true, false) => return Err(Denied::CreditTooMuch),
                _ => {}
            }
            let row = self.draft.deltas.entry((id, lane)).or_default();
            undo.deltas.push(((id, lane), *row));
            row.plus(delta);
        }
        Ok(())
    }

    fn note_hold(&mut self, posting: &Posting, (debit, credit): (AccountId, AccountId), undo: &mut Undo) {
        let (id, state) = match posting.what {
            What::Post | What::Reverse { .. } => return,
            What::Hold { until } => {
                undo.holds.push((posting.id, None));
                let amount = posting.amount.minor();
                let hold = Hold { debit, credit, amount, until, state: HoldState::Open, kept: false };
                self.holds.insert(posting.id, hold);
                self.draft.holds.push(posting.id);
                return;
            }
            What::Take { hold } => (hold, HoldState::Taken),
            What::Release { hold } => (hold, HoldState::Released),
        };
        if let Some(hold) = self.holds.get_mut(&id) {
            undo.holds.push((id, Some(hold.clone())));
            // One that has no row yet is written as it ends.
            if hold.kept {
                self.draft.holds.push(id);
            }
            hold.state = state;
        }
    }

    /// What is held is free again: its time is over.
    pub(crate) fn expire(&mut self, id: PostingId, hold: Hold) -> Result<(), Denied> {
        let (debit, credit, held) = (hold.debit, hold.credit, -hold.amount);
        let posting = id.expiry();
        // A hold was made by the lane that its own id leads to.
        self.within_bounds((debit, credit), 0, held, &mut Undo::default(), id)?;
        self.holds.insert(id, Hold { state: HoldState::Expired, ..hold });
        self.draft.holds.push(id);
        self.draft.postings.push(Posted {
            id: posting,
            debit,
            credit,
            amount: 0,
            held,
            what: Nature::Expire,
            of: Some(id),
            note: String::new(),
        });
        Ok(())
    }

    /// All that was posted since the last time, as one decision. With `says_why`, an account that has too
    /// little when it comes to that is what the caller hears of; without, all is to be decided again.
    pub(crate) fn drain(&mut self, now: Timestamp, says_why: bool) -> Decision {
        let draft = std::mem::take(&mut self.draft);
        // Also those to which nothing is added in the end: they are opened by it, or may be closed by now.
        let mut rows: Vec<_> = draft.deltas.into_iter().collect();
        // In the same order everywhere: whoever waits for a row waits for none that comes before.
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut changes: Vec<Change> = Vec::with_capacity(rows.len() + draft.postings.len());
        for ((id, lane), delta) in rows {
            if let Some(state) = self.accounts.get_mut(&id) {
                changes.push(repo::moved((id, lane), state, delta, says_why, now));
                state.kept |= lane == 0;
            }
        }
        for id in draft.holds {
            if let Some(hold) = self.holds.get_mut(&id) {
                changes.push(repo::hold(id, hold));
                hold.kept = true;
            }
        }
        changes.extend(repo::posted(&draft.postings, now));
        Decision::nothing().changes(changes)
    }

    /// Only accounts are worth keeping from one batch to the next.
    pub(crate) fn keep_accounts_only(&mut self) {
        self.holds.clear();
        self.known.clear();
        if self.accounts.len() > limits::ACCOUNTS_AT_HAND_MAX {
            self.accounts.clear();
        }
    }

    /// What is no longer certain is read again.
    pub(crate) fn forget(&mut self) {
        *self = Self::new(self.chart.clone());
    }
}

fn put_back<K: Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(before) => map.insert(key, before),
        None => map.remove(&key),
    };
}

/// What holds for a posting by itself.
fn plain(posting: &Posting, is_same: bool) -> Result<(), Denied> {
    let amount = posting.amount.minor();
    let is_let_go = matches!(posting.what, What::Release { .. });
    if amount < 0 || (amount == 0) != is_let_go {
        return Err(Denied::AmountNotPositive);
    }
    if amount > limits::AMOUNT_MAX {
        return Err(Denied::AmountTooLarge);
    }
    if is_same {
        return Err(Denied::SameAccount);
    }
    if posting.note.len() > limits::NOTE_BYTES_MAX {
        return Err(Denied::NoteTooLong);
    }
    Ok(())
}

fn same(known: &Posted, posting: &Posting, debit: AccountId, credit: AccountId) -> Result<Done, Denied> {
    if (known.debit, known.credit) != (debit, credit) {
        return Err(Denied::ExistsWithOtherAccounts);
    }
    if (known.what, known.of) != (Nature::of(&posting.what), posting.speaks_of()) {
        return Err(Denied::ExistsAsOther);
    }
    let amount = if known.what == Nature::Hold { known.held } else { known.amount };
    if amount != posting.amount.minor() {
        return Err(Denied::ExistsWithOtherAmount);
    }
    Ok(Done::AlreadyApplied)
}

fn moved(posting: &Posting) -> i64 {
    match posting.what {
        What::Hold { .. } => 0,
        _ => posting.amount.minor(),
    }
}

/// What a posting does to one of its accounts.
fn effect(grows: bool, moved: i64, held: i64) -> Delta {
    if grows {
        Delta { posted: moved, coming: held, going: 0 }
    } else {
        Delta { posted: -moved, coming: 0, going: held }
    }
}

fn lane_of(posting: PostingId, lanes: u8) -> u8 {
    posting.bytes()[15] % lanes.max(1)
}
