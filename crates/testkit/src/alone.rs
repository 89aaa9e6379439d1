//! One product at a time on a machine: every installation gives its students the same uids, and the
//! system counts the processes of a uid.

use std::{
    fs::File,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What every process on the machine can open and none removes. The kernel lets go of its lock when
/// the process that holds it ends, however it ends.
const LOCKED: &str = "/var/tmp";

static HERE: Mutex<()> = Mutex::new(());

/// The right to have a product.
#[derive(Debug)]
pub struct Alone {
    _machine: File,
    _process: MutexGuard<'static, ()>,
}

impl Alone {
    /// Waits until there is no other.
    pub fn wait() -> Self {
        // A test that failed has ended its product all the same.
        let process = HERE.lock().unwrap_or_else(PoisonError::into_inner);
        let machine = File::open(LOCKED).unwrap();
        machine.lock().unwrap();
        Self {
            _machine: machine,
            _process: process,
        }
    }
}
