//! Where stillroom keeps records and bytes.
//!
//! | feature | backend | for |
//! |---|---|---|
//! | `local` (default) | a folder of this machine | laptops, notebooks, one server |
//! | `postgres` | a PostgreSQL database | teams, many servers |
//!
//! The memory backend of the contract is always there. [`connect`] is the one
//! door: from a URL or path to a backend.

#![forbid(unsafe_code)]

#[cfg(feature = "postgres")]
mod cache;
mod checkup;
mod connect;
#[cfg(feature = "local")]
mod local;
mod options;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "postgres")]
mod remote;

pub use checkup::{Check, Verdict};
pub use connect::{Connected, connect, connect_operator, database_url, examine};
pub use options::{CacheOptions, ConnectOptions};
