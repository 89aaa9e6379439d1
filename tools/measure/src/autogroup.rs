//! The kernel's autogroup (sched(7)), which shares out the processors between sessions first. Containers have none.

use std::fs;

use crate::output::progress;

const SETTING: &str = "/proc/sys/kernel/sched_autogroup_enabled";

/// Until it is dropped, the kernel shares out the processors between threads, however many of them one session has.
#[derive(Debug)]
#[must_use = "dropped, it switches the autogroup on again"]
pub struct AutogroupOff(());

impl AutogroupOff {
    /// `None` where the autogroup is off already, or where this process may not change it.
    pub fn set() -> Option<Self> {
        let is_on = fs::read_to_string(SETTING).is_ok_and(|now| now.trim() == "1");
        (is_on && fs::write(SETTING, "0").is_ok()).then_some(Self(()))
    }
}

impl Drop for AutogroupOff {
    fn drop(&mut self) {
        if let Err(error) = fs::write(SETTING, "1") {
            progress(format_args!("{SETTING} is still 0: {error}"));
        }
    }
}
