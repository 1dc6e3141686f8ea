//! The memory backend keeps every promise of the contract.

use std::sync::Arc;

use stillroom_core::conformance::Subject;
use stillroom_core::memory::Memory;
use stillroom_core::{Backend, ManualClock, poll_now};

struct InMemory {
    backend: Backend,
    clock: Arc<ManualClock>,
}

impl Subject for InMemory {
    fn backend(&self) -> &Backend {
        &self.backend
    }

    fn reopened(&self) -> Backend {
        self.backend.clone()
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}

fn in_memory() -> InMemory {
    let clock = Arc::new(ManualClock::default());
    InMemory { backend: Memory::backend(clock.clone()), clock }
}

mod memory {
    stillroom_core::conformance_tests!(super::in_memory, super::poll_now);
}
