//! Reporting in four short steps, with nothing but forms: what, where, details, and whether somebody
//! reported it already. What was given before goes along in hidden fields and is held to the same
//! rules at every step, so that nothing is kept for those who never finish, and nothing is believed.
//!
//! ```text
//! draft.rs  what was given so far, from a form and into one
//! send.rs   tried without being done, and sent
//! steps.rs  which step comes next
//! show.rs   the four pages
//! ```

pub mod draft;
pub mod send;
mod show;
mod steps;

pub use steps::category;

use std::sync::Arc;

use kernel::Refusal;
use web::{Answer, Bare, Call, Fields, Head, Pairs};

use super::visit::Visit;
use super::{Pages, forms};
use draft::{Draft, Step};

pub async fn report(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::of(&call, &head, &pairs, "/report");
    let category = pairs.get("category").unwrap_or_default().to_owned();
    let mut draft = Draft { category, form: forms::fresh(&call), ..Draft::default() };
    let category = steps::category(pages, &call, &draft.category).await?;
    if category.is_none() {
        draft.category.clear();
    }
    let step = if category.is_some() { Step::Where } else { Step::What };
    show::step(pages, &call, &visit, step, &mut draft, Vec::new()).await
}

pub async fn report_step(
    pages: &Arc<Pages>,
    call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::sent(&call, &head, "/report");
    steps::take(pages, call, visit, &fields).await
}
