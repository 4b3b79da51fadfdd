//! What rows are put into on their way to the caller. Only the basket knows the type that was asked for:
//! all between it and the engine is compiled once, and not again for each type in each crate.

use std::any::Any;

use crate::error::StoreError;
use crate::row::{FromRow, Row};

pub(crate) trait Basket: Any + Send {
    fn put(&mut self, row: &Row<'_>) -> Result<(), StoreError>;
}

impl<T: FromRow> Basket for Option<T> {
    fn put(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        *self = Some(T::from_row(row)?);
        Ok(())
    }
}

impl<T: FromRow> Basket for Vec<T> {
    fn put(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        self.push(T::from_row(row)?);
        Ok(())
    }
}

/// The same basket comes back that was sent.
pub(crate) fn emptied<B: Basket>(basket: Box<dyn Basket>) -> Result<B, StoreError> {
    let basket: Box<dyn Any> = basket;
    let basket = basket.downcast().map_err(|_| StoreError::Bug("another basket came back".into()))?;
    Ok(*basket)
}
