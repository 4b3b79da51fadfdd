//! Rows as they are kept, back into what they are.

use kernel::{Currency, Money};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use super::model::{Attempt, Flow, Funding, Method, Payment, Refund};
use super::states::{AttemptState, PaymentState, RefundState, case_of};

macro_rules! by_name {
    ($($kind:ty),+ $(,)?) => {$(
        impl FromValue for $kind {
            fn from_value(value: ValueRef<'_>) -> Option<Self> {
                let ValueRef::Text(text) = value else { return None };
                case_of(&<$kind>::ALL, text)
            }
        }
    )+};
}
by_name!(Method, Flow, Funding, PaymentState, AttemptState, RefundState);

pub fn currency(row: &Row<'_>, column: usize) -> Result<Currency, StoreError> {
    let code: String = row.get(column)?;
    code.parse().map_err(|_| StoreError::Bug(format!("column {column} holds the currency {code}")))
}

impl FromRow for Payment {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            about: row.get(1)?,
            payer: row.get(2)?,
            method: row.get(3)?,
            amount: Money::new(row.get(5)?, currency(row, 4)?),
            state: row.get(6)?,
            reason: row.get(7)?,
            token: row.get(8)?,
            contact: row.get(9)?,
            note: row.get(10)?,
            brand: row.get(11)?,
            last4: row.get(12)?,
            authorised: row.get(13)?,
            captured: row.get(14)?,
            refunded: row.get(15)?,
            refunding: row.get(16)?,
            charged_back: row.get(17)?,
            collected_by: row.get(18)?,
            told_waiting: row.get(19)?,
            expires: row.get(20)?,
            hold_s: row.get(21)?,
            version: row.get(22)?,
            at: row.get(23)?,
            changed: row.get(24)?,
        })
    }
}

impl FromRow for Attempt {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            flow: row.get(1)?,
            of: row.get(2)?,
            refund: row.get(3)?,
            gateway: row.get(4)?,
            amount: row.get(5)?,
            state: row.get(6)?,
            external: row.get(7)?,
            next: row.get(8)?,
            code: row.get(9)?,
            detail: row.get(10)?,
            fee: row.get(11)?,
            asked: row.get(12)?,
            due: row.get(13)?,
            sent: row.get(14)?,
            at: row.get(15)?,
        })
    }
}

impl FromRow for Refund {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            of: row.get(1)?,
            amount: row.get(2)?,
            funding: row.get(3)?,
            reason: row.get(4)?,
            state: row.get(5)?,
            code: row.get(6)?,
            at: row.get(7)?,
        })
    }
}
