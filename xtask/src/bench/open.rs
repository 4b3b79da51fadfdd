//! A load of fixed arrivals. Each of a few connections has its share of the times at which something is
//! to be sent; it is sent then, or as soon as the answer before it is there, and counts from then on
//! when it should have been.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kernel::{Clock, SystemClock};

use crate::step::Outcome;

/// What is asked again and again, and between it what is asked once.
#[derive(Default)]
pub struct Prepared {
    pub again: Vec<Ask>,
    pub once: Vec<Ask>,
    /// One in so many is asked once, as long as there are any.
    pub once_in: usize,
}

impl Prepared {
    pub fn again(asks: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { again: asks.into_iter().map(Ask::from).collect(), ..Self::default() }
    }

    pub fn once(asks: Vec<Ask>) -> Self {
        Self { once: asks, once_in: 1, ..Self::default() }
    }

    fn at(&self, place: usize) -> Option<&Ask> {
        let is_once = self.once_in > 0 && place.is_multiple_of(self.once_in);
        let once = if is_once { self.once.get(place / self.once_in) } else { None };
        once.or_else(|| self.again.get(place % self.again.len().max(1)))
    }
}

/// A whole request as it is sent, but for what is written in just before.
#[derive(Debug, Clone)]
pub struct Ask {
    bytes: Vec<u8>,
    numbers: Vec<usize>,
    times: Vec<usize>,
}

/// Stands for a number of ten digits that nobody has sent before, and higher than those before it.
pub const NUMBER: &str = "##########";
/// Stands for the time at which it is sent.
pub const TIME: &str = "@@@@-@@-@@T@@:@@:@@Z";
const NUMBERS_FROM: usize = 1_000_000_000;
const NUMBERS_EACH_MAX: usize = 32;

impl From<Vec<u8>> for Ask {
    fn from(bytes: Vec<u8>) -> Self {
        let found = |mark: &str| {
            let mark = mark.as_bytes();
            let places = bytes.windows(mark.len()).enumerate();
            places.filter(|(_, part)| *part == mark).map(|(place, _)| place).collect()
        };
        Self { numbers: found(NUMBER), times: found(TIME), bytes }
    }
}

impl Ask {
    /// `place` is that among all that are sent.
    fn write(&self, place: usize, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        for (more, at) in self.numbers.iter().enumerate() {
            let number = NUMBERS_FROM + place * NUMBERS_EACH_MAX + more % NUMBERS_EACH_MAX;
            into[*at..*at + NUMBER.len()]
                .copy_from_slice(&format!("{number:010}").as_bytes()[..NUMBER.len()]);
        }
        if !self.times.is_empty() {
            let now = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            for at in &self.times {
                into[*at..*at + TIME.len()].copy_from_slice(&now.as_bytes()[..TIME.len()]);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// What was answered well in a second.
    pub per_s: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub errors: u64,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_s, p50_ms, p95_ms, p99_ms, errors } = self;
        write!(f, "{per_s:.0}/s, p50 {p50_ms:.2} ms, p95 {p95_ms:.2} ms, p99 {p99_ms:.2} ms, {errors} errors")
    }
}

const CONNECTIONS: u32 = 64;
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// What is sent so long after it should have been that the rate is plainly not held is not sent.
const LATE_MAX: Duration = Duration::from_secs(10);

pub fn hold(url: &str, prepared: &Prepared, per_s: u32, seconds: u32) -> Outcome<Found> {
    let address = address(url);
    let start = Instant::now() + Duration::from_millis(200);
    let outcomes: Vec<Outcome<(Vec<u32>, u64)>> = std::thread::scope(|scope| {
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|number| scope.spawn(move || one(address, prepared, per_s, seconds, number, start)))
            .collect();
        connections.into_iter().map(|it| it.join().unwrap_or(Err("a connection panicked".into()))).collect()
    });
    let took = start.elapsed().as_secs_f64();
    let (mut times, mut errors) = (Vec::new(), 0);
    for outcome in outcomes {
        let (some, faults) = outcome?;
        times.extend(some);
        errors += faults;
    }
    Ok(summed(times, errors, took))
}

fn summed(mut times_us: Vec<u32>, errors: u64, took_s: f64) -> Found {
    times_us.sort_unstable();
    let at = |percent: usize| {
        let place = (times_us.len() * percent / 100).min(times_us.len().saturating_sub(1));
        times_us.get(place).map_or(0.0, |us| f64::from(*us) / 1e3)
    };
    Found { per_s: times_us.len() as f64 / took_s, p50_ms: at(50), p95_ms: at(95), p99_ms: at(99), errors }
}

fn one(
    address: &str,
    prepared: &Prepared,
    per_s: u32,
    seconds: u32,
    number: u32,
    start: Instant,
) -> Outcome<(Vec<u32>, u64)> {
    let (mut line, mut bytes) = (Line::open(address)?, Vec::new());
    let step = Duration::from_secs_f64(f64::from(CONNECTIONS) / f64::from(per_s));
    let first = step.mul_f64(f64::from(number) / f64::from(CONNECTIONS));
    let turns = per_s * seconds / CONNECTIONS;
    let (mut times, mut errors) = (Vec::with_capacity(turns as usize), 0);
    for turn in 0..turns {
        let due = start + first + step.mul_f64(f64::from(turn));
        match due.checked_duration_since(Instant::now()) {
            Some(early) => std::thread::sleep(early),
            None if due.elapsed() > LATE_MAX => {
                errors += u64::from(turns - turn);
                break;
            }
            None => {}
        }
        let place = turn as usize * CONNECTIONS as usize + number as usize;
        let Some(ask) = prepared.at(place) else { break };
        ask.write(place, &mut bytes);
        match line.ask(&bytes) {
            Ok(status) if status < 400 => {
                times.push(due.elapsed().as_micros().min(u128::from(u32::MAX)) as u32)
            }
            Ok(_) => errors += 1,
            Err(_) => {
                errors += 1;
                line = Line::open(address)?;
            }
        }
    }
    Ok((times, errors))
}

/// Asks all of these, over all connections at once and as fast as they are answered; what is read of each
/// answer's body stands in their order.
pub fn ask_all<T: Send>(
    url: &str,
    asks: &[Ask],
    read: impl Fn(&[u8]) -> Option<T> + Sync,
) -> Outcome<Vec<T>> {
    let (address, read) = (address(url), &read);
    let share = asks.len().div_ceil(CONNECTIONS as usize).max(1);
    let some = |number: usize, asks: &[Ask]| -> Outcome<Vec<T>> {
        let (mut line, mut bytes) = (Line::open(address)?, Vec::new());
        let one = |(place, ask): (usize, &Ask)| {
            ask.write(number * share + place, &mut bytes);
            let status = line.ask(&bytes).map_err(|fault| format!("{address}: {fault}"))?;
            let text = || format!("answered {status}: {}", String::from_utf8_lossy(&line.body));
            if status < 400 { read(&line.body).ok_or_else(text) } else { Err(text()) }
        };
        asks.iter().enumerate().map(one).collect()
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = asks
            .chunks(share)
            .enumerate()
            .map(|(number, asks)| scope.spawn(move || some(number, asks)))
            .collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or(Err("a connection panicked".into())));
        Ok(joined.collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect())
    })
}

pub fn ask_once(url: &str, ask: &[u8]) -> Outcome<u16> {
    Line::open(address(url))?.ask(ask).map_err(|fault| format!("{url}: {fault}"))
}

fn address(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}

struct Line {
    stream: BufReader<TcpStream>,
    head: String,
    body: Vec<u8>,
}

impl Line {
    fn open(address: &str) -> Outcome<Self> {
        let failed = |fault: std::io::Error| format!("{address}: {fault}");
        let stream = TcpStream::connect(address).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN)).map_err(failed)?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), head: String::new(), body: Vec::new() })
    }

    /// Gives the status; the answer is read whole.
    fn ask(&mut self, ask: &[u8]) -> std::io::Result<u16> {
        self.stream.get_mut().write_all(ask)?;
        let status = self.head_line()?.get(9..12).and_then(|it| it.parse().ok());
        let status: u16 = status.ok_or_else(|| std::io::Error::other("no status"))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.head_line()?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = true;
            }
        }
        if !is_chunked {
            self.take(length)?;
            return Ok(status);
        }
        loop {
            let size = usize::from_str_radix(self.head_line()?, 16).map_err(std::io::Error::other)?;
            self.take(size + 2)?;
            if size == 0 {
                return Ok(status);
            }
        }
    }

    fn head_line(&mut self) -> std::io::Result<&str> {
        self.head.clear();
        if self.stream.read_line(&mut self.head)? == 0 {
            return Err(std::io::Error::other("it hung up"));
        }
        Ok(self.head.trim_end())
    }

    fn take(&mut self, length: usize) -> std::io::Result<()> {
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_in() {
        let ask = Ask::from(format!("a {NUMBER} b {NUMBER} at {TIME}").into_bytes());
        let mut bytes = Vec::new();
        ask.write(2, &mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("a 1000000064 b 1000000065 at 2"), "{text}");
        assert_eq!(text.len(), ask.bytes.len());
    }

    #[test]
    fn what_is_asked_once_stands_between_the_others() {
        let asks = |texts: &[&str]| texts.iter().map(|text| Ask::from(text.as_bytes().to_vec())).collect();
        let prepared = Prepared { again: asks(&["a", "b"]), once: asks(&["1", "2"]), once_in: 3 };
        let text: Vec<&[u8]> = (0..8).map(|place| &*prepared.at(place).unwrap().bytes).collect();
        assert_eq!(text.concat(), b"1ba2abab");
        assert!(Prepared::once(asks(&["1"])).at(1).is_none());
    }

    #[test]
    fn times_are_summed_up() {
        let found = summed((1..=100).rev().map(|ms| ms * 1_000).collect(), 2, 10.0);
        assert_eq!((found.p50_ms, found.p95_ms, found.p99_ms), (51.0, 96.0, 100.0));
        assert_eq!((found.per_s, found.errors), (10.0, 2));
        assert_eq!(summed(Vec::new(), 5, 1.0).p95_ms, 0.0);
    }
}
