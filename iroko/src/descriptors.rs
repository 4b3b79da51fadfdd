//! Files and connections that this process may have open at once, shared out before they run out: a
//! server without any left could neither open a market nor take a connection.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::config::Settings;

/// The database's connections, logs, sockets and whatever else is open besides.
const OTHERS: u64 = 256;

/// What fits into the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub allowed: u64,
    pub markets: usize,
    pub connections: usize,
    /// The settings ask for more.
    pub is_cut: bool,
}

/// Raises the process's own limit to what the system lets it have, and shares that out.
pub fn share(settings: &Settings) -> Share {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let allowed = limit.current.unwrap_or(u64::MAX);
    share_out(allowed, settings.store.open_markets_max.get(), settings.server.max_connections.get())
}

fn share_out(allowed: u64, markets: u64, connections: u64) -> Share {
    let each = store::limits::FILES_PER_OPEN_MARKET;
    let spare = allowed.saturating_sub(OTHERS + store::limits::FILES_BESIDE_MARKETS);
    // Connections get what markets leave, and half of all if that is less.
    let connections_fit = connections.min(spare.saturating_sub(markets * each).max(spare / 2)).max(1);
    let markets_fit = markets.min((spare - spare.min(connections_fit)) / each).max(1);
    Share {
        allowed,
        markets: markets_fit as usize,
        connections: connections_fit as usize,
        is_cut: (markets_fit, connections_fit) != (markets, connections),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_given_while_it_fits() {
        let each = store::limits::FILES_PER_OPEN_MARKET;
        let beside = OTHERS + store::limits::FILES_BESIDE_MARKETS;
        // allowed, wanted markets and connections, what they get
        let cases = [
            (u64::MAX, 1_000, 10_000, (1_000, 10_000)),
            (beside + 10_000 + 1_000 * each, 1_000, 10_000, (1_000, 10_000)),
            (beside + 10_000 + 1_000 * each - 1, 1_000, 10_000, (1_000, 9_999)),
            // Little to share: half each.
            (beside + 1_000 * each, 1_000, 10_000, (500, 500 * each as usize)),
            // Few connections leave more to the markets.
            (beside + 100 + 900 * each, 1_000, 100, (900, 100)),
            (beside, 1_000, 10_000, (1, 1)),
            (0, 1_000, 10_000, (1, 1)),
        ];
        for (allowed, markets, connections, expected) in cases {
            let share = share_out(allowed, markets, connections);
            assert_eq!((share.markets, share.connections), expected, "{allowed}");
            assert_eq!(share.is_cut, expected != (markets as usize, connections as usize), "{allowed}");
        }
    }
}
