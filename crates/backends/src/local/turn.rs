//! Whose turn it is to change the catalog, among processes.
//!
//! SQLite alone would have each process ask again and again after growing
//! pauses, and one may be passed over for seconds. Here they queue for a lock
//! on the folder of packs. It only orders them: what keeps them apart is
//! SQLite's own lock, so a process that can't queue just goes ahead.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::lock::Lock;

/// How long a process waits for the others before it goes ahead: one may be stopped while it has the turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// The queue, as one connection sees it.
#[derive(Debug)]
pub(super) struct Turns {
    path: PathBuf,
    file: Option<File>,
}

impl Turns {
    pub(super) fn new(packs: &Path) -> Self {
        Self { path: packs.to_owned(), file: File::open(packs).ok() }
    }

    /// Waits for its turn, which lasts until the lock is dropped; none when there is no queueing here.
    pub(super) fn take(&self) -> Option<Lock> {
        let file = self.file.as_ref()?.try_clone().ok()?;
        Lock::try_take(file).ok()?.or_else(|| self.wait())
    }

    /// There is no lock that gives up after a while, so it is waited for in a thread that can be left behind.
    fn wait(&self) -> Option<Lock> {
        let file = File::open(&self.path).ok()?;
        // Without room: a lock that nobody waits for any more comes back to the sender, who drops it.
        let (sender, receiver) = sync_channel(0);
        let wait = move || drop(Lock::take(file).map(|lock| sender.send(lock)));
        thread::Builder::new().spawn(wait).ok()?;
        receiver.recv_timeout(PATIENCE).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_turn_is_taken_by_one_at_a_time_and_goes_on_when_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Turns::new(folder.path()), Turns::new(folder.path()));
        let turn = one.take().unwrap();
        let (told, heard) = channel();

        thread::scope(|scope| {
            scope.spawn(|| {
                let taken = other.take();
                told.send("mine").unwrap();
                drop(taken);
            });
            assert!(heard.recv_timeout(Duration::from_millis(50)).is_err());
            drop(turn);
            assert_eq!(heard.recv(), Ok("mine"));
        });

        assert!(one.take().is_some());
    }

    #[test]
    fn where_there_is_no_folder_nobody_queues() {
        assert!(Turns::new(Path::new("/nowhere at all")).take().is_none());
    }
}
