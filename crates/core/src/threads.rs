//! How many threads a call may use.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

/// More than these would wait for the disk or for memory.
const MAX_THREADS: usize = 4;

/// How many threads are worth having for bytes that are to be read, hashed or coded: one for each core, and not
/// many.
pub fn thread_count() -> usize {
    // Asking the system reads half a dozen files: 50 µs.
    static CORES: OnceLock<usize> = OnceLock::new();
    let cores = *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get));
    cores.min(MAX_THREADS)
}
