//! The process itself: memory, open files, age. Read from `/proc` at every scrape; where there is no
//! such folder, only the age is told.

use std::fmt;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

#[derive(Debug)]
pub(super) struct Process(Instant);

impl Process {
    pub fn started_now() -> Self {
        Self(Instant::now())
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name, help, value: i64| {
            encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
        };
        gauge("process_uptime_seconds", "Age of the process.", self.0.elapsed().as_secs().cast_signed())?;
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_bytes", "Memory in use.", bytes)?;
        }
        if let Some(open) = open_files() {
            gauge("process_open_files", "Files and sockets open.", open)?;
        }
        Ok(())
    }
}

/// `status` and not `statm`, which counts in pages of a size that it does not tell.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok()?.checked_mul(1_024)
}

fn open_files() -> Option<i64> {
    i64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}
