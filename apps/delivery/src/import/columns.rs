//! Which column holds what: by the names that merchants give them, or as the sender says.

use kernel::Fault;

use crate::limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Sku,
    Name,
    About,
    Section,
    Place,
    Price,
    Vat,
    State,
    EachMax,
    Available,
}

/// Each field with its own name first, then others that stand for it.
const NAMES: [(Field, &[&str]); 10] = [
    (Field::Sku, &["sku", "code", "number", "barcode", "item number"]),
    (Field::Name, &["name", "title", "product", "item"]),
    (Field::About, &["about", "description", "details"]),
    (Field::Section, &["section", "category", "department"]),
    (Field::Place, &["place", "position", "order"]),
    (Field::Price, &["price", "retail price", "unit price", "selling price"]),
    (Field::Vat, &["vat", "tax", "vat rate", "tax rate"]),
    (Field::State, &["state", "status"]),
    (Field::EachMax, &["each max", "max per order", "max"]),
    (Field::Available, &["available", "stock", "quantity", "qty", "on hand"]),
];

/// Columns that stand for a field although they are called otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping(Vec<(Field, String)>);

impl Field {
    fn named(name: &str) -> Option<Self> {
        let name = plain(name);
        NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
    }
}

impl Mapping {
    /// Reads `sku=Item code,price=Retail`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut pairs: Vec<(Field, String)> = Vec::new();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let found = pair.split_once('=').and_then(|(field, column)| {
                let column = plain(column);
                Some((Field::named(field)?, column)).filter(|(_, column)| !column.is_empty())
            });
            match found {
                Some((field, column)) if !pairs.iter().any(|(its, _)| *its == field) => {
                    pairs.push((field, column))
                }
                _ => {
                    let names: Vec<&str> = NAMES.iter().map(|(_, names)| names[0]).collect();
                    let message = format!(
                        "Must be such as sku=Item code,price=Retail, each field once: {}.",
                        names.join(", ")
                    );
                    return Err(Fault::new("?columns", "bad_columns", message));
                }
            }
        }
        Ok(Self(pairs))
    }
}

/// The columns of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// What each holds, and what it is called.
    pub(super) held: Vec<(usize, Field, String)>,
    pub unused: Vec<String>,
}

impl Columns {
    pub fn of<'a>(heading: impl Iterator<Item = &'a str>, mapping: &Mapping) -> Result<Self, Vec<Fault>> {
        let mut columns = Self::default();
        let mut faults = Vec::new();
        for (place, name) in heading.enumerate() {
            if place >= limits::COLUMNS_MAX {
                let message = format!("A file has at most {} columns.", limits::COLUMNS_MAX);
                return Err(vec![Fault::new("", "too_many_columns", message)]);
            }
            let name = name.trim_start_matches('\u{feff}').trim();
            match mapping.field(name) {
                None => columns.unused.push(name.to_owned()),
                Some(field) if columns.held.iter().any(|(_, its, _)| *its == field) => {
                    let message = format!("{name:?} holds what another column holds already.");
                    faults.push(Fault::new("", "repeated_column", message));
                }
                Some(field) => columns.held.push((place, field, name.to_owned())),
            }
        }
        if !columns.held.iter().any(|(_, field, _)| *field == Field::Sku) {
            let message = "The first line must name the columns; one of them is sku, the number by which \
                products are found.";
            faults.push(Fault::new("", "no_sku_column", message));
        }
        if faults.is_empty() { Ok(columns) } else { Err(faults) }
    }
}

impl Mapping {
    /// A field that is said to be elsewhere is not looked for under its own names.
    fn field(&self, name: &str) -> Option<Field> {
        let wanted = plain(name);
        let meant = self.0.iter().find(|(_, column)| *column == wanted).map(|(field, _)| *field);
        let own = || Field::named(name).filter(|field| !self.0.iter().any(|(its, _)| its == field));
        meant.or_else(own)
    }
}

/// `Item_Code` and `item code` are one name.
fn plain(name: &str) -> String {
    let words: Vec<String> = name
        .split(|letter: char| letter.is_whitespace() || letter == '_' || letter == '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}
