//! The machine that a bench ran on.

/// Processors, memory and kernel, in one line.
///
/// # Errors
/// Where `/proc` cannot be read.
pub fn describe() -> anyhow::Result<String> {
    let processors = std::thread::available_parallelism()?;
    let model = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&model, "model name").unwrap_or("unknown processor");
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kilobytes = field(&memory, "MemTotal")
        .and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "{processors} × {model}, {} GB, Linux {}",
        kilobytes >> 20,
        kernel.trim(),
    ))
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}
