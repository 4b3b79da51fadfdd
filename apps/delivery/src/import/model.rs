use schemars::JsonSchema;
use serde::Serialize;

use crate::limits;
use crate::product::State;

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Summary {
    /// Nothing was written: this is what would come of it.
    pub dry_run: bool,
    /// Lines that hold a product.
    pub lines: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Lines that could not be taken.
    pub refused: u64,
    /// Why, in the order of the lines.
    pub faults: Vec<LineFault>,
    /// Faults beyond those that are named.
    pub more_faults: u64,
    /// Columns that hold nothing that is known here.
    pub unused_columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LineFault {
    /// In the file; the heading is line 1.
    pub line: u64,
    /// As the heading names it; nothing where the fault is the whole line's.
    pub column: Option<String>,
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// What a line says of a product; what it does not say stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Draft {
    pub line: u64,
    pub sku: String,
    pub name: Option<String>,
    /// Empty takes it away.
    pub about: Option<String>,
    pub section: Option<String>,
    pub place: Option<u32>,
    /// In minor units.
    pub price: Option<i64>,
    pub vat_bp: Option<u16>,
    pub state: Option<State>,
    pub each_max: Option<u16>,
    pub available: Option<u32>,
}

impl Summary {
    /// One line that cannot be taken.
    pub(super) fn refuse(&mut self, faults: impl IntoIterator<Item = LineFault>) {
        self.refused += 1;
        for fault in faults {
            match self.faults.len() < limits::IMPORT_FAULTS_MAX {
                true => self.faults.push(fault),
                false => self.more_faults += 1,
            }
        }
    }
}

impl LineFault {
    pub(super) fn of_line(line: u64, code: &'static str, message: impl Into<String>) -> Self {
        Self { line, column: None, code, message: message.into() }
    }
}
