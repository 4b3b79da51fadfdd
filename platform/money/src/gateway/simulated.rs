//! A gateway without money: the default, and the double of all tests. It keeps books of its own, so that
//! a statement can be compared with ours, and does what a script, a token or an amount tells it to.
//!
//! What it says first about a payment (`external`) tells how the payment goes, so that a process that
//! was started anew answers as the one before.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Currency, Money};
use parking_lot::Mutex;
use serde_json::json;

use super::adapter::{Callback, Desk, Forged, Gateway, Hint, Order, Said};
use super::report::{Report, Standing, Trouble};
use super::wire::sign;
use crate::payment::limits::SIMULATED_CHARGES_MAX;
use crate::payment::model::{Flow, Method};

pub const NAME: &str = "simulated";
pub const SIGNATURE: &str = "x-simulated-signature";

/// How a payment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    /// Taken at once.
    Take,
    /// Reserved, and taken when captured.
    Reserve,
    /// Taken after a while, in seconds.
    Slow(i64),
    /// The payer never does anything.
    Never,
    Insufficient,
    DoNotHonour,
    Broken,
    WrongAmount,
    WrongCurrency,
    /// The answer is lost, and it is taken.
    TimeoutDone,
    /// The answer is lost, and nothing is done.
    TimeoutLost,
    /// Out of reach for this call.
    Outage,
    /// Taken; nothing is said of it unless asked.
    LostCallback,
    /// Taken; said three times.
    Duplicate,
    /// Taken; what is said comes in the wrong order.
    Reordered,
    /// Taken, then taken back.
    ChargeBack,
}

/// By the token `sim:<name>`, or by the last four digits of an amount in minor units.
const PLAYS: [(Play, &str, i64); 16] = [
    (Play::Take, "take", 6_600),
    (Play::Insufficient, "insufficient_funds", 6_601),
    (Play::DoNotHonour, "do_not_honour", 6_602),
    (Play::Broken, "gateway_error", 6_603),
    (Play::WrongAmount, "wrong_amount", 6_604),
    (Play::WrongCurrency, "wrong_currency", 6_605),
    (Play::TimeoutDone, "timeout_done", 6_606),
    (Play::TimeoutLost, "timeout_lost", 6_607),
    (Play::Outage, "outage", 6_608),
    (Play::Slow(30), "slow", 6_609),
    (Play::Never, "never", 6_610),
    (Play::LostCallback, "lost_callback", 6_611),
    (Play::Duplicate, "duplicate", 6_612),
    (Play::Reordered, "reordered", 6_613),
    (Play::Reserve, "reserve", 6_614),
    (Play::ChargeBack, "charge_back", 6_615),
];

fn by_token(token: &str) -> Option<Play> {
    let name = token.strip_prefix("sim:")?;
    if let Some(seconds) = name.strip_prefix("slow:") {
        return seconds.parse().ok().map(Play::Slow);
    }
    PLAYS.iter().find(|(_, its, _)| *its == name).map(|(play, _, _)| *play)
}

fn by_amount(amount: Money) -> Option<Play> {
    let last = amount.minor() % 10_000;
    PLAYS.iter().find(|(_, _, its)| *its == last).map(|(play, _, _)| *play)
}

fn name_of(play: Play) -> String {
    match play {
        Play::Slow(seconds) => format!("slow:{seconds}"),
        play => PLAYS.iter().find(|(its, _, _)| *its == play).map_or("take", |(_, name, _)| name).to_owned(),
    }
}

/// One payment in its books.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Charge {
    play: Play,
    amount: Money,
    fee: i64,
    started: Timestamp,
    voided: bool,
    captured: Option<(String, i64)>,
    /// By our reference, with the time.
    refunds: BTreeMap<String, (i64, Timestamp)>,
}

impl Charge {
    fn is_ripe(&self, now: Timestamp) -> bool {
        let wait = if let Play::Slow(seconds) = self.play { seconds } else { 0 };
        now.duration_since(self.started) >= SignedDuration::from_secs(wait)
    }

    fn standing(&self, now: Timestamp) -> Standing {
        match self.play {
            _ if self.voided => Standing::Voided,
            Play::Never => Standing::Waiting,
            _ if !self.is_ripe(now) => Standing::Waiting,
            Play::Insufficient | Play::DoNotHonour | Play::Broken => Standing::Declined,
            Play::TimeoutLost | Play::Outage => Standing::NotFound,
            Play::Reserve if self.captured.is_none() => Standing::Authorised,
            Play::ChargeBack if now.duration_since(self.started) >= SignedDuration::from_hours(1) => {
                Standing::Reversed
            }
            _ => Standing::Done,
        }
    }

    fn stated(&self) -> Money {
        let (minor, currency) = (self.amount.minor(), self.amount.currency());
        match (self.play, &self.captured) {
            (Play::WrongAmount, _) => Money::new((minor - 1).max(1), currency),
            (Play::WrongCurrency, _) if currency == Currency::USD => Money::new(minor, Currency::EUR),
            (Play::WrongCurrency, _) => Money::new(minor, Currency::USD),
            (_, Some((_, captured))) => Money::new(*captured, currency),
            _ => self.amount,
        }
    }

    fn left(&self) -> i64 {
        self.stated().minor() - self.refunds.values().map(|(amount, _)| amount).sum::<i64>()
    }

    fn report(&self, reference: &str, now: Timestamp) -> Report {
        let standing = self.standing(now);
        let code = match self.play {
            _ if standing != Standing::Declined => None,
            Play::Insufficient => Some("insufficient_funds"),
            Play::DoNotHonour => Some("do_not_honour"),
            _ => Some("gateway_error"),
        };
        let is_money = matches!(standing, Standing::Authorised | Standing::Done | Standing::Reversed);
        Report {
            amount: is_money.then(|| self.stated()),
            reference: Some(reference.to_owned()),
            external: Some(self.external()),
            next: (standing == Standing::Waiting).then(|| format!("https://pay.example/{reference}")),
            fee: (standing == Standing::Done).then_some(self.fee),
            code: code.map(str::to_owned),
            brand: is_money.then(|| "visa".to_owned()),
            last4: is_money.then(|| "4242".to_owned()),
            ..Report::new(standing)
        }
    }

    fn external(&self) -> String {
        let (amount, currency) = (self.amount.minor(), self.amount.currency());
        format!(
            "sim/{}/{amount}/{currency}/{}/{}",
            name_of(self.play),
            self.fee,
            self.started.as_microsecond()
        )
    }

    /// The payment that such a name speaks of.
    fn from_external(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("sim/")?.split('/');
        let play = by_token(&format!("sim:{}", parts.next()?))?;
        let amount: i64 = parts.next()?.parse().ok()?;
        let currency: Currency = parts.next()?.parse().ok()?;
        let fee = parts.next()?.parse().ok()?;
        let started = Timestamp::from_microsecond(parts.next()?.parse().ok()?).ok()?;
        let (captured, refunds) = (None, BTreeMap::new());
        Some(Self {
            play,
            amount: Money::new(amount, currency),
            fee,
            started,
            voided: false,
            captured,
            refunds,
        })
    }
}

#[derive(Default)]
struct Books {
    script: VecDeque<Play>,
    is_down: bool,
    charges: BTreeMap<String, Charge>,
    calls: u64,
}

#[derive(Default)]
pub struct Simulated(Mutex<Books>);

/// A callback on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub signature: String,
    pub body: String,
}

impl Simulated {
    /// The next payments go so, one after the other.
    pub fn script(&self, plays: impl IntoIterator<Item = Play>) {
        self.0.lock().script.extend(plays);
    }

    /// Out of reach until it is told otherwise.
    pub fn down(&self, is_down: bool) {
        self.0.lock().is_down = is_down;
    }

    /// Calls that arrived.
    pub fn calls(&self) -> u64 {
        self.0.lock().calls
    }

    /// What it says by itself about all it has done, in the order in which it arrives.
    pub fn callbacks(&self, secret: &str, now: Timestamp) -> Vec<Sent> {
        let books = self.0.lock();
        let mut all = Vec::new();
        for (reference, charge) in &books.charges {
            let event = |status: &str| {
                let stated = charge.stated();
                let body = json!({
                    "reference": reference,
                    "status": status,
                    "amount": stated.minor(),
                    "currency": stated.currency(),
                })
                .to_string();
                Sent { signature: sign::hmac_sha256(secret, body.as_bytes()), body }
            };
            let status = if charge.standing(now) == Standing::Done { "paid" } else { "not_paid" };
            match charge.play {
                Play::LostCallback | Play::Outage | Play::TimeoutLost => {}
                Play::Duplicate => all.extend([event(status), event(status), event(status)]),
                Play::Reordered => all.extend([event(status), event("started")]),
                _ => all.extend([event("started"), event(status)]),
            }
        }
        all
    }

    /// Its statement, as a file of comma-separated values.
    pub fn statement(&self, from: Timestamp, to: Timestamp) -> String {
        let mut text = "kind,reference,amount,fee,currency,at\n".to_owned();
        let is_in = |at: Timestamp| at >= from && at < to;
        for (reference, charge) in &self.0.lock().charges {
            let is_paid = matches!(charge.standing(to), Standing::Done | Standing::Reversed);
            if is_paid && is_in(charge.started) {
                let stated = charge.stated();
                let line = (number(stated), number(Money::new(charge.fee, stated.currency())));
                let (amount, fee) = line;
                // Writing into a string cannot fail.
                let _ = writeln!(
                    text,
                    "payment,{reference},{amount},{fee},{},{}",
                    stated.currency(),
                    charge.started
                );
            }
            for (reference, (amount, at)) in charge.refunds.iter().filter(|(_, (_, at))| is_in(*at)) {
                let amount = Money::new(*amount, charge.amount.currency());
                let _ = writeln!(text, "refund,{reference},{},0,{},{at}", number(amount), amount.currency());
            }
        }
        text
    }

    fn arrive(&self) -> Result<parking_lot::MutexGuard<'_, Books>, Trouble> {
        let mut books = self.0.lock();
        if books.is_down {
            return Err(Trouble::NotArrived("it is down, as it was told".to_owned()));
        }
        books.calls += 1;
        Ok(books)
    }

    fn begin(&self, desk: &Desk<'_>, order: &Order) -> Result<Report, Trouble> {
        let mut books = self.arrive()?;
        if let Some(known) = books.charges.get(&order.reference) {
            return Ok(known.report(&order.reference, desk.now));
        }
        let told = order.token.as_deref().and_then(by_token).or_else(|| by_amount(order.amount));
        let play = books.script.pop_front().or(told).unwrap_or(Play::Take);
        if play == Play::Outage {
            return Err(Trouble::NotArrived("out of reach, as it was told".to_owned()));
        }
        let charge = Charge {
            play,
            amount: order.amount,
            fee: desk.account.cost(order.amount),
            started: desk.now,
            voided: false,
            captured: None,
            refunds: BTreeMap::new(),
        };
        let report = charge.report(&order.reference, desk.now);
        if play != Play::TimeoutLost {
            if books.charges.len() >= SIMULATED_CHARGES_MAX {
                books.charges.pop_first();
            }
            books.charges.insert(order.reference.clone(), charge);
        }
        match play {
            Play::TimeoutDone | Play::TimeoutLost => {
                Err(Trouble::Unknown("too slow, as it was told".to_owned()))
            }
            _ => Ok(report),
        }
    }

    /// A payment in the books, made anew from its name where this process never saw it.
    fn on<T>(
        &self,
        order: &Order,
        work: impl FnOnce(&mut Charge) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        let mut books = self.arrive()?;
        let reference = &order.of.reference;
        if !books.charges.contains_key(reference) {
            let Some(known) = order.of.external.as_deref().and_then(Charge::from_external) else {
                return Ok(None);
            };
            books.charges.insert(reference.clone(), known);
        }
        books.charges.get_mut(reference).map(work).transpose()
    }

    fn ask(&self, desk: &Desk<'_>, order: &Order) -> Result<Report, Trouble> {
        let found = self.on(order, |charge| {
            Ok(match order.flow {
                Flow::Pay => charge.report(&order.reference, desk.now),
                Flow::Capture => match &charge.captured {
                    Some((reference, minor)) if *reference == order.reference => {
                        done(Money::new(*minor, charge.amount.currency()))
                    }
                    _ => Report::new(Standing::NotFound),
                },
                Flow::Void if charge.voided => Report::new(Standing::Done),
                Flow::Void => Report::new(Standing::NotFound),
                Flow::Refund => match charge.refunds.get(&order.reference) {
                    Some((minor, _)) => done(Money::new(*minor, charge.amount.currency())),
                    None => Report::new(Standing::NotFound),
                },
            })
        });
        Ok(found?.unwrap_or(Report::new(Standing::NotFound)))
    }

    fn follow(&self, desk: &Desk<'_>, order: &Order) -> Result<Report, Trouble> {
        let found = self.on(order, |charge| {
            let standing = charge.standing(desk.now);
            let minor = order.amount.minor();
            Ok(match order.flow {
                Flow::Capture if standing == Standing::Authorised && minor <= charge.amount.minor() => {
                    charge.captured = Some((order.reference.clone(), minor));
                    Report { fee: Some(charge.fee), ..done(order.amount) }
                }
                Flow::Void if standing == Standing::Authorised => {
                    charge.voided = true;
                    done(order.amount)
                }
                Flow::Refund if charge.refunds.contains_key(&order.reference) => done(order.amount),
                Flow::Refund if standing == Standing::Done && minor <= charge.left() => {
                    charge.refunds.insert(order.reference.clone(), (minor, desk.now));
                    done(order.amount)
                }
                _ => Report::declined("not_possible"),
            })
        });
        Ok(found?.unwrap_or(Report::declined("unknown_payment")))
    }
}

fn done(amount: Money) -> Report {
    Report { amount: Some(amount), ..Report::new(Standing::Done) }
}

/// The number of an amount, without its currency.
fn number(amount: Money) -> String {
    let mut text = amount.to_string();
    text.truncate(text.find(' ').unwrap_or(text.len()));
    text
}

impl Gateway for Simulated {
    fn name(&self) -> &'static str {
        NAME
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Card, Method::MobileMoney]
    }

    fn currencies(&self) -> &'static [Currency] {
        &[]
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["secret"]
    }

    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(std::future::ready(self.begin(desk, order)))
    }

    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(std::future::ready(self.ask(desk, order)))
    }

    fn capture<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(std::future::ready(self.follow(desk, order)))
    }

    fn void<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(std::future::ready(self.follow(desk, order)))
    }

    fn refund<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(std::future::ready(self.follow(desk, order)))
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged> {
        let signature = sign::hmac_sha256(desk.secret("secret"), &callback.body);
        if !sign::same(&signature, callback.header(SIGNATURE)) {
            return Err(Forged::Signature);
        }
        let said: serde_json::Value =
            serde_json::from_slice(&callback.body).map_err(|_| Forged::Unreadable)?;
        Ok(Hint { reference: said["reference"].as_str().map(str::to_owned), external: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_made_anew_from_its_name() {
        for (play, _, _) in PLAYS.into_iter().chain([(Play::Slow(77), "", 0)]) {
            let charge = Charge {
                play,
                amount: Money::new(12_345, Currency::ETB),
                fee: 9,
                started: Timestamp::from_second(1_800_000_000).unwrap(),
                voided: false,
                captured: None,
                refunds: BTreeMap::new(),
            };
            assert_eq!(Charge::from_external(&charge.external()), Some(charge));
        }
        for nonsense in ["", "sim/", "sim/take/x/ETB/0/1", "sim/take/1/XYZ/0/1", "take/1/ETB/0/1"] {
            assert_eq!(Charge::from_external(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn amounts_and_tokens_choose_how_it_goes() {
        for (play, name, amount) in PLAYS {
            assert_eq!(by_token(&format!("sim:{name}")), Some(play));
            assert_eq!(by_amount(Money::new(50_000 * 10 + amount, Currency::ETB)), Some(play));
        }
        assert_eq!(by_token("sim:slow:7"), Some(Play::Slow(7)));
        assert_eq!((by_token("tok_1"), by_amount(Money::new(10_000, Currency::ETB))), (None, None));
    }
}
