//! Memory that crosses the door without a copy: all that is unsafe in this crate.
//!
//! [`LentBuffer`] lends an object's memory to the writer. Another Python thread
//! may write to it meanwhile, so it is only ever copied out, in bounded slices
//! and through a raw pointer; no `&[u8]` over it exists. [`LentItems`] does the
//! same for an array whose items do not touch. [`Memory`] lends a
//! loaded body to NumPy and pickle as a writable buffer.

#![expect(unsafe_code, reason = "lends memory between Python and Rust; each use says what holds it up")]

use std::ffi::c_int;

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use stillroom::{Body, Source, Window};

use crate::errors::{Fault, Result};

/// What keeps lent memory alive and in its place.
#[expect(dead_code, reason = "held until dropped, and never looked at")]
enum Lender {
    /// An export of the buffer protocol: the object can't be resized meanwhile.
    Export(PyUntypedBuffer),
    /// An object whose memory never changes or moves.
    Immutable(Py<PyAny>),
}

/// The memory of a Python object, as a source of bytes.
pub(crate) struct LentBuffer {
    start: *const u8,
    len: usize,
    _lender: Lender,
}

// SAFETY: the memory is kept in place by `_lender`, which may be dropped on any thread (PyO3 attaches, or
// defers the decrement), and is only read, through `copy_to`.
unsafe impl Send for LentBuffer {}
// SAFETY: as above; `copy_to` takes a shared reference and keeps nothing.
unsafe impl Sync for LentBuffer {}

impl LentBuffer {
    /// The memory of anything with C-contiguous memory: bytes, bytearray, memoryview, an array.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> Result<Self> {
        let export = PyUntypedBuffer::get(object)?;
        if !export.is_c_contiguous() {
            return Err(Fault::from(PyBufferError::new_err("memory that is not contiguous")));
        }
        let (start, len) = (export.buf_ptr().cast_const().cast(), export.len_bytes());
        Ok(Self { start, len, _lender: Lender::Export(export) })
    }

    /// The bytes of a bytes object.
    pub(crate) fn of_bytes(bytes: &Bound<'_, PyBytes>) -> Self {
        let memory = bytes.as_bytes();
        Self::of_immutable(memory, bytes.as_any())
    }

    /// The UTF-8 of a str, which Python keeps with it; none when it has lone surrogates.
    pub(crate) fn of_str(text: &Bound<'_, PyString>) -> Option<Self> {
        let memory = text.to_str().ok()?;
        Some(Self::of_immutable(memory.as_bytes(), text.as_any()))
    }

    /// `memory` belongs to `owner`, which never changes or frees it while it lives.
    fn of_immutable(memory: &[u8], owner: &Bound<'_, PyAny>) -> Self {
        let lender = Lender::Immutable(owner.clone().unbind());
        Self { start: memory.as_ptr(), len: memory.len(), _lender: lender }
    }
}

impl Source for LentBuffer {
    fn len(&self) -> u64 {
        self.len as u64
    }

    fn copy_to(&self, offset: u64, into: &mut [u8]) {
        let start = usize::try_from(offset).expect("an offset within memory is an address");
        let end = start.checked_add(into.len()).expect("a slice within memory ends in memory");
        assert!(end <= self.len, "a slice past the end of lent memory");
        // SAFETY: `start..end` lies within the `len` bytes that `_lender` keeps in place, and `into` is ours
        // alone. Python code that writes to the memory at this moment can give a torn slice, which is what
        // the caller asked for by changing a value while saving it.
        unsafe { std::ptr::copy_nonoverlapping(self.start.add(start), into.as_mut_ptr(), into.len()) }
    }
}

/// A stretch of lent memory, as a source.
pub(crate) struct LentSlice {
    lent: LentBuffer,
    start: u64,
    len: u64,
}

impl LentSlice {
    /// `len` bytes from `start` on; none when there are fewer.
    pub(crate) fn of(lent: LentBuffer, start: usize, len: usize) -> Option<Self> {
        let end = start.checked_add(len)?;
        (end <= lent.len).then_some(Self { lent, start: start as u64, len: len as u64 })
    }
}

impl Source for LentSlice {
    fn len(&self) -> u64 {
        self.len
    }

    fn copy_to(&self, offset: u64, into: &mut [u8]) {
        self.lent.copy_to(self.start + offset, into);
    }
}

/// The memory of a one-dimensional array whose items may lie apart, as a source of its items in order.
///
/// A column of a frame made from one array is such: its next item is a whole row away.
pub(crate) struct LentItems {
    first: *const u8,
    count: usize,
    item_len: usize,
    /// From one item to the next, in bytes; below zero when the array runs backwards.
    stride: isize,
    _export: PyUntypedBuffer,
}

// SAFETY: as for `LentBuffer`; the export keeps every item in its place.
unsafe impl Send for LentItems {}
// SAFETY: as above.
unsafe impl Sync for LentItems {}

impl LentItems {
    /// The items of an array of one axis.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> Result<Self> {
        let export = PyUntypedBuffer::get(object)?;
        let (&[count], &[stride]) = (export.shape(), export.strides()) else {
            return Err(Fault::from(PyBufferError::new_err("memory of more than one axis")));
        };
        let (first, item_len) = (export.buf_ptr().cast_const().cast(), export.item_size());
        Ok(Self { first, count, item_len, stride, _export: export })
    }

    /// Copies from the item at `place`, from its byte `within` on, to the end of the item or of `into`.
    fn copy_item(&self, place: usize, within: usize, into: &mut [u8]) -> usize {
        let len = into.len().min(self.item_len - within);
        assert!(place < self.count, "an item past the end of lent memory");
        let step = self.stride * isize::try_from(place).expect("items are counted in memory");
        // SAFETY: `place` is one of the `count` items, each of which has `item_len` bytes at `stride` from the
        // one before it, kept in place by the export; `within + len` is at most `item_len`, and `into`, which
        // has at least `len` bytes, is ours alone. A torn slice is as in `LentBuffer::copy_to`.
        unsafe {
            let from = self.first.offset(step).add(within);
            std::ptr::copy_nonoverlapping(from, into.as_mut_ptr(), len);
        }
        len
    }
}

impl Source for LentItems {
    fn len(&self) -> u64 {
        self.count as u64 * self.item_len as u64
    }

    fn copy_to(&self, offset: u64, mut into: &mut [u8]) {
        let offset = usize::try_from(offset).expect("an offset within memory is an address");
        let (mut place, mut within) = (offset / self.item_len, offset % self.item_len);
        while !into.is_empty() {
            let len = self.copy_item(place, within, into);
            into = &mut into[len..];
            (place, within) = (place + 1, 0);
        }
    }
}

/// How many references there are to an object.
pub(crate) fn reference_count(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object is alive as long as `object` is.
    unsafe { pyo3::ffi::Py_REFCNT(object.as_ptr()) }
}

/// A loaded buffer's bytes, which Python may read and write: `np.frombuffer(memory, dtype)` makes an array
/// over it without a copy.
#[pyclass(frozen, module = "stillroom._core")]
pub(crate) struct Memory {
    start: *mut u8,
    len: usize,
    /// Owns the bytes; never looked at again while Python may write to them.
    _body: Body,
}

// SAFETY: the memory is this object's alone, stays in place until it is dropped, and neither kind of body is
// bound to a thread. Who reads and writes through the buffer protocol is as careful as with a bytearray.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Hands a stretch of a body to Python.
    pub(crate) fn lend(py: Python<'_>, window: Window) -> PyResult<Bound<'_, PyAny>> {
        let (mut body, range) = window.into_parts();
        let (start, len) = match &mut body {
            Body::Owned(bytes) => (bytes.as_mut_ptr(), bytes.len()),
            Body::Mapped(region) => (region.as_ptr(), region.len()),
        };
        assert!(range.start <= range.end && range.end <= len, "a stretch past the end of its body");
        let start = start.wrapping_add(range.start);
        Ok(Bound::new(py, Self { start, len: range.len(), _body: body })?.into_any())
    }
}

#[pymethods]
impl Memory {
    fn __len__(&self) -> usize {
        self.len
    }

    /// # Safety
    /// Called by Python alone, with a view to fill.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut pyo3::ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view to fill"));
        }
        let memory = slf.get();
        let len = isize::try_from(memory.len)?;
        // SAFETY: `view` is Python's to fill; the view takes a reference to `slf`, which keeps `len` bytes at
        // `start` until it is dropped. The memory is plain and writable.
        let filled =
            unsafe { pyo3::ffi::PyBuffer_FillInfo(view, slf.as_ptr(), memory.start.cast(), len, 0, flags) };
        if filled == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
