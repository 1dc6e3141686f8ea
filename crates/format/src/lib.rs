//! The value format: how a value becomes bytes, and how bytes become a value.
//!
//! Pure functions only. There is no IO here, no clock, no environment, no
//! async and no Python: the same value gives the same bytes on every platform.
//! `docs/format.md` describes every byte; this crate is held to it by tests.
//!
//! The two ways in are a [`Writer`], which takes scalars, containers and
//! leaves one by one, and a [`Reader`], which hands them back. [`Value`] is one
//! consumer of both, for the command line, tests and previews; the Python door
//! is another and builds no tree in between.
//!
//! ```
//! use stillroom_format::{FormatError, Limits, Reader, Value, Writer};
//!
//! let value = Value::dict(vec![(Value::str("rmse"), Value::float(0.5))]);
//! let mut writer = Writer::new(Limits::default());
//! value.write(&mut writer)?;
//! let draft = writer.finish()?;
//! let manifest = draft.seal(Vec::new())?; // no leaf is long enough to be a buffer
//!
//! let mut reader = Reader::new(&manifest, Limits::default());
//! let back = Value::read(&mut reader, |_| Err(FormatError::Damaged("no buffers")))?;
//! assert_eq!(back, value);
//! # Ok::<(), FormatError>(())
//! ```
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `strategies` | no | `strategies::value`, arbitrary values for proptest |

#![forbid(unsafe_code)]

mod cbor;
mod cells;
mod codec;
mod compress;
mod cut;
mod digest;
mod dtype;
mod error;
mod limits;
mod manifest;
mod node;
mod part;
mod reader;
mod show;
mod source;
#[cfg(feature = "strategies")]
pub mod strategies;
mod summary;
mod table;
mod tree;
mod value;
mod writer;

pub use cells::{Cell, Cells, Content, Number};
pub use compress::{Codec, Compression, Decoder, Encoder, Item, Method};
pub use cut::{CHUNK_LEN, Cuts, Layout};
pub use digest::Digest;
pub use dtype::{ByteOrder, Dtype, Kind};
pub use error::{Counted, FormatError};
pub use limits::{LEAF_LEN, Limits};
pub use manifest::{Buffer, Chunk, Manifest, Root};
pub use node::{
    ArrayHead, Built, ClassName, Column, DateTime, Integer, MemoryOrder, MissingCell, Node, OpaqueHead,
    PathFlavour, Payload, Role, Text, TextFlavour, Zone,
};
pub use part::{Need, Nodes, Part, PartReader, Rows, Texts};
pub use reader::Reader;
pub use show::time::date_text;
pub use source::Source;
pub use summary::{Summary, picture, summarise};
pub use table::Table;
pub use value::{Place, Value};
pub use writer::{Draft, Leaf, Writer};

/// The format version this build writes, and the newest it reads; every one from 1 on is read for good.
pub const FORMAT_VERSION: u64 = 1;
