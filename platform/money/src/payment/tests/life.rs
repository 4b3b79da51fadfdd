//! Random lives of payments: whatever apps ask and gateways say, in whatever order and however often.

use std::collections::BTreeMap;

use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Ctx, Currency, Id, Money, SequentialIds};
use proptest::prelude::*;

use crate::gateway::report::{Report, Standing};
use crate::ledger::{Account, Posting, PostingId, What};
use crate::payment::model::{AttemptId, Book, Did, Flow, Funding, Method, NewPayment, NewRefund, RefundId};
use crate::payment::pen::Step;
use crate::payment::states::{AttemptState, PaymentState, RefundState};
use crate::payment::{decide, hear, limits};

const ETB: Currency = Currency::ETB;

/// A payment, and a ledger of a few lines beside it.
struct Life {
    book: Book,
    ids: SequentialIds,
    now: Timestamp,
    ledger: Scales,
    events: Vec<&'static str>,
}

/// Balances by account, debits positive, and what is held.
#[derive(Default)]
struct Scales {
    seen: BTreeMap<PostingId, Posting>,
    balances: BTreeMap<Account, i64>,
    held: BTreeMap<PostingId, i64>,
}

impl Scales {
    fn post(&mut self, posting: &Posting) {
        let is_let_go = matches!(posting.what, What::Release { .. });
        assert_eq!(posting.amount.is_positive(), !is_let_go, "{posting:?}");
        assert!(self.seen.insert(posting.id, posting.clone()).is_none(), "posted twice: {posting:?}");
        match posting.what {
            What::Post => self.shift(posting),
            What::Hold { .. } => {
                self.held.insert(posting.id, posting.amount.minor());
            }
            What::Take { hold } => {
                let held = self.held.remove(&hold).expect("what is taken is held");
                assert!(posting.amount.minor() <= held);
                self.shift(posting);
            }
            What::Release { hold } => {
                self.held.remove(&hold).expect("what is let go is held");
            }
            What::Reverse { .. } => unreachable!("payments reverse nothing"),
        }
    }

    fn shift(&mut self, posting: &Posting) {
        *self.balances.entry(posting.debit.clone()).or_default() += posting.amount.minor();
        *self.balances.entry(posting.credit.clone()).or_default() -= posting.amount.minor();
    }

    fn of(&self, code: &str) -> i64 {
        self.balances.iter().filter(|(account, _)| account.code == code).map(|(_, balance)| balance).sum()
    }
}

fn new(method: Method, amount: i64) -> NewPayment {
    NewPayment {
        id: Id::from_raw(7),
        about: 42,
        payer: Some(Id::from_raw(9)),
        method,
        amount: Money::new(amount, ETB),
        token: None,
        contact: Some("+251911223344".to_owned()),
        note: "Two meals".to_owned(),
        expires_after: None,
        held_for: None,
    }
}

impl Life {
    fn of(method: Method, amount: i64) -> Self {
        let ids = SequentialIds::starting_at(1_000);
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
        let step = decide::begin(None, &new(method, amount), &ctx).unwrap();
        let mut life =
            Self { book: step.after.clone(), ids, now, ledger: Scales::default(), events: Vec::new() };
        life.apply(step);
        life
    }

    fn with<T>(&self, work: impl FnOnce(&Book, &Ctx<'_>) -> T) -> T {
        let ctx = Ctx { now: self.now, zone: &TimeZone::UTC, actor: Actor::System, ids: &self.ids };
        work(&self.book, &ctx)
    }

    fn apply(&mut self, step: Step) -> Did {
        step.posts.iter().for_each(|posting| self.ledger.post(posting));
        self.events.extend(step.events.iter().map(|event| event.name));
        self.book = step.after;
        step.did
    }

    fn wait(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    fn last(&self, flow: Flow) -> Option<AttemptId> {
        self.book.attempts.iter().rev().find(|it| it.flow == flow).map(|it| it.id)
    }

    fn leave(&mut self, flow: Flow) {
        let Some(id) = self.last(flow) else { return };
        let gateway = self.book.attempt(id).map_or(3, |it| it.gateway.max(3));
        let step = self.with(|book, ctx| hear::leaves(book, id, gateway, ctx));
        self.apply(step);
    }

    fn hear(&mut self, flow: Flow, report: &Report) {
        let Some(id) = self.last(flow) else { return };
        let step = self.with(|book, ctx| hear::hear(book, id, "simulated", report, ctx));
        self.apply(step);
    }

    fn say(&mut self, flow: Flow, standing: Standing, amount: i64) {
        self.hear(flow, &Report { amount: Some(Money::new(amount, ETB)), ..Report::new(standing) });
    }

    fn capture(&mut self, amount: Option<i64>) -> Result<Did, &'static str> {
        let by = Some(Id::from_raw(5));
        let step = self.with(|book, ctx| decide::capture(book, amount, by, ctx));
        step.map(|step| self.apply(step)).map_err(|refusal| refusal.code())
    }

    fn refund(&mut self, id: i64, amount: i64) -> Result<Did, &'static str> {
        let new = NewRefund {
            id: Id::from_raw(id),
            amount,
            reason: "cold".to_owned(),
            funding: Funding::BuyerFunds,
        };
        let step = self.with(|book, ctx| decide::refund(book, &new, ctx));
        step.map(|step| self.apply(step)).map_err(|refusal| refusal.code())
    }

    fn cancel(&mut self) -> Result<Did, &'static str> {
        let step = self.with(|book, ctx| decide::cancel(book, "by_payer", ctx));
        step.map(|step| self.apply(step)).map_err(|refusal| refusal.code())
    }

    fn expire(&mut self) {
        let step = self.with(decide::expire);
        self.apply(step);
    }

    fn state(&self) -> PaymentState {
        self.book.payment.state
    }

    /// What always holds.
    fn check(&self) {
        let (payment, asked) = (&self.book.payment, self.book.payment.amount.minor());
        assert!(payment.authorised <= asked && payment.captured <= asked);
        assert!(payment.authorised == 0 || payment.captured <= payment.authorised);
        assert!(payment.refunded + payment.refunding + payment.charged_back <= payment.captured);
        assert!(payment.refunding >= 0);
        let sum = |state| {
            let own =
                |it: &&crate::payment::model::Refund| it.state == state && it.funding != Funding::Suspense;
            self.book.refunds.iter().filter(own).map(|it| it.amount).sum::<i64>()
        };
        assert_eq!(sum(RefundState::Done), payment.refunded);
        assert_eq!(sum(RefundState::Open), payment.refunding);
        assert_eq!(self.ledger.balances.values().sum::<i64>(), 0);
        let given = self.ledger.of("buyer_funds");
        assert_eq!(-given, payment.captured - payment.refunded, "what buyers gave is what was kept");
        // Holds: the payment's own while authorised, and one for each refund under way.
        let refunds = self.book.refunds.iter().filter(|it| it.state == RefundState::Open).count();
        let own = payment.state == PaymentState::Authorised && payment.method != Method::Cash;
        assert_eq!(self.ledger.held.len(), refunds + usize::from(own));
        let pays = self.book.attempts.iter().filter(|it| it.flow == Flow::Pay && it.state.is_good());
        assert!(
            payment.state != PaymentState::Captured || payment.method != Method::Card || pays.count() >= 1
        );
    }
}

#[test]
fn a_card_is_reserved_captured_in_part_and_given_back_in_parts() {
    let mut life = Life::of(Method::Card, 10_000);
    life.leave(Flow::Pay);
    life.say(Flow::Pay, Standing::Waiting, 10_000);
    life.say(Flow::Pay, Standing::Authorised, 10_000);
    assert_eq!((life.state(), life.ledger.held.len()), (PaymentState::Authorised, 1));
    assert_eq!(life.capture(Some(10_001)), Err("capture_exceeds"));
    assert_eq!(life.capture(Some(8_000)), Ok(Did::Executed));
    assert_eq!(life.capture(Some(8_000)), Ok(Did::AlreadyApplied));
    assert_eq!(life.capture(Some(7_000)), Err("capture_under_way"));
    assert_eq!(life.cancel(), Err("capture_under_way"));
    life.leave(Flow::Capture);
    life.say(Flow::Capture, Standing::Done, 8_000);
    assert_eq!(life.capture(None), Ok(Did::AlreadyApplied));
    assert_eq!(life.refund(1, 3_000), Ok(Did::Executed));
    assert_eq!(life.refund(1, 3_000), Ok(Did::AlreadyApplied));
    assert_eq!(life.refund(1, 2_000), Err("refund_id_taken"));
    assert_eq!(life.refund(2, 5_001), Err("refund_exceeds"));
    life.leave(Flow::Refund);
    life.say(Flow::Refund, Standing::Done, 3_000);
    assert_eq!(life.refund(2, 5_000), Ok(Did::Executed));
    life.leave(Flow::Refund);
    life.say(Flow::Refund, Standing::Done, 5_000);
    assert_eq!(life.state(), PaymentState::Refunded);
    assert_eq!(life.ledger.of("gateway"), 0);
    assert_eq!(life.book.payment.contact, None);
    life.check();
    let told = "payment.begun payment.pending payment.authorised payment.captured payment.refunding \
        payment.refunded payment.refunding payment.refunded";
    assert_eq!(life.events.join(" "), told);
}

/// How a payment is paid, what is said of it then, and how it stands.
#[test]
fn what_a_gateway_says_once_it_was_sent() {
    use PaymentState::{Captured, Disputed, Failed, Intent, Parked, Pending};
    let money = |minor, code| Some(Money::new(minor, Currency::known(code)));
    let report = |standing, amount, reference: &str, code: &str| Report {
        amount,
        reference: Some(reference.to_owned()).filter(|it| !it.is_empty()),
        code: Some(code.to_owned()).filter(|it| !it.is_empty()),
        ..Report::new(standing)
    };
    for (standing, amount, reference, code, state, reason) in [
        (Standing::Done, money(500, "ETB"), "", "", Captured, None),
        (Standing::Done, None, "", "", Captured, None),
        (Standing::Done, money(499, "ETB"), "", "", Disputed, Some("amount_differs")),
        (Standing::Done, money(501, "ETB"), "", "", Disputed, Some("amount_differs")),
        (Standing::Done, money(500, "USD"), "", "", Disputed, Some("currency_differs")),
        (Standing::Done, money(500, "ETB"), "somebody", "", Disputed, Some("reference_differs")),
        (Standing::Authorised, money(5, "ETB"), "", "", Disputed, Some("amount_differs")),
        (Standing::Waiting, None, "", "", Pending, None),
        (Standing::NotFound, None, "", "", Parked, Some("outcome_unknown")),
        (Standing::Declined, None, "", "insufficient_funds", Failed, Some("insufficient_funds")),
        (Standing::Declined, None, "", "unreachable", Intent, None),
        (Standing::Declined, None, "", "gateway_error", Intent, None),
        (Standing::Declined, None, "", "", Failed, Some("declined")),
        (Standing::Voided, None, "", "", Failed, Some("voided")),
    ] {
        let mut life = Life::of(Method::Card, 500);
        life.leave(Flow::Pay);
        life.hear(Flow::Pay, &report(standing, amount, reference, code));
        assert_eq!(
            (life.state(), life.book.payment.reason.as_deref()),
            (state, reason),
            "{standing:?} {code}"
        );
        life.check();
        // What was disputed is set right by the truth; what is over stays over, and late money goes back.
        life.say(Flow::Pay, Standing::Done, 500);
        let expected = if state == Failed { Failed } else { Captured };
        assert!(life.state() == expected || life.book.open_pay().is_some(), "{standing:?} {code}");
        life.check();
    }
}

/// Numbers of payments at gateways are as long as those of cards, and some pass for one.
#[test]
fn a_gateways_own_reference_is_kept_as_it_was_told() {
    let mut life = Life::of(Method::Card, 500);
    life.leave(Flow::Pay);
    let told = |text: &str| Some(text.to_owned());
    let (external, next) = (told("ws_CO_4111111111111111"), told("https://pay.example/4111111111111111"));
    let detail = told("card 4111111111111111 asks its bank");
    let report = Report { external, next, detail, ..Report::new(Standing::Waiting) };
    life.hear(Flow::Pay, &report);
    let attempt = &life.book.attempts[0];
    assert_eq!((&attempt.external, &attempt.next), (&report.external, &report.next));
    assert_eq!(attempt.detail.as_deref(), Some("card [card] asks its bank"));
}

#[test]
fn money_that_comes_too_late_goes_back() {
    let mut life = Life::of(Method::MobileMoney, 500);
    life.leave(Flow::Pay);
    assert_eq!(life.cancel(), Ok(Did::Executed));
    assert_eq!(life.cancel(), Ok(Did::AlreadyApplied));
    for _ in 0..3 {
        life.say(Flow::Pay, Standing::Done, 500);
    }
    assert_eq!((life.state(), life.ledger.of("suspense")), (PaymentState::Cancelled, -500));
    life.leave(Flow::Refund);
    life.say(Flow::Refund, Standing::Done, 500);
    assert_eq!(
        (life.state(), life.ledger.of("suspense"), life.ledger.of("gateway")),
        (PaymentState::Cancelled, 0, 0)
    );
    life.check();
}

#[test]
fn a_reservation_that_comes_too_late_is_let_go_at_the_gateway() {
    let mut life = Life::of(Method::Card, 500);
    life.leave(Flow::Pay);
    life.wait(limits::EXPIRES_AFTER.as_secs());
    life.expire();
    life.say(Flow::Pay, Standing::Authorised, 500);
    assert_eq!(life.state(), PaymentState::Expired);
    life.leave(Flow::Void);
    life.say(Flow::Void, Standing::Done, 500);
    assert!(life.book.attempts.iter().all(|it| !it.state.is_open()));
    life.check();
}

#[test]
fn what_a_gateway_never_heard_of_is_tried_anew_after_a_while() {
    let mut life = Life::of(Method::Card, 500);
    life.leave(Flow::Pay);
    let id = life.last(Flow::Pay).unwrap();
    let step = life.with(|book, ctx| hear::unknown(book, id, "too slow", ctx));
    life.apply(step);
    assert_eq!(life.state(), PaymentState::Parked);
    life.hear(Flow::Pay, &Report::new(Standing::NotFound));
    assert_eq!(life.last(Flow::Pay), Some(id), "it may be on its way");
    life.wait(limits::UNHEARD_GRACE.as_secs());
    life.hear(Flow::Pay, &Report::new(Standing::NotFound));
    assert_ne!(life.last(Flow::Pay), Some(id));
    // Both turn up in the end: one pays, the other goes back.
    life.leave(Flow::Pay);
    let first = Report::new(Standing::Done);
    let step = life.with(|book, ctx| hear::hear(book, id, "simulated", &first, ctx));
    life.apply(step);
    assert_eq!(life.state(), PaymentState::Captured);
    life.say(Flow::Pay, Standing::Done, 500);
    assert_eq!((life.state(), life.ledger.of("suspense")), (PaymentState::Captured, -500));
    life.check();
}

#[test]
fn wallet_and_cash_ask_nobody_outside() {
    let mut wallet = Life::of(Method::Wallet, 900);
    assert_eq!((wallet.state(), wallet.ledger.held.len()), (PaymentState::Authorised, 1));
    assert_eq!(wallet.capture(None), Ok(Did::Executed));
    assert_eq!(wallet.ledger.of("wallet"), 900);
    assert_eq!(wallet.refund(1, 900), Ok(Did::Executed));
    assert_eq!((wallet.state(), wallet.ledger.of("wallet")), (PaymentState::Refunded, 0));
    wallet.check();
    let mut cash = Life::of(Method::Cash, 900);
    assert_eq!((cash.state(), cash.ledger.held.len()), (PaymentState::Authorised, 0));
    assert_eq!(cash.capture(None), Ok(Did::Executed));
    assert_eq!(cash.ledger.balances.keys().find(|it| it.code == "cash").map(|it| it.owner), Some(5));
    cash.check();
    let mut let_go = Life::of(Method::Wallet, 900);
    assert_eq!(let_go.cancel(), Ok(Did::Executed));
    assert!(let_go.ledger.held.is_empty());
    let_go.check();
    assert!(let_go.book.attempts.is_empty());
}

#[test]
fn what_is_refused_when_it_begins() {
    let life = Life::of(Method::Card, 500);
    let begin = |known: bool, new: NewPayment| {
        life.with(|book, ctx| decide::begin(known.then_some(book), &new, ctx)).map(|step| step.did)
    };
    let codes = |refusal: kernel::Refusal| {
        let faults: Vec<String> =
            refusal.faults().iter().map(|it| format!("{} {}", it.field, it.code)).collect();
        if faults.is_empty() { refusal.code().to_owned() } else { faults.join(", ") }
    };
    let good = new(Method::Card, 500);
    assert_eq!(begin(true, good.clone()).map_err(codes), Ok(Did::AlreadyApplied));
    for (known, new, expected) in [
        (true, new(Method::Card, 501), "payment_id_taken"),
        (true, new(Method::Cash, 500), "payment_id_taken"),
        (false, new(Method::Card, 0), "/amount out_of_range"),
        (false, new(Method::Card, -5), "/amount out_of_range"),
        (false, NewPayment { payer: None, ..new(Method::Wallet, 5) }, "/payer missing"),
        (
            false,
            NewPayment { token: Some("4111 1111 1111 1111".into()), note: "\n".into(), ..good.clone() },
            "/token card_number, /note bad_character",
        ),
        (false, NewPayment { note: "x".repeat(500), ..good }, "/note too_long"),
    ] {
        assert_eq!(begin(known, new).map_err(codes), Err(expected.to_owned()));
    }
}

#[test]
fn a_charge_back_takes_what_is_left() {
    let mut life = Life::of(Method::Card, 500);
    life.leave(Flow::Pay);
    life.say(Flow::Pay, Standing::Done, 500);
    life.refund(1, 200).unwrap();
    life.leave(Flow::Refund);
    life.say(Flow::Refund, Standing::Done, 200);
    for _ in 0..2 {
        life.say(Flow::Pay, Standing::Reversed, 500);
    }
    assert_eq!((life.state(), life.book.payment.charged_back), (PaymentState::ChargedBack, 300));
    assert_eq!(life.refund(2, 1), Err("refund_exceeds"));
    life.check();
}

#[derive(Debug, Clone)]
enum Deed {
    Leave(Flow),
    Unknown(Flow),
    NobodyTakesIt,
    Say(usize, Standing, i64),
    No(usize, &'static str),
    Capture(i64),
    Refund(i64, i64),
    Cancel,
    Expire,
    Wait(i64),
}

fn deeds() -> impl Strategy<Value = Deed> {
    let flow = || prop::sample::select(Flow::ALL.map(|(flow, _)| flow).to_vec());
    let standing = prop::sample::select(vec![
        Standing::NotFound,
        Standing::Waiting,
        Standing::Authorised,
        Standing::Done,
        Standing::Declined,
        Standing::Voided,
        Standing::Reversed,
    ]);
    let code = prop::sample::select(vec!["unreachable", "gateway_error", "insufficient_funds"]);
    prop_oneof![
        3 => flow().prop_map(Deed::Leave),
        1 => flow().prop_map(Deed::Unknown),
        1 => Just(Deed::NobodyTakesIt),
        6 => (0usize..8, standing, prop::sample::select(vec![1_000i64, 1_000, 1_000, 400, 999, 1_001]))
            .prop_map(|(place, standing, amount)| Deed::Say(place, standing, amount)),
        2 => (0usize..8, code).prop_map(|(place, code)| Deed::No(place, code)),
        2 => prop::sample::select(vec![1_000i64, 400]).prop_map(Deed::Capture),
        3 => (1i64..6, 1i64..700).prop_map(|(id, amount)| Deed::Refund(id, amount)),
        1 => Just(Deed::Cancel),
        1 => Just(Deed::Expire),
        2 => (1i64..4_000).prop_map(Deed::Wait),
    ]
}

impl Life {
    fn live(&mut self, deed: &Deed) {
        let at = |life: &Life, place: usize| life.book.attempts.get(place).cloned();
        match deed {
            Deed::Leave(flow) => self.leave(*flow),
            Deed::Unknown(flow) => {
                let Some(id) = self.last(*flow) else { return };
                let step = self.with(|book, ctx| hear::unknown(book, id, "slow", ctx));
                self.apply(step);
            }
            Deed::NobodyTakesIt => {
                let Some(id) =
                    self.book.open_pay().filter(|it| it.state == AttemptState::Queued).map(|it| it.id)
                else {
                    return;
                };
                let step = self.with(|book, ctx| hear::nobody_takes_it(book, id, ctx));
                self.apply(step);
            }
            Deed::Say(place, standing, amount) => {
                let Some(attempt) = at(self, *place) else { return };
                let amount = if attempt.flow == Flow::Refund { attempt.amount } else { *amount };
                let amount = Some(Money::new(amount, ETB));
                let report = Report { amount, ..Report::new(*standing) };
                let step = self.with(|book, ctx| hear::hear(book, attempt.id, "simulated", &report, ctx));
                self.apply(step);
            }
            Deed::No(place, code) => {
                let Some(attempt) = at(self, *place) else { return };
                let report = Report::declined(*code);
                let step = self.with(|book, ctx| hear::hear(book, attempt.id, "simulated", &report, ctx));
                self.apply(step);
            }
            Deed::Capture(amount) => drop(self.capture(Some(*amount))),
            Deed::Refund(id, amount) => drop(self.refund(*id, *amount)),
            Deed::Cancel => drop(self.cancel()),
            Deed::Expire => self.expire(),
            Deed::Wait(seconds) => self.wait(*seconds),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Money adds up after every deed, no step is taken that there is not, and the same said again
    /// changes nothing.
    #[test]
    fn whatever_happens_the_money_adds_up(
        method in prop::sample::select(Method::ALL.map(|(method, _)| method).to_vec()),
        deeds in prop::collection::vec(deeds(), 1..60),
    ) {
        let mut life = Life::of(method, 1_000);
        for deed in &deeds {
            let before = life.state();
            life.live(deed);
            prop_assert!(!before.is_final() || before == life.state(), "{before:?} {deed:?} {:?}", life.state());
            life.check();
            if let Deed::Say(_, Standing::Done | Standing::Authorised | Standing::Reversed, _) = deed {
                let (payment, balances) = (life.book.payment.clone(), life.ledger.balances.clone());
                life.live(deed);
                prop_assert_eq!(&payment.state, &life.state());
                prop_assert_eq!(payment.captured, life.book.payment.captured);
                prop_assert_eq!(balances, life.ledger.balances.clone());
            }
        }
    }

    /// What a gateway that does not contradict itself says reaches the same state in any order, however
    /// often, and however late.
    #[test]
    fn order_and_repetition_make_no_difference(
        order in prop::collection::vec((0usize..4, 0i64..90_000), 0..20),
    ) {
        let said = [Standing::Waiting, Standing::NotFound, Standing::Authorised, Standing::Done];
        let mut life = Life::of(Method::Card, 1_000);
        life.leave(Flow::Pay);
        let id = life.last(Flow::Pay).unwrap();
        let mut order: Vec<(Standing, i64)> = order.into_iter().map(|(it, wait)| (said[it], wait)).collect();
        // The last word is always heard, wherever it stands.
        order.insert(order.len() / 2, (Standing::Done, 0));
        for (standing, wait) in order {
            life.wait(wait % 60);
            let amount = Some(Money::new(1_000, ETB));
            let report = Report { amount, ..Report::new(standing) };
            let step = life.with(|book, ctx| hear::hear(book, id, "simulated", &report, ctx));
            life.apply(step);
            life.check();
        }
        prop_assert_eq!((life.state(), life.book.payment.captured), (PaymentState::Captured, 1_000));
        prop_assert_eq!(life.ledger.of("gateway"), 1_000);
        prop_assert_eq!(life.events.iter().filter(|name| **name == "payment.captured").count(), 1);
    }

    /// Of many refunds in any order no more is given back than was captured.
    #[test]
    fn refunds_never_exceed_what_was_captured(
        asks in prop::collection::vec((1i64..20, 1i64..600, any::<bool>()), 1..40),
    ) {
        let mut life = Life::of(Method::Card, 1_000);
        life.leave(Flow::Pay);
        life.say(Flow::Pay, Standing::Done, 1_000);
        for (id, amount, done) in asks {
            let asked = life.refund(id, amount);
            if asked == Ok(Did::Executed) && done {
                life.leave(Flow::Refund);
                life.say(Flow::Refund, Standing::Done, amount);
            }
            life.check();
        }
        let refunded = |id: i64| life.book.refund(RefundId::from_raw(id)).is_some();
        prop_assert!(life.book.refunds.iter().all(|it| refunded(it.id.raw())));
    }
}
