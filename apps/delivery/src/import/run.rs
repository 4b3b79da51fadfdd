//! One batch after another. A file that was cut short is imported again from its start: what is there
//! already is unchanged.

use std::collections::HashMap;
use std::io::{self, BufRead};

use kernel::{Ctx, Currency, Fault, Refusal};
use store::{CommitError, Market, Stamp};

use super::batch::{self, Outcome};
use super::columns::{Columns, Mapping};
use super::csv::Lines;
use super::line;
use super::model::{Draft, LineFault, Summary};
use crate::limits;
use crate::product::{Product, repo};
use crate::store::StoreId;

/// Whose products are imported, and how.
pub struct Import<'a> {
    pub market: &'a Market,
    pub store: StoreId,
    pub currency: Currency,
    pub ctx: &'a Ctx<'a>,
    pub mapping: &'a Mapping,
    /// Nothing is written.
    pub dry_run: bool,
}

/// Imports a file; `told` hears how far it is after each batch.
pub async fn import<R: BufRead + Send>(
    import: &Import<'_>,
    from: R,
    told: &mut (dyn FnMut(&Summary) + Send),
) -> Result<Summary, Refusal> {
    let mut lines = Lines::new(from).map_err(|error| unreadable(&error))?;
    let columns = match lines.next().map_err(|error| unreadable(&error))? {
        Some((_, heading)) => {
            let names: Vec<_> = heading.iter().map(String::from_utf8_lossy).collect();
            Columns::of(names.iter().map(AsRef::as_ref), import.mapping).map_err(Refusal::invalid)?
        }
        None => {
            return Err(Refusal::invalid(vec![Fault::new("", "empty", "There is nothing in this file.")]));
        }
    };
    let unused_columns = columns.unused.clone();
    let mut summary = Summary { dry_run: import.dry_run, unused_columns, ..Summary::default() };
    let mut others = u64::try_from(repo::how_many(import.market, import.store).await?).unwrap_or_default();
    let mut reader = Drafts { lines, columns, seen: HashMap::new(), is_over: false };
    loop {
        let drafts = reader.batch(import.currency, &mut summary);
        if !drafts.is_empty() {
            let outcome = import.write(&drafts, others).await?;
            others += outcome.added;
            summary.added += outcome.added;
            summary.changed += outcome.changed;
            summary.unchanged += outcome.unchanged;
            outcome.refused.into_iter().for_each(|faults| summary.refuse(faults));
        }
        // What was wrong with the cells of a batch is known before what was wrong with its products.
        summary.faults.sort_by_key(|fault| fault.line);
        told(&summary);
        if reader.is_over {
            return Ok(summary);
        }
    }
}

struct Drafts<R> {
    lines: Lines<R>,
    columns: Columns,
    /// The line of each number that has come.
    seen: HashMap<String, u64>,
    is_over: bool,
}

impl<R: BufRead> Drafts<R> {
    /// Some drafts more, each with a number of its own.
    fn batch(&mut self, currency: Currency, summary: &mut Summary) -> Vec<Draft> {
        let mut drafts = Vec::with_capacity(limits::IMPORT_BATCH);
        while drafts.len() < limits::IMPORT_BATCH && !self.is_over {
            match self.lines.next() {
                Ok(Some((number, record))) => {
                    summary.lines += 1;
                    match line::draft(number, record, &self.columns, currency) {
                        Ok(draft) => match self.first_of(&draft) {
                            Ok(()) => drafts.push(draft),
                            Err(fault) => summary.refuse([fault]),
                        },
                        Err(faults) => summary.refuse(faults),
                    }
                }
                Ok(None) => self.is_over = true,
                Err(error) => {
                    summary.refuse([LineFault::of_line(self.lines.line(), "unreadable", sentence(&error))]);
                    self.is_over = true;
                }
            }
            if self.seen.len() > limits::PRODUCTS_PER_STORE_MAX {
                let message = format!("A store has at most {} products.", limits::PRODUCTS_PER_STORE_MAX);
                summary.refuse([LineFault::of_line(self.lines.line(), "too_many_lines", message)]);
                self.is_over = true;
            }
        }
        drafts
    }

    fn first_of(&mut self, draft: &Draft) -> Result<(), LineFault> {
        match self.seen.get(&draft.sku) {
            Some(first) => {
                let message = format!("Line {first} has this number already.");
                Err(LineFault::of_line(draft.line, "repeated", message))
            }
            None => {
                self.seen.insert(draft.sku.clone(), draft.line);
                Ok(())
            }
        }
    }
}

impl Import<'_> {
    /// Decides on a batch and commits it; again, where somebody changes the same products.
    async fn write(&self, drafts: &[Draft], others: u64) -> Result<Outcome, Refusal> {
        let skus: Vec<&str> = drafts.iter().map(|draft| draft.sku.as_str()).collect();
        for _ in 0..limits::IMPORT_TRIES_MAX {
            let products = repo::by_skus(self.market, self.store, &skus).await?;
            let known: HashMap<&str, &Product> =
                products.iter().filter_map(|product| Some((product.sku.as_deref()?, product))).collect();
            let mut outcome = batch::decide(self.store, drafts, &known, others, self.ctx);
            if self.dry_run {
                return Ok(outcome);
            }
            let decision = std::mem::take(&mut outcome.decision);
            match self.market.commit(Stamp::from(self.ctx), decision).await {
                Ok(()) => return Ok(outcome),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Conflict.into())
    }
}

fn unreadable(error: &io::Error) -> Refusal {
    Refusal::invalid(vec![Fault::new("", "unreadable", sentence(error))])
}

fn sentence(error: &io::Error) -> String {
    format!("The file cannot be read on: {error}.")
}
