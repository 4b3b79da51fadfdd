//! Earning, letting time pass, settling; and a plain sum of everything beside it.

use kernel::jiff::SignedDuration;
use kernel::{Clock, Currency, Money, values};
use store::Stamp;

use crate::ledger::{self, Account, Posting, PostingId};
use crate::settle::model::{NewItem, Owner, Payee, Sums};
use crate::settle::{Progress, advance, item, repo, verify};
use crate::testing::World;

kernel::statements! {
    long STATEMENTS_OF = "select id, run, owner, currency, items, gross - commission - fee - refund, kept, released, \
        payable from settle_statement where kind = ?1 order by id";
    long LEFT = "select owner, cast(sum(gross - commission - fee - refund) as bigint) from settle_item \
        where kind = ?1 and statement is null group by owner order by owner";
    long JOBS = "select due from job where kind = 'settle.run' order by due, id";
    long DONE = "delete from job where kind = 'settle.run' and due <= ?1";
}

pub fn merchant(number: i64) -> Owner {
    Owner { payee: Payee::Merchant, number }
}

pub fn zar() -> Currency {
    "ZAR".parse().unwrap()
}

/// A sale with its share for the platform, or, below nought, one that is taken back.
pub fn sale(gross: i64) -> Sums {
    let commission = gross * 15 / 100;
    Sums { gross, commission, fee: 0, refund: 0, tax: commission * 15 / 115 }
}

pub fn refund(amount: i64) -> Sums {
    Sums { refund: amount, ..Sums::default() }
}

impl World {
    /// As an app does it: the item and its posting in one decision.
    pub async fn earn(&self, cause: i64, owner: Owner, sums: Sums) {
        let net = sums.net().unwrap();
        let (gateway, account) = (Account::of("gateway", 1), owner.account());
        let (debit, credit) = if net > 0 { (gateway, account) } else { (account, gateway) };
        let amount = Money::new(net.abs(), zar());
        let postings: Vec<Posting> =
            [Posting::new(PostingId::of(cause, "earned"), debit, credit, amount, "earned")]
                .into_iter()
                .filter(|posting| posting.amount.is_positive())
                .collect();
        let new = NewItem { cause, leg: "earned", owner, currency: zar(), sums };
        let earned = || async {
            let ctx = self.ctx();
            let book = ledger::load(&self.market, &postings).await?;
            let posted = ledger::post(book, &postings, &ctx)?.0;
            Ok((Stamp::from(&ctx), item(&new, &ctx)?.and(posted), ()))
        };
        self.market.change(earned).await.unwrap();
    }

    pub fn pass_days(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
    }

    pub async fn settle(&self, pages: usize) -> Progress {
        advance(&self.market, Payee::Merchant, pages, &self.ctx()).await.unwrap()
    }

    pub async fn set_policy(&self, minimum: i64, reserve_bp: i64, reserve_days: i64) {
        let mut policy = repo::policy(&self.market, Payee::Merchant).await.unwrap();
        policy.terms = crate::settle::model::Terms { minimum, reserve_bp, reserve_days };
        let change = repo::put_policy(Payee::Merchant, &policy, self.clock.now());
        self.market.commit(self.stamp(), kernel::Decision::nothing().change(change)).await.unwrap();
    }

    pub async fn statements(&self) -> Vec<Made> {
        self.market.list(STATEMENTS_OF, values!["merchant"]).await.unwrap()
    }

    /// What is not settled, by owner.
    pub async fn left(&self) -> Vec<(i64, i64)> {
        self.market.list(LEFT, values!["merchant"]).await.unwrap()
    }

    pub async fn posted(&self, account: Account) -> i64 {
        let found = ledger::balances(&self.market, account.id(zar())).await.unwrap();
        found.map_or(0, |(_, balance)| balance.posted.minor())
    }

    pub async fn assert_sound(&self) {
        assert_eq!(verify(&self.market).await.unwrap(), []);
        assert!(ledger::trial(&self.market).await.unwrap().is_balanced());
    }

    pub async fn jobs_due(&self) -> Vec<kernel::jiff::Timestamp> {
        let found: Vec<(kernel::jiff::Timestamp,)> = self.market.list(JOBS, values![]).await.unwrap();
        found.into_iter().map(|(due,)| due).collect()
    }

    pub async fn jobs_done(&self) {
        let done = DONE.with(values![self.clock.now()]).any_rows();
        self.market.commit(self.stamp(), kernel::Decision::nothing().change(done)).await.unwrap();
    }
}

/// A statement as its row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub id: i64,
    pub run: i64,
    pub owner: i64,
    pub items: i64,
    pub net: i64,
    pub kept: i64,
    pub released: i64,
    pub payable: i64,
}

impl store::FromRow for Made {
    fn from_row(row: &store::Row<'_>) -> Result<Self, store::StoreError> {
        Ok(Self {
            id: row.get(0)?,
            run: row.get(1)?,
            owner: row.get(2)?,
            items: row.get(4)?,
            net: row.get(5)?,
            kept: row.get(6)?,
            released: row.get(7)?,
            payable: row.get(8)?,
        })
    }
}

/// Owner and amount of each, in order.
pub fn paid(statements: &[Made]) -> Vec<(i64, i64)> {
    statements.iter().map(|it| (it.owner, it.payable)).collect()
}

#[test]
fn what_is_owed_is_what_is_left_of_the_sale() {
    let all: Vec<Option<i64>> =
        [sale(10_000), sale(-10_000), refund(2_500), refund(-1)].map(|it| it.net()).into();
    assert_eq!(all, [Some(8_500), Some(-8_500), Some(-2_500), Some(1)]);
    assert_eq!(Sums { gross: i64::MIN, commission: 1, ..Sums::default() }.net(), None);
}
