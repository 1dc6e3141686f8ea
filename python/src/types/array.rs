//! NumPy scalars and arrays of plain dtypes, and the arrays that columns are made of.
//!
//! An array is lent to the writer where it lies, and a loaded one lies over the
//! memory it was loaded into. Arrays of objects, of strings of any length and of
//! fields are built nodes (`built.rs`); `longdouble` is refused, since it has
//! other bytes on other machines.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple, PyType};
use stillroom::{ArrayHead, Body, Dtype, Kind, MemoryOrder, Node, Payload, Source};

use super::{built, library_classes};
use crate::borrow::{LentBuffer, LentItems, Memory};
use crate::capture::{Answer, Capture, Emit};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore};

library_classes! {
    ndarray = "numpy", "ndarray";
    memmap = "numpy", "memmap";
    generic = "numpy", "generic";
    dtype = "numpy", "dtype";
    numpy_str = "numpy", "str_";
    numpy_bytes = "numpy", "bytes_";
}

/// Who writes objects of this class, if it is of this family.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    Ok(if class.is(ndarray(py)?) || class.is(memmap(py)?) {
        Some(capture_array)
    } else if class.is_subclass(generic(py)?)? {
        Some(capture_scalar)
    } else {
        None
    })
}

fn capture_scalar<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let dtype = object.getattr(intern!(py, "dtype"))?;
    if is_built(&dtype)? {
        return built::capture(capture, object);
    }
    let dtype = plain_dtype(&dtype)?;
    let item = object.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
    // NumPy gives an empty str one character.
    let len = usize::try_from(dtype.item_size()).expect("an item in memory fits in memory");
    let item = item.as_bytes().get(..len).unwrap_or_default();
    capture.writer.numpy_scalar(&dtype, item)?;
    Ok(Answer::Leaf)
}

fn capture_array<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let dtype = object.getattr(intern!(py, "dtype"))?;
    if is_built(&dtype)? {
        return built::capture(capture, object);
    }
    let dtype = plain_dtype(&dtype)?;
    let shape: Vec<u64> = object.getattr(intern!(py, "shape"))?.extract()?;
    let is_writeable = flag(object, "writeable")?;
    let (array, order) = gathered(object, shape.len())?;
    let items = match order {
        MemoryOrder::C => lend(&array, &dtype)?,
        MemoryOrder::Fortran => lend(&array.getattr(intern!(py, "T"))?, &dtype)?,
    };
    capture.writer.array(&ArrayHead { dtype, shape, order, is_writeable }, items)?;
    Ok(Answer::Leaf)
}

/// Whether items of this dtype are more than bytes of one kind: objects, strings of any length, fields.
fn is_built(dtype: &Bound<'_, PyAny>) -> Result<bool> {
    let py = dtype.py();
    let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
    Ok(matches!(&*kind, "O" | "T") || !dtype.getattr(intern!(py, "names"))?.is_none())
}

fn flag(array: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    array.getattr(intern!(array.py(), "flags"))?.getattr(name)?.is_truthy()
}

/// The array itself when it can be lent as it lies, else a copy that lies as `copy(order="K")` would,
/// and in C order where even that leaves gaps.
fn gathered<'py>(array: &Bound<'py, PyAny>, axis_count: usize) -> Result<(Bound<'py, PyAny>, MemoryOrder)> {
    let py = array.py();
    if let Some(order) = order_of(array)? {
        return Ok((array.clone(), order));
    }
    if axis_count == 1 {
        return Ok((array.clone(), MemoryOrder::C));
    }
    let copy = array.call_method1(intern!(py, "copy"), (intern!(py, "K"),))?;
    if let Some(order) = order_of(&copy)? {
        return Ok((copy, order));
    }
    Ok((array.call_method1(intern!(py, "copy"), (intern!(py, "C"),))?, MemoryOrder::C))
}

fn order_of(array: &Bound<'_, PyAny>) -> Result<Option<MemoryOrder>> {
    Ok(if flag(array, "c_contiguous")? {
        Some(MemoryOrder::C)
    } else if flag(array, "f_contiguous")? {
        Some(MemoryOrder::Fortran)
    } else {
        None
    })
}

/// The items of an array of `dtype`, in C order: lent, unless there are no bytes to lend.
///
/// # Errors
/// Python's BufferError for an array of several axes that is not C-contiguous.
pub(super) fn lend(array: &Bound<'_, PyAny>, dtype: &Dtype) -> Result<Box<dyn Source>> {
    let py = array.py();
    if dtype.item_size() == 0 || array.getattr(intern!(py, "size"))?.extract::<usize>()? == 0 {
        return Ok(Box::new(Vec::new()));
    }
    let is_time = matches!(dtype.kind(), Kind::Datetime | Kind::Timedelta);
    // NumPy exports no memory of dates; their counts are the same bytes.
    let array =
        if is_time { array.call_method1(intern!(py, "view"), (intern!(py, "i8"),))? } else { array.clone() };
    if flag(&array, "c_contiguous")? {
        // Of one axis, since an array without axes exports memory without a shape.
        let items = array.call_method1(intern!(py, "reshape"), (-1,))?;
        return Ok(Box::new(LentBuffer::of(&items)?));
    }
    Ok(Box::new(LentItems::of(&array)?))
}

/// The NumPy array below one of pandas' that is no more than that.
pub(super) fn of<'py>(array: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = array.py();
    // Not `to_numpy`, which looks for missing items first.
    Ok(py.import(intern!(py, "numpy"))?.call_method1(intern!(py, "asarray"), (array,))?)
}

/// The dtype of an array or scalar, when it is one of NumPy's plain ones and nothing more.
pub(super) fn plain_dtype(object: &Bound<'_, PyAny>) -> Result<Dtype> {
    let py = object.py();
    let kind: String = object.getattr(intern!(py, "kind"))?.extract()?;
    let char: String = object.getattr(intern!(py, "char"))?.extract()?;
    if let Some(reason) = refused_kind(&kind, &char) {
        return Err(Fault::unsupported(reason));
    }
    if !object.getattr(intern!(py, "names"))?.is_none() {
        return Err(Fault::unsupported(
            "can't keep a structured dtype yet; store its fields one by one, or as a DataFrame",
        ));
    }
    if !object.getattr(intern!(py, "metadata"))?.is_none() {
        return Err(Fault::unsupported(
            "can't keep a dtype with metadata; drop it with astype(array.dtype.str), and store it beside the array",
        ));
    }
    let text: String = object.getattr(intern!(py, "str"))?.extract()?;
    let plain = dtype(py)?.call1((&text,)).ok();
    match (plain, Dtype::parse(&text)) {
        // A dtype of another library may spell itself as one of NumPy's (bfloat16 as 2 raw bytes), and
        // `longlong` as the `long` of the same size, whose scalars are of another class.
        (Some(plain), Ok(dtype)) if plain.eq(object)? && number(&plain)? == number(object)? => Ok(dtype),
        _ => Err(Fault::unsupported(format!(
            "can't keep this dtype; convert it with astype(\"{text}\"): {}",
            object.getattr(intern!(py, "type"))?.getattr(intern!(py, "__name__"))?
        ))),
    }
}

/// NumPy's own number of a dtype's kind.
fn number(dtype: &Bound<'_, PyAny>) -> Result<i32> {
    Ok(dtype.getattr(intern!(dtype.py(), "num"))?.extract()?)
}

fn refused_kind(kind: &str, char: &str) -> Option<&'static str> {
    match (kind, char) {
        ("O", _) => Some(
            "can't keep an array of dtype object yet; make it a list, or a pandas Series of dtype object",
        ),
        ("T", _) => Some("can't keep an array of dtype StringDType yet; convert it with astype(\"U\")"),
        (_, "g" | "G") => Some(
            "can't keep longdouble, whose bytes differ between machines; convert it with astype(\"f8\") or \
             astype(\"c16\")",
        ),
        _ => None,
    }
}

/// Builds an object of this family.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    _: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    match node {
        Node::NumpyScalar(dtype, item) => build_scalar(restore.py, dtype, item),
        Node::Array(head, items) => build_array(restore, head, *items),
        _ => Err(Fault::corrupt("a node out of place")),
    }
}

fn build_scalar<'py>(py: Python<'py>, dtype: &Dtype, item: &[u8]) -> Result<Bound<'py, PyAny>> {
    let item = PyBytes::new(py, item);
    match dtype.kind() {
        // An array's item drops the NULs at its end, a scalar of its own keeps them.
        Kind::Bytes => Ok(numpy_bytes(py)?.call1((item,))?),
        Kind::Str => {
            let how = (intern!(py, "utf-32-le"), intern!(py, "surrogatepass"));
            Ok(numpy_str(py)?.call1((item.call_method1(intern!(py, "decode"), how)?,))?)
        }
        _ => Ok(over(py, dtype, &[], &item, MemoryOrder::C)?.get_item(PyTuple::empty(py))?),
    }
}

fn build_array<'py>(
    restore: &mut Restore<'py>,
    head: &ArrayHead,
    items: Payload<'_>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    let array = filled(restore, &head.dtype, &head.shape, items, head.order)?;
    if !head.is_writeable {
        array.call_method1(intern!(py, "setflags"), (false,))?;
    }
    Ok(array)
}

/// A writable array of one axis over a leaf's items.
///
/// # Errors
/// `corrupt` for items of no bytes: pandas has none, and any number of them would fit.
pub(super) fn column<'py>(
    restore: &mut Restore<'py>,
    dtype: &Dtype,
    row_count: u64,
    items: Payload<'_>,
) -> Result<Bound<'py, PyAny>> {
    if dtype.item_size() == 0 {
        return Err(Fault::corrupt("a column of items without bytes"));
    }
    filled(restore, dtype, &[row_count], items, MemoryOrder::C)
}

/// A writable array over a leaf's memory, or of memory of its own where there is little of it.
fn filled<'py>(
    restore: &mut Restore<'py>,
    dtype: &Dtype,
    shape: &[u64],
    items: Payload<'_>,
    order: MemoryOrder,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    match items {
        Payload::Inline([]) => over(py, dtype, shape, &py.None().into_bound(py), order),
        Payload::Inline(bytes) => {
            let array = over(py, dtype, shape, &PyBytes::new(py, bytes), order)?;
            Ok(array.call_method1(intern!(py, "copy"), (spelling(py, order),))?)
        }
        Payload::Buffer(_) => over(py, dtype, shape, &Memory::lend(py, restore.body(items)?)?, order),
    }
}

/// A writable array of one axis that owns `items`.
pub(super) fn owned<'py>(
    py: Python<'py>,
    dtype: &Dtype,
    row_count: u64,
    items: Vec<u8>,
) -> Result<Bound<'py, PyAny>> {
    let memory = Memory::lend(py, Body::Owned(items).into())?;
    over(py, dtype, &[row_count], &memory, MemoryOrder::C)
}

/// An array over `memory`, or of its own where that is None: then there are no bytes.
fn over<'py>(
    py: Python<'py>,
    dtype: &Dtype,
    shape: &[u64],
    memory: &Bound<'py, PyAny>,
    order: MemoryOrder,
) -> Result<Bound<'py, PyAny>> {
    let shape = PyTuple::new(py, shape)?;
    let (dtype, offset, strides) = (self::dtype(py)?.call1((dtype.to_string(),))?, 0, py.None());
    Ok(ndarray(py)?.call1((shape, dtype, memory, offset, strides, spelling(py, order)))?)
}

fn spelling(py: Python<'_>, order: MemoryOrder) -> &Bound<'_, pyo3::types::PyString> {
    match order {
        MemoryOrder::C => intern!(py, "C"),
        MemoryOrder::Fortran => intern!(py, "F"),
    }
}
