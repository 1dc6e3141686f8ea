//! A results store for data apps: what was computed is there after a restart.
//!
//! This crate joins the value format with a backend. A [`Store`] is a page of
//! signatures; each thing a user does has a file of its own that tells its
//! whole story. The doors (the command line, Python) use this crate alone, so
//! what they need of the format and the contract is re-exported here.
//!
//! | what a user does | call | answer |
//! |---|---|---|
//! | keeps values | [`Store::save`] | a [`Receipt`] each |
//! | gets one back | [`Store::load`] | [`Loaded`]; [`Loaded::into_value`] without Python |
//! | looks at its head | [`Store::preview`] | [`Preview`] |
//! | lists | [`Store::record`], [`results`](Store::results), [`history`](Store::history) | [`Record`]s |
//! | compares versions | [`Store::diff`] | [`Diff`] |
//! | labels, pins | [`Store::update`] with an [`Annotation`] | the [`Record`] |
//! | goes back | [`Store::rollback`] | a [`Receipt`] |
//! | moves | [`Store::rename`] | the newest [`Record`] |
//! | deletes, takes that back | [`Store::delete`], [`undelete`](Store::undelete) | [`Deleted`], with `undo` |
//! | takes results elsewhere | [`Store::export_to`] | [`Exported`] |
//! | brings them in | [`Store::inspect`], [`import_from`](Store::import_from) | [`Bundle`], [`Imported`] |
//! | copies them into another store | [`Store::plan_copy`] | [`CopyPlan`]; its `run`, [`Copied`] |
//! | asks what it takes | [`Store::usage`] | [`Usage`] |
//! | checks that all is whole | [`Store::verify`], [`repair`](Store::repair) | [`Verified`], [`Repaired`] |
//! | keeps old versions in fewer bytes | [`Store::compact`] | [`Compacted`] |
//! | erases what is gone | [`Store::gc`] | [`Swept`] |
//! | signs in to a Supabase project | `sign_in`, `Store::as_session`, with `supabase` | `Session`, [`Store`] |
//! | asks as whoever carries a token | `Store::as_bearer`, with `tokens` | [`Store`] |
//! | clears the local cache | [`Store::forget_cache`], [`Store::kept_near`] | bytes |
//!
//! Whoever keeps a whole store opens it as [`Operator`]: all owners, quotas, gc for all. [`doctor`] says whether
//! a store is as it should be.
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

mod arrivals;
#[cfg(feature = "tokens")]
mod bearer;
mod bundle;
mod cache;
mod clock;
mod compact;
mod copy;
mod delete;
mod diff;
mod doctor;
mod error;
mod export;
mod gc;
mod hold;
mod import;
mod load;
mod metadata;
mod operator;
mod part;
mod parts;
mod preview;
mod provenance;
mod recipe;
mod records;
mod rename;
mod rollback;
mod save;
#[cfg(feature = "supabase")]
mod session;
mod signing;
mod store;
#[cfg(test)]
mod tampered;
mod update;
mod upload;
mod verify;
mod watch;

pub use compact::Compacted;
pub use copy::{Copied, CopyPlan};
pub use delete::Deleted;
pub use diff::{CHANGES_MAX, Change, Diff, What};
#[cfg(feature = "postgres")]
pub use doctor::prove_isolation;
pub use doctor::{Check, Checkup, Verdict, doctor};
pub use error::{Error, ErrorKind};
pub use export::Exported;
pub use gc::UNDO_TIME;
pub use import::{Bundle, Imported};
pub use load::{Loaded, Opened, Trust};
pub use metadata::{METADATA_LEN, decode_metadata, encode_metadata};
pub use operator::Operator;
pub use part::{Labels, LoadedPart, Window};
pub use preview::{Head, Preview, PreviewSize, Shown, ShownCell, ShownScalar};
pub use save::{Receipt, Save};
pub use signing::SigningKey;
pub use stillroom_backends::CacheOptions;
pub use store::{OpenOptions, Store, Verify};
pub use verify::{Problem, Repaired, Verified};
pub use watch::{Progress, Watch, keep_going};

#[cfg(feature = "postgres")]
pub mod postgres;

#[cfg(feature = "supabase")]
pub use session::{Accounts, Credentials, Session, is_project, sign_in};
#[cfg(feature = "tokens")]
pub use stillroom_backends::TokenKeys;

pub use stillroom_core::{
    Access, Annotation, Body, Compression, Durability, Held, KeyName, MAX_MAPS, Owner, PageKey, Record,
    Region, ResultKey, Scope, Secret, Swept, Timestamp, Usage, Version, limits,
};
pub use stillroom_format::{
    ArrayHead, Buffer, Built, ByteOrder, Cell, Cells, ClassName, Column, Content, DateTime, Digest, Draft,
    Dtype, FormatError, Integer, Kind, LEAF_LEN, Layout, Leaf, Limits, Manifest, MemoryOrder, MissingCell,
    Node, Nodes, Number, OpaqueHead, Part, PartReader, PathFlavour, Payload, Reader, Role, Rows, Source,
    Summary, Table, Text, TextFlavour, Value, Writer, Zone, date_text, summarise,
};
pub use uuid::Uuid;

/// This crate's answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;
