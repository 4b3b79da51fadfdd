//! A statement on paper.

use askama::Template;
use kernel::Refusal;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use super::view::{LineView, StatementView, numbered};
use crate::settle::model::{Line, Statement};

pub const MEDIA: &str = "text/html; charset=utf-8";
/// Nothing but its own look.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

#[derive(Template)]
#[template(path = "statement.html")]
struct Printed {
    it: StatementView,
    lines: Vec<LineView>,
    zone: TimeZone,
}

impl Printed {
    fn time(&self, at: &Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Whose it is.
    fn owner(&self) -> String {
        let provider = self.it.provider.map(|id| id.to_string());
        provider.or_else(|| self.it.person.map(|id| id.to_string())).unwrap_or_default()
    }

    fn left_out(&self) -> i64 {
        self.it.lines - self.lines.len() as i64
    }
}

pub fn printed(statement: Statement, lines: Vec<Line>, zone: &TimeZone) -> Result<String, Refusal> {
    let lines = numbered(&statement, 0, lines);
    let page = Printed { it: statement.into(), lines, zone: zone.clone() };
    page.render().map_err(|error| Refusal::conflict("page_unwritten", error.to_string()))
}
