//! All lines of a statement, page by page, and its sums at the end.

use std::fmt::Write;

use kernel::jiff::tz::TimeZone;
use store::{Market, StoreError};

use super::repo;
use super::view::{LineView, SumsView, numbered};
use crate::settle::limits::LINES_PER_READ;
use crate::settle::model::Statement;

pub const MEDIA: &str = "text/csv; charset=utf-8; header=present";

const HEADER: &str = "number,earned,cause,leg,gross,commission,fee,refund,net,tax,currency\r\n";

pub struct Walk {
    market: Market,
    statement: Statement,
    zone: TimeZone,
    sent: i64,
    is_over: bool,
}

impl Walk {
    pub fn new(market: Market, statement: Statement, zone: TimeZone) -> Self {
        Self { market, statement, zone, sent: 0, is_over: false }
    }

    /// Nothing at the end.
    pub async fn next(&mut self) -> Result<Option<String>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let limit = i64::from(LINES_PER_READ);
        let lines = repo::lines(&self.market, self.statement.id, self.sent, limit).await?;
        let mut text = String::from(if self.sent == 0 { HEADER } else { "" });
        self.is_over = (lines.len() as i64) < limit;
        let lines = numbered(&self.statement, self.sent, lines);
        self.sent += lines.len() as i64;
        lines.iter().for_each(|line| self.line(&mut text, line));
        if self.is_over {
            self.end(&mut text);
        }
        Ok(Some(text))
    }

    fn line(&self, text: &mut String, line: &LineView) {
        let earned = line.earned.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z");
        self.row(text, &format!("{},{earned},{},{}", line.number, line.cause, line.leg), &line.sums);
    }

    /// What the lines come to, and from there to what is paid.
    fn end(&self, text: &mut String) {
        let it = &self.statement;
        self.row(text, ",,,sum", &SumsView::of(it, &it.sums));
        for (name, minor) in [("kept", -it.kept), ("released", it.released), ("payable", it.payable)] {
            let amount = it.money(minor).to_string();
            let (amount, currency) = amount.split_once(' ').unwrap_or((&amount, ""));
            // Writing to a text cannot fail.
            let _ = write!(text, ",,,{name},,,,,{amount},,{currency}\r\n");
        }
    }

    fn row(&self, text: &mut String, first: &str, sums: &SumsView) {
        text.push_str(first);
        for money in [sums.gross, sums.commission, sums.fee, sums.refund, sums.net, sums.tax] {
            let amount = money.to_string();
            text.push(',');
            text.push_str(amount.split(' ').next().unwrap_or_default());
        }
        let _ = write!(text, ",{}\r\n", self.statement.currency);
    }
}
