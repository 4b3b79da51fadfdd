//! A category's own questions, in the words of Open311's attributes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    #[schemars(length(max = 64), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"))]
    pub code: String,
    pub datatype: Datatype,
    #[serde(default)]
    pub required: bool,
    /// False where it only tells something and takes no answer.
    #[serde(default = "yes")]
    pub variable: bool,
    /// Lower comes first.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_000))]
    pub order: i64,
    /// The question itself.
    #[schemars(length(min = 1, max = 500))]
    pub description: String,
    /// How it should be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub datatype_description: Option<String>,
    /// What may be chosen, where something is to be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub values: Vec<Choice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    #[schemars(length(min = 1, max = 120))]
    pub key: String,
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    String,
    Number,
    DateTime,
    Text,
    SingleValueList,
    MultiValueList,
}

impl Datatype {
    /// Whether an answer is chosen from values.
    pub fn is_list(self) -> bool {
        matches!(self, Datatype::SingleValueList | Datatype::MultiValueList)
    }
}

fn yes() -> bool {
    true
}
