use std::sync::Arc;

use http::StatusCode;
use kernel::jiff::Timestamp;
use kernel::{Decision, Fault, Id, Refusal, id_kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Market;
use web::{Answer, Bare, Call, Endpoint, May, Octets, Page, PageQuery, Path, Query, Role, get};

use super::compare::compare;
use super::model::{Finding, Kind, Ours, Theirs};
use super::repo::{self, Placed, Run};
use super::statement::{self, BadStatement, Columns};
use crate::payment::limits::{DIFFERENCES_MAX, STATEMENT_BYTES_MAX, STATEMENT_DAYS_MAX};
use crate::payment::model::PaymentId;
use crate::payment::payments::Payments;

/// What an API key needs to compare statements.
pub const SCOPE: &str = "reconciliations";

id_kind!(
    /// One statement compared with what was kept.
    Compared = "rec",
);

pub fn endpoints(payments: &Arc<Payments>) -> Vec<Endpoint> {
    let manager = |endpoint: Endpoint| endpoint.may(May::Role(Role::Manager)).scope(SCOPE);
    vec![
        manager(
            web::with!(payments, post "/v1/reconciliations" => reconcile(query: Query<Period>, body: Octets)),
        )
        .says(
            "Compares a gateway's statement, a file of comma-separated values, with what was kept. The \
                 same file again gives the same result.",
        )
        .answers(StatusCode::CREATED)
        .body_bytes_max(STATEMENT_BYTES_MAX),
        manager(get("/v1/reconciliations", list_reconciliations))
            .says("Lists statements that were compared, newest first."),
        manager(get("/v1/reconciliations/{id}", get_reconciliation))
            .says("Reads what one comparison came to."),
        manager(get("/v1/reconciliations/{id}/rows", list_differences))
            .says("Lists the differences of one comparison, each with its meaning and what to do."),
        manager(get("/v1/reconciliations/{id}/rows.csv", differences_csv))
            .says("The same as a file of comma-separated values.")
            .produces(&["text/csv"]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Period {
    #[schemars(range(min = 1))]
    gateway: i64,
    /// The first moment of the statement.
    #[schemars(with = "String", extend("format" = "date-time"))]
    from: Timestamp,
    /// The first moment after it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    to: Timestamp,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct One {
    id: Id<Compared>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RunView {
    id: Id<Compared>,
    gateway: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    from: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    to: Timestamp,
    lines: i64,
    matched: i64,
    differences: i64,
    /// Lines that cannot be read.
    rejected: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

impl From<Run> for RunView {
    fn from(it: Run) -> Self {
        Self {
            id: Id::from_raw(it.id),
            gateway: it.gateway,
            from: it.begins,
            to: it.ends,
            lines: it.lines,
            matched: it.matched,
            differences: it.differences,
            rejected: it.rejected,
            at: it.at,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct RowView {
    kind: Kind,
    line: Option<i64>,
    payment: Option<PaymentId>,
    reference: String,
    ours: Option<i64>,
    theirs: Option<i64>,
    explanation: String,
    action: &'static str,
}

impl From<Placed> for RowView {
    fn from(Placed(_, it): Placed) -> Self {
        Self {
            kind: it.kind,
            line: it.line,
            payment: it.payment.map(Id::from_raw),
            explanation: format!("{} {}", it.kind.explanation(), it.said).trim_end().to_owned(),
            reference: it.reference,
            ours: it.ours,
            theirs: it.theirs,
            action: it.kind.action(),
        }
    }
}

fn checked(period: &Period) -> Result<(), Refusal> {
    let days = period.to.duration_since(period.from).as_hours() / 24;
    if period.to <= period.from || days > STATEMENT_DAYS_MAX {
        let message = format!("A statement covers 1 to {STATEMENT_DAYS_MAX} days.");
        return Err(Refusal::invalid(vec![Fault::new("?to", "out_of_range", message)]));
    }
    Ok(())
}

fn bad(error: BadStatement) -> Refusal {
    Refusal::invalid(vec![Fault::new("", "bad_statement", format!("The statement cannot be read: {error}."))])
}

async fn reconcile(
    payments: &Arc<Payments>,
    call: Call,
    Query(period): Query<Period>,
    Octets(file): Octets,
) -> Result<Answer<RunView>, Refusal> {
    checked(&period)?;
    let opened = payments.account(call.market(), period.gateway).await?.ok_or_else(Refusal::not_found)?;
    let columns = statement::columns_of(&opened.account.adapter).ok_or_else(|| {
        Refusal::conflict("no_statement", "Statements of this kind of gateway cannot be read.")
    })?;
    let (hash, currency) = (*blake3::hash(&file).as_bytes(), opened.account.currency);
    call.change(|| async {
        let (market, span) = (call.market(), (period.from, period.to));
        if let Some(run) = repo::same(market, period.gateway, hash, span).await? {
            return Ok((Decision::nothing(), created(&call, run)?));
        }
        let (lines, findings) = read_and_compare(market, columns, currency, &period, &file).await?;
        let differences: Vec<&Finding> = findings.iter().filter(|it| it.kind != Kind::Matched).collect();
        if differences.len() > DIFFERENCES_MAX {
            let message =
                "Next to nothing of it is known here: it is another account's, or of another period.";
            return Err(Refusal::conflict("wrong_statement", message));
        }
        let rejected = differences.iter().filter(|it| it.kind == Kind::Unreadable).count();
        let run = Run {
            id: call.world.ids.next(),
            gateway: period.gateway,
            begins: period.from,
            ends: period.to,
            lines,
            matched: (findings.len() - differences.len()) as i64,
            differences: (differences.len() - rejected) as i64,
            rejected: rejected as i64,
            at: call.now,
        };
        let rows =
            (1..).zip(differences).map(|(place, it)| repo::add_row(call.world.ids.next(), run.id, place, it));
        let add = repo::add(&run, hash, call.caller.actor.to_raw());
        Ok((Decision::nothing().change(add).changes(rows), created(&call, run)?))
    })
    .await
}

fn created(call: &Call, run: Run) -> Result<Answer<RunView>, Refusal> {
    let view = RunView::from(run);
    Answer::created(format!("{}/v1/reconciliations/{}", call.base, view.id), &view)
}

/// How many lines there are, and what came of each.
async fn read_and_compare(
    market: &Market,
    columns: &Columns,
    currency: kernel::Currency,
    period: &Period,
    file: &[u8],
) -> Result<(i64, Vec<Finding>), Refusal> {
    let (lines, rejected) = statement::read(columns, currency, file).map_err(bad)?;
    let mut ours = repo::kept(market, period.gateway, (period.from, period.to)).await?.ok_or_else(|| {
        Refusal::conflict("too_many_payments", "There are too many payments in this time: send it in parts.")
    })?;
    let looked_up = others(&ours, &lines);
    ours.extend(repo::named(market, period.gateway, &looked_up).await?);
    let unreadable = rejected.iter().map(|it| Finding {
        kind: Kind::Unreadable,
        line: Some(it.line),
        payment: None,
        reference: it.reference.clone(),
        ours: None,
        theirs: None,
        said: it.why.clone(),
    });
    let count = (lines.len() + rejected.len()) as i64;
    Ok((count, compare(&ours, &lines).into_iter().chain(unreadable).collect()))
}

/// What lines name that is not of the period.
fn others<'a>(ours: &[Ours], lines: &'a [Theirs]) -> Vec<&'a str> {
    let known: std::collections::HashSet<&str> = ours.iter().map(|it| it.reference.as_str()).collect();
    let mut names: Vec<&str> = lines.iter().map(|it| it.reference.as_str()).collect();
    names.retain(|name| !known.contains(name));
    names.sort_unstable();
    names.dedup();
    names
}

#[derive(Debug, Deserialize, JsonSchema)]
struct List {
    #[serde(flatten)]
    page: PageQuery,
}

async fn list_reconciliations(
    call: Call,
    Query(list): Query<List>,
) -> Result<Answer<Page<RunView>>, Refusal> {
    let limit = list.page.limit();
    let [before] = list.page.from([i64::MAX])?;
    let rows = repo::page(call.market(), before, limit).await?;
    Answer::ok(&Page::of(rows, limit, |run: &Run| [run.id]))
}

async fn found(call: &Call, which: &One) -> Result<Run, Refusal> {
    repo::one(call.market(), which.id.raw()).await?.ok_or_else(Refusal::not_found)
}

async fn get_reconciliation(call: Call, Path(which): Path<One>) -> Result<Answer<RunView>, Refusal> {
    Answer::ok(&found(&call, &which).await?.into())
}

async fn list_differences(
    call: Call,
    Path(which): Path<One>,
    Query(list): Query<List>,
) -> Result<Answer<Page<RowView>>, Refusal> {
    let run = found(&call, &which).await?;
    let limit = list.page.limit();
    let [after] = list.page.from([0])?;
    let rows = repo::rows(call.market(), run.id, after, i64::from(limit) + 1).await?;
    Answer::ok(&Page::of(rows, limit, |row: &Placed| [row.0]))
}

async fn differences_csv(call: Call, Path(which): Path<One>) -> Result<Answer<Bare>, Refusal> {
    let run = found(&call, &which).await?;
    let rows = repo::rows(call.market(), run.id, 0, DIFFERENCES_MAX as i64).await?;
    let broken = || Refusal::unavailable("answer_broken", "The answer could not be written.", 60);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["kind", "line", "payment", "reference", "ours", "theirs", "explanation", "action"];
    writer.write_record(head).map_err(|_| broken())?;
    for row in rows.into_iter().map(RowView::from) {
        let number = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
        let payment = row.payment.map_or_else(String::new, |id| id.to_string());
        let record = [
            row.kind.name(),
            &number(row.line),
            &payment,
            &plain(&row.reference),
            &number(row.ours),
            &number(row.theirs),
            &row.explanation,
            row.action,
        ];
        writer.write_record(record).map_err(|_| broken())?;
    }
    let bytes = writer.into_inner().map_err(|_| broken())?;
    Ok(Answer::bytes(StatusCode::OK, "text/csv; charset=utf-8", bytes))
}

/// What a spreadsheet would take for a formula is text to it.
fn plain(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
