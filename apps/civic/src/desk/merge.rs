//! Duplicates. A request that repeats another one is closed and tied to it, nothing is deleted. Every
//! tie names the request it was made to; every merged request names the root of its chain, so that one
//! look finds it. When a tie is undone, what was merged into that request before goes with it.
//!
//! Two merges that meet each touch the rows of all they speak of by version, so that the second one is
//! decided anew from how things stand after the first.

use std::collections::BTreeSet;

use kernel::{Change, Ctx, Decision, Refusal};

use super::model::{By, Tie};
use super::record::{self, Note};
use super::repo;
use crate::limits;
use crate::request::event::{MERGED, UNMERGED};
use crate::request::model::{Request, RequestId, Status};
use crate::request::state::{self, Deadline};

/// All that one tie may touch.
#[derive(Debug, Clone)]
pub struct Family {
    /// What it is merged into, or was.
    pub target: Request,
    /// The end of the chain: the target itself unless that is merged.
    pub root: Request,
    /// Whatever is merged into the root.
    pub beside: Vec<Request>,
    /// The ties of those.
    pub ties: Vec<Tie>,
    /// Whatever is merged into the request itself; nothing once it is merged.
    pub below: Vec<Request>,
}

/// From a request of a chain up to the root, the root left out.
fn path(from: RequestId, root: RequestId, ties: &[Tie]) -> BTreeSet<RequestId> {
    let mut seen = BTreeSet::new();
    let mut at = from;
    while at != root && seen.insert(at) {
        match ties.iter().find(|tie| tie.request == at) {
            Some(tie) => at = tie.target,
            None => break,
        }
    }
    seen
}

/// All that was merged into a request, at first or second hand.
fn under(top: RequestId, ties: &[Tie]) -> BTreeSet<RequestId> {
    let mut found = BTreeSet::from([top]);
    loop {
        let before = found.len();
        found.extend(
            ties.iter().filter(|tie| found.contains(&tie.target)).map(|tie| tie.request).collect::<Vec<_>>(),
        );
        if found.len() == before {
            found.remove(&top);
            return found;
        }
    }
}

fn is_foreign(by: &By, requests: &[&[Request]]) -> bool {
    by.agency.is_some() && requests.iter().any(|some| some.iter().any(|it| it.agency != by.agency))
}

fn elsewhere() -> Refusal {
    let message = "Requests of another agency are tied to this one. The market's own staff can change that.";
    Refusal::conflict("merged_elsewhere", message)
}

/// Rows are written in the order of their ids by everyone, so that no two decisions wait for each other.
fn in_order(mut rows: Vec<(RequestId, Change)>) -> impl Iterator<Item = Change> {
    rows.sort_by_key(|(id, _)| *id);
    rows.into_iter().map(|(_, change)| change)
}

/// So many more, or fewer, say "me too".
fn counting(it: &Request, more: i64, ctx: &Ctx<'_>) -> (RequestId, Change) {
    let after = record::next(Request { seconds: it.seconds + more, ..it.clone() }, ctx);
    (it.id, repo::save(it, &after))
}

pub fn merge(
    request: &Request,
    family: &Family,
    by: &By,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    let Family { target, root, beside, ties, below } = family;
    if request.merged.is_some() {
        return Err(Refusal::conflict("merged_already", "It is merged already. Part it first."));
    }
    if root.id == request.id {
        return Err(Refusal::conflict("own_duplicate", "A request is not a duplicate of itself."));
    }
    let upward = path(target.id, root.id, ties);
    let ways: Vec<Request> = beside.iter().filter(|it| upward.contains(&it.id)).cloned().collect();
    if is_foreign(by, &[std::slice::from_ref(root), below, &ways]) {
        return Err(elsewhere());
    }
    if beside.len() + below.len() + 1 > limits::MERGED_MAX {
        return Err(Refusal::conflict("too_many_merged", "As many as may be are merged into it already."));
    }
    let counted = 1 + request.seconds;
    let closed = if request.status.is_over() {
        request.clone()
    } else {
        state::moved(request, Status::Closed, ctx.now, deadline)
    };
    let after = record::next(Request { merged: Some(root.id), ..closed }, ctx);
    let tie = Tie {
        request: request.id,
        target: target.id,
        counted,
        status: request.status,
        due: request.due,
        left_min: request.left_min,
        closed: request.closed,
    };
    let mut rows = vec![(request.id, repo::save_counted(request, &after)), counting(root, counted, ctx)];
    rows.extend(ways.iter().map(|it| counting(it, counted, ctx)));
    let moved = record_moved(below, root.id, by, ctx);
    rows.extend(moved.0);
    let note = Note::of(MERGED, "merge").said(None).other(root.id);
    let decision = Decision::nothing()
        .changes(in_order(rows))
        .change(repo::add_tie(&tie, ctx.now))
        .changes(upward.iter().map(|id| repo::count_tie(*id, counted)));
    Ok((decision.and(record::tell(request, &after, note, by, ctx)).and(moved.1), after))
}

/// Those whose chain ends elsewhere now.
fn record_moved(
    requests: &[Request],
    root: RequestId,
    by: &By,
    ctx: &Ctx<'_>,
) -> (Vec<(RequestId, Change)>, Decision) {
    let (mut rows, mut told) = (Vec::new(), Decision::nothing());
    for it in requests {
        let after = record::next(Request { merged: Some(root), ..it.clone() }, ctx);
        let note = Note::of(MERGED, "merge").other(root);
        told = told.and(record::tell(it, &after, note, by, ctx));
        rows.push((it.id, repo::save(it, &after)));
    }
    (rows, told)
}

pub fn unmerge(
    request: &Request,
    family: &Family,
    by: &By,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    let Family { root, beside, ties, .. } = family;
    let Some(tie) = ties.iter().find(|tie| tie.request == request.id) else {
        return Err(Refusal::conflict("not_merged", "It is not merged into another one."));
    };
    let (upward, below) = (path(tie.target, root.id, ties), under(request.id, ties));
    let of = |ids: &BTreeSet<RequestId>| -> Vec<Request> {
        beside.iter().filter(|it| ids.contains(&it.id)).cloned().collect()
    };
    let (ways, below) = (of(&upward), of(&below));
    if is_foreign(by, &[std::slice::from_ref(root), &below, &ways]) {
        return Err(elsewhere());
    }
    let restored = Request {
        merged: None,
        status: tie.status,
        due: tie.due,
        left_min: tie.left_min,
        closed: tie.closed,
        ..request.clone()
    };
    let after = record::next(restored, ctx);
    let mut rows = vec![(request.id, repo::save(request, &after)), counting(root, -tie.counted, ctx)];
    rows.extend(ways.iter().map(|it| counting(it, -tie.counted, ctx)));
    let moved = record_moved(&below, request.id, by, ctx);
    rows.extend(moved.0);
    let note = Note::of(UNMERGED, "unmerge").said(None).other(root.id);
    let decision = Decision::nothing()
        .changes(in_order(rows))
        .change(repo::take_tie(request.id))
        .changes(upward.iter().map(|id| repo::count_tie(*id, -tie.counted)));
    Ok((decision.and(record::tell(request, &after, note, by, ctx)).and(moved.1), after))
}
