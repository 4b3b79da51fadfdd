//! Made-up reports of which it is known whether they speak of the same thing. Always the same ones.
//!
//! A scene is one new report and what is known around it: reports of the same incident by other people
//! (in other words, with slips of the finger, pins beside the mark, sometimes another category, sometimes
//! another language), and what is easily taken for it: other incidents of the kind along the street, the
//! same words far away, another category on the spot, the same spot long ago.

use geo::Point;
use kernel::jiff::{SignedDuration, Timestamp};

use crate::request::model::Status;

#[derive(Debug, Clone)]
pub struct Made {
    pub category: &'static str,
    pub group: &'static str,
    pub point: Point,
    pub at: Timestamp,
    pub status: Status,
    pub text: String,
}

pub struct Scene {
    pub new: Made,
    /// With whether it is the same.
    pub known: Vec<(Made, bool)>,
}

/// A category with its group, the words for it, and what can be said about it, in three languages.
struct Topic {
    category: &'static str,
    group: &'static str,
    things: [&'static [&'static str]; 3],
    facts: [&'static [&'static str]; 3],
}

const TOPICS: &[Topic] = &[
    Topic {
        category: "pothole",
        group: "roads",
        things: [
            &[
                "pothole",
                "big hole in the road",
                "hole in the asphalt",
                "deep pot hole",
                "crater in the street",
            ],
            &["bache", "hueco en la calle", "hoyo grande en el asfalto", "agujero en la calzada"],
            &["nid-de-poule", "trou dans la chaussée", "gros trou sur la route", "trou dans l'asphalte"],
        ],
        facts: [
            &[
                "damaged my tire",
                "cars swerve around it",
                "full of water",
                "right lane",
                "next to the crosswalk",
                "about two feet wide",
                "cyclists fall",
                "patched last year and open again",
            ],
            &[
                "rompió mi llanta",
                "los carros lo esquivan",
                "lleno de agua",
                "carril derecho",
                "junto al paso de peatones",
                "es peligroso para ciclistas",
            ],
            &[
                "a crevé mon pneu",
                "les voitures l'évitent",
                "plein d'eau",
                "voie de droite",
                "près du passage piéton",
                "dangereux pour les cyclistes",
            ],
        ],
    },
    Topic {
        category: "road_damage",
        group: "roads",
        things: [
            &["cracked pavement", "broken road surface", "sunken asphalt", "uneven street"],
            &["pavimento roto", "asfalto hundido", "calle agrietada"],
            &["chaussée fissurée", "route affaissée", "revêtement abîmé"],
        ],
        facts: [
            &[
                "after the water main works",
                "whole width of the street",
                "buses bounce",
                "by the manhole",
                "getting worse each week",
                "in front of the school",
            ],
            &[
                "después de las obras",
                "todo el ancho de la calle",
                "junto a la alcantarilla",
                "cada semana peor",
            ],
            &["après les travaux", "sur toute la largeur", "près de la bouche d'égout", "de pire en pire"],
        ],
    },
    Topic {
        category: "street_light",
        group: "lighting",
        things: [
            &[
                "street light out",
                "lamp not working",
                "dark streetlight",
                "broken lamp post",
                "light is off at night",
            ],
            &["farola apagada", "luz de la calle no funciona", "poste de luz roto"],
            &["lampadaire éteint", "éclairage en panne", "lampe cassée"],
        ],
        facts: [
            &[
                "flickers before it goes dark",
                "pole number 4471",
                "three in a row",
                "by the bus stop",
                "unsafe to walk home",
                "since the storm",
                "on during the day",
            ],
            &["parpadea", "tres seguidas", "en la parada de autobús", "desde la tormenta"],
            &["clignote", "trois de suite", "à l'arrêt de bus", "depuis l'orage"],
        ],
    },
    Topic {
        category: "graffiti",
        group: "cleanliness",
        things: [
            &["graffiti", "spray paint on the wall", "tags all over", "vandalized wall", "offensive writing"],
            &["grafiti", "pintadas en la pared", "pared vandalizada"],
            &["graffiti", "tags sur le mur", "mur tagué"],
        ],
        facts: [
            &[
                "on the underpass",
                "blue and silver letters",
                "on the mailbox",
                "racist words",
                "on the shop shutters",
                "on the electrical box",
            ],
            &["en el paso subterráneo", "letras azules", "en el buzón", "palabras ofensivas"],
            &["sous le pont", "lettres bleues", "sur la boîte aux lettres", "mots offensants"],
        ],
    },
    Topic {
        category: "litter",
        group: "cleanliness",
        things: [
            &[
                "trash on the sidewalk",
                "garbage bags dumped",
                "illegal dumping",
                "overflowing bin",
                "rubbish everywhere",
            ],
            &["basura en la acera", "bolsas de basura tiradas", "contenedor lleno"],
            &["ordures sur le trottoir", "sacs poubelle abandonnés", "poubelle qui déborde"],
        ],
        facts: [
            &[
                "an old mattress",
                "rats at night",
                "smells terrible",
                "in the alley",
                "construction debris",
                "behind the restaurant",
                "three days now",
            ],
            &["un colchón viejo", "hay ratas", "huele muy mal", "en el callejón"],
            &["un vieux matelas", "il y a des rats", "ça sent mauvais", "dans la ruelle"],
        ],
    },
    Topic {
        category: "fallen_tree",
        group: "trees",
        things: [
            &["fallen tree", "tree down", "big branch broken off", "tree blocks the way"],
            &["árbol caído", "rama grande rota", "árbol bloquea el paso"],
            &["arbre tombé", "grosse branche cassée", "arbre bloque le passage"],
        ],
        facts: [
            &[
                "across the bike path",
                "on a parked car",
                "hanging on the wires",
                "after the wind last night",
                "near the playground",
            ],
            &["sobre la ciclovía", "sobre un carro", "en los cables", "cerca del parque"],
            &["sur la piste cyclable", "sur une voiture", "sur les câbles", "près de l'aire de jeux"],
        ],
    },
];

const STREETS: &[&str] = &[
    "Maple Street",
    "Harbor Road",
    "Tremont St",
    "5th Avenue",
    "Calle Luna",
    "Rue Haute",
    "Beacon Hill",
    "Mill Lane",
];
const FRAMES: [&[&str]; 3] = [
    &[
        "There is a {thing} on {street}. {facts}",
        "{thing} {street}, {facts}",
        "{facts}. {thing}!!",
        "Please fix the {thing} near {street}",
        "{thing}",
    ],
    &["Hay {thing} en {street}. {facts}", "{thing}, {facts}", "Por favor arreglen: {thing} en {street}"],
    &["Il y a {thing} {street}. {facts}", "{thing}, {facts}", "Merci de réparer : {thing}, {street}"],
];

/// What happened, known to nobody but us.
struct Incident {
    topic: usize,
    street: usize,
    facts: [usize; 3],
    lat_e7: i64,
    long_e7: i64,
    at: Timestamp,
}

pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn percent(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    /// Around zero, seldom further than the reach.
    fn about(&mut self, reach_m: i64) -> i64 {
        (0..3).map(|_| self.below(2_001) as i64 - 1_000).sum::<i64>() * reach_m / 3_000
    }
}

/// Ten-millionths of a degree for a metre, near the place where all this happens.
const NORTH_E7: i64 = 90;
const EAST_E7: i64 = 121;
const LAT_E7: i64 = 423_500_000;
const LONG_E7: i64 = -710_700_000;

fn point(lat_e7: i64, long_e7: i64) -> Point {
    Point::from_e7(lat_e7 as i32, long_e7 as i32).unwrap()
}

fn incident(dice: &mut Dice, at: Timestamp) -> Incident {
    Incident {
        topic: dice.below(TOPICS.len()),
        street: dice.below(STREETS.len()),
        facts: [dice.below(1_000), dice.below(1_000), dice.below(1_000)],
        lat_e7: LAT_E7 + dice.about(3_000) * NORTH_E7,
        long_e7: LONG_E7 + dice.about(3_000) * EAST_E7,
        at,
    }
}

fn slip(dice: &mut Dice, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut slipped = String::new();
    let mut place = 0;
    while place < letters.len() {
        match dice.below(120) {
            0 => {}
            1 if place + 1 < letters.len() => {
                slipped.extend([letters[place + 1], letters[place]]);
                place += 1;
            }
            2 => slipped.extend([letters[place], letters[place]]),
            _ => slipped.push(letters[place]),
        }
        place += 1;
    }
    if dice.percent(30) { slipped.to_lowercase() } else { slipped }
}

fn words(dice: &mut Dice, incident: &Incident, topic: &Topic) -> String {
    let language = match dice.below(100) {
        0..80 => 0,
        80..92 => 1,
        _ => 2,
    };
    let facts = topic.facts[language];
    let mut said: Vec<&str> = incident.facts.iter().map(|fact| facts[fact % facts.len()]).collect();
    said.dedup();
    said.retain(|_| dice.percent(60));
    if dice.percent(50) {
        said.reverse();
    }
    let thing = topic.things[language][dice.below(topic.things[language].len())];
    let frames = FRAMES[language];
    let text = frames[dice.below(frames.len())]
        .replace("{thing}", thing)
        .replace("{street}", STREETS[incident.street])
        .replace("{facts}", &said.join(", "));
    slip(dice, &text)
}

fn report(dice: &mut Dice, incident: &Incident, days_max: usize) -> Made {
    let reach_m = match dice.below(100) {
        0..60 => 12,
        60..90 => 45,
        _ => 130,
    };
    let own = &TOPICS[incident.topic];
    let siblings: Vec<&Topic> = TOPICS.iter().filter(|topic| topic.group == own.group).collect();
    let filed = if dice.percent(90) { own } else { siblings[dice.below(siblings.len())] };
    let status = [
        Status::Open,
        Status::Open,
        Status::Open,
        Status::InProgress,
        Status::UnderReview,
        Status::PendingExternal,
    ];
    Made {
        category: filed.category,
        group: filed.group,
        point: point(
            incident.lat_e7 + dice.about(reach_m) * NORTH_E7,
            incident.long_e7 + dice.about(reach_m) * EAST_E7,
        ),
        at: incident.at + SignedDuration::from_hours(dice.below(days_max * 24) as i64),
        status: status[dice.below(status.len())],
        text: words(dice, incident, own),
    }
}

fn moved(dice: &mut Dice, from: &Incident, least_m: i64, most_m: i64) -> (i64, i64) {
    let far_m = least_m + dice.below((most_m - least_m) as usize) as i64;
    // Streets go one of four ways.
    let (north, east) = [(1, 0), (-1, 0), (0, 1), (0, -1)][dice.below(4)];
    (from.lat_e7 + north * far_m * NORTH_E7, from.long_e7 + east * far_m * EAST_E7)
}

/// What is easily taken for the incident and is another one.
fn other(dice: &mut Dice, from: &Incident) -> Made {
    let facts = [dice.below(1_000), dice.below(1_000), dice.below(1_000)];
    let like = |place: (i64, i64), topic: usize, facts: [usize; 3], at: Timestamp| Incident {
        topic,
        street: from.street,
        facts,
        lat_e7: place.0,
        long_e7: place.1,
        at,
    };
    match dice.below(5) {
        // Another of the kind along the street.
        0 | 1 => {
            let place = moved(dice, from, 35, 240);
            let at = from.at - SignedDuration::from_hours(dice.below(60 * 24) as i64);
            report(dice, &like(place, from.topic, facts, at), 10)
        }
        // The same words far away.
        2 => {
            let place = moved(dice, from, 200, 2_000);
            report(dice, &like(place, from.topic, from.facts, from.at), 10)
        }
        // Something else on the spot.
        3 => {
            let place = moved(dice, from, 0, 30);
            let topic = (from.topic + 1 + dice.below(TOPICS.len() - 1)) % TOPICS.len();
            report(dice, &like(place, topic, facts, from.at), 10)
        }
        // The same spot long ago, and never closed.
        _ => {
            let place = moved(dice, from, 0, 40);
            let at = from.at - SignedDuration::from_hours((200 + dice.below(500) as i64) * 24);
            report(dice, &like(place, from.topic, facts, at), 10)
        }
    }
}

pub fn scenes(seed: u64, count: usize) -> Vec<Scene> {
    let mut dice = Dice(seed);
    let start: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
    (0..count)
        .map(|_| {
            let incident = incident(&mut dice, start);
            let mut new = report(&mut dice, &incident, 1);
            // It comes after those who saw it first.
            new.at = start + SignedDuration::from_hours(20 * 24);
            new.status = Status::Open;
            let same = if dice.percent(55) { 1 + dice.below(3) } else { 0 };
            let mut known: Vec<(Made, bool)> =
                (0..same).map(|_| (report(&mut dice, &incident, 20), true)).collect();
            let others = 3 + dice.below(8);
            known.extend((0..others).map(|_| (other(&mut dice, &incident), false)));
            Scene { new, known }
        })
        .collect()
}
