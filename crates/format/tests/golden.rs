//! Values as past releases saved them: `testdata/golden`, whose README tells the layout of a file.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use stillroom_format::{Buffer, Digest, FORMAT_VERSION, FormatError, Limits, Manifest, Reader, Root, Value};

use crate::support::written;

const MAGIC: &[u8] = b"stillroom golden 1\n";

/// What a file holds: the root, and blobs by their digests.
struct Golden {
    root: Bytes,
    blobs: HashMap<Digest, Vec<u8>>,
}

impl Golden {
    fn parse(file: &[u8]) -> Self {
        let mut rest = file.strip_prefix(MAGIC).unwrap();
        let mut parts = Vec::new();
        while let Some((len, after)) = rest.split_first_chunk() {
            let (part, after) = after.split_at(u64::from_le_bytes(*len) as usize);
            parts.push(part.to_vec());
            rest = after;
        }
        assert!(rest.is_empty());
        let root = Bytes::from(parts.remove(0));
        Self { root, blobs: parts.into_iter().map(|blob| (Digest::of(&blob), blob)).collect() }
    }

    fn buffer(&self, buffer: &Buffer) -> Bytes {
        let chunks = buffer.chunks.iter().map(|chunk| &*self.blobs[&chunk.digest]);
        chunks.collect::<Vec<_>>().concat().into()
    }

    fn manifest(&self) -> Manifest {
        let bytes = match Root::decode(self.root.clone(), Limits::default()).unwrap() {
            Root::Whole(bytes) => bytes,
            Root::Cut(buffer) => self.buffer(&buffer),
        };
        Manifest::parse(bytes, Limits::default()).unwrap()
    }
}

/// The files of all frozen versions.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false if path.extension().is_some_and(|end| end == "golden") => vec![path],
            false => vec![],
        })
        .collect()
}

#[test]
fn every_golden_file_is_read_and_written_again_as_it_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden");
    let files = files(&folder);

    for file in &files {
        let golden = Golden::parse(&fs::read(file).unwrap());
        let manifest = golden.manifest();
        let mut reader = Reader::new(&manifest, Limits::default());
        let buffers = manifest.buffers();
        let value =
            Value::read(&mut reader, |number| Ok::<_, FormatError>(golden.buffer(&buffers[number as usize])));

        let again = written(|writer| value.unwrap().write(writer));

        assert_eq!(again.manifest.bytes(), manifest.bytes(), "{}", file.display());
    }
    assert_eq!(files.is_empty(), FORMAT_VERSION == 0, "from version 1 on there are files");
}
