//! Answers from the market's own address points.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::BoxFuture;
use geo::Point;
use kernel::Id;
use store::Market;

use super::model::{
    AddressKind, AddressPoint, Asked, Candidate, Precision, Resolver, Street, StreetKind, Trouble,
};
use super::repo::{self, Wanted};
use super::words;
use crate::limits;

/// What each part of a question adds to the score of an answer; all that fit make 1000.
const STREET_WEIGHT: i64 = 550;
const KIND_WEIGHT: i64 = 100;
const NUMBER_WEIGHT: i64 = 200;
const PLACE_WEIGHT: i64 = 100;
const POSTCODE_WEIGHT: i64 = 50;
/// What a word costs that is nowhere in the answer.
const STRAY_WORD_COST: i64 = 120;
/// What a flat costs that nobody asked for: the house itself comes first.
const FLAT_COST: i64 = 10;

/// The adapter that needs nothing but an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gazetteer;

impl Resolver for Gazetteer {
    fn name(&self) -> &str {
        "gazetteer"
    }

    fn find<'a>(
        &'a self,
        market: &'a Market,
        asked: &'a Asked,
    ) -> BoxFuture<'a, Result<Vec<Candidate>, Trouble>> {
        Box::pin(find(market, asked))
    }

    fn nearest<'a>(
        &'a self,
        market: &'a Market,
        point: Point,
    ) -> BoxFuture<'a, Result<Option<Candidate>, Trouble>> {
        Box::pin(nearest(market, point))
    }
}

/// A question taken apart.
struct Question {
    words: Vec<String>,
    /// Places among the words that may be a house number, with the numbers they stand for.
    numbers: Vec<(usize, (i64, i64))>,
}

impl Question {
    fn of(text: &str) -> Self {
        let mut words = words::words(text);
        words.retain(|word| !words::is_unit_mark(word));
        words.truncate(limits::ADDRESS_WORDS_MAX);
        let number = |(place, word): (usize, &String)| Some((place, words::house_numbers(word)?));
        let numbers = words.iter().enumerate().filter_map(number).collect();
        Self { words, numbers }
    }

    /// The words that may name a street.
    fn naming(&self) -> Vec<String> {
        let is_number = |place: usize| self.numbers.iter().any(|(its, _)| *its == place);
        let naming = self.words.iter().enumerate().filter(|(place, _)| !is_number(*place));
        naming.map(|(_, word)| word.clone()).collect()
    }

    /// How well a street fits, and which of the words it takes.
    fn fit(&self, street: &Street) -> (i64, BTreeSet<usize>) {
        let its = street.word_set();
        let last = self.words.len().saturating_sub(1);
        let stands_for = |place: usize, word: &str| {
            let asked = &self.words[place];
            asked == word || (place == last && asked.len() >= 3 && word.starts_with(asked.as_str()))
        };
        let mut used = BTreeSet::new();
        let (mut score, mut telling, mut found) = (0, 0, 0);
        let (mut kinds, mut kinds_found) = (0, 0);
        for word in its {
            let place = (0..self.words.len()).find(|place| stands_for(*place, word));
            used.extend(place);
            let (all, hits) = if words::is_common(word) {
                (&mut kinds, &mut kinds_found)
            } else {
                (&mut telling, &mut found)
            };
            *all += 1;
            *hits += i64::from(place.is_some());
        }
        if telling == 0 {
            (telling, found) = (kinds, kinds_found);
        }
        score += STREET_WEIGHT * found / telling.max(1);
        let says_kind = self.words.iter().any(|word| words::is_common(word));
        score += if !says_kind || kinds == 0 { KIND_WEIGHT / 2 } else { KIND_WEIGHT * kinds_found / kinds };
        let town = words::words(&street.place);
        let in_town = |place: &usize| town.contains(&self.words[*place]);
        let town_places: Vec<usize> = (0..self.words.len()).filter(in_town).collect();
        score += if town_places.is_empty() { PLACE_WEIGHT / 2 } else { PLACE_WEIGHT };
        used.extend(town_places);
        (score, used)
    }

    fn cost_of_strays(&self, used: &BTreeSet<usize>) -> i64 {
        let stray = |place: &usize| !used.contains(place) && !words::is_common(&self.words[*place]);
        STRAY_WORD_COST * (0..self.words.len()).filter(stray).count() as i64
    }
}

async fn find(market: &Market, asked: &Asked) -> Result<Vec<Candidate>, Trouble> {
    let question = Question::of(&asked.text);
    let naming = question.naming();
    let telling = words::telling(&naming);
    if telling.is_empty() {
        return Ok(Vec::new());
    }
    let last = naming.last().map(String::as_str);
    let wanted: Vec<Wanted<'_>> = telling
        .iter()
        .map(|word| Wanted { word, and_longer: Some(*word) == last && word.len() >= 3 })
        .collect();
    let mut hits: BTreeMap<i64, i64> = BTreeMap::new();
    for streets in repo::by_words(market, &wanted).await? {
        let streets: BTreeSet<i64> = streets.into_iter().collect();
        streets.into_iter().for_each(|street| *hits.entry(street).or_default() += 1);
    }
    if hits.is_empty() && repo::is_empty(market).await? {
        return Err(Trouble::Empty);
    }
    let mut by_hits: Vec<(i64, i64)> = hits.into_iter().collect();
    by_hits.sort_by_key(|(street, hits)| (-hits, *street));
    let ids: Vec<i64> =
        by_hits.iter().take(limits::STREETS_COMPARED_MAX).map(|(street, _)| *street).collect();
    let mut streets: Vec<(i64, BTreeSet<usize>, Street)> = repo::streets(market, &ids)
        .await?
        .into_iter()
        .map(|street| {
            let (score, used) = question.fit(&street);
            (score, used, street)
        })
        .collect();
    streets.sort_by_key(|(score, _, street)| (-score, street.id));
    streets.truncate(limits::STREETS_ANSWERED_MAX);
    answers(market, &question, streets, asked.limit).await
}

async fn answers(
    market: &Market,
    question: &Question,
    streets: Vec<(i64, BTreeSet<usize>, Street)>,
    limit: usize,
) -> Result<Vec<Candidate>, Trouble> {
    let ids: Vec<i64> = streets.iter().map(|(_, _, street)| street.id).collect();
    let numbers: Vec<(i64, i64)> = question.numbers.iter().take(3).map(|(_, range)| *range).collect();
    let points = repo::with_numbers(market, &ids, &numbers).await?;
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    for (score, used, street) in &streets {
        let of_street = points.iter().filter(|point| point.street == street.id);
        let mut any = false;
        for point in of_street {
            any = true;
            let candidate = house(question, *score, used, street, point);
            found.insert(candidate.id.clone(), candidate);
        }
        if !any {
            // Asked for a house, answered with the street: half of what a house would have been.
            let number = if question.numbers.is_empty() { NUMBER_WEIGHT } else { 0 };
            let mut used = used.clone();
            used.extend(question.numbers.first().map(|(place, _)| *place));
            let score = score + number + POSTCODE_WEIGHT / 2 - question.cost_of_strays(&used);
            let candidate = whole_street(street, score);
            found.insert(candidate.id.clone(), candidate);
        }
    }
    let mut found: Vec<Candidate> = found.into_values().filter(|its| its.score > 0).collect();
    found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.label.cmp(&b.label)));
    found.truncate(limit);
    Ok(found)
}

fn house(
    question: &Question,
    score: i64,
    used: &BTreeSet<usize>,
    street: &Street,
    point: &AddressPoint,
) -> Candidate {
    let mut used = used.clone();
    let written = words::words(&point.number).join("");
    let fits = |(place, (low, high)): &&(usize, (i64, i64))| {
        !used.contains(place) && *low <= point.high && *high >= point.low
    };
    let exact = question.numbers.iter().find(|(place, _)| question.words[*place] == written);
    let number = exact.or_else(|| question.numbers.iter().find(fits)).map(|(place, _)| *place);
    used.extend(number);
    let mut score = score + if exact.is_some() { NUMBER_WEIGHT } else { NUMBER_WEIGHT * 3 / 4 };
    let is_one_of = |text: &str, place: usize| words::words(text).contains(&question.words[place]);
    let free =
        |used: &BTreeSet<usize>| (0..question.words.len()).filter(|place| !used.contains(place)).collect();
    let left: Vec<usize> = free(&used);
    let postcode: Vec<usize> = left.into_iter().filter(|place| is_one_of(&point.postcode, *place)).collect();
    score += if postcode.is_empty() { POSTCODE_WEIGHT / 2 } else { POSTCODE_WEIGHT };
    used.extend(postcode);
    let left: Vec<usize> = free(&used);
    let unit: Vec<usize> = left.into_iter().filter(|place| is_one_of(&point.unit, *place)).collect();
    if !point.unit.is_empty() && unit.is_empty() {
        score -= FLAT_COST;
    }
    used.extend(unit);
    Candidate {
        id: Id::<AddressKind>::from_raw(point.id).to_string(),
        label: point.label(street),
        place: point.point,
        precision: Precision::Address,
        postcode: point.postcode(),
        score: (score - question.cost_of_strays(&used)).min(1_000),
    }
}

fn whole_street(street: &Street, score: i64) -> Candidate {
    let label = if street.place.is_empty() {
        street.name.clone()
    } else {
        format!("{}, {}", street.name, street.place)
    };
    Candidate {
        id: Id::<StreetKind>::from_raw(street.id).to_string(),
        label,
        place: street.point,
        precision: Precision::Street,
        postcode: None,
        score: score.min(1_000),
    }
}

/// Looks further and further until something is near. What lies in the corners of a box may be further
/// away than what the next box has, so it only counts within the radius.
async fn nearest(market: &Market, point: Point) -> Result<Option<Candidate>, Trouble> {
    for radius_m in limits::NEAREST_RADII_M {
        let found = repo::around(market, point, radius_m).await?;
        let near = found.into_iter().map(|its| (its.point.distance_m(point), its));
        let best = near
            .filter(|(far_m, _)| *far_m <= radius_m)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
        let Some((far_m, best)) = best else { continue };
        let streets = repo::streets(market, &[best.street]).await?;
        let Some(street) = streets.first() else { continue };
        return Ok(Some(Candidate {
            id: Id::<AddressKind>::from_raw(best.id).to_string(),
            label: best.label(street),
            place: best.point,
            precision: Precision::Address,
            postcode: best.postcode(),
            score: (1_000.0 - far_m.min(1_000.0)) as i64,
        }));
    }
    if repo::is_empty(market).await? { Err(Trouble::Empty) } else { Ok(None) }
}
