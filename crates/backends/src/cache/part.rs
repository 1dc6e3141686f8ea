//! An owner's part as a process knows it: which packs there are, where blobs lie in them, and which it has checked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
use stillroom_core::{Buffer, Chunk, Digest};

use super::list::{self, Listed};

/// How many packs a load reads from at most: a process may have little more than 256 files.
const MAX_FILES: usize = 64;

/// Names a pack: drawn at random, so that processes need not agree on the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PackId(pub(super) u64);

impl PackId {
    /// The pack of a file of `extension`; none when it is no pack's.
    pub(super) fn parse(name: &str, extension: &str) -> Option<Self> {
        let digits = name.strip_suffix(extension)?.strip_suffix('.')?;
        let id = Self(u64::from_str_radix(digits, 16).ok()?);
        (id.name(extension) == name).then_some(id)
    }

    fn name(self, extension: &str) -> String {
        format!("{:016x}.{extension}", self.0)
    }

    pub(super) fn path(self, folder: &Path, extension: &str) -> PathBuf {
        folder.join(self.name(extension))
    }

    /// Its list first, so that nobody finds a list without a pack.
    pub(super) fn remove(self, folder: &Path) {
        for extension in ["list", "new", "pack"] {
            // What stays is looked at again by the next trim.
            let _ = fs::remove_file(self.path(folder, extension));
        }
    }
}

/// What tells whether a file is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat([i64; 6]);

impl Stat {
    pub(super) fn of(found: &Metadata) -> Self {
        let (size, inode) = (found.size().cast_signed(), found.ino().cast_signed());
        Self([size, inode, found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()])
    }
}

/// How many bytes of the disk a file takes: of one with gaps fewer than its length.
pub(super) fn disk_len(found: &Metadata) -> u64 {
    found.blocks().saturating_mul(512)
}

#[derive(Default)]
pub(super) struct Part {
    folder: PathBuf,
    /// How the folder looked when it was last listed.
    listed: Option<Stat>,
    packs: BTreeMap<PackId, Pack>,
    places: HashMap<Digest, (PackId, usize)>,
}

/// A pack, and what was found out of it.
pub(super) struct Pack {
    pub(super) blobs: Vec<Listed>,
    /// Which blobs were what their digests say, when the file looked so.
    pub(super) checked: Vec<bool>,
    pub(super) stat: Option<Stat>,
}

/// Where a chunk lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) pack: PackId,
    /// Which of the pack's blobs it is.
    pub(super) number: usize,
    pub(super) offset: u64,
    /// Whether it was compared with its digest, in the file as it is.
    pub(super) is_checked: bool,
}

/// What of buffers is here.
pub(super) struct Plan {
    /// Of each buffer where its chunks lie.
    pub(super) places: Vec<Vec<Option<Place>>>,
    pub(super) files: HashMap<PackId, (File, Stat)>,
}

/// What was found out in going by a plan.
#[derive(Default)]
pub(super) struct Seen {
    /// Blobs that are what their digests say, in files that look so.
    pub(super) whole: Vec<(PackId, Stat, usize)>,
    pub(super) damaged: Vec<PackId>,
}

impl Part {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Where the chunks of buffers are, and the packs they are in, opened and marked as used now.
    pub(super) fn plan(&mut self, buffers: &[Buffer], verify_always: bool) -> Plan {
        self.refresh();
        let files: HashMap<_, _> = self.used(buffers).into_iter().map(|id| (id, self.open(id))).collect();
        let find = |chunk: &Chunk| {
            let (id, number) = *self.places.get(&chunk.digest)?;
            let (_, stat) = files.get(&id)?.as_ref()?;
            let pack = &self.packs[&id];
            let Listed { offset, len, .. } = pack.blobs[number];
            let is_checked = !verify_always && pack.stat == Some(*stat) && pack.checked[number];
            (len == chunk.len).then_some(Place { pack: id, number, offset, is_checked })
        };
        let places = buffers.iter().map(|buffer| buffer.chunks.iter().map(find).collect()).collect();
        let gone: Vec<PackId> = files.iter().filter(|(_, file)| file.is_none()).map(|(id, _)| *id).collect();
        self.remove(&gone);
        let files = files.into_iter().filter_map(|(id, file)| Some((id, file?))).collect();
        Plan { places, files }
    }

    /// The packs that buffers are loaded from: those that hold most of them, when they are scattered over too many.
    /// What the others hold is fetched once more, and then lies in one.
    fn used(&self, buffers: &[Buffer]) -> Vec<PackId> {
        let mut counts = HashMap::<PackId, usize>::new();
        for chunk in buffers.iter().flat_map(|buffer| &buffer.chunks) {
            if let Some((id, _)) = self.places.get(&chunk.digest) {
                *counts.entry(*id).or_default() += 1;
            }
        }
        let mut used: Vec<_> = counts.into_iter().collect();
        if used.len() > MAX_FILES {
            used.sort_by_key(|(_, count)| Reverse(*count));
            used.truncate(MAX_FILES / 2);
        }
        used.into_iter().map(|(id, _)| id).collect()
    }

    /// None for a pack that went meanwhile, or can't be read.
    fn open(&self, pack: PackId) -> Option<(File, Stat)> {
        let file = File::open(pack.path(&self.folder, "pack")).ok()?;
        let found = file.metadata().ok().filter(|found| found.nlink() > 0)?;
        let (now, omit) = (time(UTIME_NOW), time(UTIME_OMIT));
        let times = Timestamps { last_access: omit, last_modification: now };
        // Marked at the list: the pack's own times are part of what tells that it is as it was.
        let _ = utimensat(CWD, pack.path(&self.folder, "list"), &times, AtFlags::empty());
        Some((file, Stat::of(&found)))
    }

    /// Looks which packs there are, if any came or went.
    fn refresh(&mut self) {
        let looks = fs::metadata(&self.folder).ok().map(|found| Stat::of(&found));
        if looks.is_some() && looks == self.listed {
            return;
        }
        self.listed = looks;
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let there = entries.filter_map(|entry| PackId::parse(&entry.file_name().to_string_lossy(), "list"));
        let mut before = std::mem::take(&mut self.packs);
        for id in there {
            match before.remove(&id).or_else(|| self.read(id)) {
                Some(pack) => drop(self.packs.insert(id, pack)),
                None => id.remove(&self.folder),
            }
        }
        self.index();
    }

    /// A pack by its list; none when that is damaged.
    fn read(&self, id: PackId) -> Option<Pack> {
        let blobs = list::decode(&fs::read(id.path(&self.folder, "list")).ok()?)?;
        Some(Pack { checked: vec![false; blobs.len()], blobs, stat: None })
    }

    fn index(&mut self) {
        self.places.clear();
        // Of a blob that lies in several, the place is where most others are with it.
        let mut packs: Vec<_> = self.packs.iter().collect();
        packs.sort_by_key(|(_, pack)| pack.blobs.len());
        for (id, pack) in packs {
            let numbered = pack.blobs.iter().enumerate();
            self.places.extend(numbered.map(|(number, blob)| (blob.digest, (*id, number))));
        }
    }

    /// Enters a pack of this process's own making.
    pub(super) fn enter(&mut self, id: PackId, pack: Pack) {
        let numbered = pack.blobs.iter().enumerate();
        self.places.extend(numbered.map(|(number, blob)| (blob.digest, (id, number))));
        self.packs.insert(id, pack);
    }

    /// Notes what was found out; damaged packs go.
    pub(super) fn note(&mut self, seen: Seen) {
        for (id, stat, number) in seen.whole {
            if let Some(pack) = self.packs.get_mut(&id) {
                if pack.stat != Some(stat) {
                    pack.stat = Some(stat);
                    pack.checked.fill(false);
                }
                if let Some(checked) = pack.checked.get_mut(number) {
                    *checked = true;
                }
            }
        }
        self.remove(&seen.damaged);
    }

    /// Removes packs that are of no use.
    fn remove(&mut self, packs: &[PackId]) {
        for id in packs {
            id.remove(&self.folder);
            self.packs.remove(id);
        }
        if !packs.is_empty() {
            self.index();
        }
    }
}

fn time(nanoseconds: i64) -> Timespec {
    Timespec { tv_sec: 0, tv_nsec: nanoseconds as _ }
}
