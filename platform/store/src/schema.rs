//! The tables of the project, as numbered steps that only ever grow.

use crate::place::Kind;

/// One crate's tables.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The crate's name.
    pub name: &'static str,
    /// Which kind of market holds these tables; `None` is every kind.
    pub kind: Option<Kind>,
    /// In order, first is number 1. A step that has been released is never edited.
    pub steps: &'static [Step],
}

/// The same change for each engine. Safe while the previous version of the program is serving:
/// add, fill, and remove only what that version no longer reads.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// `schema/0001.sqlite.sql` and `schema/0001.postgres.sql` of the calling crate.
#[macro_export]
macro_rules! step {
    ($number:literal) => {
        $crate::schema::Step {
            sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/", $number, ".sqlite.sql")),
            postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/", $number, ".postgres.sql")),
        }
    };
}

/// All parts of one program, in the order in which they are made.
#[derive(Debug, Clone, Default)]
pub struct Schema(Vec<Part>);

impl Schema {
    /// The store's own tables come first.
    pub fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        Self(std::iter::once(crate::base::part()).chain(parts).collect())
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The parts that a market of this kind holds.
    pub fn parts_of(&self, kind: Kind) -> impl Iterator<Item = &Part> {
        self.0.iter().filter(move |part| part.kind.is_none_or(|its| its == kind))
    }

    /// Steps only ever get more, so their number is the version of a file.
    pub fn version_of(&self, kind: Kind) -> u32 {
        self.parts_of(kind).map(|part| part.steps.len() as u32).sum()
    }
}
