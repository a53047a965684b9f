//! What a process costs, as the kernel counts it.

/// The kernel counts in hundredths of a second.
const TICKS_A_SECOND: f64 = 100.0;

/// Processor time of all its threads so far, in user and kernel mode, in seconds.
pub(crate) fn processor_time(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // The name, in parentheses, may hold anything; what follows it are numbers. utime and stime are fields 14 and 15.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / TICKS_A_SECOND
}

/// Resident memory, in MiB.
pub(crate) fn memory(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
