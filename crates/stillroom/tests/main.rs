//! What the facade promises, on the memory and local backends.

mod common;
mod load;
mod open;
mod save;
mod set;
mod signing;
