//! Which of several processes keeps the workers of a place.
//!
//! A place is a cell so large that a town lies in one, or in few. Who owns it follows from the names of the
//! processes alone: when one comes or goes, only its own cells move. A process that gets pings of cells
//! that are not its own hands them on.

use futures_util::future::BoxFuture;
use geo::Cell;
use kernel::{Id, Refusal};

use super::ping::{Ping, WorkerId};

/// The level of the cells that are shared out: about 78 by 39 kilometres at the equator.
pub const SHARD_LEVEL: u8 = 9;

/// One process among several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub u16);

pub trait Shards: Send + Sync + 'static {
    /// Nothing where the cell is this process's own.
    fn owner(&self, market: Id<kernel::Market>, cell: Cell) -> Option<Node>;

    /// Hands pings of one worker on to their owner.
    fn hand_on<'a>(
        &'a self,
        to: Node,
        market: Id<kernel::Market>,
        worker: WorkerId,
        pings: Vec<Ping>,
    ) -> BoxFuture<'a, Result<(), Refusal>>;
}

/// One process, which owns everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Shards for Alone {
    fn owner(&self, _: Id<kernel::Market>, _: Cell) -> Option<Node> {
        None
    }

    fn hand_on<'a>(
        &'a self,
        _: Node,
        _: Id<kernel::Market>,
        _: WorkerId,
        _: Vec<Ping>,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Whoever has the highest number for a cell owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendezvous {
    nodes: Vec<Node>,
}

impl Rendezvous {
    /// In whatever order they are named.
    pub fn new(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut nodes: Vec<Node> = nodes.into_iter().collect();
        nodes.sort_unstable();
        nodes.dedup();
        Self { nodes }
    }

    /// Nothing where there are no nodes.
    pub fn owner(&self, market: Id<kernel::Market>, cell: Cell) -> Option<Node> {
        let code = cell.at_level(SHARD_LEVEL).code();
        let place = mix(market.raw() as u64 ^ mix(code as u64));
        self.nodes.iter().copied().max_by_key(|node| (mix(place ^ mix(u64::from(node.0) + 1)), *node))
    }
}

/// Pings by whoever owns them, each one's in their order.
pub fn split(
    shards: &dyn Shards,
    market: Id<kernel::Market>,
    pings: &[Ping],
) -> Vec<(Option<Node>, Vec<Ping>)> {
    let mut parts: Vec<(Option<Node>, Vec<Ping>)> = Vec::new();
    for ping in pings {
        let owner = shards.owner(market, Cell::of(ping.point));
        match parts.iter_mut().find(|(its, _)| *its == owner) {
            Some((_, part)) => part.push(*ping),
            None => parts.push((owner, vec![*ping])),
        }
    }
    parts
}

/// A number from a number, unlike its neighbours'.
fn mix(number: u64) -> u64 {
    let mut it = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use geo::Point;
    use kernel::jiff::Timestamp;

    use super::*;

    const MARKET: Id<kernel::Market> = Id::from_raw(77);

    fn cells() -> impl Iterator<Item = Cell> {
        (0..4_000).map(|code| Cell::new(SHARD_LEVEL, code * 61).unwrap())
    }

    fn nodes(numbers: impl IntoIterator<Item = u16>) -> Rendezvous {
        Rendezvous::new(numbers.into_iter().map(Node))
    }

    #[test]
    fn cells_are_shared_out_evenly_and_move_only_with_their_node() {
        let (four, five) = (nodes(0..4), nodes([4, 2, 0, 3, 1, 1]));
        let mut shares = BTreeMap::new();
        for cell in cells() {
            let owner = five.owner(MARKET, cell).unwrap();
            *shares.entry(owner).or_insert(0) += 1;
            if owner != Node(4) {
                assert_eq!(four.owner(MARKET, cell), Some(owner));
            }
        }
        assert_eq!(shares.len(), 5);
        assert!(shares.values().all(|share| (650..950).contains(share)), "{shares:?}");
        assert_eq!(nodes([]).owner(MARKET, Cell::new(9, 1).unwrap()), None);
        assert_eq!(nodes([7]).owner(MARKET, Cell::new(9, 1).unwrap()), Some(Node(7)));
    }

    #[test]
    fn markets_are_shared_out_apart() {
        let five = nodes(0..5);
        let moved = cells().filter(|cell| five.owner(MARKET, *cell) != five.owner(Id::from_raw(78), *cell));
        assert!(moved.count() > 2_500);
    }

    /// Owns what the rendezvous gives to node 0.
    struct First(Rendezvous);

    impl Shards for First {
        fn owner(&self, market: Id<kernel::Market>, cell: Cell) -> Option<Node> {
            self.0.owner(market, cell).filter(|node| *node != Node(0))
        }

        fn hand_on<'a>(
            &'a self,
            _: Node,
            _: Id<kernel::Market>,
            _: WorkerId,
            _: Vec<Ping>,
        ) -> BoxFuture<'a, Result<(), Refusal>> {
            Box::pin(std::future::ready(Ok(())))
        }
    }

    #[test]
    fn pings_go_to_their_owners_in_their_order() {
        let ping = |second: i64| {
            let point = Point::from_e7(0, second as i32 * 40_000_000).unwrap();
            Ping::new(point, Timestamp::from_second(second).unwrap(), 0)
        };
        let pings: Vec<Ping> = (0..40).map(ping).collect();
        let shards = First(nodes(0..3));
        let parts = split(&shards, MARKET, &pings);
        assert_eq!(parts.len(), 3);
        for (owner, part) in &parts {
            assert!(part.is_sorted_by_key(|ping| ping.at));
            assert!(part.iter().all(|ping| shards.owner(MARKET, Cell::of(ping.point)) == *owner));
        }
        assert_eq!(parts.iter().map(|(_, part)| part.len()).sum::<usize>(), 40);
        assert_eq!(split(&Alone, MARKET, &pings), [(None, pings)]);
    }
}
