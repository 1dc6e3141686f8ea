//! Where stillroom keeps records and bytes (being written).

mod connect;

pub use connect::{Connected, ConnectOptions, connect};
