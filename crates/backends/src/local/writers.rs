//! Which pack a save appends to.
//!
//! A thread in the middle of a save keeps a pack to itself until its commit,
//! so that the chunks of a large buffer follow one another and can be mapped
//! as one; other threads' saves go to other packs meanwhile. A pack past its
//! full length is left at the end of a save, never within one.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use stillroom_core::Result;

use super::pack::Pack;

/// Length from which a pack takes no further save.
pub(super) const FULL_LEN: u64 = 256 * 1024 * 1024;
/// How many packs a process appends to at once; threads beyond that share.
const MAX_PACKS: usize = 4;

thread_local! {
    /// Says who claimed a pack, and by its end that the thread has ended.
    static THREAD: OnceCell<Arc<()>> = const { OnceCell::new() };
}

/// The packs this process appends to.
#[derive(Debug)]
pub(super) struct Writers {
    folder: PathBuf,
    slots: Mutex<Vec<Slot>>,
}

#[derive(Debug)]
struct Slot {
    pack: Arc<Pack>,
    claimed_by: Weak<()>,
}

impl Writers {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, slots: Mutex::default() }
    }

    /// The pack for the calling thread's save. `unfinished` finds one that another process left.
    pub(super) fn claim(&self, unfinished: impl FnOnce() -> Result<Option<Pack>>) -> Result<Arc<Pack>> {
        let thread = this_thread();
        let mut slots = self.slots();
        if let Some(mine) = slots.iter().find(|slot| slot.is_claimed_by(&thread) && !slot.pack.is_broken()) {
            return Ok(Arc::clone(&mine.pack));
        }
        slots.retain(|slot| !slot.is_free() || (slot.pack.len() < FULL_LEN && !slot.pack.is_broken()));
        if let Some(free) = slots.iter_mut().find(|slot| slot.is_free()) {
            free.claimed_by = Arc::downgrade(&thread);
            return Ok(Arc::clone(&free.pack));
        }
        if slots.len() >= MAX_PACKS {
            return Ok(Arc::clone(&slots[0].pack));
        }
        let pack = match unfinished()? {
            Some(pack) => pack,
            None => Pack::create(&self.folder)?,
        };
        let pack = Arc::new(pack);
        slots.push(Slot { pack: Arc::clone(&pack), claimed_by: Arc::downgrade(&thread) });
        Ok(pack)
    }

    /// The calling thread's save is over.
    pub(super) fn release(&self) {
        let thread = this_thread();
        let mut slots = self.slots();
        for slot in slots.iter_mut().filter(|slot| slot.is_claimed_by(&thread)) {
            slot.claimed_by = Weak::new();
        }
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn is_claimed_by(&self, thread: &Arc<()>) -> bool {
        self.claimed_by.as_ptr() == Arc::as_ptr(thread)
    }

    fn is_free(&self) -> bool {
        self.claimed_by.strong_count() == 0
    }
}

/// The calling thread's mark. No two claims share an address: a claim keeps its mark's memory.
fn this_thread() -> Arc<()> {
    THREAD.with(|thread| Arc::clone(thread.get_or_init(|| Arc::new(()))))
}
