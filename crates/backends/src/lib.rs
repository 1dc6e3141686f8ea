//! Where stillroom keeps records and bytes (being written).

#![forbid(unsafe_code)]

mod connect;

pub use connect::{Connected, ConnectOptions, connect};
