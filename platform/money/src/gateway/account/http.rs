use std::sync::Arc;

use guard::BreakerState;
use kernel::text::{self, Lines};
use kernel::{Currency, Decision, Fault, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, Role};

use super::model::Account;
use super::repo;
use crate::gateway::adapter::Secrets;
use crate::gateway::health::View;
use crate::payment::limits::{GATEWAYS_MAX, SECRET_LETTERS_MAX};
use crate::payment::model::Method;
use crate::payment::payments::{Payments, who};

/// What an API key needs to set gateways.
pub const SCOPE: &str = "gateways";

pub fn endpoints(payments: &Arc<Payments>) -> Vec<Endpoint> {
    vec![
        web::with!(payments, get "/v1/gateways" => list_gateways())
            .says("Lists a market's gateways with how each does, as this process sees it.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
        web::with!(payments, put "/v1/gateways/{number}" => set_gateway(which: Path<Number>, body: Body<AccountText>))
            .says("Sets an account at a gateway. Its secrets are kept sealed and never shown.")
            .may(May::Role(Role::Owner))
            .scope(SCOPE),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Number {
    #[schemars(range(min = 1, max = 1_000_000))]
    number: i64,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccountText {
    /// The kind of gateway, such as `chapa` or `simulated`.
    #[schemars(length(min = 1, max = 40))]
    adapter: String,
    #[schemars(length(min = 1, max = 120))]
    name: String,
    method: Method,
    currency: Currency,
    /// Up to, and without, the path of a call. The simulated gateway needs none.
    #[schemars(length(max = 500))]
    #[serde(default)]
    url: String,
    /// By name. Left out, those that were set before stay.
    #[schemars(extend("maxProperties" = 20))]
    secrets: Option<Secrets>,
    /// What a payment costs, in minor units, and in hundredths of a percent.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    #[serde(default)]
    fixed: i64,
    #[schemars(range(min = 0, max = 10_000))]
    #[serde(default)]
    basis_points: i64,
    #[serde(default = "yes")]
    enabled: bool,
    /// Among equals the lowest is taken.
    #[schemars(range(min = -1_000, max = 1_000))]
    #[serde(default)]
    priority: i64,
    /// The largest payment it takes, in minor units.
    #[schemars(range(min = 1))]
    amount_max: Option<i64>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Serialize, JsonSchema)]
struct AccountView {
    number: i64,
    adapter: String,
    name: String,
    method: Method,
    currency: Currency,
    url: String,
    fixed: i64,
    basis_points: i64,
    enabled: bool,
    priority: i64,
    amount_max: Option<i64>,
    health: HealthView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HealthView {
    /// Whether it is called: `closed` is well, `open` is left alone, `half_open` is tried again.
    breaker: &'static str,
    /// Of a thousand payments, lately.
    success_per_mille: i64,
    /// Callbacks that were not signed as they must be.
    forged_callbacks: u64,
}

impl From<View> for HealthView {
    fn from(view: View) -> Self {
        let breaker = match view.breaker {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
        };
        Self { breaker, success_per_mille: view.counters.per_mille(), forged_callbacks: view.forged }
    }
}

fn view(account: &Account, health: View) -> AccountView {
    AccountView {
        number: account.number,
        adapter: account.adapter.clone(),
        name: account.name.clone(),
        method: account.method,
        currency: account.currency,
        url: account.url.clone(),
        fixed: account.fixed,
        basis_points: account.basis_points,
        enabled: account.enabled,
        priority: account.priority,
        amount_max: account.amount_max,
        health: health.into(),
    }
}

#[derive(Serialize, JsonSchema)]
struct Gateways {
    items: Vec<AccountView>,
    /// The kinds of gateway that there are.
    adapters: Vec<&'static str>,
}

async fn list_gateways(payments: &Arc<Payments>, call: Call) -> Result<Answer<Gateways>, Refusal> {
    let (market, now_ns) = (call.market(), payments.now_ns());
    let accounts = repo::all(market).await?;
    let health = |account: &Account| payments.health.view(who(market, account.number), now_ns);
    let items = accounts.iter().map(|account| view(account, health(account))).collect();
    Answer::ok(&Gateways { items, adapters: payments.adapters.names().collect() })
}

async fn set_gateway(
    payments: &Arc<Payments>,
    call: Call,
    Path(which): Path<Number>,
    Body(wanted): Body<AccountText>,
) -> Result<Answer<AccountView>, Refusal> {
    let faults = faults(payments, &wanted);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    call.change(|| async {
        let market = call.market();
        let known = repo::all(market).await?;
        let before = known.iter().find(|account| account.number == which.number);
        if before.is_none() && known.len() as i64 >= GATEWAYS_MAX {
            return Err(Refusal::conflict("too_many_gateways", "A market has no more gateways than this."));
        }
        let secrets = match (&wanted.secrets, before) {
            (Some(secrets), _) => payments.seal(market, which.number, secrets),
            (None, Some(before)) if before.adapter == wanted.adapter => before.secrets.clone(),
            (None, _) => {
                let fault = Fault::new("/secrets", "missing", "Say what the gateway is called with.");
                return Err(Refusal::invalid(vec![fault]));
            }
        };
        let account = Account {
            number: which.number,
            adapter: wanted.adapter.clone(),
            name: wanted.name.trim().to_owned(),
            method: wanted.method,
            currency: wanted.currency,
            url: wanted.url.trim_end_matches('/').to_owned(),
            secrets,
            fixed: wanted.fixed,
            basis_points: wanted.basis_points,
            enabled: wanted.enabled,
            priority: wanted.priority,
            amount_max: wanted.amount_max,
            version: before.map_or(1, |before| before.version),
            at: call.now,
        };
        let health = payments.health.view(who(market, which.number), payments.now_ns());
        let decision = Decision::nothing().change(repo::put(&account, before.is_none()));
        Ok((decision, Answer::ok(&view(&account, health))?))
    })
    .await
}

fn faults(payments: &Payments, wanted: &AccountText) -> Vec<Fault> {
    let mut faults: Vec<Fault> = text::fault("/name", &wanted.name, Lines::One).into_iter().collect();
    let Some(adapter) = payments.adapters.get(&wanted.adapter) else {
        let known: Vec<&str> = payments.adapters.names().collect();
        let message = format!("There is no such kind of gateway; there are {}.", known.join(", "));
        faults.push(Fault::new("/adapter", "unknown", message));
        return faults;
    };
    if !adapter.methods().contains(&wanted.method) {
        faults.push(Fault::new("/method", "not_offered", "This kind of gateway does not take this method."));
    }
    let currencies = adapter.currencies();
    if !currencies.is_empty() && !currencies.contains(&wanted.currency) {
        faults.push(Fault::new(
            "/currency",
            "not_offered",
            "This kind of gateway does not take this currency.",
        ));
    }
    if wanted.adapter != crate::gateway::simulated::NAME
        && let Err(error) = payments.outward.check(&wanted.url)
    {
        faults.push(Fault::new("/url", "not_callable", format!("Cannot be called: {error}.")));
    }
    for (name, value) in wanted.secrets.iter().flatten() {
        let field = format!("/secrets/{name}");
        if !adapter.secrets().contains(&name.as_str()) {
            faults.push(Fault::new(field, "unknown", "This kind of gateway has no such secret."));
        } else if value.is_empty() || value.len() > SECRET_LETTERS_MAX {
            faults.push(Fault::new(
                field,
                "out_of_range",
                format!("A secret has 1 to {SECRET_LETTERS_MAX} letters."),
            ));
        }
    }
    if let Some(secrets) = &wanted.secrets {
        let missing = adapter.secrets().iter().filter(|name| !secrets.contains_key(**name));
        faults.extend(missing.map(|name| {
            Fault::new(format!("/secrets/{name}"), "missing", "This kind of gateway is called with it.")
        }));
    }
    faults
}
