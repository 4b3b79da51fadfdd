//! From a `tracing` event to a line.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use kernel::Clock;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::{Format, Line, Sink};
use crate::redact::redact;
use crate::scope;

pub(super) struct LogLayer {
    pub sink: Arc<Sink>,
    pub format: Format,
    pub clock: Arc<dyn Clock>,
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        with_buffer(|out| {
            let meta = event.metadata();
            let mut line =
                Line::begin(out, self.format, self.clock.now(), meta.level().as_str(), meta.target());
            line.message(&redact(&message.0));
            event.record(&mut Fields(&mut line));
            scope::current(|scope| scope_fields(&mut line, scope));
            line.end();
            self.sink.write(out);
        });
    }
}

/// The ids that tie a line to its request and market.
fn scope_fields(line: &mut Line<'_>, scope: &scope::Scope) {
    if !scope.tenant.is_empty() {
        line.text("tenant", &scope.tenant);
    }
    if !scope.market.is_empty() {
        line.text("market", &scope.market);
    }
    line.id("trace_id", format_args!("{:032x}", scope.trace.trace_id));
}

/// A buffer of the thread, so that a line costs no allocation. A value whose `Debug` logs in turn
/// finds it taken and gets one of its own.
pub(crate) fn with_buffer(write: impl FnOnce(&mut String)) {
    thread_local! {
        static BUFFER: RefCell<String> = const { RefCell::new(String::new()) };
    }
    BUFFER.with(|buffer| match buffer.try_borrow_mut() {
        Ok(mut buffer) => write(&mut buffer),
        Err(_) => write(&mut String::new()),
    });
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

struct Fields<'a, 'b>(&'a mut Line<'b>);

impl Fields<'_, '_> {
    /// A long number may be somebody's card; as text it can be masked.
    fn number(&mut self, field: &Field, value: impl fmt::Display) {
        let text = value.to_string();
        match redact(&text) {
            std::borrow::Cow::Borrowed(text) => self.0.bare(field.name(), text),
            std::borrow::Cow::Owned(masked) => self.0.text(field.name(), &masked),
        }
    }
}

impl Visit for Fields<'_, '_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for the others.
        if value.is_finite() {
            self.number(field, value);
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.bare(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() != "message" {
            self.0.text(field.name(), &redact(value));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.0.text(field.name(), &redact(&value.to_string()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() != "message" {
            self.0.text(field.name(), &redact(&format!("{value:?}")));
        }
    }
}
