//! Bundles read and written from docs/bundle.md and docs/format.md alone: nothing of the product is used here.

/// A bundle, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bundle {
    pub(crate) version: u32,
    pub(crate) owner: [u8; 16],
    pub(crate) items: Vec<Body>,
}

/// An item: its kind and its body.
pub(crate) type Body = (u8, Vec<u8>);

/// What stands in a record, as far as the document names it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    None,
    Bool(bool),
    Int(i128),
    Str(String),
    Bytes(Vec<u8>),
    List(Vec<Item>),
}

/// The pairs of a record, in their order.
pub(crate) type Pairs = Vec<(String, Item)>;

pub(crate) const FIELDS: [&str; 16] = [
    "page",
    "key",
    "version",
    "digest",
    "kind",
    "shape",
    "bytes",
    "label",
    "metadata",
    "summary",
    "provenance",
    "created_at",
    "expires_at",
    "pinned",
    "signature",
    "root",
];

impl Bundle {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        assert_eq!(bytes[..8], [0x89, b'S', b'R', b'B', 0x0d, 0x0a, 0x1a, 0x0a]);
        let version = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
        let owner = bytes[12..28].try_into().unwrap();
        let mut items = Vec::new();
        let mut at = 28;
        loop {
            let len = u64::from_le_bytes(bytes[at + 1..at + 9].try_into().unwrap()) as usize;
            let (kind, body) = (bytes[at], &bytes[at + 9..at + 9 + len]);
            if kind == 0 {
                assert_eq!(body, blake3::hash(&bytes[..at + 9]).as_bytes());
                assert_eq!(at + 9 + len, bytes.len(), "nothing after the end");
                return Self { version, owner, items };
            }
            items.push((kind, body.to_vec()));
            at += 9 + len;
        }
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = vec![0x89, b'S', b'R', b'B', 0x0d, 0x0a, 0x1a, 0x0a];
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.owner);
        for (kind, body) in &self.items {
            bytes.push(*kind);
            bytes.extend((body.len() as u64).to_le_bytes());
            bytes.extend(body);
        }
        bytes.push(0);
        bytes.extend(32u64.to_le_bytes());
        let digest = blake3::hash(&bytes);
        bytes.extend(digest.as_bytes());
        bytes
    }

    pub(crate) fn records(&self) -> Vec<Pairs> {
        self.items.iter().filter(|(kind, _)| *kind == 1).map(|(_, body)| read_record(body)).collect()
    }

    /// The blobs with their kinds, in the order of the file.
    pub(crate) fn blobs(&self) -> Vec<Body> {
        self.items.iter().filter(|(kind, _)| matches!(kind, 2 | 3)).cloned().collect()
    }
}

pub(crate) fn field<'a>(pairs: &'a Pairs, name: &str) -> &'a Item {
    &pairs.iter().find(|(found, _)| found == name).unwrap().1
}

/// A buffer as a manifest names it.
pub(crate) struct Buffer {
    pub(crate) is_fixed: bool,
    pub(crate) digests: Vec<[u8; 32]>,
}

/// Whether a root's manifest is in blobs, and the buffers named: the one that holds the manifest, or the
/// manifest's own.
pub(crate) fn buffers(manifest: &[u8]) -> (bool, Vec<Buffer>) {
    let mut cursor = Cursor { bytes: manifest, at: 0 };
    let count = cursor.head(4);
    let magic = cursor.text();
    cursor.head(0);
    match (magic.as_str(), count) {
        ("stillroom/cut", 3) => (true, vec![cursor.buffer()]),
        ("stillroom", 5) => {
            for _ in 0..cursor.head(4) {
                cursor.head(0);
            }
            let count = cursor.head(4);
            (false, (0..count).map(|_| cursor.buffer()).collect())
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn read_record(body: &[u8]) -> Pairs {
    let mut cursor = Cursor { bytes: body, at: 0 };
    assert_eq!(cursor.head(4), 5);
    assert_eq!(cursor.text(), "stillroom");
    cursor.head(0);
    assert_eq!((cursor.head(4), cursor.head(4)), (0, 0), "nothing shared and no buffers");
    assert_eq!((cursor.head(4), cursor.head(0)), (2, 12), "a dict");
    let count = cursor.head(0);
    let pair = |_| {
        assert_eq!((cursor.head(4), cursor.head(0)), (2, 1), "a key");
        (cursor.text(), cursor.item())
    };
    let pairs = (0..count).map(pair).collect();
    assert_eq!(cursor.at, body.len());
    pairs
}

/// The body of a record, with the head of another: the version of the format is not this document's.
pub(crate) fn write_record(pairs: &Pairs, like: &[u8]) -> Vec<u8> {
    let version = like[11];
    let mut out = Vec::new();
    put(&mut out, 4, 5);
    put(&mut out, 3, 9);
    out.extend(b"stillroom");
    out.push(version);
    out.extend([0x80, 0x80, 0x82, 12]);
    put(&mut out, 0, pairs.len() as u64);
    for (name, item) in pairs {
        out.extend([0x82, 1]);
        put(&mut out, 3, name.len() as u64);
        out.extend(name.as_bytes());
        put_item(&mut out, item);
    }
    out
}

fn put(out: &mut Vec<u8>, major: u8, argument: u64) {
    match argument {
        0..24 => out.push(major << 5 | argument as u8),
        24..0x100 => out.extend([major << 5 | 24, argument as u8]),
        0x100..0x1_0000 => {
            out.push(major << 5 | 25);
            out.extend((argument as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major << 5 | 26);
            out.extend((argument as u32).to_be_bytes());
        }
        _ => {
            out.push(major << 5 | 27);
            out.extend(argument.to_be_bytes());
        }
    }
}

fn put_item(out: &mut Vec<u8>, item: &Item) {
    match item {
        Item::None => out.push(0xf6),
        Item::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
        Item::Int(value) if *value >= 0 => put(out, 0, *value as u64),
        Item::Int(value) => put(out, 1, (-1 - value) as u64),
        Item::Str(text) if text.len() < 4096 => {
            put(out, 3, text.len() as u64);
            out.extend(text.as_bytes());
        }
        Item::Bytes(bytes) if bytes.len() < 4096 => {
            put(out, 2, bytes.len() as u64);
            out.extend(bytes);
        }
        Item::Str(text) => put_long(out, 4, text.as_bytes()),
        Item::Bytes(bytes) => put_long(out, 6, bytes),
        Item::List(items) => {
            out.extend([0x82, 8]);
            put(out, 0, items.len() as u64);
            items.iter().for_each(|item| put_item(out, item));
        }
    }
}

fn put_long(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.extend([0x82, tag]);
    put(out, 2, bytes.len() as u64);
    out.extend(bytes);
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        self.at += len;
        &self.bytes[self.at - len..self.at]
    }

    fn any_head(&mut self) -> (u8, u64) {
        let first = self.take(1)[0];
        let len = match first & 31 {
            small @ 0..24 => return (first >> 5, u64::from(small)),
            width @ 24..28 => 1 << (width - 24),
            other => panic!("{other}"),
        };
        (first >> 5, self.take(len).iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn head(&mut self, major: u8) -> u64 {
        let (found, argument) = self.any_head();
        assert_eq!(found, major, "before {}", self.at);
        argument
    }

    fn text(&mut self) -> String {
        let len = self.head(3) as usize;
        String::from_utf8(self.take(len).to_vec()).unwrap()
    }

    fn leaf(&mut self) -> Vec<u8> {
        let len = self.head(2) as usize;
        self.take(len).to_vec()
    }

    fn buffer(&mut self) -> Buffer {
        let count = self.head(4);
        self.head(0);
        let digests = self.leaf().chunks(32).map(|digest| digest.try_into().unwrap()).collect();
        if count == 3 {
            for _ in 0..self.head(4) {
                self.head(0);
            }
        }
        Buffer { is_fixed: count == 2, digests }
    }

    fn item(&mut self) -> Item {
        match self.bytes[self.at] {
            0xf4 | 0xf5 => Item::Bool(self.take(1)[0] == 0xf5),
            0xf6 => {
                self.take(1);
                Item::None
            }
            byte => match byte >> 5 {
                0 => Item::Int(self.head(0).into()),
                1 => Item::Int(-1 - i128::from(self.head(1))),
                2 => Item::Bytes(self.leaf()),
                3 => Item::Str(self.text()),
                _ => self.tagged(),
            },
        }
    }

    fn tagged(&mut self) -> Item {
        assert_eq!(self.head(4), 2);
        match self.head(0) {
            4 => Item::Str(String::from_utf8(self.leaf()).unwrap()),
            6 => Item::Bytes(self.leaf()),
            8 => {
                let count = self.head(0);
                Item::List((0..count).map(|_| self.item()).collect())
            }
            tag => panic!("tag {tag}"),
        }
    }
}
