//! Lets go of what was used least, and of what a crash left over.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::statvfs;

use super::part::{PackId, disk_len};

/// Into how many packs the limit is divided at least: small ones count for more than they take, since each is a file
/// to be found and a list to be read.
const MAX_PACKS: u64 = 4096;

/// A pack that could go.
struct Kept {
    used: SystemTime,
    cost: u64,
    id: PackId,
    folder: PathBuf,
}

/// Removes packs below `root`, those first that were used longest ago, until they take no more than `limit` and leave
/// as much room on the disk as they take beyond it: on a small disk less is kept.
///
/// Several processes may do this at once: each pack is removed once, and whoever has it open or mapped reads on.
pub(super) fn trim(root: &Path, limit: u64) {
    let mut kept = Vec::new();
    for folder in fs::read_dir(root).into_iter().flatten().flatten() {
        if folder.file_type().is_ok_and(|kind| kind.is_dir()) {
            look(&folder.path(), limit / MAX_PACKS, &mut kept);
        }
    }
    kept.sort_by_key(|pack| pack.used);
    let mut total: u64 = kept.iter().map(|pack| pack.cost).sum();
    let free = statvfs(root).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let limit = limit.min(total.saturating_add(free) / 2);
    for Kept { cost, id, folder, .. } in kept {
        if total <= limit {
            break;
        }
        id.remove(&folder);
        // Gone with its last pack.
        let _ = fs::remove_dir(&folder);
        total -= cost;
    }
}

fn look(folder: &Path, least_cost: u64, kept: &mut Vec<Kept>) {
    let (mut listed, mut others) = (Vec::new(), BTreeSet::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if let Some(id) = PackId::parse(&name, "list") {
            listed.extend(entry.metadata().and_then(|found| found.modified()).map(|used| (id, used)));
        }
        others.extend(PackId::parse(&name, "pack").or_else(|| PackId::parse(&name, "new")));
    }
    for (id, used) in listed {
        others.remove(&id);
        let len = fs::metadata(id.path(folder, "pack")).map_or(0, |found| disk_len(&found));
        kept.push(Kept { used, cost: len.max(least_cost), id, folder: folder.to_owned() });
    }
    for id in others {
        let lock = File::open(id.path(folder, "pack"));
        let is_left_over = lock.as_ref().map_or(true, |pack| pack.try_lock().is_ok());
        // It may have got its list since.
        if is_left_over && !id.path(folder, "list").exists() {
            id.remove(folder);
        }
    }
    // A folder that nothing is in, or that could not be removed when it was forgotten.
    let is_gone = folder.extension().is_some_and(|extension| extension == "gone");
    let _ = if is_gone { fs::remove_dir_all(folder) } else { fs::remove_dir(folder) };
}
