//! Columns of text, gathered in one pass.
//!
//! Three things of pandas are text here: a column of dtype object whose every
//! cell is a plain str or the one kind of missing, and its two string dtypes,
//! which keep Python's str or the memory of pyarrow (`arrow.rs`).

use std::ops::Range;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyList, PyString};
use stillroom::{Column, MissingCell, Source, TextFlavour, Window};

use super::column::{bitmap, has_value, objects, string_dtype, uncopied, wrapped};
use super::text::surrogate_bytes;
use super::{arrow, timestamp};
use crate::borrow::LentSlice;
use crate::capture::{Answer, Capture};
use crate::errors::{Fault, Result};
use crate::restore::{Leaf, Restore};

/// Text as the format has it, while it is gathered; for a value that is only looked at, its size.
pub(super) struct Strings {
    is_kept: bool,
    lengths: Vec<u8>,
    text: Pieces,
    text_len: u64,
    has_value: Vec<bool>,
    has_surrogates: bool,
}

/// Text in the order of its cells: copied cell by cell, or a whole stretch where it was found.
#[derive(Default)]
struct Pieces {
    /// Where each begins, and the piece.
    pieces: Vec<(u64, Piece)>,
    len: u64,
}

enum Piece {
    Copied(Vec<u8>),
    Lent(LentSlice),
}

impl Pieces {
    fn push(&mut self, text: &[u8]) {
        let start = self.len;
        self.len += text.len() as u64;
        match self.pieces.last_mut() {
            Some((_, Piece::Copied(copied))) => copied.extend_from_slice(text),
            _ => self.pieces.push((start, Piece::Copied(text.to_vec()))),
        }
    }

    fn lend(&mut self, text: LentSlice) {
        let start = self.len;
        self.len += text.len();
        self.pieces.push((start, Piece::Lent(text)));
    }
}

impl Source for Pieces {
    fn len(&self) -> u64 {
        self.len
    }

    fn copy_to(&self, mut offset: u64, mut into: &mut [u8]) {
        while !into.is_empty() {
            let next = self.pieces.partition_point(|(start, _)| *start <= offset);
            let (start, piece) = &self.pieces[next - 1];
            let end = self.pieces.get(next).map_or(self.len, |(start, _)| *start);
            let len = into.len().min(usize::try_from(end - offset).unwrap_or(usize::MAX));
            let (here, rest) = into.split_at_mut(len);
            match piece {
                Piece::Copied(copied) => copied.copy_to(offset - start, here),
                Piece::Lent(lent) => lent.copy_to(offset - start, here),
            }
            (offset, into) = (offset + len as u64, rest);
        }
    }
}

/// A leaf of a value that is only looked at: never read.
struct Measured(u64);

impl Source for Measured {
    fn len(&self) -> u64 {
        self.0
    }

    fn copy_to(&self, _: u64, into: &mut [u8]) {
        into.fill(0);
    }
}

impl Strings {
    pub(super) fn new(capture: &Capture<'_>) -> Self {
        Self {
            is_kept: !capture.is_audit(),
            lengths: Vec::new(),
            text: Pieces::default(),
            text_len: 0,
            has_value: Vec::new(),
            has_surrogates: false,
        }
    }

    /// Adds a cell; false when its length does not fit, which 4 GiB of text do not.
    pub(super) fn push(&mut self, text: &[u8]) -> bool {
        let Ok(len) = u32::try_from(text.len()) else { return false };
        self.has_value.push(true);
        self.text_len += u64::from(len);
        if self.is_kept {
            self.lengths.extend_from_slice(&len.to_le_bytes());
            self.text.push(text);
        }
        true
    }

    /// Adds cells whose text is lent next, in one stretch; a missing one has none. False as [`push`](Self::push).
    pub(super) fn push_lengths(
        &mut self,
        lengths: impl ExactSizeIterator<Item = i64>,
        has_value: impl Fn(usize) -> bool,
    ) -> bool {
        self.has_value.extend((0..lengths.len()).map(has_value));
        if !self.is_kept {
            return lengths.map(u32::try_from).all(|len| len.is_ok());
        }
        self.lengths.reserve(4 * lengths.len());
        for len in lengths {
            let Ok(len) = u32::try_from(len) else { return false };
            self.lengths.extend_from_slice(&len.to_le_bytes());
        }
        true
    }

    /// Adds the text of the cells that were added by their lengths.
    pub(super) fn lend(&mut self, text: LentSlice) {
        self.text_len += text.len();
        if self.is_kept {
            self.text.lend(text);
        }
    }

    fn push_str(&mut self, text: &Bound<'_, PyString>) -> Result<bool> {
        match text.to_str() {
            Ok(utf8) => Ok(self.push(utf8.as_bytes())),
            Err(_) => {
                self.has_surrogates = true;
                Ok(self.push(surrogate_bytes(text)?.as_bytes()))
            }
        }
    }

    pub(super) fn push_missing(&mut self) {
        self.has_value.push(false);
        if self.is_kept {
            self.lengths.extend_from_slice(&[0; 4]);
        }
    }

    fn write(self, capture: &mut Capture<'_>, flavour: TextFlavour, missing: MissingCell) -> Result<()> {
        let row_count = self.has_value.len() as u64;
        let validity = bitmap(self.has_value.into_iter()).map(|bits| Box::new(bits) as Box<dyn Source>);
        let (lengths, text): (Box<dyn Source>, Box<dyn Source>) = match self.is_kept {
            true => (Box::new(self.lengths), Box::new(self.text)),
            false => (Box::new(Measured(4 * row_count)), Box::new(Measured(self.text_len))),
        };
        let surrogates = self.has_surrogates;
        capture.writer.text_column(flavour, missing, surrogates, row_count, lengths, text, validity)?;
        Ok(())
    }
}

/// Writes cells of dtype object as text, when they are that; says whether they were.
pub(super) fn write_cells(capture: &mut Capture<'_>, cells: &Bound<'_, PyList>) -> Result<bool> {
    let mut strings = Strings::new(capture);
    let mut missing = None;
    for cell in cells.iter() {
        if let Ok(text) = cell.cast_exact::<PyString>() {
            if !strings.push_str(text)? {
                return Ok(false);
            }
        } else {
            let kind = missing_cell(&cell)?;
            if kind.is_none() || missing.is_some_and(|missing| Some(missing) != kind) {
                return Ok(false);
            }
            missing = kind;
            strings.push_missing();
        }
    }
    strings.write(capture, TextFlavour::Object, missing.unwrap_or(MissingCell::None))?;
    Ok(true)
}

/// Which kind of missing a cell is, if it is one that can be told from its kind alone.
fn missing_cell(cell: &Bound<'_, PyAny>) -> Result<Option<MissingCell>> {
    let py = cell.py();
    Ok(if cell.is_none() {
        Some(MissingCell::None)
    } else if let Ok(float) = cell.cast_exact::<PyFloat>() {
        (float.value().to_bits() == f64::NAN.to_bits()).then_some(MissingCell::Nan)
    } else if !timestamp::is_of_pandas(cell)? {
        None
    } else if cell.is(timestamp::na(py)?) {
        Some(MissingCell::Na)
    } else if cell.is(timestamp::nat(py)?) {
        Some(MissingCell::Nat)
    } else {
        None
    })
}

/// Writes an array of a string dtype.
pub(super) fn write<'py>(capture: &mut Capture<'py>, array: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let dtype = array.getattr(intern!(py, "dtype"))?;
    let storage: String = dtype.getattr(intern!(py, "storage"))?.extract()?;
    let is_na = dtype.getattr(intern!(py, "na_value"))?.is(timestamp::na(py)?);
    // pandas 2 called what pandas 3 tells apart by its missing value a storage of its own.
    let (flavour, strings) = match (&*storage, is_na) {
        ("python", true) => (TextFlavour::PythonNa, from_cells(capture, array, MissingCell::Na)?),
        ("python", false) => (TextFlavour::PythonNan, from_cells(capture, array, MissingCell::Nan)?),
        ("pyarrow", true) => (TextFlavour::PyarrowNa, arrow::gather(capture, array)?),
        ("pyarrow" | "pyarrow_numpy", false) => (TextFlavour::PyarrowNan, arrow::gather(capture, array)?),
        _ => return Ok(Answer::NotMine),
    };
    strings.write(capture, flavour, MissingCell::None)?;
    Ok(Answer::Leaf)
}

fn from_cells(capture: &Capture<'_>, array: &Bound<'_, PyAny>, missing: MissingCell) -> Result<Strings> {
    let py = array.py();
    let items = array.call_method1(intern!(py, "to_numpy"), (intern!(py, "O"),))?;
    let cells = items.call_method0(intern!(py, "tolist"))?.cast_into::<PyList>()?;
    let mut strings = Strings::new(capture);
    for cell in cells.iter() {
        if let Ok(text) = cell.cast_exact::<PyString>() {
            if !strings.push_str(text)? {
                return Err(too_long());
            }
        } else if missing_cell(&cell)? == Some(missing) {
            strings.push_missing();
        } else {
            let class = cell.get_type();
            let message = "can't keep a cell of text that is no plain str; convert it with str(...)";
            return Err(Fault::unsupported(format!("{message}: {class}")));
        }
    }
    Ok(strings)
}

pub(super) fn too_long() -> Fault {
    Fault::unsupported("can't keep a cell of text of 4 GiB; store it beside the column")
}

/// Builds the array of a column of text.
pub(super) fn build<'py>(restore: &mut Restore<'py>, column: &Column<'_>) -> Result<Bound<'py, PyAny>> {
    let Column::Text { flavour, missing, has_surrogates, lengths, text, validity, .. } = column else {
        return Err(Fault::corrupt("a node out of place"));
    };
    let py = restore.py;
    let stored = Stored {
        lengths: restore.bytes(*lengths)?,
        text: restore.body(*text)?,
        validity: validity.map(|validity| restore.bytes(validity)).transpose()?,
        has_surrogates: *has_surrogates,
    };
    match flavour {
        TextFlavour::Object => {
            let cells = stored.cells(&missing_object(py, *missing)?)?;
            wrapped(restore, objects(&cells)?)
        }
        TextFlavour::PythonNa => stored.of_cells(&dtype(py, "python", true)?),
        TextFlavour::PythonNan => stored.of_cells(&dtype(py, "python", false)?),
        TextFlavour::PyarrowNa => arrow::build(stored, &dtype(py, "pyarrow", true)?),
        TextFlavour::PyarrowNan => arrow::build(stored, &dtype(py, "pyarrow", false)?),
    }
}

fn missing_object(py: Python<'_>, missing: MissingCell) -> Result<Bound<'_, PyAny>> {
    Ok(match missing {
        MissingCell::None => py.None().into_bound(py),
        // The one that NumPy has, since some code asks for it by identity.
        MissingCell::Nan => py.import(intern!(py, "numpy"))?.getattr(intern!(py, "nan"))?,
        MissingCell::Na => timestamp::na(py)?.clone(),
        MissingCell::Nat => timestamp::nat(py)?.clone(),
    })
}

fn dtype<'py>(py: Python<'py>, storage: &str, is_na: bool) -> Result<Bound<'py, PyAny>> {
    let class = string_dtype(py)?;
    if storage == "pyarrow" {
        arrow::library(py)?;
    }
    if is_na {
        return Ok(class.call1((storage,))?);
    }
    let named = PyDict::new(py);
    named.set_item(intern!(py, "na_value"), missing_object(py, MissingCell::Nan)?)?;
    let made = class.call((storage,), Some(&named));
    // pandas 2 had this kind for pyarrow alone, under a name of its own.
    made.or_else(|_| class.call1((format!("{storage}_numpy"),))).map_err(|error| {
        Fault::invalid("this value has text of a kind that this pandas has not; update pandas").because(error)
    })
}

/// A column of text as it was stored. Stored data is not trusted: cells must cover the text, and cut it
/// between characters.
pub(super) struct Stored<'a> {
    lengths: Leaf<'a>,
    pub(super) text: Window,
    pub(super) validity: Option<Leaf<'a>>,
    pub(super) has_surrogates: bool,
}

impl Stored<'_> {
    /// How many cells there are.
    pub(super) fn count(&self) -> usize {
        self.lengths.len() / 4
    }

    /// Where each cell begins and ends in the text.
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let (lengths, _) = self.lengths.as_chunks::<4>();
        let mut end = 0;
        lengths.iter().map(move |len| {
            let start = end;
            end += u32::from_le_bytes(*len) as usize;
            start..end
        })
    }

    /// The text, which has no lone surrogates.
    fn utf8(&self) -> Result<&str> {
        std::str::from_utf8(self.text.as_slice()).map_err(|_| Fault::corrupt("text that is not UTF-8"))
    }

    /// Where cells begin, and the last one ends, as Arrow has it.
    pub(super) fn offsets(&self) -> Result<Vec<u8>> {
        let text = self.utf8()?;
        let mut offsets = Vec::with_capacity((self.count() + 1) * 8);
        offsets.extend_from_slice(&0_i64.to_ne_bytes());
        let mut last = 0;
        for Range { end, .. } in self.ranges() {
            if !text.is_char_boundary(end) {
                return Err(cut_badly());
            }
            offsets.extend_from_slice(&(end as i64).to_ne_bytes());
            last = end;
        }
        if last == text.len() { Ok(offsets) } else { Err(cut_badly()) }
    }

    fn cells<'py>(&self, missing: &Bound<'py, PyAny>) -> Result<Bound<'py, PyList>> {
        let (py, bytes) = (missing.py(), self.text.as_slice());
        // Looked at once as a whole, rather than cell by cell.
        let text = if self.has_surrogates { None } else { Some(self.utf8()?) };
        let mut cells = Vec::with_capacity(self.count());
        let mut last = 0;
        for (place, range) in self.ranges().enumerate() {
            last = range.end;
            cells.push(match (has_value(self.validity.as_deref(), place), text) {
                (false, _) => missing.clone(),
                (true, Some(text)) => PyString::new(py, text.get(range).ok_or_else(cut_badly)?).into_any(),
                (true, None) => self.cell(py, bytes.get(range).ok_or_else(cut_badly)?)?,
            });
        }
        if last != bytes.len() {
            return Err(cut_badly());
        }
        Ok(PyList::new(py, cells)?)
    }

    fn cell<'py>(&self, py: Python<'py>, bytes: &[u8]) -> Result<Bound<'py, PyAny>> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(PyString::new(py, text).into_any()),
            Err(_) => {
                let how = (intern!(py, "utf-8"), intern!(py, "surrogatepass"));
                Ok(PyBytes::new(py, bytes).call_method1(intern!(py, "decode"), how)?)
            }
        }
    }

    fn of_cells<'py>(&self, dtype: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let py = dtype.py();
        let missing = dtype.getattr(intern!(py, "na_value"))?;
        let named = uncopied(py)?;
        named.set_item(intern!(py, "dtype"), dtype)?;
        let array = py.import(intern!(py, "pandas"))?.getattr(intern!(py, "array"))?;
        Ok(array.call((objects(&self.cells(&missing)?)?,), Some(&named))?)
    }
}

fn cut_badly() -> Fault {
    Fault::corrupt("text of another length than its cells, or cut within a character")
}
