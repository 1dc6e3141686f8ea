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

use super::pack::{Pack, PackId};

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
    /// Length from which a pack takes no further save.
    full_len: u64,
    slots: Mutex<Vec<Slot>>,
}

#[derive(Debug)]
struct Slot {
    pack: Arc<Pack>,
    claimed_by: Weak<()>,
}

impl Writers {
    /// None yet; they will lie in `folder`.
    pub(super) fn new(folder: PathBuf, full_len: u64) -> Self {
        Self { folder, full_len, slots: Mutex::default() }
    }

    /// The pack for the calling thread's save. `unfinished` finds one that another process left.
    pub(super) fn claim(&self, unfinished: impl FnOnce() -> Result<Option<Pack>>) -> Result<Arc<Pack>> {
        let thread = this_thread();
        let mut slots = self.slots();
        if let Some(mine) = slots.iter().find(|slot| slot.is_claimed_by(&thread) && !slot.pack.is_broken()) {
            return Ok(Arc::clone(&mine.pack));
        }
        slots.retain(|slot| !slot.is_free() || (slot.pack.len() < self.full_len && !slot.pack.is_broken()));
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

    /// Gives up the lock of a pack that no thread is saving to, so that a sweep can take it.
    pub(super) fn let_go(&self, id: PackId) {
        self.slots().retain(|slot| slot.pack.id != id || !slot.is_free());
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

#[cfg(test)]
mod tests {
    use std::thread;

    use stillroom_core::{Digest, PutBlob};

    use super::super::files::Disk;
    use super::*;

    fn writers() -> (tempfile::TempDir, Writers) {
        let folder = tempfile::tempdir().unwrap();
        let writers = Writers::new(folder.path().to_owned(), 100);
        (folder, writers)
    }

    fn claim(writers: &Writers) -> Arc<Pack> {
        writers.claim(|| Ok(None)).unwrap()
    }

    fn fill(pack: &Pack, len: usize) {
        let bytes = vec![1; len];
        pack.append(&Disk, &[PutBlob::raw(Digest::of(&bytes), &bytes, false)]).unwrap();
    }

    #[test]
    fn a_save_keeps_its_pack_past_its_full_length_and_the_next_one_gets_another() {
        let (_folder, writers) = writers();
        let first = claim(&writers);
        fill(&first, 150);
        assert_eq!(claim(&writers).id, first.id);

        writers.release();

        assert_ne!(claim(&writers).id, first.id);
    }

    #[test]
    fn a_pack_that_is_not_full_takes_the_next_save() {
        let (_folder, writers) = writers();
        let first = claim(&writers);
        fill(&first, 50);

        writers.release();

        assert_eq!(claim(&writers).id, first.id);
        thread::scope(|scope| scope.spawn(|| writers.release()).join().unwrap());
        assert_eq!(claim(&writers).id, first.id, "another thread's end is not this one's");
    }

    #[test]
    fn threads_in_the_middle_of_a_save_don_t_share_a_pack() {
        let (_folder, writers) = writers();
        let mine = claim(&writers);

        let (ended, theirs) = thread::scope(|scope| {
            let ended = scope.spawn(|| claim(&writers).id).join().unwrap();
            (ended, scope.spawn(|| claim(&writers).id).join().unwrap())
        });

        assert_ne!(ended, mine.id);
        assert_eq!(theirs, ended, "a thread that ended gave its pack back");
    }

    #[test]
    fn more_threads_than_packs_share() {
        let (folder, writers) = writers();
        let barrier = std::sync::Barrier::new(2 * MAX_PACKS);

        thread::scope(|scope| {
            for _ in 0..2 * MAX_PACKS {
                scope.spawn(|| {
                    claim(&writers);
                    barrier.wait();
                });
            }
        });

        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), MAX_PACKS);
    }
}
