//! One adapter after the other: the next is asked when one fails, takes too long or has nothing to
//! look in. One that keeps failing is left alone for a while. Answers are kept, and a question that many
//! ask at once is asked once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache::{Cache, Keep, Made};
use futures_util::future::BoxFuture;
use geo::Point;
use guard::{Breaker, BreakerPolicy, BreakerState};
use parking_lot::Mutex;
use store::{Market, StoreError};

use super::model::{Asked, Candidate, Resolver, Trouble};
use super::{Gazetteer, repo, words};
use crate::limits;

type Answers = Result<Arc<[Candidate]>, Trouble>;

/// What a market's addresses are asked of.
#[derive(Clone)]
pub struct Addresses(Arc<Chain>);

struct Chain {
    links: Vec<Link>,
    kept: Cache<Answers>,
    versions: Cache<Result<i64, StoreError>>,
    since: Instant,
    imports: AtomicU64,
    wait: Duration,
}

struct Link {
    resolver: Arc<dyn Resolver>,
    breaker: Mutex<Breaker>,
}

#[derive(Clone)]
enum Question {
    Text(Asked),
    Point(Point),
}

impl Default for Addresses {
    fn default() -> Self {
        Self::of(vec![Arc::new(Gazetteer)])
    }
}

impl Addresses {
    /// In the order in which they are asked.
    pub fn of(resolvers: Vec<Arc<dyn Resolver>>) -> Self {
        Self::with(resolvers, BreakerPolicy::default(), limits::ADAPTER_WAIT)
    }

    pub fn with(resolvers: Vec<Arc<dyn Resolver>>, policy: BreakerPolicy, wait: Duration) -> Self {
        let link = |resolver| Link { resolver, breaker: Mutex::new(Breaker::new(policy)) };
        Self(Arc::new(Chain {
            links: resolvers.into_iter().map(link).collect(),
            kept: Cache::new(limits::ADDRESS_CACHE_BYTES_MAX),
            versions: Cache::new(limits::AREA_VERSIONS_BYTES_MAX),
            since: Instant::now(),
            imports: AtomicU64::new(0),
            wait,
        }))
    }

    /// The places that a text may mean, the likeliest first.
    pub async fn find(&self, market: &Market, text: &str, limit: u16) -> Result<Vec<Candidate>, Trouble> {
        let text = text.trim().to_lowercase();
        let key = format!("q {}", words::words(&text).join(" "));
        let asked = Asked { text, limit: limits::ADDRESSES_MAX.into() };
        let mut found = self.answer(market, &key, Question::Text(asked)).await?.to_vec();
        found.truncate(limit.into());
        Ok(found)
    }

    /// The address nearest to a point, if there is one near.
    pub async fn nearest(&self, market: &Market, point: Point) -> Result<Option<Candidate>, Trouble> {
        // Whoever stands within a metre is answered alike.
        let key = format!("p {} {}", point.lat_e7() / 100, point.long_e7() / 100);
        Ok(self.answer(market, &key, Question::Point(point)).await?.first().cloned())
    }

    /// Addresses have been imported here: what was answered before is asked again.
    pub fn changed(&self) {
        self.0.imports.fetch_add(1, Ordering::SeqCst);
    }

    /// The adapters, and whether they are being asked.
    pub fn state(&self) -> Vec<(String, BreakerState)> {
        let now_ns = self.0.now_ns();
        let state = |link: &Link| (link.resolver.name().to_owned(), link.breaker.lock().state(now_ns));
        self.0.links.iter().map(state).collect()
    }

    /// Of the market's own addresses: whoever else imports some is noticed after a moment.
    async fn version(&self, market: &Market) -> Result<i64, StoreError> {
        let make = || {
            let market = market.clone();
            async move {
                let version = repo::version(&market).await;
                let keep =
                    Keep { fresh_s: limits::AREA_VERSIONS_FRESH_S, stale_s: 0, bytes: size_of::<i64>() };
                Made { keep: version.is_ok().then_some(keep), value: version }
            }
        };
        let imports = self.0.imports.load(Ordering::SeqCst).to_string();
        match self.0.versions.get_or_make(self.0.now_ns(), market.place().id.raw(), &imports, make).await {
            Ok(found) => found.value,
            Err(_) => Err(StoreError::Busy),
        }
    }

    async fn answer(&self, market: &Market, key: &str, question: Question) -> Answers {
        let version = self.version(market).await.map_err(Trouble::from)?;
        let key = format!("{} {version} {key}", self.0.imports.load(Ordering::SeqCst));
        let make = || {
            let (chain, market, question) = (self.0.clone(), market.clone(), question.clone());
            async move { made(chain.ask(&market, &question).await) }
        };
        match self.0.kept.get_or_make(self.0.now_ns(), market.place().id.raw(), &key, make).await {
            Ok(found) => found.value,
            Err(_) => Err(Trouble::Failed("nobody answered".into())),
        }
    }
}

/// What was found is kept for long, what was not for a shorter time, and a failure not at all.
fn made(answers: Answers) -> Made<Answers> {
    let keep = answers.as_ref().ok().map(|found| Keep {
        fresh_s: if found.is_empty() { limits::NO_ADDRESS_KEPT_S } else { limits::ADDRESS_KEPT_S },
        stale_s: 0,
        bytes: found.iter().map(|its| size_of::<Candidate>() + its.label.len() + its.id.len()).sum(),
    });
    Made { value: answers, keep }
}

impl Chain {
    fn now_ns(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    async fn ask(&self, market: &Market, question: &Question) -> Answers {
        let mut trouble = Trouble::Empty;
        for link in &self.links {
            match self.ask_one(link, market, question).await {
                Ok(found) => return Ok(found.into()),
                Err(Trouble::Empty) => {}
                Err(failed) => {
                    tracing::warn!(adapter = link.resolver.name(), error = %failed, "an address adapter failed");
                    trouble = failed;
                }
            }
        }
        match trouble {
            // Nobody has anything to look in: so there is nothing to find.
            Trouble::Empty => Ok(Arc::from([])),
            failed => Err(failed),
        }
    }

    async fn ask_one(
        &self,
        link: &Link,
        market: &Market,
        question: &Question,
    ) -> Result<Vec<Candidate>, Trouble> {
        let ticket = link.breaker.lock().allow(self.now_ns());
        let Ok(ticket) = ticket else { return Err(Trouble::Failed("it is left alone for a while".into())) };
        let asking: BoxFuture<'_, Result<Vec<Candidate>, Trouble>> = match question {
            Question::Text(asked) => link.resolver.find(market, asked),
            Question::Point(point) => {
                let nearest = link.resolver.nearest(market, *point);
                Box::pin(async move { Ok(nearest.await?.into_iter().collect()) })
            }
        };
        let answer = match tokio::time::timeout(self.wait, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(Trouble::Failed("it took too long".into())),
        };
        let well = !matches!(answer, Err(Trouble::Failed(_)));
        link.breaker.lock().record(self.now_ns(), ticket, well);
        answer
    }
}
