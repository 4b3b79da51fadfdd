//! A gateway's statement as a file of comma-separated values: columns by name, each gateway with its own.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use kernel::{Currency, Money};

use super::model::{Rejected, Theirs, Way};
use crate::payment::limits::{STATEMENT_FIELD_LETTERS_MAX, STATEMENT_LINES_MAX};

/// Under which names a gateway's file has what is needed.
pub struct Columns {
    pub adapter: &'static str,
    pub reference: &'static str,
    pub amount: &'static str,
    pub currency: Option<&'static str>,
    pub fee: Option<&'static str>,
    /// The column that tells payments and refunds apart, and what it holds for a refund.
    pub kind: Option<(&'static str, &'static str)>,
    /// Amounts are in minor units.
    pub in_minor: bool,
    /// Letters that were left out at the front of the reference, because it had to be short.
    pub front: &'static str,
}

const fn columns(adapter: &'static str, reference: &'static str, amount: &'static str) -> Columns {
    Columns {
        adapter,
        reference,
        amount,
        currency: Some("currency"),
        fee: None,
        kind: Some(("type", "refund")),
        in_minor: false,
        front: "",
    }
}

pub const COLUMNS: [Columns; 6] = [
    Columns {
        kind: Some(("kind", "refund")),
        fee: Some("fee"),
        ..columns("simulated", "reference", "amount")
    },
    Columns { fee: Some("charge"), ..columns("chapa", "tx_ref", "amount") },
    Columns { fee: Some("fees"), in_minor: true, ..columns("paystack", "reference", "amount") },
    Columns { fee: Some("app_fee"), ..columns("flutterwave", "tx_ref", "amount") },
    Columns { currency: Some("trans_currency"), ..columns("telebirr", "merch_order_id", "total_amount") },
    Columns { currency: None, front: "0", kind: None, ..columns("mpesa", "A/C No.", "Paid In") },
];

pub fn columns_of(adapter: &str) -> Option<&'static Columns> {
    COLUMNS.iter().find(|columns| columns.adapter == adapter)
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStatement {
    #[error("the first line must name the column \"{0}\"")]
    Column(&'static str),
    #[error("it has more than {STATEMENT_LINES_MAX} lines; send it in parts")]
    TooLong,
    #[error("it is not a file of comma-separated values: {0}")]
    NotCsv(String),
}

/// Where the columns stand in this file.
struct Places {
    reference: usize,
    amount: usize,
    currency: Option<usize>,
    fee: Option<usize>,
    kind: Option<usize>,
}

fn places(columns: &Columns, head: &StringRecord) -> Result<Places, BadStatement> {
    let find = |name: &str| {
        head.iter().position(|its| its.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
    };
    Ok(Places {
        reference: find(columns.reference).ok_or(BadStatement::Column(columns.reference))?,
        amount: find(columns.amount).ok_or(BadStatement::Column(columns.amount))?,
        currency: columns.currency.and_then(find),
        fee: columns.fee.and_then(find),
        kind: columns.kind.and_then(|(name, _)| find(name)),
    })
}

/// All lines that can be read, and those that cannot.
pub fn read(
    columns: &Columns,
    currency: Currency,
    file: impl Read,
) -> Result<(Vec<Theirs>, Vec<Rejected>), BadStatement> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let head = reader.headers().map_err(|error| BadStatement::NotCsv(error.to_string()))?.clone();
    let places = places(columns, &head)?;
    let (mut lines, mut rejected) = (Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    loop {
        let line = i64::try_from(reader.position().line()).unwrap_or(i64::MAX);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok((lines, rejected)),
            Err(error) if error.is_io_error() => return Err(BadStatement::NotCsv(error.to_string())),
            Err(_) => {
                rejected.push(Rejected {
                    line,
                    reference: String::new(),
                    why: "It is not UTF-8.".to_owned(),
                });
                continue;
            }
        }
        if lines.len() + rejected.len() >= STATEMENT_LINES_MAX {
            return Err(BadStatement::TooLong);
        }
        let line = record.position().and_then(|it| i64::try_from(it.line()).ok()).unwrap_or(line);
        match one(columns, &places, currency, line, &record) {
            Ok(theirs) => lines.push(theirs),
            Err(why) => {
                let reference = record.get(places.reference).unwrap_or_default();
                let reference = reference.chars().filter(|c| !c.is_control()).take(40).collect();
                rejected.push(Rejected { line, reference, why });
            }
        }
    }
}

fn one(
    columns: &Columns,
    places: &Places,
    currency: Currency,
    line: i64,
    record: &StringRecord,
) -> Result<Theirs, String> {
    let field = |place: usize| record.get(place).map(str::trim).unwrap_or_default();
    if record.iter().any(|text| text.len() > STATEMENT_FIELD_LETTERS_MAX) {
        return Err("A field is too long.".to_owned());
    }
    let reference = field(places.reference);
    if reference.is_empty() || reference.chars().any(char::is_control) {
        return Err("It names no reference.".to_owned());
    }
    if let Some(stated) = places.currency.map(field).filter(|stated| *stated != currency.code()) {
        return Err(format!("Its currency is \"{stated}\", not {currency}."));
    }
    let amount = money(columns, currency, field(places.amount)).ok_or("Its amount cannot be read.")?;
    let fee = match places.fee.map(field).filter(|text| !text.is_empty()) {
        Some(text) => Some(money(columns, currency, text).ok_or("Its fee cannot be read.")?),
        None => None,
    };
    let is_refund = columns
        .kind
        .is_some_and(|(_, word)| places.kind.is_some_and(|place| field(place).eq_ignore_ascii_case(word)));
    let way = if is_refund { Way::Refunded } else { Way::Paid };
    Ok(Theirs { line, way, reference: format!("{}{reference}", columns.front), amount: amount.abs(), fee })
}

fn money(columns: &Columns, currency: Currency, text: &str) -> Option<i64> {
    let text = text.replace(',', "");
    match columns.in_minor {
        true => text.parse().ok(),
        false => Money::parse(&text, currency).ok().map(Money::minor),
    }
    .filter(|minor: &i64| *minor != i64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one() {
        let text = "kind,reference,amount,fee,currency\n\
            payment,a,\"1,250.50\",2.5,ETB\n\
            refund,b,-30,,ETB\n\
            payment,,5,,ETB\n\
            payment,c,five,,ETB\n\
            payment,d,5,x,ETB\n\
            payment,e,5,,USD\n\
            payment,f\n";
        let (lines, rejected) = read(&COLUMNS[0], Currency::ETB, text.as_bytes()).unwrap();
        let line = |line, way, reference: &str, amount, fee| Theirs {
            line,
            way,
            reference: reference.into(),
            amount,
            fee,
        };
        assert_eq!(
            lines,
            [line(2, Way::Paid, "a", 125_050, Some(250)), line(3, Way::Refunded, "b", 3_000, None)]
        );
        let why: Vec<String> = rejected.iter().map(|it| format!("{} {}", it.line, it.why)).collect();
        assert_eq!(
            why,
            [
                "4 It names no reference.",
                "5 Its amount cannot be read.",
                "6 Its fee cannot be read.",
                "7 Its currency is \"USD\", not ETB.",
                "8 Its currency is \"\", not ETB.",
            ]
        );
    }

    #[test]
    fn what_is_no_statement() {
        let read =
            |text: &[u8]| read(&COLUMNS[0], Currency::ETB, text).map(|(lines, bad)| (lines.len(), bad.len()));
        assert_eq!(read(b""), Err(BadStatement::Column("reference")));
        assert_eq!(read(b"reference,fee\n"), Err(BadStatement::Column("amount")));
        assert_eq!(read(b"reference,amount,currency\n"), Ok((0, 0)));
        assert_eq!(read(b"reference,amount,currency\n\xff,5,ETB\na,5,ETB\n"), Ok((1, 1)));
        let long = "reference,amount\n".to_owned() + &"a,5\n".repeat(STATEMENT_LINES_MAX + 1);
        assert_eq!(read(long.as_bytes()), Err(BadStatement::TooLong));
    }

    #[test]
    fn every_kind_of_gateway_has_its_columns() {
        for (adapter, head, row, expected) in [
            ("chapa", "tx_ref,amount,charge,currency", "r,10.5,1,ETB", ("r", 1_050, Some(100))),
            ("paystack", "reference,amount,fees,currency", "r,1050,100,ETB", ("r", 1_050, Some(100))),
            ("flutterwave", "tx_ref,amount,app_fee,currency", "r,10.5,1,ETB", ("r", 1_050, Some(100))),
            ("telebirr", "merch_order_id,total_amount,trans_currency", "r,10.50,ETB", ("r", 1_050, None)),
            ("mpesa", "Receipt No.,A/C No.,Paid In", "QX1,r,10.50", ("0r", 1_050, None)),
        ] {
            let text = format!("{head}\n{row}\n");
            let (lines, bad) = read(columns_of(adapter).unwrap(), Currency::ETB, text.as_bytes()).unwrap();
            let found = (lines[0].reference.as_str(), lines[0].amount, lines[0].fee);
            assert_eq!((found, bad.len()), (expected, 0), "{adapter}");
        }
        assert!(columns_of("nobody").is_none());
    }
}
