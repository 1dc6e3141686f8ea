//! The memory backend keeps every promise of the contract, alone and through each layer.

mod keys;
mod layers;
mod promises;

use std::sync::Arc;

use stillroom_core::conformance::Subject;
use stillroom_core::memory::Memory;
use stillroom_core::{Backend, ManualClock, poll_now};

struct InMemory {
    memory: Arc<Memory>,
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

    fn damage(&self, blob: &[u8]) {
        self.memory.damage(blob);
    }
}

fn in_memory() -> InMemory {
    let clock = Arc::new(ManualClock::default());
    let memory = Arc::new(Memory::new(clock.clone()));
    InMemory { backend: memory.clone().into(), memory, clock }
}

mod memory {
    stillroom_core::conformance_tests!(super::in_memory, super::poll_now);
}
