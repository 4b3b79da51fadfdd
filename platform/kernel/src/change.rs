//! A statement and what must hold when it runs.

use std::hash::{Hash, Hasher};

use crate::refusal::Refusal;
use crate::value::Value;

/// One statement of the project, named by where it stands. Its text serves both engines: parameters
/// are `?1`, `?2`, …; no tenant, no market, no engine's own words. Declared through [`statements!`],
/// which is how a test finds every one of them.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    pub name: &'static str,
    pub text: &'static str,
    pub reach: Reach,
}

/// How far a statement reaches, which decides where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A key or one short page of an index: microseconds, may run where it is asked.
    Short,
    /// Anything else: waits its turn on the reader threads.
    Long,
}

impl PartialEq for Sql {
    fn eq(&self, other: &Self) -> bool {
        // One constant may stand in memory several times.
        std::ptr::eq(self.text, other.text) || (self.name == other.name && self.text == other.text)
    }
}
impl Eq for Sql {}
impl Hash for Sql {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Sql {
    /// A change made by this statement. Unless told otherwise it must touch exactly one row,
    /// and if it does not, the command is retried from its load.
    pub fn with(self, params: Vec<Value>) -> Change {
        Change { sql: self, params, guard: Guard::Rows(1), on_miss: OnMiss::Conflict }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub sql: Sql,
    pub params: Vec<Value>,
    pub guard: Guard,
    pub on_miss: OnMiss,
}

/// How many rows a change must touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    Any,
    Rows(u32),
}

/// What the caller hears when the guard does not hold, or a unique key is taken already.
#[derive(Debug, Clone, PartialEq)]
pub enum OnMiss {
    /// Somebody else was faster: load again and decide again.
    Conflict,
    Refuse(Refusal),
}

impl Change {
    /// However many rows it touches, none included.
    pub fn any_rows(mut self) -> Self {
        self.guard = Guard::Any;
        self
    }

    pub fn rows(mut self, rows: u32) -> Self {
        self.guard = Guard::Rows(rows);
        self
    }

    /// If the guard does not hold, this is the answer: no retry would help.
    pub fn or_refuse(mut self, refusal: Refusal) -> Self {
        self.on_miss = OnMiss::Refuse(refusal);
        self
    }
}

/// Declares the statements of a module and `STATEMENTS`, the list of them all.
///
/// ```
/// kernel::statements! {
///     /// Newest first.
///     short LATEST = "select id from request where id < ?1 order by id desc limit ?2";
///     long EVERY = "select id from request";
/// }
/// assert_eq!(STATEMENTS.len(), 2);
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $reach:ident $name:ident = $text:expr;)+) => {
        $(
            $(#[$doc])*
            pub const $name: $crate::Sql = $crate::Sql {
                name: concat!(module_path!(), "::", stringify!($name)),
                text: $text,
                reach: $crate::statements!(@reach $reach),
            };
        )+
        /// Every statement of this module.
        pub const STATEMENTS: &[$crate::Sql] = &[$($name),+];
    };
    (@reach short) => { $crate::Reach::Short };
    (@reach long) => { $crate::Reach::Long };
}
