//! Laying facts out for a terminal.

mod human;
mod picture;
mod printable;
mod table;

pub(crate) use human::{count, iso, minute, shape, size};
pub(crate) use picture::{one_line, picture};
pub(crate) use printable::{json, printable, width};
pub(crate) use table::{Align, Table};
