//! One-time codes: six digits that a person reads off their own phone or mailbox.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::{Code, CodeRow};

use kernel::{Decision, Id, Refusal, values};
use store::Stamp;
use subtle::ConstantTimeEq;
use web::Call;

use crate::identity::Identity;
use crate::limits;
use crate::session::sign_in::wrong;

/// The code, if these are its digits. The guess is counted before it is looked at, so that guesses
/// made at once are all counted.
pub(crate) async fn guess(
    identity: &Identity,
    call: &Call,
    id: Id<Code>,
    digits: &str,
) -> Result<CodeRow, Refusal> {
    let home = call.home();
    let count = repo::GUESS.with(values![id, call.now, limits::CODE_TRIES_MAX]).or_refuse(wrong());
    home.commit(Stamp::from(&call.ctx()), Decision::nothing().change(count)).await?;
    let code: CodeRow = home.one(repo::ONE, values![id]).await?.ok_or_else(wrong)?;
    let expected = identity.master.digits(home.place().id.raw(), id.raw());
    let same: bool = expected.as_bytes().ct_eq(digits.as_bytes()).into();
    same.then_some(code).ok_or_else(wrong)
}
