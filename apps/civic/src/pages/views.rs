//! What the pages take from the answers of the endpoints they go through. What an answer holds besides
//! is left where it is.

use std::collections::HashMap;

use geo::Point;
use kernel::Refusal;
use kernel::jiff::Timestamp;
use serde::Deserialize;
use web::Call;

use super::doors::{Ask, Doors};
use super::visit::{Visit, summary};

#[derive(Debug, Clone, Deserialize)]
pub struct Items<T> {
    pub items: Vec<T>,
    #[serde(default = "nothing")]
    pub next: Option<String>,
}

fn nothing<T>() -> Option<T> {
    None
}

#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    pub id: String,
    pub number: String,
    pub category: String,
    pub status: String,
    pub description: String,
    pub place: Point,
    pub address: Option<String>,
    pub agency: Option<Agency>,
    #[serde(default)]
    pub photos: Vec<Picture>,
    pub note: Option<String>,
    pub seconds: i64,
    pub reported_at: Timestamp,
    pub updated_at: Timestamp,
    pub expected_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub merged_into: Option<String>,
}

/// A picture that is ready to be seen: small, and the large one it leads to.
#[derive(Debug, Clone, Deserialize)]
pub struct Picture {
    pub thumb: String,
    pub large: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Agency {
    pub name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    pub what: String,
    pub to: Option<String>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Category {
    pub code: String,
    pub name: String,
    pub group: Option<String>,
    pub about: Option<String>,
    pub notice: Option<String>,
    #[serde(default)]
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    pub code: String,
    pub datatype: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default = "yes")]
    pub variable: bool,
    #[serde(default)]
    pub order: i64,
    pub description: String,
    pub datatype_description: Option<String>,
    #[serde(default)]
    pub values: Vec<Choice>,
}

impl Question {
    /// Its field in a form.
    pub fn field(&self) -> String {
        format!("a.{}", self.code)
    }
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
pub struct Choice {
    pub key: String,
    pub name: String,
}

/// Figures of some days.
#[derive(Debug, Clone, Deserialize)]
pub struct Trend {
    pub key: String,
    pub reported: i64,
    pub closed: i64,
    #[serde(default)]
    pub reopened: i64,
    pub in_time_permille: Option<i64>,
    pub median_close_min: Option<i64>,
    pub backlog: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Trends {
    pub items: Vec<Trend>,
    pub all: Trend,
}

/// A request in a list.
pub struct Row {
    pub number: String,
    pub href: String,
    pub category: String,
    pub status: String,
    pub status_name: String,
    pub text: String,
    pub when: String,
    pub address: String,
}

/// The names of categories; one that was closed since goes by its code.
pub struct Names(pub Vec<Category>, HashMap<String, String>);

impl Names {
    pub async fn load(doors: &Doors, call: &Call) -> Result<Self, Refusal> {
        let categories: Items<Category> = doors.read("civic.category_list", call, Ask::new()).await?;
        let names = categories.items.iter().map(|it| (it.code.clone(), it.name.clone())).collect();
        Ok(Self(categories.items, names))
    }

    pub fn of(&self, code: &str) -> String {
        self.1.get(code).cloned().unwrap_or_else(|| code.to_owned())
    }

    pub fn row(&self, visit: &Visit, request: &Request) -> Row {
        Row {
            number: request.number.clone(),
            href: visit.to(&format!("/track/{}", request.number)),
            category: self.of(&request.category),
            status: request.status.clone(),
            status_name: visit.status(&request.status),
            text: summary(&request.description),
            when: visit.time(&request.reported_at),
            address: request.address.clone().unwrap_or_default(),
        }
    }
}
