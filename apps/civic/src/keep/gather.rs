//! What is ready to be archived, read from the tables.

use kernel::jiff::Timestamp;
use kernel::values;
use store::{Market, Query, Rows, StoreError};

use super::model::{Family, From, Happened, Kept, Tied};
use super::{decide, line, pack::Packed, repo};
use crate::limits;
use crate::request::model::Request;

/// Some families, packed.
pub struct Batch {
    pub families: Vec<Family>,
    pub packed: Packed,
    /// Where to go on; nothing when this was the end.
    pub next: Option<From>,
}

impl Batch {
    pub fn requests(&self) -> usize {
        self.packed.spans.len()
    }
}

/// The next that are ready, within what one object and one commit may hold.
pub async fn batch(market: &Market, from: From, before: Timestamp) -> Result<Batch, StoreError> {
    let page = repo::old(market, from, before, limits::ARCHIVE_BATCH).await?;
    let mut next = page.last().filter(|_| page.len() == limits::ARCHIVE_BATCH).map(place);
    let mut batch = Batch { families: Vec::new(), packed: Packed::default(), next: None };
    let mut last = from;
    'page: for some in page.chunks(limits::GATHERED_AT_ONCE) {
        for family in families(market, some).await? {
            let Some(root) = family.0.first() else { continue };
            let at = place(&root.request);
            if decide::is_ready(&family) {
                let full = batch.requests() + family.0.len() > limits::ARCHIVE_REQUESTS_MAX
                    || batch.packed.bytes.len() > limits::ARCHIVE_BYTES_MAX;
                if full && !batch.families.is_empty() {
                    next = Some(last);
                    break 'page;
                }
                add(&mut batch, family)?;
            }
            last = at;
        }
    }
    Ok(Batch { next, ..batch })
}

/// A family goes whole, or, where one of it would not be read back, not at all.
fn add(batch: &mut Batch, family: Family) -> Result<(), StoreError> {
    let impersonal = |kept: &Kept| Kept { request: decide::impersonal(&kept.request), ..kept.clone() };
    let lines: Vec<Vec<u8>> = family.0.iter().map(|kept| line::write(&impersonal(kept))).collect();
    if lines.iter().any(|line| line.len() > limits::ARCHIVED_LINE_BYTES_MAX) {
        return Ok(());
    }
    for line in &lines {
        batch.packed.add(line).map_err(|error| StoreError::Bug(error.to_string()))?;
    }
    batch.families.push(family);
    Ok(())
}

fn place(request: &Request) -> From {
    (request.closed.map_or(i64::MAX, Timestamp::as_microsecond), request.id.raw())
}

/// Each request first, whatever is merged into it after it.
async fn families(market: &Market, roots: &[Request]) -> Result<Vec<Family>, StoreError> {
    let merged =
        |root: &Request| Query { sql: repo::FAMILY, params: values![root.id, limits::MERGED_MAX as i64 + 1] };
    let merged = market.snapshot(roots.iter().map(merged).collect()).await?;
    let mut families = Vec::with_capacity(roots.len());
    for (root, merged) in roots.iter().zip(&merged) {
        let members: Vec<Request> = std::iter::once(root.clone()).chain(merged.list()?).collect();
        families.push(members);
    }
    let members = families.iter().flatten();
    let queries = members.flat_map(|it| {
        let entries = limits::HISTORY_MAX as i64 + 1;
        [
            Query { sql: repo::HISTORY, params: values![it.id, entries] },
            Query { sql: repo::TIE, params: values![it.id] },
        ]
    });
    let rows = market.snapshot(queries.collect()).await?;
    let mut rows = rows.chunks(2);
    let mut found = Vec::with_capacity(families.len());
    for members in families {
        let whole: Result<Vec<Kept>, StoreError> =
            members.into_iter().map(|request| kept(request, rows.next())).collect();
        found.push(Family(whole?));
    }
    Ok(found)
}

fn kept(request: Request, rows: Option<&[Rows]>) -> Result<Kept, StoreError> {
    let Some([history, tie]) = rows else {
        return Err(StoreError::Bug("a snapshot has fewer answers than questions".into()));
    };
    Ok(Kept { request, history: history.list::<Happened>()?, tie: tie.one::<Tied>()? })
}
