//! What is kept as JSON in a column: small parts of a row that are only ever read with it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::StoreError;

pub(crate) fn to_text(value: &impl Serialize) -> String {
    // Columns are plain structs of ours; one that cannot be written as JSON is a bug found by its first test.
    serde_json::to_string(value).expect("a column is plain data")
}

pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Bug(format!("a column cannot be read: {error}")))
}
