//! Laying facts out for a terminal.

mod human;
mod picture;
mod printable;
mod spoken;
mod table;

pub(crate) use human::{count, iso, minute, shape, size};
pub(crate) use picture::{one_line, picture};
pub(crate) use printable::{json, json_string, printable, width};
pub(crate) use spoken::{Span, parse_duration, parse_spans, shell_word, spans, versions};
pub(crate) use table::{Align, Table};
