//! Where lines go: a bounded buffer that one thread empties.
//!
//! A buffer under a short lock instead of a channel: no allocation and no wake-up per line, and the
//! bound is in bytes. Whoever logs never waits for the terminal; a full buffer drops and counts.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use crate::limits::{LOG_BUFFER_BYTES_MAX, LOG_GATHER};

#[derive(Default)]
pub(crate) struct Sink {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    stop: bool,
}

/// The thread behind a sink; dropping it writes the rest.
pub(crate) struct Writer {
    sink: Arc<Sink>,
    thread: Option<JoinHandle<()>>,
}

impl Sink {
    pub fn start(out: Box<dyn Write + Send>) -> std::io::Result<(Arc<Self>, Writer)> {
        let sink = Arc::new(Self::default());
        let mine = sink.clone();
        let thread = std::thread::Builder::new().name("log".into()).spawn(move || mine.empty_into(out))?;
        Ok((sink.clone(), Writer { sink, thread: Some(thread) }))
    }

    pub fn write(&self, line: &str) {
        let mut waiting = self.waiting.lock();
        let before = waiting.bytes.len();
        if before + line.len() > LOG_BUFFER_BYTES_MAX {
            drop(waiting);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.bytes.extend_from_slice(line.as_bytes());
        let half = LOG_BUFFER_BYTES_MAX / 2;
        let wake = before == 0 || (before < half && waiting.bytes.len() >= half);
        drop(waiting);
        if wake {
            self.wake.notify_one();
        }
    }

    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn empty_into(&self, mut out: Box<dyn Write + Send>) {
        let mut batch = Vec::new();
        let mut told = 0;
        loop {
            let mut waiting = self.waiting.lock();
            while waiting.bytes.is_empty() && !waiting.stop {
                self.wake.wait(&mut waiting);
            }
            if waiting.bytes.len() < LOG_BUFFER_BYTES_MAX / 2 && !waiting.stop {
                self.wake.wait_for(&mut waiting, LOG_GATHER);
            }
            std::mem::swap(&mut batch, &mut waiting.bytes);
            let stop = waiting.stop;
            drop(waiting);
            // There is nowhere left to report that the log itself cannot be written.
            let _ = out.write_all(&batch);
            batch.clear();
            let dropped = self.dropped();
            if dropped > told {
                let _ = writeln!(out, "{} log lines were dropped: the log could not keep up", dropped - told);
                told = dropped;
            }
            let _ = out.flush();
            if stop && self.waiting.lock().bytes.is_empty() {
                return;
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.sink.waiting.lock().stop = true;
        self.sink.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Lets the writer through once for every message.
    struct Gate(mpsc::Receiver<()>, Arc<Mutex<Vec<u8>>>);

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            self.1.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stuck_writer_costs_lines_but_never_the_caller() {
        let (open, gate) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let (sink, writer) = Sink::start(Box::new(Gate(gate, written.clone()))).unwrap();
        let line = format!("{}\n", "x".repeat(999));
        let lines = 5 * LOG_BUFFER_BYTES_MAX / line.len();
        for _ in 0..lines {
            sink.write(&line);
        }
        let dropped = sink.dropped();
        assert!(dropped > 0, "the buffer is bounded");
        drop(open);
        drop(writer);
        let written = String::from_utf8(written.lock().clone()).unwrap();
        assert_eq!(written.lines().filter(|l| l.starts_with('x')).count() as u64 + dropped, lines as u64);
        assert!(written.contains("log lines were dropped"));
    }
}
