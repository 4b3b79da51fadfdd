//! One line per request: which requests get one, and what is on it.

use std::cell::Cell;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;

use crate::limits::SLOW;
use crate::log::{Format, Line, Sink, with_buffer};
use crate::redact::redact;
use crate::trace::TraceContext;

/// Which requests get a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessPolicy {
    Off,
    /// The server's own errors, and slow ones.
    Errors,
    /// These, and one in so many of the others.
    Sampled(u32),
    All,
}

impl AccessPolicy {
    pub const ALLOWED: &str = "off, errors, sampled(1/N) or all";

    fn wants(self, line: &AccessLine<'_>, one_in: impl FnOnce(u32) -> bool) -> bool {
        match self {
            Self::Off => false,
            Self::All => true,
            _ if line.status >= 500 || line.elapsed >= SLOW => true,
            Self::Errors => false,
            Self::Sampled(n) => one_in(n),
        }
    }
}

impl FromStr for AccessPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "errors" => Ok(Self::Errors),
            "all" => Ok(Self::All),
            _ => text
                .strip_prefix("sampled(1/")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|n| n.parse().ok())
                .filter(|n| *n > 0)
                .map(Self::Sampled)
                .ok_or_else(|| format!("expected {}", Self::ALLOWED)),
        }
    }
}

impl Display for AccessPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Errors => f.write_str("errors"),
            Self::Sampled(n) => write!(f, "sampled(1/{n})"),
            Self::All => f.write_str("all"),
        }
    }
}

/// A request that was answered. The path is not here: it may hold anything; where no route matched,
/// `unmatched_path` carries it and is redacted.
#[derive(Clone, Copy)]
pub struct AccessLine<'a> {
    pub method: &'a str,
    pub route: &'a str,
    pub unmatched_path: Option<&'a str>,
    pub status: u16,
    pub elapsed: Duration,
    pub bytes_out: u64,
    pub tenant: &'a str,
    pub market: &'a str,
    /// The id of whoever asked, in its text form.
    pub actor: Option<&'a dyn Display>,
    pub trace: TraceContext,
}

pub struct AccessLog {
    sink: Arc<Sink>,
    format: Format,
    policy: AccessPolicy,
    clock: Arc<dyn Clock>,
}

impl AccessLog {
    pub(crate) fn new(sink: Arc<Sink>, format: Format, policy: AccessPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { sink, format, policy, clock }
    }

    /// Writes the line if the policy wants it. Does not go through `tracing`: a request has one line
    /// of a known shape, and nothing on it is looked up, filtered or boxed.
    pub fn record(&self, request: &AccessLine<'_>) {
        if self.policy.wants(request, one_in_of_this_thread) {
            with_buffer(|out| {
                self.put(out, request);
                self.sink.write(out);
            });
        }
    }

    fn put(&self, out: &mut String, request: &AccessLine<'_>) {
        let level = if request.status >= 500 { "ERROR" } else { "INFO" };
        let mut line = Line::begin(out, self.format, self.clock.now(), level, "request");
        line.text("http.method", request.method);
        line.text("http.route", request.route);
        if let Some(path) = request.unmatched_path {
            line.text("http.path", &redact(path));
        }
        line.bare("http.status", request.status);
        line.bare("duration_us", request.elapsed.as_micros());
        line.bare("bytes_out", request.bytes_out);
        if !request.tenant.is_empty() {
            line.text("tenant", request.tenant);
        }
        if !request.market.is_empty() {
            line.text("market", request.market);
        }
        if let Some(actor) = request.actor {
            line.id("actor", actor);
        }
        line.id("trace_id", format_args!("{:032x}", request.trace.trace_id));
        line.end();
    }
}

/// Counted per thread, so that sampling shares nothing.
fn one_in_of_this_thread(n: u32) -> bool {
    thread_local! {
        static SEEN: Cell<u32> = const { Cell::new(0) };
    }
    SEEN.with(|seen| {
        let now = seen.get();
        seen.set(now.wrapping_add(1));
        now.is_multiple_of(n)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_a_line() {
        let trace = TraceContext { trace_id: 1, span_id: 1, parent_id: None, flags: 0 };
        let request = |status, ms| AccessLine {
            method: "GET",
            route: "/v1/requests/{id}",
            unmatched_path: None,
            status,
            elapsed: Duration::from_millis(ms),
            bytes_out: 0,
            tenant: "",
            market: "",
            actor: None,
            trace,
        };
        let wants = |policy: AccessPolicy, status, ms| policy.wants(&request(status, ms), |_| false);
        for (policy, ok, refused, failed, slow) in [
            (AccessPolicy::Off, false, false, false, false),
            (AccessPolicy::Errors, false, false, true, true),
            (AccessPolicy::Sampled(9), false, false, true, true),
            (AccessPolicy::All, true, true, true, true),
        ] {
            assert_eq!(wants(policy, 200, 1), ok, "{policy}");
            assert_eq!(wants(policy, 404, 1), refused, "{policy}");
            assert_eq!(wants(policy, 503, 1), failed, "{policy}");
            assert_eq!(wants(policy, 200, 1_000), slow, "{policy}");
        }
        assert!(AccessPolicy::Sampled(9).wants(&request(200, 1), |n| n == 9));
    }

    #[test]
    fn policies_read_as_they_are_written() {
        for text in ["off", "errors", "sampled(1/100)", "all"] {
            assert_eq!(text.parse::<AccessPolicy>().unwrap().to_string(), text);
        }
        for text in ["", "on", "sampled", "sampled(1/0)", "sampled(1/-3)", "sampled(2/3)"] {
            assert!(text.parse::<AccessPolicy>().is_err(), "{text}");
        }
    }
}
