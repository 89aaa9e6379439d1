//! On what it was measured.

use std::path::Path;

use super::{Bed, bare};
use crate::process::{command, read};

/// One line: processors, memory, kernel, Pythons, the binary.
pub(super) fn describe(bed: &Bed) -> anyhow::Result<String> {
    let processors = std::thread::available_parallelism()?;
    let model = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&model, "model name").unwrap_or("unknown processor");
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kilobytes = field(&memory, "MemTotal")
        .and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let version = |python: &Path| read(command(python, &["--version"]));
    Ok(format!(
        "{processors} × {model}, {} GB, Linux {}, {} ({}) and the class's {}, {}",
        kilobytes >> 20,
        kernel.trim(),
        version(Path::new(bare::SYSTEM_PYTHON))?.trim(),
        bare::SYSTEM_PYTHON,
        version(&bed.python)?.trim(),
        bed.binary.display(),
    ))
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}
