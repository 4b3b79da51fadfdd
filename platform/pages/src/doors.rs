//! Pages do nothing by themselves: each reads and changes through the same endpoints that programs
//! use, called within the process. So there is one way to do a thing, and one set of rules for it.

use std::collections::HashMap;

use kernel::{Id, Provider, Refusal};
use serde::de::DeserializeOwned;
use serde_json::Value;
use web::{Call, Endpoint, May, Raw, Reply};

use crate::address::encoded;

/// The endpoints that pages may go through, by name.
pub struct Doors(HashMap<String, Endpoint>);

/// What is asked at a door.
#[derive(Debug, Default)]
pub struct Ask {
    path: Vec<(String, String)>,
    query: String,
    body: Option<Value>,
}

impl Ask {
    pub fn new() -> Self {
        Self::default()
    }

    /// Of one thing.
    pub fn of(id: impl ToString) -> Self {
        Self::new().path("id", id)
    }

    pub fn path(mut self, name: &str, value: impl ToString) -> Self {
        self.path.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            let mark = if self.query.is_empty() { "" } else { "&" };
            self.query += &format!("{mark}{name}={}", encoded(&value));
        }
        self
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl Doors {
    pub fn new(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        Self(endpoints.into_iter().map(|endpoint| (endpoint.operation(), endpoint)).collect())
    }

    /// Whether there is such an endpoint here.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// As whoever calls; what they may not do there they may not do here. The key of a form goes with it.
    pub async fn go(&self, name: &str, call: Call, ask: Ask) -> Result<Reply, Refusal> {
        let endpoint = self.0.get(name).ok_or_else(Refusal::not_found)?;
        let provider = ask.path.iter().find(|(name, _)| name == "provider").map(|(_, id)| &**id);
        check(endpoint, &call, provider)?;
        let path = ask.path.into_iter().filter(|(name, _)| takes(endpoint, name)).collect();
        let body = ask.body.map(|body| body.to_string().into()).unwrap_or_default();
        endpoint.call(call, Raw { path, query: ask.query, body, ..Raw::default() }).await
    }

    pub async fn read<T: DeserializeOwned>(&self, name: &str, call: &Call, ask: Ask) -> Result<T, Refusal> {
        told(&self.go(name, again(call), ask).await?)
    }

    /// The same, where there may be no such endpoint.
    pub async fn read_if<T: DeserializeOwned>(
        &self,
        name: &str,
        call: &Call,
        ask: Ask,
    ) -> Result<Option<T>, Refusal> {
        if self.has(name) { self.read(name, call, ask).await.map(Some) } else { Ok(None) }
    }
}

fn takes(endpoint: &Endpoint, name: &str) -> bool {
    endpoint.path.contains(&format!("{{{name}}}"))
}

/// What an answer says, as the page needs it.
pub fn told<T: DeserializeOwned>(reply: &Reply) -> Result<T, Refusal> {
    serde_json::from_slice(&reply.body).map_err(|error| {
        tracing::error!(%error, "a page does not understand an answer of its own endpoint");
        Refusal::unavailable("answer_broken", "The answer could not be read.", 60)
    })
}

/// The same caller asks for something more.
pub fn again(call: &Call) -> Call {
    let (site, caller) = (call.site.clone(), call.caller.clone());
    Call::new(site, caller, call.address, call.base.clone(), call.world.clone())
}

/// The edge asks this of the page; the page asks it of what it goes through, so that a page that was
/// opened too wide by mistake opens nothing behind it.
fn check(endpoint: &Endpoint, call: &Call, provider: Option<&str>) -> Result<(), Refusal> {
    if endpoint.may != May::Anyone && !call.caller.is_known() {
        return Err(Refusal::unauthenticated());
    }
    let is_scoped = endpoint.scope.is_none_or(|scope| call.caller.has_scope(scope));
    let market = call.site.market_id;
    match endpoint.may {
        May::Anyone => Ok(()),
        _ if !is_scoped => Err(Refusal::forbidden()),
        May::Known => Ok(()),
        May::Role(role) if call.caller.is(role, market) => Ok(()),
        May::Role(_) => Err(Refusal::forbidden()),
        May::Provider(role) => {
            let provider: Option<Id<Provider>> = provider.and_then(|id| id.parse().ok());
            let is_theirs = provider.is_some_and(|id| call.caller.is_for(role, market, id));
            if is_theirs { Ok(()) } else { Err(Refusal::not_found()) }
        }
    }
}
