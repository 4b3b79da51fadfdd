//! How somebody shows that a request is theirs: by being signed in, or with the secret they were given.

use kernel::{Fault, Refusal};
use web::Call;

use super::keys::{About, Who};
use super::model::Follower;
use super::repo;
use crate::civic::Civic;
use crate::request::model::{Request, RequestId};
use crate::request::{decide, repo as requests};

/// What somebody has to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    pub who: Who,
    pub is_reporter: bool,
    pub row: Option<Follower>,
}

/// The request, hidden or not, and what the caller has to do with it. Whoever has nothing to do with
/// it, or shows the secret of another one, finds nothing.
pub async fn find(
    civic: &Civic,
    call: &Call,
    id: RequestId,
    secret: Option<&str>,
) -> Result<(Request, Mine), Refusal> {
    let about = About { market: call.site.market_id, request: id };
    let request = requests::one(call.market(), id).await?.ok_or_else(Refusal::not_found)?;
    let who = match (secret, call.caller.person()) {
        (Some(secret), _) => civic.keys.read(about, secret).ok_or_else(Refusal::not_found)?,
        (None, Some(person)) => civic.keys.person(about, person),
        (None, None) if request.hidden => return Err(Refusal::not_found()),
        (None, None) => {
            let message = "Sign in, or give the secret that came with the report.";
            return Err(Refusal::invalid(vec![Fault::new("/secret", "missing", message)]));
        }
    };
    let row = repo::one(call.market(), id, who).await?;
    let is_reporter = row.as_ref().is_some_and(|row| row.reporter)
        || who == decide::reporter(&civic.keys, about.market, &request);
    if !is_reporter && row.is_none() {
        return Err(Refusal::not_found());
    }
    Ok((request, Mine { who, is_reporter, row }))
}
