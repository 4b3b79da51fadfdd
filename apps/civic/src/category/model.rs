use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use super::question::Question;

/// What kind of thing a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub code: String,
    pub name: String,
    /// Whether new requests may use it.
    pub open: bool,
    /// What it is shown together with.
    pub kin: Option<String>,
    pub about: Option<String>,
    /// Further words that people look for, with a comma between them.
    pub keywords: Option<String>,
    pub questions: Vec<Question>,
    /// Working minutes within which it should be done.
    pub due_min: Option<i64>,
    /// What the reporter should know.
    pub notice: Option<String>,
    /// Lower comes first.
    pub place: i64,
}

impl Category {
    /// Open, and with nothing but a name.
    pub fn named(code: &str, name: &str) -> Self {
        Self {
            code: code.to_owned(),
            name: name.to_owned(),
            open: true,
            kin: None,
            about: None,
            keywords: None,
            questions: Vec::new(),
            due_min: None,
            notice: None,
            place: 0,
        }
    }
}

/// All categories of a market, as managers set them. One that is known and not named is closed: it is
/// never removed, because requests speak of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategories {
    #[schemars(length(max = 500))]
    pub items: Vec<NewCategory>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    #[schemars(length(max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_.-]*$"))]
    pub code: String,
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// Whether new requests may use it.
    #[serde(default = "yes")]
    pub open: bool,
    /// What it is shown together with.
    #[schemars(length(max = 120))]
    pub group: Option<String>,
    #[schemars(length(max = 2000))]
    pub about: Option<String>,
    /// Further words that people look for.
    #[serde(default)]
    #[schemars(length(max = 30), inner(length(min = 1, max = 60)))]
    pub keywords: Vec<String>,
    /// What reporters should know.
    #[schemars(length(max = 1000))]
    pub notice: Option<String>,
    /// Working minutes within which it should be done.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub deadline_min: Option<i64>,
    /// Lower comes first.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub place: i64,
    #[serde(default)]
    #[schemars(length(max = 40))]
    pub questions: Vec<Question>,
}

fn yes() -> bool {
    true
}

/// A category as the public sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryView {
    pub code: String,
    pub name: String,
    /// What it is shown together with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    pub keywords: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Whether it has questions of its own, which reading it alone shows.
    pub has_questions: bool,
    /// How many requests were reported in it, a moment ago.
    pub requests: i64,
}

/// A category with all that a form needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryFull {
    pub code: String,
    pub name: String,
    /// Whether new requests may use it.
    pub open: bool,
    /// What it is shown together with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    pub keywords: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Working minutes within which it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_min: Option<i64>,
    /// Lower comes first.
    pub place: i64,
    pub questions: Vec<Question>,
}

impl From<NewCategory> for Category {
    fn from(new: NewCategory) -> Self {
        let text = |text: Option<String>| text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        let keywords: Vec<&str> = new.keywords.iter().map(|it| it.trim()).collect();
        Self {
            code: new.code,
            name: new.name.trim().to_owned(),
            open: new.open,
            kin: text(new.group),
            about: text(new.about),
            keywords: (!keywords.is_empty()).then(|| keywords.join(",")),
            questions: new.questions,
            due_min: new.deadline_min,
            notice: text(new.notice),
            place: new.place,
        }
    }
}

impl From<&Category> for CategoryFull {
    fn from(category: &Category) -> Self {
        let it = category.clone();
        Self {
            code: it.code,
            name: it.name,
            open: it.open,
            group: it.kin,
            about: it.about,
            keywords: words(it.keywords.as_deref()),
            notice: it.notice,
            deadline_min: it.due_min,
            place: it.place,
            questions: it.questions,
        }
    }
}

fn words(text: Option<&str>) -> Vec<String> {
    text.map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
}

impl FromRow for Category {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let questions = match row.get::<Option<String>>(6)? {
            None => Vec::new(),
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| StoreError::Bug(format!("a category's questions: {error}")))?,
        };
        Ok(Self {
            code: row.get(0)?,
            name: row.get(1)?,
            open: row.get(2)?,
            kin: row.get(3)?,
            about: row.get(4)?,
            keywords: row.get(5)?,
            questions,
            due_min: row.get(7)?,
            notice: row.get(8)?,
            place: row.get(9)?,
        })
    }
}

impl FromRow for CategoryView {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            code: row.get(0)?,
            name: row.get(1)?,
            group: row.get(2)?,
            about: row.get(3)?,
            keywords: words(row.get::<Option<String>>(4)?.as_deref()),
            notice: row.get(5)?,
            has_questions: row.get(6)?,
            requests: row.get(7)?,
        })
    }
}
