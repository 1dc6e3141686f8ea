//! Reads a bundle: the whole of it is checked before anything of it is given out.
//!
//! Memory holds the records, as long as they are in the file, and some sixty
//! bytes per blob; nothing is taken by what the file only claims.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind as IoKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use blake3::Hasher;
use stillroom_core::limits::BLOB_LEN;
use stillroom_core::{Chunk, Digest, Owner, ResultKey, Stored, Version};
use stillroom_format::{CHUNK_LEN, FormatError, Limits, Root};
use uuid::Uuid;

use super::file::failed;
use super::{HEAD_LEN, Kind, MAGIC, RECORD_LEN, VERSION, check, record};
use crate::arrivals::Entry;
use crate::parts::{Parts, manifest};
use crate::{Error, ErrorKind, Progress, Result, Watch};

/// How much is read between two looks at the watch.
const SLICE_LEN: u64 = 1 << 20;

/// A bundle that is whole.
pub(crate) struct BundleReader {
    file: File,
    path: PathBuf,
    owner: Owner,
    len: u64,
    records: Vec<Entry>,
    blobs: HashMap<Digest, Place>,
}

/// Where a blob lies in the file.
#[derive(Clone, Copy)]
struct Place {
    offset: u64,
    len: u32,
}

impl BundleReader {
    /// Reads the file at `path` from end to end, half of what `watch` is told of.
    ///
    /// # Errors
    /// `invalid` when it is no bundle, `unsupported` when it is a newer one, `corrupt` when it is not what
    /// was written.
    pub(crate) fn open(path: &Path, watch: Watch<'_>) -> Result<Self> {
        let unread = |error| failed("read", path, error);
        // Asked before it is opened: a pipe would wait for someone to write.
        if !fs::metadata(path).map_err(unread)?.is_file() {
            return Err(no_bundle(path));
        }
        let file = File::open(path).map_err(unread)?;
        let total = file.metadata().map_err(unread)?.len().saturating_mul(2);
        let copy = file.try_clone().map_err(unread)?;
        let mut scan = Scan {
            file: BufReader::with_capacity(SLICE_LEN as usize, copy),
            path,
            digest: Hasher::new(),
            position: 0,
            newer: None,
        };
        let owner = scan.head()?;
        let (records, blobs) = scan.items(Progress { done: 0, total }, watch)?;
        let mut bundle = Self { file, path: path.to_owned(), owner, len: scan.position, records, blobs };
        bundle.check_versions(watch)?;
        Ok(bundle)
    }

    /// Whose results it was written from.
    pub(crate) fn owner(&self) -> Owner {
        self.owner
    }

    /// Length of the file.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The versions, by page, key and version.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.records
    }

    /// A version's root and manifest.
    pub(crate) fn parts(&self, stored: &Stored) -> Result<Parts> {
        let root = Root::decode(stored.root.clone(), Limits::default())?;
        let bytes = match &root {
            Root::Whole(bytes) => bytes.clone(),
            Root::Cut(buffer) => {
                let mut bytes = Vec::new();
                for chunk in &buffer.chunks {
                    bytes.append(&mut self.blob(chunk)?);
                }
                bytes.into()
            }
        };
        Ok(Parts { manifest: manifest(bytes, stored.record.digest)?, root })
    }

    /// The bytes of a blob, which are what its digest says even if the file was changed meanwhile.
    pub(crate) fn blob(&self, chunk: &Chunk) -> Result<Vec<u8>> {
        let place = self.blobs.get(&chunk.digest).filter(|place| place.len == chunk.len);
        let place = place.ok_or_else(|| damaged(&self.path, "a blob that a version names is missing"))?;
        let mut bytes = vec![0; place.len as usize];
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(place.offset)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|error| failed("read", &self.path, error))?;
        if Digest::of(&bytes) != chunk.digest {
            return Err(damaged(&self.path, "it changed while it was read"));
        }
        Ok(bytes)
    }

    /// Reads every manifest, and sees that every blob is there and none is idle.
    fn check_versions(&mut self, watch: Watch<'_>) -> Result<()> {
        let progress = Progress { done: self.len, total: 2 * self.len };
        let mut named = HashSet::new();
        let mut records = std::mem::take(&mut self.records);
        for entry in &mut records {
            progress.tell(watch)?;
            let parts = self.parts(&entry.stored).map_err(|error| self.because(error))?;
            entry.has_opaque = check(&entry.stored.record, &parts).map_err(|error| self.because(error))?;
            for need in parts.chunks() {
                let place = self.blobs.get(&need.chunk.digest);
                if place.is_none_or(|place| place.len != need.chunk.len) {
                    return Err(damaged(&self.path, "a blob that a version names is missing"));
                }
                named.insert(need.chunk.digest);
            }
        }
        if named.len() < self.blobs.len() {
            return Err(damaged(&self.path, "a blob that no version names"));
        }
        self.records = records;
        Ok(())
    }

    /// A newer format stays that; anything else wrong with a manifest is damage of the bundle.
    fn because(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Unsupported => error,
            _ => damaged(&self.path, error),
        }
    }
}

/// The reading of a file from its beginning to its end.
struct Scan<'a> {
    file: BufReader<File>,
    path: &'a Path,
    digest: Hasher,
    position: u64,
    /// That a record is of a newer format, which is only believed once all bytes are known to be whole.
    newer: Option<Error>,
}

impl Scan<'_> {
    fn head(&mut self) -> Result<Owner> {
        let mut head = Vec::with_capacity(HEAD_LEN);
        let read = self.file.by_ref().take(HEAD_LEN as u64).read_to_end(&mut head);
        read.map_err(|error| failed("read", self.path, error))?;
        let is_bundle = head.starts_with(&MAGIC) || !head.is_empty() && MAGIC.starts_with(&head);
        if !is_bundle {
            return Err(no_bundle(self.path));
        }
        self.digest.update(&head);
        self.position += head.len() as u64;
        let (version, owner) = (head.get(8..12), head.get(12..28));
        let version = version.and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        match (version, owner.and_then(|bytes| bytes.try_into().ok())) {
            (Some(version), _) if version > VERSION => {
                let message =
                    format!("bundle of version {version} is newer than {VERSION}; update stillroom");
                Err(Error::new(ErrorKind::Unsupported, format!("{message}: `{}`", self.path.display())))
            }
            (Some(VERSION), Some(owner)) => Ok(Owner::new(Uuid::from_bytes(owner))),
            _ => Err(damaged(self.path, "its head")),
        }
    }

    fn items(
        &mut self,
        mut progress: Progress,
        watch: Watch<'_>,
    ) -> Result<(Vec<Entry>, HashMap<Digest, Place>)> {
        let mut records: Vec<Entry> = Vec::new();
        let mut blobs = HashMap::new();
        loop {
            if self.position >= progress.done + SLICE_LEN || progress.done == 0 {
                progress.done = self.position;
                progress.tell(watch)?;
            }
            let (kind, len) = self.item()?;
            match kind {
                Kind::Record if blobs.is_empty() && len <= RECORD_LEN => {
                    let Some(entry) = self.record(len)? else { continue };
                    if records.last().is_some_and(|last| place(last) >= place(&entry)) {
                        return Err(damaged(self.path, "its records are out of order"));
                    }
                    records.push(entry);
                }
                Kind::FullChunk | Kind::Blob if kind.holds(len) => {
                    let (offset, bytes) = (self.position, self.read(len)?);
                    let len = u32::try_from(bytes.len()).expect("a blob is at most 256 KiB");
                    if blobs.insert(Digest::of(&bytes), Place { offset, len }).is_some() {
                        return Err(damaged(self.path, "a blob twice"));
                    }
                }
                Kind::End if len == blake3::OUT_LEN as u64 => {
                    self.end()?;
                    return self.newer.take().map_or(Ok((records, blobs)), Err);
                }
                Kind::Optional => self.pass_over(len, &mut progress, watch)?,
                _ => return Err(damaged(self.path, "an item that does not belong")),
            }
        }
    }

    /// What later releases added is hashed like everything else.
    fn pass_over(&mut self, len: u64, progress: &mut Progress, watch: Watch<'_>) -> Result<()> {
        let mut left = len;
        while left > 0 {
            let slice = left.min(SLICE_LEN);
            self.read(slice)?;
            left -= slice;
            progress.done = self.position;
            progress.tell(watch)?;
        }
        Ok(())
    }

    /// What the next item is, and how long.
    fn item(&mut self) -> Result<(Kind, u64)> {
        let head = self.read(9)?;
        let (kind, len) = head.split_first().ok_or_else(|| damaged(self.path, "it is cut short"))?;
        let kind = Kind::of(*kind).ok_or_else(|| damaged(self.path, "an item of no kind"))?;
        let len = len.try_into().map(u64::from_le_bytes).expect("nine bytes are one and eight");
        Ok((kind, len))
    }

    /// None for one of a newer format, which is kept in mind.
    fn record(&mut self, len: u64) -> Result<Option<Entry>> {
        let bytes = self.read(len)?;
        match record::decode(bytes.into()) {
            Ok(Some(stored)) => Ok(Some(Entry { stored, has_opaque: false })),
            Ok(None) => Err(damaged(self.path, "a record that none would write")),
            Err(error @ FormatError::Newer { .. }) => {
                self.newer.get_or_insert(error.into());
                Ok(None)
            }
            Err(error) => Err(damaged(self.path, error)),
        }
    }

    /// The digest over all before it, and then nothing more.
    fn end(&mut self) -> Result<()> {
        let found = self.digest.finalize();
        if self.read(blake3::OUT_LEN as u64)? != found.as_bytes() {
            return Err(damaged(self.path, "its bytes are not those that were written"));
        }
        match self.file.read_exact(&mut [0]) {
            Err(error) if error.kind() == IoKind::UnexpectedEof => Ok(()),
            Err(error) => Err(failed("read", self.path, error)),
            Ok(()) => Err(damaged(self.path, "bytes after its end")),
        }
    }

    /// So many bytes; memory for them is only taken as they come.
    fn read(&mut self, len: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.file.by_ref().take(len).read_to_end(&mut bytes);
        read.map_err(|error| failed("read", self.path, error))?;
        if (bytes.len() as u64) < len {
            return Err(damaged(self.path, "it is cut short"));
        }
        self.digest.update(&bytes);
        self.position += len;
        Ok(bytes)
    }
}

impl Kind {
    /// Whether an item of this kind of blob may be so long.
    fn holds(self, len: u64) -> bool {
        if self == Self::FullChunk { len == CHUNK_LEN as u64 } else { len <= BLOB_LEN }
    }
}

fn place(entry: &Entry) -> (&ResultKey, Version) {
    (&entry.stored.record.key, entry.stored.record.version)
}

fn no_bundle(path: &Path) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("not a bundle; `stillroom export` writes one: `{}`", path.display()),
    )
}

fn damaged(path: &Path, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let message = format!(
        "bundle is damaged or cut short, nothing was imported; copy it again from where it was made: `{}`",
        path.display()
    );
    Error::new(ErrorKind::Corrupt, message).with_source(why)
}
