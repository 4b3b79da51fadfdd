//! What somebody wants to buy. The browser keeps it, in a cookie: nothing is kept here for those who never order,
//! and nothing of it is believed. `store|product*2:group.choice|product*1`.

use serde_json::{Value, json};

use super::limits::BASKET_BYTES_MAX;
use crate::limits::{EACH_MAX, LINES_MAX};

pub const COOKIE: &str = "iroko_basket";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basket {
    pub store: String,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub product: String,
    pub count: u16,
    /// Group and choice, in order.
    pub options: Vec<(String, String)>,
}

/// Letters that ids and codes are made of.
fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'))
}

impl Line {
    /// None where any of it cannot be what it should.
    pub fn new(product: &str, count: &str, options: &[(String, String)]) -> Option<Self> {
        let count = count.trim().parse().ok().filter(|count| (1..=EACH_MAX).contains(count))?;
        let mut options = options.to_vec();
        options.sort();
        options.dedup();
        let is_good =
            is_word(product) && options.iter().all(|(group, choice)| is_word(group) && is_word(choice));
        is_good.then(|| Self { product: product.to_owned(), count, options })
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (product, count) = parts.next()?.split_once('*')?;
        let pair = |part: &str| part.split_once('.').map(|(group, choice)| (group.into(), choice.into()));
        let options = parts.map(pair).collect::<Option<Vec<_>>>()?;
        Self::new(product, count, &options)
    }

    fn text(&self) -> String {
        let options = self.options.iter().map(|(group, choice)| format!(":{group}.{choice}"));
        format!("{}*{}{}", self.product, self.count, options.collect::<String>())
    }
}

impl Basket {
    /// What a cookie holds; nothing, where it is none of ours.
    pub fn read(text: &str) -> Self {
        let mut parts = text.split('|');
        let store = parts.next().unwrap_or_default();
        if !is_word(store) || text.len() > BASKET_BYTES_MAX {
            return Self::default();
        }
        let lines = parts.filter_map(Line::read).take(LINES_MAX).collect();
        Self { store: store.to_owned(), lines }
    }

    pub fn text(&self) -> String {
        self.lines.iter().fold(self.store.clone(), |text, line| text + "|" + &line.text())
    }

    /// One more line; the same again is added to it. A basket is of one store, so that of another gives way.
    /// `false` where no more goes into it.
    pub fn add(&mut self, store: &str, line: Line) -> bool {
        if !is_word(store) {
            return false;
        }
        let mut after = if self.store == store { self.clone() } else { Self::default() };
        after.store = store.to_owned();
        let same = |its: &&mut Line| its.product == line.product && its.options == line.options;
        match after.lines.iter_mut().find(same) {
            Some(its) => its.count = (its.count + line.count).min(EACH_MAX),
            None => after.lines.push(line),
        }
        let fits = after.lines.len() <= LINES_MAX && after.text().len() <= BASKET_BYTES_MAX;
        if fits {
            *self = after;
        }
        fits
    }

    /// Another count for a line; none takes it out.
    pub fn set(&mut self, place: usize, count: u16) {
        if let Some(line) = self.lines.get_mut(place) {
            line.count = count.min(EACH_MAX);
        }
    }

    pub fn tidy(&mut self) {
        self.lines.retain(|line| line.count > 0);
    }

    /// As a quote takes it.
    pub fn to_json(&self) -> Value {
        let option = |(group, choice): &(String, String)| json!({ "group": group, "choice": choice });
        let line = |line: &Line| {
            let options: Vec<Value> = line.options.iter().map(option).collect();
            json!({ "product": line.product, "count": line.count, "options": options })
        };
        self.lines.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(product: &str, count: u16) -> Line {
        Line::new(product, &count.to_string(), &[("size".into(), "big".into())]).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(lines in prop::collection::vec(("[a-z0-9_]{1,20}", 1_u16..=99, prop::collection::vec(("[a-z0-9-]{1,8}", "[a-z0-9-]{1,8}"), 0..4)), 0..9)) {
            let mut basket = Basket::default();
            for (product, count, options) in lines {
                basket.add("sto_1", Line::new(&product, &count.to_string(), &options).unwrap());
            }
            if !basket.store.is_empty() {
                prop_assert_eq!(Basket::read(&basket.text()), basket);
            }
        }

        #[test]
        fn whatever_a_cookie_holds_is_a_basket_that_fits(text in "\\PC{0,200}") {
            let basket = Basket::read(&text);
            prop_assert!(basket.lines.len() <= LINES_MAX);
            prop_assert!(basket.text().bytes().all(|it| it.is_ascii_alphanumeric() || b"_-|*:.".contains(&it)));
        }
    }

    #[test]
    fn the_same_again_is_added_and_another_store_takes_its_place() {
        let mut basket = Basket::default();
        assert!(basket.add("sto_1", line("a", 2)) && basket.add("sto_1", line("a", 98)));
        assert_eq!((basket.lines.len(), basket.lines[0].count), (1, EACH_MAX));
        assert!(basket.add("sto_2", line("b", 1)));
        assert_eq!((&*basket.store, basket.lines.len()), ("sto_2", 1));
        basket.set(0, 0);
        basket.set(7, 1);
        basket.tidy();
        assert!(basket.lines.is_empty());
        assert!(!basket.add("no store", line("b", 1)));
    }

    #[test]
    fn no_more_goes_in_than_the_browser_keeps() {
        let mut basket = Basket::default();
        let long = "x".repeat(60);
        let added = (0..99).take_while(|n| basket.add("sto_1", line(&format!("{n}{long}"), 1))).count();
        assert!((20..=LINES_MAX).contains(&added), "{added}");
        assert!(basket.text().len() <= BASKET_BYTES_MAX);
    }
}
