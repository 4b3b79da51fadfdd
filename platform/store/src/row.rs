//! Rows as both engines give them, read by column position.

use kernel::jiff::Timestamp;
use kernel::{Id, Value};

use crate::error::StoreError;

/// One row, borrowed from the engine while it is read.
pub struct Row<'a>(pub(crate) Source<'a>);

pub(crate) enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
    Owned(&'a [Value]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueRef<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

pub trait FromRow: Sized + Send + 'static {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError>;
}

pub trait FromValue: Sized {
    fn from_value(value: ValueRef<'_>) -> Option<Self>;
}

impl Row<'_> {
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, StoreError> {
        let value = self.value(column)?;
        T::from_value(value).ok_or_else(|| {
            StoreError::Bug(format!("column {column} holds {value:?}, not a {}", std::any::type_name::<T>()))
        })
    }

    fn len(&self) -> usize {
        match &self.0 {
            Source::Sqlite(row) => row.as_ref().column_count(),
            Source::Postgres(row) => row.len(),
            Source::Owned(values) => values.len(),
        }
    }

    fn value(&self, column: usize) -> Result<ValueRef<'_>, StoreError> {
        match &self.0 {
            Source::Sqlite(row) => crate::sqlite::value(row, column),
            Source::Postgres(row) => crate::postgres::value(row, column),
            Source::Owned(values) => Ok(match values.get(column) {
                None => return Err(StoreError::Bug(format!("there is no column {column}"))),
                Some(Value::Null) => ValueRef::Null,
                Some(Value::Int(it)) => ValueRef::Int(*it),
                Some(Value::Text(it)) => ValueRef::Text(it),
                Some(Value::Bytes(it)) => ValueRef::Bytes(it),
            }),
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Value {
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Int(it) => Value::Int(it),
            ValueRef::Text(it) => Value::Text(it.to_owned()),
            ValueRef::Bytes(it) => Value::Bytes(it.to_vec()),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Int(it) => Some(it),
            _ => None,
        }
    }
}

macro_rules! smaller {
    ($($type:ty),+) => {$(
        impl FromValue for $type {
            fn from_value(value: ValueRef<'_>) -> Option<Self> {
                i64::from_value(value)?.try_into().ok()
            }
        }
    )+};
}
smaller!(i32, i16, u8, u16, u32);

impl FromValue for bool {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        i64::from_value(value).map(|it| it != 0)
    }
}

impl FromValue for String {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(it) => Some(it.to_owned()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Bytes(it) => Some(it.to_vec()),
            _ => None,
        }
    }
}

impl FromValue for Value {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        Some(value.into())
    }
}

impl FromValue for Timestamp {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        Timestamp::from_microsecond(i64::from_value(value)?).ok()
    }
}

impl<K> FromValue for Id<K> {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        i64::from_value(value).map(Id::from_raw)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// The whole row, as it stands.
impl FromRow for Vec<Value> {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        (0..row.len()).map(|column| row.get(column)).collect()
    }
}

macro_rules! tuples {
    ($(($($type:ident $column:tt),+))+) => {$(
        impl<$($type: FromValue + Send + 'static),+> FromRow for ($($type,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
                Ok(($(row.get::<$type>($column)?,)+))
            }
        }
    )+};
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}
