//! A value in a form that other programs read: csv, parquet, json, npy.
//!
//! A form keeps values and leaves types behind: numbers, texts, times and where
//! they stand come back from it, a dtype, a class, `attrs` or a time zone's name
//! may not. What a form can't say, or would say so that two different values
//! look the same, is refused with the form that can; docs/cli.md has the rules.
//! Nothing here asks the store or opens a Python object.

mod csv;
mod descr;
mod field;
mod grid;
mod json;
mod npy;
mod parquet;
mod scalar;
mod sheet;

use std::io::{self, Write};

use clap::ValueEnum;
use stillroom::{Error, ErrorKind, Node, Value};

use crate::failure::Failure;

/// What other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Lines of text: tables, and arrays of one or two dimensions
    Csv,
    /// Typed columns: tables
    Parquet,
    /// Numbers, texts, lists and dicts, and tables as pandas' orient="tight"
    Json,
    /// NumPy's own file: arrays and columns of fixed width
    Npy,
}

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'a> {
    /// What the value is called in messages: its key.
    pub(crate) name: &'a str,
    /// JSON has no NaN: write null for it.
    pub(crate) nan_as_null: bool,
    /// Write out what a terminal would obey; only for text that goes to one.
    pub(crate) is_for_terminal: bool,
}

impl Form {
    /// The form's name, which is also how its files end.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Json => "json",
            Self::Npy => "npy",
        }
    }

    /// Whether it is text that a terminal can show.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json)
    }

    /// Writes `value`; nothing when it is refused.
    ///
    /// # Errors
    /// `unsupported` for what the form can't say.
    pub(crate) fn write(self, value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
        // The others look at all there is before they begin; json's refusal may come at the last cell. That
        // is twice the work, but no text is held.
        if self == Self::Json {
            self.write_once(value, style, &mut io::sink())?;
        }
        self.write_once(value, style, out)
    }

    /// Writes `value`, and may have written a part of it when it is refused.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn write_once(
        self,
        value: &Value,
        style: Style<'_>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        match self {
            Self::Csv => csv::write(value, style, out),
            Self::Parquet => parquet::write(value, style, out),
            Self::Json => json::write(value, style, out),
            Self::Npy => npy::write(value, style, out),
        }
    }
}

/// The refusal of what stands at `place`: what the form can't do, and what to do instead.
fn refusal(what: &str, instead: &str, place: &str) -> Failure {
    Error::new(ErrorKind::Unsupported, format!("{what}; {instead}: `{place}`")).into()
}

/// A column of a table as messages name it: `visits["arrivals"]`.
fn column_place(style: Style<'_>, column: &str) -> String {
    format!("{}[{column:?}]", style.name)
}

const IN_PYTHON: &str = "load it in Python";

/// What to do with a value that a form of tables and arrays does not hold: whether json has a word for it.
fn other_form(value: &Value) -> &'static str {
    match value.node() {
        Node::Opaque(_) => IN_PYTHON,
        Node::Built { .. } if !json::holds(value) => IN_PYTHON,
        _ => "use --to json",
    }
}
