//! The few kinds of value that both storage engines keep.

use jiff::Timestamp;

use crate::id::Id;

/// There is no floating point: money, times and coordinates are integers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => |$it:ident| $value:expr),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from($it: $type) -> Self {
                $value
            }
        }
    )+};
}

from! {
    i64 => |it| Value::Int(it),
    i32 => |it| Value::Int(it.into()),
    i16 => |it| Value::Int(it.into()),
    u8 => |it| Value::Int(it.into()),
    u16 => |it| Value::Int(it.into()),
    u32 => |it| Value::Int(it.into()),
    bool => |it| Value::Int(it.into()),
    String => |it| Value::Text(it),
    &str => |it| Value::Text(it.to_owned()),
    &String => |it| Value::Text(it.clone()),
    Vec<u8> => |it| Value::Bytes(it),
    &[u8] => |it| Value::Bytes(it.to_vec()),
    Timestamp => |it| Value::Int(it.as_microsecond()),
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Value::Bytes(bytes.to_vec())
    }
}

impl<K> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Value::Int(id.raw())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// The parameters of a statement, in order: `values![id, "open", now]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}
