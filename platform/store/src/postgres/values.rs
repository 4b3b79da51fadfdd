//! Values and rows as the driver gives and takes them.

use kernel::Value;
use tokio_postgres::Statement;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

use crate::error::StoreError;
use crate::row::ValueRef;

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// A parameter; its type is the one that the prepared statement asks for.
#[derive(Debug)]
pub(super) struct Param<'a>(pub(super) &'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(it) if *kind == Type::INT4 => i32::try_from(*it)?.to_sql(kind, out),
            Value::Int(it) => it.to_sql(&Type::INT8, out),
            Value::Text(it) => it.to_sql(&Type::TEXT, out),
            Value::Bytes(it) => it.to_sql(&Type::BYTEA, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

/// Whether the values are of the kinds that the statement asks for. Asked before anything is sent: a
/// parameter that fails to encode would otherwise be missing from the middle of a transaction.
pub(super) fn fit(name: &str, statement: &Statement, params: &[&Value]) -> Result<(), StoreError> {
    let kinds = statement.params();
    if kinds.len() != params.len() {
        return Err(StoreError::Bug(format!(
            "{name} takes {} parameters and got {}",
            kinds.len(),
            params.len()
        )));
    }
    for (number, (kind, value)) in (1..).zip(kinds.iter().zip(params)) {
        if !fits(kind, value) {
            return Err(StoreError::Bug(format!("{name}: parameter {number} is a {kind}, not a {value:?}")));
        }
    }
    Ok(())
}

fn fits(kind: &Type, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Int(it) => *kind == Type::INT8 || (*kind == Type::INT4 && i32::try_from(*it).is_ok()),
        Value::Text(_) => is_text(kind),
        Value::Bytes(_) => *kind == Type::BYTEA,
    }
}

fn is_text(kind: &Type) -> bool {
    matches!(*kind, Type::TEXT | Type::VARCHAR | Type::UNKNOWN | Type::NAME)
}

/// The kinds that a parameter may have.
pub(super) fn is_parameter(kind: &Type) -> bool {
    is_text(kind) || matches!(*kind, Type::INT8 | Type::INT4 | Type::BYTEA)
}

/// The kinds that a column may have.
pub(super) fn is_column(kind: &Type) -> bool {
    is_parameter(kind) || matches!(*kind, Type::INT2 | Type::BOOL | Type::NUMERIC)
}

struct Cell<'a>(ValueRef<'a>);

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Cell(match *kind {
            Type::INT8 => ValueRef::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => ValueRef::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => ValueRef::Int(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => ValueRef::Int(bool::from_sql(kind, raw)?.into()),
            Type::NUMERIC => ValueRef::Int(whole_number(raw).ok_or("not a whole number of 64 bits")?),
            Type::BYTEA => ValueRef::Bytes(raw),
            _ => ValueRef::Text(std::str::from_utf8(raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Cell(ValueRef::Null))
    }

    fn accepts(kind: &Type) -> bool {
        is_column(kind)
    }
}

pub(crate) fn value(row: &tokio_postgres::Row, column: usize) -> Result<ValueRef<'_>, StoreError> {
    match row.try_get::<_, Cell<'_>>(column) {
        Ok(Cell(value)) => Ok(value),
        Err(error) => Err(StoreError::Bug(format!("column {column}: {}", super::errors::with_cause(&error)))),
    }
}

/// A sum of 64-bit integers comes as a decimal: digits to base 10,000, the first one's weight, a sign.
fn whole_number(raw: &[u8]) -> Option<i64> {
    let word = |at: usize| Some(i16::from_be_bytes([*raw.get(at)?, *raw.get(at + 1)?]));
    let (count, weight, sign) = (word(0)?, word(2)?, word(4)?);
    let mut total: i128 = 0;
    for place in 0..=weight.min(10) {
        let digit = if place < count { word(8 + 2 * usize::try_from(place).ok()?)? } else { 0 };
        total = total * 10_000 + i128::from(digit);
    }
    let has_fraction = (weight + 1..count).any(|place| {
        usize::try_from(place).ok().and_then(|place| word(8 + 2 * place)).is_none_or(|digit| digit != 0)
    });
    let signed = match sign {
        0 => total,
        0x4000 => -total,
        _ => return None,
    };
    if has_fraction || weight > 10 { None } else { i64::try_from(signed).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let check = |words: &[i16], expect| {
            let raw: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            assert_eq!(whole_number(&raw), expect, "{words:?}");
        };
        check(&[0, 0, 0, 0], Some(0));
        check(&[1, 0, 0, 0, 42], Some(42));
        check(&[1, 0, 0x4000, 0, 42], Some(-42));
        check(&[2, 1, 0, 0, 1, 2345], Some(12_345));
        check(&[1, 1, 0, 0, 3], Some(30_000));
        check(&[2, 0, 0, 1, 3, 5000], None);
        check(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807], Some(i64::MAX));
        check(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808], None);
        check(&[1, 0, -16384, 0], None);
        check(&[2, 0, 0, 0], None);
    }
}
