//! What an app's pages look like, put together once.

use web::{Call, RefusalForm};

use crate::assets::Asset;
use crate::words::{Book, Language};

/// A way in the head of each page: where it leads, and the message that it is called by.
pub type Way = (&'static str, &'static str);

pub struct Face {
    pub(crate) book: Book,
    pub(crate) ways: &'static [Way],
    /// Where somebody works, by what they may do; the first is where their sign-in leads.
    pub(crate) desks: fn(&Call) -> Vec<(String, &'static str)>,
    /// Whether nobody in particular may send a form to this path.
    pub(crate) is_for_anyone: fn(&str) -> bool,
    pub(crate) refusals: RefusalForm,
    pub(crate) styles: Vec<String>,
    pub(crate) scripts: Vec<String>,
    pub(crate) assets: Vec<Asset>,
}

impl Face {
    /// `texts` are the app's own messages; of the languages that it has the first is spoken where nobody wishes
    /// for another.
    pub fn new(texts: &[(Language, &str)], refusals: RefusalForm) -> Self {
        let face = Self {
            book: Book::new(texts),
            ways: &[],
            desks: |_| Vec::new(),
            is_for_anyone: |_| true,
            refusals,
            styles: Vec::new(),
            scripts: Vec::new(),
            assets: Vec::new(),
        };
        face.style(include_bytes!("../assets/pages.css")).script(include_bytes!("../assets/pages.js"))
    }

    pub fn ways(self, ways: &'static [Way]) -> Self {
        Self { ways, ..self }
    }

    pub fn desks(self, desks: fn(&Call) -> Vec<(String, &'static str)>) -> Self {
        Self { desks, ..self }
    }

    pub fn for_anyone(self, is_for_anyone: fn(&str) -> bool) -> Self {
        Self { is_for_anyone, ..self }
    }

    /// A style sheet of every page, after those before.
    pub fn style(mut self, bytes: &'static [u8]) -> Self {
        let asset = Asset::style(bytes);
        self.styles.push(asset.path());
        self.asset(asset)
    }

    pub fn script(mut self, bytes: &'static [u8]) -> Self {
        let asset = Asset::script(bytes);
        self.scripts.push(asset.path());
        self.asset(asset)
    }

    /// Something that some page loads by itself.
    pub fn asset(mut self, asset: Asset) -> Self {
        self.assets.push(asset);
        self
    }

    pub fn book(&'static self) -> &'static Book {
        &self.book
    }
}
