//! What this process uses of the machine, as Linux tells it; elsewhere nothing.

/// Memory, files and processor time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    pub(super) resident_bytes: u64,
    pub(super) open_files: u64,
    pub(super) cpu_ms: u64,
}

/// What is used now.
pub(super) fn used() -> Used {
    let read = |what: &str| std::fs::read_to_string(format!("/proc/self/{what}")).unwrap_or_default();
    // The second field: resident pages.
    let pages: u64 = read("statm").split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    // Fields 14 and 15, after the name in brackets.
    let stat = read("stat");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let ticks: u64 = fields.take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Used {
        resident_bytes: pages * rustix::param::page_size() as u64,
        open_files: std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64),
        cpu_ms: ticks * 1000 / rustix::param::clock_ticks_per_second().max(1),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_uses_something() {
        let used = super::used();
        assert!(used.resident_bytes > 1 << 20 && used.open_files > 2, "{used:?}");
    }
}
