//! A line's cells become a draft of a product, or everything that is wrong with them.

use std::borrow::Cow;

use csv::ByteRecord;
use kernel::text::{self, Lines};
use kernel::{Currency, Money};

use super::columns::{Columns, Field};
use super::model::{Draft, LineFault};
use crate::limits;
use crate::product::State;

/// Why a cell cannot be taken.
type Wrong = (&'static str, Cow<'static, str>);

pub fn draft(
    line: u64,
    record: &ByteRecord,
    columns: &Columns,
    currency: Currency,
) -> Result<Draft, Vec<LineFault>> {
    let mut draft = Draft { line, ..Draft::default() };
    let mut faults = Vec::new();
    for (place, field, column) in &columns.held {
        let cell = record.get(*place).unwrap_or_default();
        let set = match std::str::from_utf8(cell) {
            Ok(cell) => draft.set(*field, cell.trim(), currency),
            Err(_) => Err(("not_utf8", "This is not UTF-8.".into())),
        };
        if let Err((code, message)) = set {
            faults.push(LineFault {
                line,
                column: Some(column.clone()),
                code,
                message: message.into_owned(),
            });
        }
    }
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

impl Draft {
    /// An empty cell says nothing, but for the description, which it takes away.
    fn set(&mut self, field: Field, cell: &str, currency: Currency) -> Result<(), Wrong> {
        match field {
            Field::Sku if cell.is_empty() => return Err(("missing", "Must be given.".into())),
            Field::Sku => self.sku = one_line(cell, limits::SKU_LENGTH_MAX)?,
            Field::About => self.about = Some(said(cell, limits::ABOUT_LENGTH_MAX, Lines::Many)?),
            _ if cell.is_empty() => {}
            Field::Name => self.name = Some(one_line(cell, limits::NAME_LENGTH_MAX)?),
            Field::Section => self.section = Some(one_line(cell, limits::SECTION_LENGTH_MAX)?),
            Field::Price => self.price = Some(price(cell, currency)?),
            Field::Vat => self.vat_bp = Some(basis_points(cell)?),
            Field::State => self.state = Some(state(cell)?),
            Field::Place => self.place = Some(whole(cell, 0, u32::MAX)?),
            Field::Available => self.available = Some(whole(cell, 0, limits::ON_HAND_MAX)?),
            Field::EachMax => {
                let most = whole(cell, 1, limits::EACH_MAX.into())?;
                self.each_max = u16::try_from(most).ok();
            }
        }
        Ok(())
    }
}

fn one_line(cell: &str, letters_max: usize) -> Result<String, Wrong> {
    if text::is_blank(cell) {
        return Err(("blank", "Must not be blank.".into()));
    }
    said(cell, letters_max, Lines::One)
}

fn said(cell: &str, letters_max: usize, lines: Lines) -> Result<String, Wrong> {
    if let Some(fault) = text::fault("", cell, lines) {
        return Err((fault.code, fault.message));
    }
    if cell.chars().nth(letters_max).is_some() {
        return Err(("too_long", format!("Has more than {letters_max} characters.").into()));
    }
    Ok(cell.to_owned())
}

fn whole(cell: &str, least: u32, most: u32) -> Result<u32, Wrong> {
    let number = cell.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| ("not_whole", format!("Must be a whole number from {least} to {most}.").into()))
}

fn price(cell: &str, currency: Currency) -> Result<i64, Wrong> {
    let price = Money::parse(cell, currency)
        .map_err(|_| ("bad_price", format!("Must be an amount in {currency}, such as 49.90.").into()))?;
    if (0..=limits::PRICE_MAX).contains(&price.minor()) {
        return Ok(price.minor());
    }
    Err(("out_of_range", "This price is too low or too high.".into()))
}

/// `15`, `15%` and `15.5 %`, as hundredths of a percent.
fn basis_points(cell: &str) -> Result<u16, Wrong> {
    let number = cell.trim_end_matches('%').trim_end();
    let (percent, hundredths) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str, most: usize| {
        let sound = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        sound.then(|| text.parse::<u16>().ok()).flatten()
    };
    let scale = if hundredths.len() == 1 { 10 } else { 1 };
    let whole = digits(percent, 3).zip(digits(hundredths, 2)).map(|(whole, part)| whole * 100 + part * scale);
    let message = "Must be a percentage such as 15 or 15.5.";
    whole.filter(|its| *its <= limits::VAT_BP_MAX).ok_or(("bad_percentage", message.into()))
}

fn state(cell: &str) -> Result<State, Wrong> {
    let name = cell.to_lowercase().replace([' ', '-'], "_");
    State::named(&name).ok_or(("unknown_state", "Must be active, sold_out or hidden.".into()))
}
