//! How many requests a caller has left, and the headers that say so.

use std::net::IpAddr;

use guard::{Ask, Key, Limiter, Quota, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{Actor, Refusal, RefusalKind};
use web::{Caller, Site, Tier};

use super::limits;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

const KEY_ACTOR: u32 = 0;
const KEY_V4: u32 = 1;
const KEY_V6: u32 = 2;
/// Added for those who show tokens and keys that are not good.
const KEY_GUESSING: u32 = 3;

/// Added for light requests, which have an allowance of their own.
const KEY_LIGHT: u32 = 6;

/// What a tier may do, with its headers written once.
pub(crate) struct Allowance {
    count: u32,
    window_s: u32,
    quota: Quota,
    limit: HeaderValue,
    policy: HeaderValue,
}

/// The state of one caller's allowance, for the answer.
#[derive(Clone)]
pub(crate) struct Left {
    limit: HeaderValue,
    policy: HeaderValue,
    remaining: u32,
    reset_s: u64,
}

/// For each tier, and for whoever has not signed in.
struct Allowances {
    tiers: [Allowance; 3],
    anonymous: Allowance,
}

pub(crate) struct Rates {
    limiter: Limiter,
    ordinary: Allowances,
    light: Allowances,
    guesses: Quota,
}

impl Allowance {
    /// So many in a window of so many seconds.
    pub(crate) fn per(count: u32, window_s: u32) -> Self {
        let text = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        Self {
            count,
            window_s,
            quota: Quota::per(count, std::time::Duration::from_secs(window_s.into())),
            limit: text(count.to_string()),
            policy: text(format!("{count};w={window_s}")),
        }
    }

    fn times(&self, times: u32) -> Self {
        Self::per(self.count.saturating_mul(times), self.window_s)
    }
}

impl Rates {
    /// Free, basic, premium; and whoever has not signed in.
    pub(crate) fn new(tiers: [Allowance; 3], anonymous: Allowance) -> Self {
        let guesses = anonymous.quota.times(limits::GUESSES_TIMES_ANONYMOUS);
        let light = Allowances {
            tiers: tiers.each_ref().map(|tier| tier.times(limits::LIGHT_TIMES)),
            anonymous: anonymous.times(limits::LIGHT_TIMES),
        };
        Self { limiter: Limiter::default(), ordinary: Allowances { tiers, anonymous }, light, guesses }
    }

    /// Whether the database may be asked who somebody at this address is. Only what was not good
    /// counts: thousands of good ones may share an address with as many who have not signed in.
    pub(crate) fn may_guess(&self, now_ns: u64, site: &Site, address: IpAddr) -> Result<(), Refusal> {
        match self.limiter.look(now_ns, self.guess(site, address)) {
            Verdict::Allowed { .. } => Ok(()),
            Verdict::Refused { retry_after_ns } => Err(refusal(retry_after_ns.div_ceil(1_000_000_000))),
        }
    }

    /// It was not good.
    pub(crate) fn guessed(&self, now_ns: u64, site: &Site, address: IpAddr) {
        self.limiter.check(now_ns, self.guess(site, address));
    }

    fn guess(&self, site: &Site, address: IpAddr) -> Ask {
        let (kind, id) = place(address);
        Ask { key: Key::other(KEY_GUESSING + kind, scope(site), id), quota: self.guesses, cost: 1 }
    }

    /// Takes one. Whoever is not known is counted by address, so that guessing tokens is counted.
    pub(crate) fn take(
        &self,
        now_ns: u64,
        site: &Site,
        caller: Option<&Caller>,
        address: IpAddr,
        is_light: bool,
    ) -> (Left, Result<(), Refusal>) {
        let (all, kind) = if is_light { (&self.light, KEY_LIGHT) } else { (&self.ordinary, 0) };
        let allowance = match (caller.is_some_and(Caller::is_known), site.tier) {
            (false, _) => &all.anonymous,
            (true, Tier::Free) => &all.tiers[0],
            (true, Tier::Basic) => &all.tiers[1],
            (true, Tier::Premium) => &all.tiers[2],
        };
        let ask = Ask { key: key(kind, site, caller, address), quota: allowance.quota, cost: 1 };
        let left = |remaining, ns: u64| Left {
            limit: allowance.limit.clone(),
            policy: allowance.policy.clone(),
            remaining,
            reset_s: ns.div_ceil(1_000_000_000),
        };
        match self.limiter.check(now_ns, ask) {
            Verdict::Allowed { remaining, reset_after_ns, .. } => (left(remaining, reset_after_ns), Ok(())),
            Verdict::Refused { retry_after_ns } => {
                let left = left(0, retry_after_ns);
                let refusal = refusal(left.reset_s);
                (left, Err(refusal))
            }
        }
    }
}

fn refusal(wait_s: u64) -> Refusal {
    let message = "Too many requests. Wait as long as Retry-After says.";
    Refusal::new(RefusalKind::TooMany, "too_many_requests", message)
        .retry_after(u32::try_from(wait_s.max(1)).unwrap_or(u32::MAX))
}

fn key(base: u32, site: &Site, caller: Option<&Caller>, address: IpAddr) -> Key {
    let (kind, id) = match caller.map(|caller| caller.actor) {
        Some(actor @ (Actor::Person(_) | Actor::Key(_))) => (KEY_ACTOR, actor.to_raw() as u64),
        _ => place(address),
    };
    Key::other(base + kind, scope(site), id)
}

/// Within one tenant: its tier is not for the guests of another.
fn scope(site: &Site) -> u32 {
    let tenant = site.tenant.raw() as u64;
    (tenant ^ tenant >> 32) as u32
}

fn place(address: IpAddr) -> (u32, u64) {
    match address {
        IpAddr::V4(v4) => (KEY_V4, v4.to_bits().into()),
        // One household has all the addresses of its network.
        IpAddr::V6(v6) => (KEY_V6, (v6.to_bits() >> 64) as u64),
    }
}

impl Left {
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, self.limit);
        headers.insert(POLICY, self.policy);
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset_s));
    }
}
