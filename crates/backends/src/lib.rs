//! Where stillroom keeps records and bytes.
//!
//! | feature | backend | for |
//! |---|---|---|
//! | `local` (default) | a folder of this machine | laptops, notebooks, one server |
//! | `postgres` | a PostgreSQL database | teams, many servers |
//! | `supabase` | a Supabase project over HTTPS | apps whose users sign in |
//!
//! With `tokens`, which the last two bring along, askers are known by tokens of their sign-in.
//!
//! The memory backend of the contract is always there. [`connect`] is the one
//! door: from a URL or path to a backend.

#![forbid(unsafe_code)]

#[cfg(any(feature = "postgres", feature = "supabase"))]
mod cache;
mod checkup;
mod connect;
#[cfg(feature = "local")]
mod local;
mod options;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "postgres", feature = "supabase"))]
mod remote;
#[cfg(feature = "supabase")]
mod supabase;
#[cfg(feature = "tokens")]
mod tokens;
#[cfg(feature = "tokens")]
#[cfg_attr(
    not(feature = "supabase"),
    expect(dead_code, unused_imports, reason = "keys are asked for simply")
)]
mod web;

pub use checkup::{Check, Verdict};
#[cfg(feature = "supabase")]
pub use connect::connect_auth;
pub use connect::{Connected, connect, connect_operator, database_url, examine, is_project};
pub use options::{CacheOptions, ConnectOptions};
#[cfg(feature = "supabase")]
pub use supabase::{Auth, Credentials, Kept, Session};
#[cfg(feature = "tokens")]
pub use tokens::{Claims, TokenKeys, Verifier};
