//! Reads what a host said of itself.
//!
//! **Invariants:** what cannot be read is not known, and never zero. Whatever a host says, reading takes bounded memory, and no
//! amount that is impossible is believed: more used than there is, more than a machine can have.

use crate::sample::{Disk, Gpu, Part};

/// More are not read.
const DISKS: usize = 32;
const GPUS: usize = 16;
/// Longer names are cut.
const NAME: usize = 64;
/// A machine has no more of anything, in bytes: an exbibyte.
const MOST: u64 = 1 << 60;

/// What a host said: amounts as they are, and counters that mean something only beside an earlier reading.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reading {
    pub(crate) system: Option<String>,
    pub(crate) cores: Option<u32>,
    /// Ticks of all cores since the start: all of them, and idle ones.
    pub(crate) ticks: Option<(u64, u64)>,
    /// Over 1, 5 and 15 minutes, in hundredths.
    pub(crate) load: Option<[u32; 3]>,
    /// Hundredths of a second since the start.
    pub(crate) uptime: Option<u64>,
    pub(crate) memory: Option<Part>,
    pub(crate) swap: Option<Part>,
    /// Bytes received and sent by real interfaces since the start.
    pub(crate) traffic: Option<(u64, u64)>,
    pub(crate) processes: Option<u32>,
    /// Tenths of a degree.
    pub(crate) temperature: Option<i32>,
    pub(crate) disks: Vec<Disk>,
    pub(crate) gpus: Vec<Gpu>,
}

/// Reads all parts.
pub(crate) fn read(text: &str) -> Reading {
    let part = |name: &str| -> &str {
        let Some((_, rest)) = text.split_once(&format!("@{name}\n")) else { return "" };
        let end = rest.match_indices('@').map(|(at, _)| at).find(|at| *at == 0 || rest[..*at].ends_with('\n'));
        &rest[..end.unwrap_or(rest.len())]
    };
    let nvidia: Vec<Gpu> = part("nvidia").lines().take(GPUS).filter_map(nvidia).collect();
    Reading {
        system: part("system").lines().next().map(name).filter(|system| !system.is_empty()),
        cores: part("cores").trim().parse().ok().filter(|cores| (1..=65_536).contains(cores)),
        ticks: ticks(part("stat")),
        load: load(part("load")),
        uptime: part("uptime").split_whitespace().next().and_then(hundredths),
        memory: memory(part("memory")),
        swap: amount(part("memory"), "SwapTotal").zip(amount(part("memory"), "SwapFree")).and_then(left),
        traffic: traffic(part("network")),
        processes: part("processes").trim().parse().ok().filter(|processes| *processes > 0),
        temperature: part("temperature").lines().filter_map(degrees).max(),
        disks: disks(part("disks")),
        gpus: if nvidia.is_empty() { amd(part("amd")) } else { nvidia },
    }
}

fn name(text: &str) -> String {
    text.trim().chars().take(NAME).collect()
}

/// `cpu  user nice system idle iowait irq softirq steal guest guest_nice`, see proc(5): the last two are in the first two.
fn ticks(line: &str) -> Option<(u64, u64)> {
    let mut words = line.lines().next()?.split_whitespace();
    if words.next() != Some("cpu") {
        return None;
    }
    let ticks = words.take(8).map(|word| word.parse::<u64>().ok()).collect::<Option<Vec<u64>>>()?;
    let all = ticks.iter().try_fold(0_u64, |all, some| all.checked_add(*some))?;
    let idle = ticks.get(3)?.checked_add(ticks.get(4).copied().unwrap_or(0))?;
    Some((all, idle))
}

/// `0.50 0.40 0.30 1/200 1234`, or what `uptime` says where there is no `/proc`: `load averages: 1.50 1.40 1.30`.
fn load(text: &str) -> Option<[u32; 3]> {
    let line = text.lines().next()?;
    let line = line.rsplit_once("load average").map_or(line, |(_, averages)| averages.trim_start_matches("s:"));
    let mut averages = line.split([' ', ',', ':']).filter(|word| !word.is_empty()).map(hundredths);
    let mut next = || averages.next()?.and_then(|load| u32::try_from(load).ok()).filter(|load| *load < 100_000_000);
    Some([next()?, next()?, next()?])
}

/// `12.34` as 1234; nothing but digits and one point.
fn hundredths(word: &str) -> Option<u64> {
    let (whole, part) = word.split_once('.').unwrap_or((word, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let part: u64 = format!("{part:0<2}").get(..2)?.parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part)
}

/// A line of `/proc/meminfo`, in bytes.
fn amount(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    kilobytes(line.trim().strip_suffix("kB")?.trim())
}

fn kilobytes(word: &str) -> Option<u64> {
    word.parse::<u64>().ok()?.checked_mul(1024).filter(|bytes| *bytes <= MOST)
}

/// What is used, of what there is and what is left.
fn left((total, left): (u64, u64)) -> Option<Part> {
    Some(Part { used: total.checked_sub(left)?, total })
}

fn memory(text: &str) -> Option<Part> {
    let total = amount(text, "MemTotal").filter(|total| *total > 0)?;
    // Kernels before 3.14 do not say what is available.
    let available = amount(text, "MemAvailable").or_else(|| {
        let parts = ["MemFree", "Buffers", "Cached"].map(|name| amount(text, name));
        Some(parts[0]? + parts[1]? + parts[2]?)
    })?;
    left((total, available))
}

/// `eth0: received packets errs drop fifo frame compressed multicast sent …`, without interfaces whose traffic another one has, too.
fn traffic(text: &str) -> Option<(u64, u64)> {
    const INSIDE: [&str; 17] = [
        "lo",
        "veth",
        "docker",
        "br-",
        "virbr",
        "vnet",
        "tap",
        "tun",
        "wg",
        "cni",
        "cali",
        "flannel",
        "dummy",
        "ifb",
        "bond",
        "podman",
        "tailscale",
    ];
    let (mut all, mut known) = ((0_u64, 0_u64), false);
    for line in text.lines().filter_map(|line| line.split_once(':')) {
        let (interface, counters) = (line.0.trim(), line.1);
        if INSIDE.iter().any(|inside| interface.starts_with(inside)) {
            continue;
        }
        let counters: Vec<&str> = counters.split_whitespace().collect();
        let counter = |index: usize| counters.get(index)?.parse::<u64>().ok();
        all = (all.0.checked_add(counter(0)?)?, all.1.checked_add(counter(8)?)?);
        known = true;
    }
    known.then_some(all)
}

/// Thousandths of a degree, as sensors have it; one that is not there says nonsense.
fn degrees(line: &str) -> Option<i32> {
    let thousandths: i32 = line.trim().parse().ok()?;
    (1_000..150_000).contains(&thousandths).then_some(thousandths / 100)
}

/// POSIX `df -kP`: `device blocks used available capacity% mount`. A mount point may have spaces.
fn disks(text: &str) -> Vec<Disk> {
    const NOT_ONE: [&str; 11] =
        ["tmpfs", "devtmpfs", "udev", "devfs", "none", "shm", "overlay", "squashfs", "efivarfs", "map", "/dev/loop"];
    let mut disks: Vec<(&str, Disk)> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(device) = words.next() else { continue };
        let mut number = || kilobytes(words.next()?);
        let Some(((_, used), available)) = number().zip(number()).zip(number()) else { continue };
        let Some((_, mount)) = line.split_once("% ") else { continue };
        let mount = mount.trim();
        let is_one = mount == "/" || !NOT_ONE.iter().any(|prefix| device.starts_with(prefix));
        // What is read-only by nature is always full.
        let is_small = used + available < 16 << 20;
        // One device may be mounted in many places: the first is where people know it.
        let is_known =
            disks.iter().any(|(known, disk)| (device.contains('/') && *known == device) || disk.mount == mount);
        if is_one && !is_small && !is_known && disks.len() < DISKS {
            // What is reserved for root counts as neither, as in `df` itself.
            disks.push((device, Disk { mount: name(mount), space: Part { used, total: used + available } }));
        }
    }
    disks.into_iter().map(|(_, disk)| disk).collect()
}

/// `NVIDIA A100, 97, 39000, 40960, 71`: name, percent, MiB used, MiB in all, degrees; `[N/A]` where it does not know.
fn nvidia(line: &str) -> Option<Gpu> {
    let words: Vec<&str> = line.split(',').map(str::trim).collect();
    let [called, busy, used, total, degrees] = words[..] else { return None };
    let mebibytes = |word: &str| word.parse::<u64>().ok()?.checked_mul(1 << 20).filter(|bytes| *bytes <= MOST);
    Some(Gpu {
        name: name(called),
        busy: percent(busy),
        memory: mebibytes(used).zip(mebibytes(total)).and_then(part),
        temperature: whole_degrees(degrees),
    })
}

/// A table with a head; which columns there are differs from version to version.
fn amd(text: &str) -> Vec<Gpu> {
    let mut lines = text.lines().filter(|line| line.contains(','));
    let Some(head) = lines.next() else { return Vec::new() };
    let head: Vec<String> = head.split(',').map(|column| column.trim().to_lowercase()).collect();
    let column = |says: &[&str]| head.iter().position(|column| says.iter().all(|word| column.contains(word)));
    let (busy, total, used) = (column(&["gpu use"]), column(&["vram total memory"]), column(&["vram total used"]));
    let (called, hot) = (column(&["card series"]), column(&["temperature"]));
    let gpu = |line: &str| {
        let words: Vec<&str> = line.split(',').map(str::trim).collect();
        let word = |column: Option<usize>| words.get(column?).copied();
        let bytes = |column| word(column)?.parse::<u64>().ok().filter(|bytes| *bytes <= MOST);
        Gpu {
            name: name(word(called).unwrap_or("GPU")),
            busy: word(busy).and_then(percent),
            memory: bytes(used).zip(bytes(total)).and_then(part),
            temperature: word(hot).and_then(|word| whole_degrees(word.split('.').next()?)),
        }
    };
    lines.take(GPUS).map(gpu).collect()
}

/// In hundredths.
fn percent(word: &str) -> Option<u32> {
    word.parse::<u32>().ok().filter(|percent| *percent <= 100).map(|percent| percent * 100)
}

fn part((used, total): (u64, u64)) -> Option<Part> {
    (used <= total && total > 0).then_some(Part { used, total })
}

/// In tenths.
fn whole_degrees(word: &str) -> Option<i32> {
    word.parse::<i32>().ok().filter(|degrees| (1..150).contains(degrees)).map(|degrees| degrees * 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINUX: &str = include_str!("../testdata/linux.txt");

    #[test]
    fn a_linux_host_with_everything_is_read() {
        let reading = read(LINUX);
        assert_eq!(reading.system.as_deref(), Some("Linux 6.1.0-18-amd64"));
        assert_eq!((reading.cores, reading.processes, reading.temperature), (Some(16), Some(312), Some(615)));
        assert_eq!(reading.ticks, Some((10_000, 8_500)));
        assert_eq!((reading.load, reading.uptime), (Some([125, 90, 5]), Some(4_723_525)));
        assert_eq!(reading.memory, Some(Part { used: 4_000 * 1024, total: 16_000 * 1024 }));
        assert_eq!(reading.swap, Some(Part { used: 500 * 1024, total: 1_000 * 1024 }));
        assert_eq!(reading.traffic, Some((3_000, 700)), "no interface twice");
        let disks: Vec<(&str, u64)> =
            reading.disks.iter().map(|disk| (disk.mount.as_str(), disk.space.percent().unwrap())).collect();
        assert_eq!(disks, [("/", 61_00), ("/mnt/My Data", 9_50), ("/tank", 50_00)]);
        let gpus: Vec<_> = reading.gpus.iter().map(|gpu| (gpu.busy, gpu.memory.is_some(), gpu.temperature)).collect();
        assert_eq!(gpus, [(Some(97_00), true, Some(710)), (None, false, None)]);
    }

    #[test]
    fn a_mac_without_proc_says_what_it_can_and_the_rest_is_unknown() {
        let reading = read(include_str!("../testdata/mac.txt"));
        assert_eq!(reading.cores, Some(8));
        assert_eq!(reading.load, Some([231, 198, 176]));
        assert_eq!(reading.disks.len(), 2);
        assert_eq!((reading.ticks, reading.memory, reading.uptime, reading.traffic), (None, None, None, None));
    }

    #[test]
    fn a_value_that_cannot_be_read_is_unknown_and_not_zero() {
        for (good, bad) in [
            ("cpu  1000", "cpu  x000"),
            ("MemTotal:       16000 kB", "MemTotal:       16000 MB"),
            ("MemAvailable:   12000 kB", "MemAvailable:   99000 kB"),
            ("1.25 0.90 0.05", "1.25 abc 0.05"),
            ("47235.25", "-47235.25"),
            ("eth0: 3000", "eth0: 18446744073709551616"),
            ("@cores\n16", "@cores\n0"),
            ("@processes\n312", "@processes\n"),
        ] {
            assert!(LINUX.contains(good), "{good}");
            let reading = read(&LINUX.replace(good, bad));
            let unknown = [
                reading.cores.is_none(),
                reading.ticks.is_none(),
                reading.memory.is_none(),
                reading.load.is_none(),
                reading.uptime.is_none(),
                reading.traffic.is_none(),
                reading.processes.is_none(),
            ];
            assert_eq!(unknown.iter().filter(|unknown| **unknown).count(), 1, "{bad}: {reading:?}");
        }
        assert_eq!(read(""), Reading::default());
    }

    #[test]
    fn amd_cards_are_read_whichever_columns_there_are() {
        let text = "@amd\ndevice,Temperature (Sensor edge) (C),GPU use (%),VRAM Total Memory (B),VRAM Total Used Memory (B),Card series\n\
                    card0,45.0,12,17163091968,1073741824,Radeon RX 6800\ncard1,N/A,N/A,0,0,Old\n\n@end\n";
        let gpus = read(text).gpus;
        assert_eq!((gpus[0].busy, gpus[0].temperature), (Some(1_200), Some(450)));
        assert_eq!(gpus[0].memory.unwrap().percent(), Some(625));
        assert_eq!((gpus[1].busy, gpus[1].memory, gpus[1].temperature), (None, None, None));
    }

    proptest! {
        #[test]
        fn whatever_a_host_says_is_read_without_harm(
            parts in prop::collection::vec(("@(system|cores|stat|load|uptime|memory|network|processes|temperature|disks|nvidia|amd|end)\n", "(?s).{0,80}"), 0..20),
        ) {
            let text: String = parts.into_iter().map(|(head, body)| head + &body + "\n").collect();
            let reading = read(&text);
            prop_assert!(reading.memory.is_none_or(|part| part.used <= part.total));
            prop_assert!(reading.disks.iter().all(|disk| disk.space.used <= disk.space.total));
        }
    }
}
