//! How a server was at one moment: gauges as they were read, rates out of two readings.
//!
//! **Invariant:** a rate is known only between two readings of one run of the machine: after a restart its counters begin anew.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use store::metrics::Values;

use crate::read::Reading;

/// Rates over less say nothing.
const SHORTEST: Duration = Duration::from_millis(500);

/// How much of something is used, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// In use.
    pub used: u64,
    /// In all.
    pub total: u64,
}

/// A disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// How full it is.
    pub space: Part,
}

/// A graphics card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    /// What it is called.
    pub name: String,
    /// In hundredths of a percent.
    pub busy: Option<u32>,
    /// Its own memory.
    pub memory: Option<Part>,
    /// In tenths of a degree.
    pub temperature: Option<i32>,
}

/// How a server was at one moment. What is none was not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// Its kernel.
    pub system: Option<String>,
    /// How many processors it has.
    pub cores: Option<u32>,
    /// In hundredths of a percent of all of them, since the look before.
    pub cpu: Option<u32>,
    /// Over 1, 5 and 15 minutes, in hundredths.
    pub load: Option<[u32; 3]>,
    /// Seconds since it was started.
    pub uptime: Option<u64>,
    /// Its memory, without what is only a cache.
    pub memory: Option<Part>,
    /// Its swap; a total of 0 is none.
    pub swap: Option<Part>,
    /// Bytes a second, received and sent, since the look before.
    pub traffic: Option<(u64, u64)>,
    /// How many processes there are.
    pub processes: Option<u32>,
    /// Of its hottest part, in tenths of a degree.
    pub temperature: Option<i32>,
    /// Its disks.
    pub disks: Vec<Disk>,
    /// Its graphics cards.
    pub gpus: Vec<Gpu>,
}

impl Part {
    /// In hundredths of a percent; none of nothing.
    pub fn percent(self) -> Option<u64> {
        let part = u128::from(self.used) * 10_000;
        u64::try_from(part.checked_div(u128::from(self.total))?).ok()
    }
}

impl Sample {
    /// What a reading says, with the one before it.
    pub(crate) fn between(before: Option<&(Reading, Instant)>, now: &(Reading, Instant)) -> Self {
        let (reading, at) = now;
        let rates = before.and_then(|(before, earlier)| {
            let restarted = before.uptime.zip(reading.uptime).is_some_and(|(before, now)| now < before);
            (!restarted).then(|| (busy(before, reading), traffic(before, reading, at.duration_since(*earlier))))
        });
        let (cpu, traffic) = rates.unwrap_or_default();
        Self {
            system: reading.system.clone(),
            cores: reading.cores,
            cpu,
            load: reading.load,
            uptime: reading.uptime.map(|hundredths| hundredths / 100),
            memory: reading.memory,
            swap: reading.swap,
            traffic,
            processes: reading.processes,
            temperature: reading.temperature,
            disks: reading.disks.clone(),
            gpus: reading.gpus.clone(),
        }
    }

    /// The fullest disk.
    pub fn fullest_disk(&self) -> Option<&Disk> {
        self.disks.iter().max_by_key(|disk| disk.space.percent())
    }

    /// The load over a minute for each processor, in hundredths.
    pub fn load_per_core(&self) -> Option<u64> {
        let [load, ..] = self.load?;
        u64::from(load).checked_div(u64::from(self.cores?))
    }

    /// What of it is kept over time.
    pub fn values(&self) -> Values {
        let percent = |part: Option<Part>| part.and_then(Part::percent).and_then(signed);
        Values {
            cpu: self.cpu.map(i64::from),
            cpu_peak: self.cpu.map(i64::from),
            memory: percent(self.memory),
            swap: percent(self.swap),
            disk: percent(self.fullest_disk().map(|disk| disk.space)),
            gpu: self.gpus.iter().filter_map(|gpu| gpu.busy).max().map(i64::from),
            gpu_memory: self.gpus.iter().filter_map(|gpu| percent(gpu.memory)).max(),
            load: self.load.map(|[load, ..]| i64::from(load)),
            received: self.traffic.and_then(|(received, _)| signed(received)),
            sent: self.traffic.and_then(|(_, sent)| signed(sent)),
            temperature: self.temperature.map(i64::from),
        }
    }
}

fn signed(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

/// How much of the processors' time was not idle.
fn busy(before: &Reading, now: &Reading) -> Option<u32> {
    let ((all, idle), (all_before, idle_before)) = (now.ticks?, before.ticks?);
    let (all, idle) = (all.checked_sub(all_before)?, idle.checked_sub(idle_before)?);
    let busy = u128::from(all.checked_sub(idle)?) * 10_000;
    u32::try_from(busy.checked_div(u128::from(all))?).ok()
}

/// By its own clock where it has one that only goes forward, else by ours.
fn traffic(before: &Reading, now: &Reading, by_ours: Duration) -> Option<(u64, u64)> {
    let by_its_own = before.uptime.zip(now.uptime).and_then(|(before, now)| now.checked_sub(before));
    let passed = by_its_own.map_or(by_ours, |hundredths| Duration::from_millis(hundredths.saturating_mul(10)));
    if passed < SHORTEST {
        return None;
    }
    let ((received, sent), (received_before, sent_before)) = (now.traffic?, before.traffic?);
    let rate =
        |now: u64, before: u64| u64::try_from(u128::from(now.checked_sub(before)?) * 1_000 / passed.as_millis()).ok();
    Some((rate(received, received_before)?, rate(sent, sent_before)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(uptime: Option<u64>, ticks: (u64, u64), traffic: (u64, u64)) -> Reading {
        Reading { uptime, ticks: Some(ticks), traffic: Some(traffic), ..Reading::default() }
    }

    fn after(seconds: u64, before: Reading, now: Reading) -> Sample {
        let began = Instant::now();
        Sample::between(Some(&(before, began)), &(now, began + Duration::from_secs(seconds)))
    }

    #[test]
    fn rates_are_between_two_looks() {
        let sample = after(
            99,
            reading(Some(10_000), (1_000, 900), (5_000, 1_000)),
            reading(Some(11_000), (2_000, 1_150), (105_000, 2_000)),
        );
        assert_eq!((sample.cpu, sample.traffic), (Some(75_00), Some((10_000, 100))), "by the host's own clock");
        let sample = after(20, reading(None, (1, 1), (0, 0)), reading(None, (1, 1), (20_000, 20)));
        assert_eq!((sample.cpu, sample.traffic), (None, Some((1_000, 1))), "no time passed for its processors");
    }

    #[test]
    fn the_first_look_and_the_first_after_a_restart_know_no_rates() {
        let now = (reading(Some(10_00), (5_000, 100), (9_000, 9_000)), Instant::now());
        let first = Sample::between(None, &now);
        assert_eq!((first.cpu, first.traffic, first.uptime), (None, None, Some(10)));
        // Its counters are greater than before by now, and say nothing all the same.
        let sample = after(60, reading(Some(10_000), (1_000, 50), (5_000, 1_000)), now.0);
        assert_eq!((sample.cpu, sample.traffic), (None, None));
        let back = after(60, reading(None, (1_000, 900), (5_000, 5_000)), reading(None, (500, 400), (4_000, 6_000)));
        assert_eq!((back.cpu, back.traffic), (None, None), "a counter that went back");
    }

    #[test]
    fn what_is_not_known_is_none_in_what_is_kept_too() {
        assert_eq!(Sample::default().values(), Values::default());
        let none = Sample { swap: Some(Part { used: 0, total: 0 }), ..Sample::default() };
        assert_eq!(none.values().swap, None, "no swap is not an empty swap");
    }

    #[test]
    fn a_sample_of_another_version_is_read_as_far_as_it_goes() {
        let sample: Sample = serde_json::from_str(r#"{"cores":4,"fans":3}"#).unwrap();
        assert_eq!(sample, Sample { cores: Some(4), ..Sample::default() });
    }
}
