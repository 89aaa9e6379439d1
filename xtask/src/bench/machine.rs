//! On what it was measured.

use std::path::Path;

use pythonide_measure::machine;

use super::{Bed, bare};
use crate::process::{command, read};

/// One line: processors, memory, kernel, Pythons, the binary.
pub(super) fn describe(bed: &Bed) -> anyhow::Result<String> {
    let version = |python: &Path| read(command(python, &["--version"]));
    Ok(format!(
        "{}, {} ({}) and the class's {}, {}",
        machine::describe()?,
        version(Path::new(bare::SYSTEM_PYTHON))?.trim(),
        bare::SYSTEM_PYTHON,
        version(&bed.python)?.trim(),
        bed.binary.display(),
    ))
}
