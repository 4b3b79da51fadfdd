//! One act on many requests. Each is decided by itself, as if it came alone; whatever is not refused is
//! committed together, with the answer that is kept for a repeated key. One commit, because a program
//! that dies between two of them could not know, when the same call comes again, which notes it had
//! already written down. The price: when somebody else changes one of them at the same instant, all are
//! decided anew.
//!
//! Ties touch the rows of requests that are not named, so they are made one by one.

use kernel::{Ctx, Decision, Refusal};
use schemars::JsonSchema;
use serde::Serialize;

use super::decide::{self, Known};
use super::model::{Act, By};
use crate::request::model::{Request, RequestId};
use crate::request::state::Deadline;

/// What became of one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcome {
    pub id: RequestId,
    pub done: bool,
    /// Why not, for programs and for people.
    pub code: Option<&'static str>,
    pub message: Option<String>,
    /// Its version now, where it was done.
    pub version: Option<i64>,
}

impl Outcome {
    fn refused(id: RequestId, refusal: &Refusal) -> Self {
        let message = refusal
            .faults()
            .first()
            .map_or_else(|| refusal.message().to_owned(), |it| it.message.to_string());
        Self { id, done: false, code: Some(refusal.code()), message: Some(message), version: None }
    }
}

/// One decision for all of them; `loaded` has what was found of each, in the order in which they were named.
pub fn all(
    act: &Act,
    loaded: &[(RequestId, Option<(Request, Known)>)],
    by: &By,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> (Decision, Vec<Outcome>) {
    let mut outcomes = Vec::with_capacity(loaded.len());
    let mut decisions = Vec::with_capacity(loaded.len());
    for (id, found) in loaded {
        let decided = match found {
            None => Err(Refusal::not_found()),
            Some((request, known)) => decide::act(request, act, None, known, by, deadline, ctx),
        };
        match decided {
            Ok((decision, after)) => {
                decisions.push((*id, decision));
                outcomes.push(Outcome {
                    id: *id,
                    done: true,
                    code: None,
                    message: None,
                    version: Some(after.version),
                });
            }
            Err(refusal) => outcomes.push(Outcome::refused(*id, &refusal)),
        }
    }
    // Rows in the order of their ids, as every decision that touches several.
    decisions.sort_by_key(|(id, _)| *id);
    let whole = decisions.into_iter().fold(Decision::nothing(), |whole, (_, it)| whole.and(it));
    (whole, outcomes)
}
