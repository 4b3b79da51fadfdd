use kernel::jiff::Timestamp;
use kernel::jiff::civil::Weekday;
use kernel::{Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get, put};

use super::model::{Payee, Policy, Run, RunId, Statement, Terms};
use super::statement::repo::of_run;
use super::statement::view::StatementView;
use super::verify::{self, Difference};
use super::{decide, repo};

/// What an API key needs to see how settlement goes.
pub const SCOPE: &str = "settlements";

pub fn endpoints() -> Vec<Endpoint> {
    let all = [
        get("/v1/settlements", settlement_list).says("Lists runs of settlement, newest first."),
        get("/v1/settlements/{run}/statements", settlement_statements)
            .says("Lists the statements of a run, as they were made."),
        get("/v1/settlement-check", settlement_check)
            .says("Compares statements with the ledger and names what differs; nothing if all is well."),
        get("/v1/settlement-policies/{payee}", settlement_policy_read)
            .says("Reads when and how merchants or riders are paid."),
        put("/v1/settlement-policies/{payee}", settlement_policy_set).says(
            "Sets when and how merchants or riders are paid; a run that began keeps to what it began with.",
        ),
    ];
    let refuses = [RefusalKind::NotFound, RefusalKind::Conflict];
    all.map(|it| it.may(May::Role(Role::Manager)).scope(SCOPE).refuses(refuses)).to_vec()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    run: RunId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Of {
    payee: Payee,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RunView {
    id: RunId,
    payee: Payee,
    /// All that was earned before.
    #[schemars(with = "String", extend("format" = "date-time"))]
    ends: Timestamp,
    is_done: bool,
    statements: i64,
    items: i64,
    /// Owners that wait for the next run.
    carried: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    changed: Timestamp,
}

impl From<Run> for RunView {
    fn from(it: Run) -> Self {
        Self {
            id: it.id,
            payee: it.payee,
            ends: it.cut,
            is_done: it.is_done,
            statements: it.statements,
            items: it.items,
            carried: it.carried,
            at: it.at,
            changed: it.changed,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    /// The day on which a period begins, Monday being 1; every day if none is said.
    #[schemars(range(min = 1, max = 7))]
    weekday: Option<i8>,
    /// Less than this waits, in minor units.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    minimum: i64,
    /// Kept back from merchants, in hundredths of a percent of what they earned, and for how many days.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_000))]
    reserve_bp: i64,
    #[serde(default)]
    #[schemars(range(min = 0, max = 365))]
    reserve_days: i64,
}

impl From<&Policy> for PolicyText {
    fn from(it: &Policy) -> Self {
        let Terms { minimum, reserve_bp, reserve_days } = it.terms;
        Self { weekday: it.weekday.map(Weekday::to_monday_one_offset), minimum, reserve_bp, reserve_days }
    }
}

async fn settlement_list(
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<RunView>>, Refusal> {
    let ([before], limit) = (page.from([i64::MAX])?, page.limit());
    let rows = repo::runs(call.market(), before, limit).await?;
    Answer::ok(&Page::of(rows, limit, |it: &Run| [it.id.raw()]))
}

async fn settlement_statements(
    call: Call,
    Path(which): Path<Which>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<StatementView>>, Refusal> {
    let ([after], limit) = (page.from([0])?, page.limit());
    repo::one_run(call.market(), which.run).await?.ok_or_else(Refusal::not_found)?;
    let rows = of_run(call.market(), which.run, after, limit).await?;
    Answer::ok(&Page::of(rows, limit, |it: &Statement| [it.id.raw()]))
}

#[derive(Debug, Serialize, JsonSchema)]
struct Checked {
    differences: Vec<Difference>,
}

async fn settlement_check(call: Call) -> Result<Answer<Checked>, Refusal> {
    Answer::ok(&Checked { differences: verify::verify(call.market()).await? })
}

async fn settlement_policy_read(call: Call, Path(of): Path<Of>) -> Result<Answer<PolicyText>, Refusal> {
    Answer::ok(&(&repo::policy(call.market(), of.payee).await?).into())
}

async fn settlement_policy_set(
    call: Call,
    Path(of): Path<Of>,
    Body(wanted): Body<PolicyText>,
) -> Result<Answer<PolicyText>, Refusal> {
    let weekday = wanted.weekday.map(Weekday::from_monday_one_offset).transpose();
    let weekday = weekday.map_err(|_| {
        Refusal::invalid(vec![Fault::new("/weekday", "unknown", "Days are 1, Monday, to 7.")])
    })?;
    let PolicyText { minimum, reserve_bp, reserve_days, .. } = wanted;
    let terms = Terms { minimum, reserve_bp, reserve_days };
    call.change(|| async {
        let version = repo::policy(call.market(), of.payee).await?.version;
        let policy = Policy { weekday, terms, version };
        Ok((decide::set_policy(of.payee, &policy, &call.ctx())?, Answer::ok(&wanted)?))
    })
    .await
}
