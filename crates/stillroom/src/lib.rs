//! A results store for data apps: what was computed is there after a restart.
//!
//! This crate joins the value format with a backend. A [`Store`] is a page of
//! signatures; each thing a user does has a file of its own that tells its
//! whole story: `save.rs`, `load.rs`, `records.rs`. The doors (the command line,
//! Python) use this crate alone, so what they need of the format and the
//! contract is re-exported here.
//!
//! ```
//! use stillroom::{Limits, OpenOptions, ResultKey, Save, Store, Value, Writer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::open(OpenOptions { url: Some("memory:".into()), ..OpenOptions::default() })?;
//! let mut writer = Writer::new(Limits::default());
//! writer.float(0.5)?;
//! let key = ResultKey::parse("train_models", "rmse")?;
//! store.save(vec![Save::new(key.clone(), writer.finish()?)], &mut stillroom::keep_going)?;
//!
//! let loaded = store.load(&key, None, &mut stillroom::keep_going)?;
//! assert_eq!(loaded.record.version.get(), 1);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod clock;
mod error;
mod load;
mod metadata;
mod records;
mod save;
mod signing;
mod store;
mod upload;
mod watch;

pub use error::{Error, ErrorKind};
pub use load::{Loaded, Trust};
pub use metadata::{METADATA_LEN, decode_metadata, encode_metadata};
pub use save::{Receipt, Save};
pub use signing::SigningKey;
pub use store::{OpenOptions, Store, Verify};
pub use watch::{Progress, Watch, keep_going};

pub use stillroom_core::{
    Body, KeyName, Owner, PageKey, Record, Region, ResultKey, Timestamp, Usage, Version,
};
pub use stillroom_format::{
    ArrayHead, Buffer, Built, ByteOrder, Cell, Cells, ClassName, Column, DateTime, Digest, Draft, Dtype,
    FormatError, Integer, Kind, LEAF_LEN, Layout, Leaf, Limits, Manifest, MemoryOrder, MissingCell, Node,
    OpaqueHead, PathFlavour, Payload, Reader, Role, Source, Summary, Table, Text, TextFlavour, Value, Writer,
    Zone, date_text, summarise,
};
pub use uuid::Uuid;

/// This crate's answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;
