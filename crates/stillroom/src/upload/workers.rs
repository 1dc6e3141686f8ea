//! Reading leaves in several threads: each copies, hashes, asks what is new and codes it, the caller's puts.
//!
//! A few batches go round: filled by a worker, put by the caller, given back.
//! A worker has a batch in hand before it takes work, so the work taken first
//! is always under way, and memory is bounded by the batches there are.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use stillroom_core::thread_count;

use super::batch::Batch;
use super::coding::{Coder, Methods};
use super::known::Known;
use super::work::{Part, Work};
use crate::Result;

/// Bytes from which threads are worth their start.
const LEN: u64 = 2 * 1024 * 1024;
/// The same where they are coded, which takes several times as long.
const CODED_LEN: u64 = 256 * 1024;
/// How many batches go round for each worker.
const BATCHES_EACH: usize = 3;

/// A batch on its way to the caller, and its number when its order matters.
type Filled = Result<(Option<usize>, Batch)>;

/// How many threads should read `len` bytes; none when the caller's is enough.
pub(super) fn count(len: u64, are_coded: bool) -> usize {
    if len < if are_coded { CODED_LEN } else { LEN } {
        return 0;
    }
    match thread_count() {
        1 => 0,
        count => count,
    }
}

/// Reads a part of the leaves in up to `count` threads and gives each batch to `put`; those that have a
/// number in its order. False when no thread could be started, and nothing was done.
pub(super) fn read(
    part: Part,
    work: &Work<'_>,
    known: &Known<'_>,
    methods: &Methods<'_>,
    count: usize,
    mut put: impl FnMut(&Batch) -> Result<()>,
) -> Result<bool> {
    let (give_back, free) = channel();
    let (done, filled) = channel();
    let free = &Mutex::new(free);
    thread::scope(move |scope| {
        let start = |done: Sender<Filled>| {
            let worker = move || Worker { known, coder: Coder::new(methods), done, free }.run(part, work);
            thread::Builder::new().spawn_scoped(scope, worker)
        };
        let started = (0..count).filter(|_| start(done.clone()).is_ok()).count();
        // Else the last worker's end would not be seen.
        drop(done);
        for _ in 0..started * (BATCHES_EACH - 1) {
            give_back.send(Batch::default()).expect("the other end is borrowed above");
        }
        // On an error both ends here are dropped, which ends the workers.
        in_order(filled, |batch| {
            put(&batch)?;
            // Nobody may want it any more.
            let _ = give_back.send(batch.emptied());
            Ok(())
        })?;
        Ok(started > 0)
    })
}

/// Hands on batches as they come, those with a number in its order.
fn in_order(filled: Receiver<Filled>, mut hand_on: impl FnMut(Batch) -> Result<()>) -> Result<()> {
    let (mut early, mut next) = (BTreeMap::new(), 0);
    for filled in filled {
        match filled? {
            (None, batch) => hand_on(batch)?,
            (Some(number), batch) => drop(early.insert(number, batch)),
        }
        while let Some(batch) = early.remove(&next) {
            hand_on(batch)?;
            next += 1;
        }
    }
    Ok(())
}

struct Worker<'a> {
    known: &'a Known<'a>,
    coder: Coder<'a>,
    done: Sender<Filled>,
    free: &'a Mutex<Receiver<Batch>>,
}

impl Worker<'_> {
    fn run(mut self, part: Part, work: &Work<'_>) {
        let mut exchange = |number, batch| {
            self.hand_over(number, batch)?;
            self.free.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
        };
        let last = work.read(part, Batch::default(), &mut exchange);
        if let Some(batch) = last.filter(|batch| batch.len() > 0) {
            self.hand_over(None, batch);
        }
    }

    /// None when the save has failed, here or elsewhere.
    fn hand_over(&mut self, number: Option<usize>, mut batch: Batch) -> Option<()> {
        match self.known.prepare(&mut batch, &mut self.coder) {
            Ok(()) => self.done.send(Ok((number, batch))).ok(),
            Err(error) => {
                // Should the caller have failed already, that error is the one to tell.
                let _ = self.done.send(Err(error));
                None
            }
        }
    }
}
