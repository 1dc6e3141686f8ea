//! pyarrow's memory of a column of strings, as text of the format and back.
//!
//! Arrow keeps where each string begins, the format how long it is; the text
//! and the bitmap of what is missing are the same bytes.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;
use stillroom::{Body, Source, Window};

use super::column::has_value;
use super::strings::{Stored, Strings, too_long};
use crate::borrow::{LentBuffer, LentSlice, Memory};
use crate::capture::Capture;
use crate::errors::{Fault, Result};

/// pyarrow, which pandas needs for such an array even to name its dtype.
pub(super) fn library(py: Python<'_>) -> Result<Bound<'_, PyModule>> {
    Ok(py.import(intern!(py, "pyarrow"))?)
}

/// The strings of an array of pandas that keeps them in pyarrow's memory, chunk by chunk.
pub(super) fn gather(capture: &Capture<'_>, array: &Bound<'_, PyAny>) -> Result<Strings> {
    let py = array.py();
    let large_string = library(py)?.call_method0(intern!(py, "large_string"))?;
    let chunked = array.call_method0(intern!(py, "__arrow_array__"))?;
    let chunked = chunked.call_method1(intern!(py, "cast"), (large_string,))?;
    let mut strings = Strings::new(capture);
    for chunk in chunked.getattr(intern!(py, "chunks"))?.try_iter()? {
        push_chunk(&mut strings, &chunk?)?;
    }
    Ok(strings)
}

fn push_chunk(strings: &mut Strings, chunk: &Bound<'_, PyAny>) -> Result<()> {
    let py = chunk.py();
    let (count, start): (usize, usize) = (chunk.len()?, chunk.getattr(intern!(py, "offset"))?.extract()?);
    let buffers: [Option<Bound<'_, PyAny>>; 3] = chunk.call_method0(intern!(py, "buffers"))?.extract()?;
    let [validity, offsets, text] = buffers;
    let Some(offsets) = offsets.filter(|_| count > 0) else { return Ok(()) };
    let offsets = copy_of(&offsets, start * 8, (count + 1) * 8)?;
    let (offsets, _) = offsets.as_chunks::<8>();
    let offset = |at: usize| i64::from_ne_bytes(offsets[at]);
    let place = |at: usize| usize::try_from(offset(at) - offset(0)).unwrap_or(usize::MAX);
    let first = usize::try_from(offset(0)).unwrap_or(usize::MAX);
    let validity = validity.map(|bits| copy_of(&bits, 0, (start + count).div_ceil(8))).transpose()?;
    let is_there = |row: usize| has_value(validity.as_deref(), start + row);
    // What is missing has no text, nearly always: then the text is what the format wants, as it lies there.
    let is_dense = validity.is_none() || (0..count).all(|row| is_there(row) || place(row) == place(row + 1));
    if is_dense && let Some(text) = &text {
        let lengths =
            offsets.windows(2).map(|pair| i64::from_ne_bytes(pair[1]) - i64::from_ne_bytes(pair[0]));
        let text = LentSlice::of(LentBuffer::of(text)?, first, place(count)).ok_or_else(too_long)?;
        // First, since with lengths that fit the cells stand in order.
        if !strings.push_lengths(lengths, is_there) {
            return Err(too_long());
        }
        if !is_text(&text, count, |at| place(at) as u64) {
            return Err(not_utf8());
        }
        strings.lend(text);
        return Ok(());
    }
    let text = text.map(|text| copy_of(&text, first, place(count))).transpose()?.unwrap_or_default();
    for row in 0..count {
        if !is_there(row) {
            strings.push_missing();
            continue;
        }
        let cell = text.get(place(row)..place(row + 1)).ok_or_else(too_long)?;
        std::str::from_utf8(cell).map_err(|_| not_utf8())?;
        if !strings.push(cell) {
            return Err(too_long());
        }
    }
    Ok(())
}

/// Whether each of `count` cells is UTF-8, the next of which begins where `place` says, and never before the
/// one before it. pyarrow takes its word for that from whoever made the array.
fn is_text(text: &LentSlice, count: usize, place: impl Fn(usize) -> u64) -> bool {
    let mut slice = [0; 64 * 1024];
    let (mut start, mut cell) = (0, 0);
    while start < text.len() {
        let len = slice.len().min(usize::try_from(text.len() - start).unwrap_or(usize::MAX));
        let here = &mut slice[..len];
        text.copy_to(start, here);
        if here.is_ascii() {
            start += len as u64;
            continue;
        }
        let valid = match std::str::from_utf8(here) {
            Ok(valid) => valid,
            // The last character goes on in the next slice.
            Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
                std::str::from_utf8(&here[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return false,
        };
        let end = start + valid.len() as u64;
        cell += first_from(count - cell, |at| place(cell + at) >= start);
        while cell < count && place(cell) < end {
            if !valid.is_char_boundary(usize::try_from(place(cell) - start).unwrap_or(usize::MAX)) {
                return false;
            }
            cell += 1;
        }
        start = end;
    }
    true
}

/// The first of `0..count` from which on it holds, `count` where it never does.
fn first_from(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

fn not_utf8() -> Fault {
    Fault::unsupported("can't keep text of pyarrow that is not UTF-8; read it again with the encoding it has")
}

/// `len` bytes of a buffer of pyarrow from `offset` on.
fn copy_of(buffer: &Bound<'_, PyAny>, offset: usize, len: usize) -> Result<Vec<u8>> {
    let lent = LentBuffer::of(buffer)?;
    let mut bytes = vec![0; len];
    lent.copy_to(offset as u64, &mut bytes);
    Ok(bytes)
}

/// An array of `dtype` over the stored text itself.
pub(super) fn build<'py>(stored: Stored<'_>, dtype: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = dtype.py();
    if stored.has_surrogates {
        return Err(Fault::corrupt("text of pyarrow that is not UTF-8"));
    }
    let arrow = library(py)?;
    let (count, offsets) = (stored.count(), stored.offsets()?);
    let lend = |bytes: Window| -> Result<Bound<'py, PyAny>> {
        Ok(arrow.call_method1(intern!(py, "py_buffer"), (Memory::lend(py, bytes)?,))?)
    };
    let validity = stored.validity.map(|bits| lend(bits.into())).transpose()?;
    let buffers = [validity, Some(lend(Body::Owned(offsets).into())?), Some(lend(stored.text)?)];
    let of = arrow.call_method0(intern!(py, "large_string"))?;
    let class = arrow.getattr(intern!(py, "Array"))?;
    let array = class.call_method1(intern!(py, "from_buffers"), (of, count, PyList::new(py, buffers)?))?;
    Ok(dtype.call_method1(intern!(py, "__from_arrow__"), (array,))?)
}
