//! What a program was seen to use.

use std::time::Instant;

use super::{exact::Quick, forks::Births};

/// What a program holds and has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time in milliseconds; never falls.
    pub(super) cpu_ms: u64,
    /// Processor time that looks at it took, where that was long.
    pub(super) charged_ms: u64,
    /// Memory of its own in bytes: what it made, without files on disk and without what came from its zygote.
    /// What its processes share counts as often as there are processes.
    pub(super) memory_bytes: u64,
    /// What of that is the kernel's, for locks and mappings.
    pub(super) kernel_bytes: u64,
    /// Processes and threads.
    pub(super) tasks: u64,
    /// Files without a name whose size is known, in bytes; counted as often as there are processes that hold them.
    pub(super) nameless_bytes: u64,
    /// Other files without a name, of which nobody sees how large they are; counted likewise.
    pub(super) unknown_files: u64,
    /// How nice that process is which is so least of all; `None` when none is left.
    pub(super) least_nice: Option<i32>,
    /// How its processes have come since the look before.
    pub(super) births: Births,
}

impl Usage {
    /// One of these figures, as an exact measurement must know it.
    pub(super) fn quick(&self, bytes: u64) -> Quick {
        Quick {
            at: Instant::now(),
            bytes,
            cpu_ms: self.cpu_ms,
        }
    }

    /// What files on disk without a name may take, each of them up to `file_bytes`.
    pub(super) fn nameless_bytes(&self, file_bytes: u64) -> u64 {
        let unknown = self.unknown_files.saturating_mul(file_bytes);
        self.nameless_bytes.saturating_add(unknown)
    }
}
