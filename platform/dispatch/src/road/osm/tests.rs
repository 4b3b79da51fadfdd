use std::collections::{BTreeMap, BinaryHeap};
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use geo::Point;
use proptest::prelude::*;

use super::*;
use crate::mode::Mode;
use crate::road::{Leg, Roads, Straight};

/// A town of streets at right angles, as a file: every fifth is a main street, every third runs one way,
/// and there is an island that no bridge leads to.
const SIDE: i64 = 12;
const STEP_E7: i64 = 20_000;

#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, field: u64, number: u64) -> &mut Self {
        varint(&mut self.0, field << 3);
        varint(&mut self.0, number);
        self
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) -> &mut Self {
        varint(&mut self.0, field << 3 | 2);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }
}

fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        to.push(number as u8 | 128);
        number >>= 7;
    }
    to.push(number as u8);
}

fn packed(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    numbers.into_iter().for_each(|number| varint(&mut bytes, number));
    bytes
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn differences(numbers: &[i64]) -> Vec<u8> {
    let mut before = 0;
    packed(numbers.iter().map(|number| zigzag(number - std::mem::replace(&mut before, *number))))
}

fn block(file: &mut Vec<u8>, kind: &str, content: &[u8], compressed: bool) {
    let mut blob = Message::default();
    if compressed {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        blob.number(2, content.len() as u64).bytes(3, &encoder.finish().unwrap());
    } else {
        blob.bytes(1, content);
    }
    let mut head = Message::default();
    head.bytes(1, kind.as_bytes()).number(3, blob.0.len() as u64);
    file.extend_from_slice(&(head.0.len() as u32).to_be_bytes());
    file.extend_from_slice(&head.0);
    file.extend_from_slice(&blob.0);
}

struct Town {
    file: Vec<u8>,
    /// By corner: where one gets to by car, in so many milliseconds.
    streets: BTreeMap<i64, Vec<(i64, u64)>>,
}

fn corner(column: i64, row: i64) -> i64 {
    100 + row * SIDE + column
}

fn place(id: i64) -> Point {
    let (column, row) = ((id - 100) % SIDE, (id - 100) / SIDE);
    Point::from_e7((row * STEP_E7) as i32, (column * STEP_E7) as i32).unwrap()
}

/// Class, whether it runs one way, and its speed.
fn street(line: i64) -> (&'static str, bool, f64) {
    let (class, kmh) = if line % 5 == 0 { ("primary", 45.0) } else { ("residential", 24.0) };
    (class, line % 3 == 1, kmh)
}

fn town() -> Town {
    let ids: Vec<i64> = (0..SIDE * SIDE).map(|number| 100 + number).chain([900, 901]).collect();
    let island = |id: i64| if id == 900 { (5_000_000, 0) } else { (5_000_000, STEP_E7) };
    let e7 = |id: i64| {
        if id >= 900 { island(id) } else { (i64::from(place(id).lat_e7()), i64::from(place(id).long_e7())) }
    };
    let mut dense = Message::default();
    dense.bytes(1, &differences(&ids));
    dense.bytes(8, &differences(&ids.iter().map(|id| e7(*id).0).collect::<Vec<_>>()));
    dense.bytes(9, &differences(&ids.iter().map(|id| e7(*id).1).collect::<Vec<_>>()));
    let texts = ["", "highway", "primary", "residential", "oneway", "yes", "building", "footway"];
    let number = |text: &str| texts.iter().position(|its| *its == text).unwrap() as u64;
    let mut ways = Message::default();
    let mut add = |tags: &[(&str, &str)], nodes: &[i64]| {
        let mut way = Message::default();
        way.number(1, 7);
        way.bytes(2, &packed(tags.iter().map(|(key, _)| number(key))));
        way.bytes(3, &packed(tags.iter().map(|(_, value)| number(value))));
        way.bytes(8, &differences(nodes));
        ways.bytes(3, &way.0);
    };
    let mut streets: BTreeMap<i64, Vec<(i64, u64)>> = BTreeMap::new();
    for line in 0..SIDE {
        let (class, one_way, kmh) = street(line);
        let east: Vec<i64> = (0..SIDE).map(|column| corner(column, line)).collect();
        let north: Vec<i64> = (0..SIDE).map(|row| corner(line, row)).collect();
        for nodes in [east, north] {
            let tags = [("highway", class), ("oneway", "yes")];
            add(&tags[..1 + usize::from(one_way)], &nodes);
            for pair in nodes.windows(2) {
                let cost = (place(pair[0]).distance_m(place(pair[1])) * 3_600.0 / kmh).round() as u64;
                streets.entry(pair[0]).or_default().push((pair[1], cost));
                if !one_way {
                    streets.entry(pair[1]).or_default().push((pair[0], cost));
                }
            }
        }
    }
    add(&[("highway", "residential")], &[900, 901]);
    add(&[("building", "yes")], &[100, 900]);
    add(&[("highway", "footway")], &[corner(0, 0), corner(1, 1)]);
    // The end of this one lies outside of the map.
    add(&[("highway", "residential")], &[corner(0, 0), 999]);
    let mut table = Message::default();
    texts.iter().for_each(|text| {
        table.bytes(1, text.as_bytes());
    });
    let mut header = Message::default();
    header.bytes(4, b"OsmSchema-V0.6").bytes(4, b"DenseNodes");
    let mut file = Vec::new();
    block(&mut file, "OSMHeader", &header.0, false);
    let mut group = Message::default();
    group.bytes(2, &dense.0);
    let mut data = Message::default();
    data.bytes(1, &table.0).bytes(2, &group.0).bytes(2, &ways.0);
    block(&mut file, "Unknown", b"passed over", false);
    block(&mut file, "OSMData", &data.0, true);
    Town { file, streets }
}

fn network() -> Network {
    Network::import(&mut Cursor::new(town().file), Straight::default()).unwrap()
}

/// Shortest ways without any preparation.
fn dijkstra(streets: &BTreeMap<i64, Vec<(i64, u64)>>, from: i64) -> BTreeMap<i64, u64> {
    let mut done = BTreeMap::new();
    let mut open = BinaryHeap::from([(std::cmp::Reverse(0), from)]);
    while let Some((std::cmp::Reverse(cost), corner)) = open.pop() {
        if done.contains_key(&corner) {
            continue;
        }
        done.insert(corner, cost);
        for (next, more) in streets.get(&corner).into_iter().flatten() {
            open.push((std::cmp::Reverse(cost + more), *next));
        }
    }
    done
}

#[test]
fn ways_are_the_shortest() {
    let (town, network) = (town(), network());
    let reachable: Vec<i64> = town.streets.keys().copied().collect();
    for from in reachable.iter().step_by(7) {
        let costs = dijkstra(&town.streets, *from);
        for to in &reachable {
            let way = network.route(place(*from), place(*to), Mode::Car);
            assert_eq!(u64::from(way.leg.seconds), costs[to].div_ceil(1_000), "{from} {to}");
            assert_eq!(way.leg, network.between(place(*from), place(*to), Mode::Car));
            let metres: f64 = way.line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
            assert!((metres - f64::from(way.leg.metres)).abs() <= 1.0);
            assert_eq!((way.line[0], way.line[way.line.len() - 1]), (place(*from), place(*to)));
        }
    }
}

#[test]
fn every_kind_of_traffic_has_its_own_ways() {
    let network = network();
    let corners = (SIDE * SIDE) as usize;
    // A corner from which one-ways only lead away, or to it, is no place to start from.
    assert_eq!(network.junctions()[0], corners);
    let between = |mode: Mode| network.between(place(corner(0, 0)), place(corner(1, 1)), mode);
    // On foot there is a way across.
    let straight = place(corner(0, 0)).distance_m(place(corner(1, 1))).round() as u32;
    assert_eq!(between(Mode::Foot).metres, straight);
    assert!(between(Mode::Car).metres > straight);
    assert!(between(Mode::Bicycle).seconds > between(Mode::Truck).seconds);
}

#[test]
fn where_no_road_is_the_great_circle_is() {
    let (network, straight) = (network(), Straight::default());
    let at = |lat, long| Point::from_degrees(lat, long).unwrap();
    for (from, to) in [
        (at(0.0, 0.0), at(0.5, 0.0)),
        (at(40.0, 40.0), at(40.0, 40.1)),
        (at(0.0001, 0.0001), at(0.0001, 0.0002)),
        (at(0.0, 0.0), at(0.0, 0.0)),
    ] {
        assert_eq!(network.between(from, to, Mode::Car), straight.between(from, to, Mode::Car));
    }
    // A little way off the road at both ends.
    let (from, to) = (at(-0.0005, 0.0), at(-0.0005, 0.02));
    let way = network.route(from, to, Mode::Car);
    assert_eq!((way.line[0], way.line[way.line.len() - 1]), (from, to));
    assert!(
        way.line.len() > 4
            && way.leg.seconds > network.between(at(0.0, 0.0), at(0.0, 0.02), Mode::Car).seconds
    );
}

#[test]
fn prepared_roads_are_taken_up_again() {
    let network = network();
    let mut saved = Vec::new();
    network.save(&mut saved).unwrap();
    let load = |bytes: &[u8]| Network::load(&mut Cursor::new(bytes), Straight::default());
    let again = load(&saved).unwrap();
    let (from, to) = (place(corner(0, 0)), place(corner(9, 7)));
    assert_ne!(network.between(from, to, Mode::Car), Leg::default());
    assert_eq!(network.route(from, to, Mode::Car), again.route(from, to, Mode::Car));
    assert!(matches!(load(&[0, 0, 0, 9]), Err(MapError::Version(9))));
    assert!(load(&saved[..saved.len() / 2]).is_err());
    let mut damaged = saved.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    assert!(load(&damaged).is_err());
}

#[test]
fn what_is_no_map_is_refused() {
    let import = |bytes: &[u8]| Network::import(&mut Cursor::new(bytes), Straight::default()).err();
    let whole = town().file;
    assert!(matches!(import(b""), Some(MapError::Malformed("it is empty"))));
    assert!(matches!(import(b"<osm version=\"0.6\">"), Some(MapError::Malformed(_))));
    assert!(matches!(import(&whole[..whole.len() - 5]), Some(MapError::Read(_))));
    let mut header = Message::default();
    header.bytes(4, b"HistoricalInformation");
    let mut file = Vec::new();
    block(&mut file, "OSMHeader", &header.0, false);
    assert!(matches!(import(&file), Some(MapError::Unknown(_))));
    let mut empty = Vec::new();
    block(&mut empty, "OSMHeader", &[], true);
    assert!(matches!(import(&empty), Some(MapError::Empty)));
}

proptest! {
    #[test]
    fn damage_is_an_error_and_never_a_crash(place in 0_usize..4_000, with in 1_u8..255) {
        let mut file = town().file;
        let place = place % file.len();
        file[place] ^= with;
        let _ = Network::import(&mut Cursor::new(file), Straight::default());
    }
}
