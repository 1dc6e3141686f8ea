//! list, tuple, set, frozenset, dict, OrderedDict, defaultdict, deque, range, slice.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyInt, PyList, PyRange, PySet, PySlice, PyString, PyTuple, PyType};
use stillroom::{Node, Writer};

use super::library_classes;
use super::scalar::write_leaf;
use crate::capture::{Answer, Capture, Child, Emit, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

/// Writes a dict's key or a field's name when it is a leaf: a plain str by the table of keys.
pub(crate) fn write_key(writer: &mut Writer, key: &Bound<'_, PyAny>) -> Result<bool> {
    if let Ok(text) = key.cast_exact::<PyString>()
        && let Ok(text) = text.to_str()
    {
        writer.key(text)?;
        return Ok(true);
    }
    write_leaf(writer, key)
}

/// Who writes objects of this built-in class.
pub(super) fn family(class: &Bound<'_, PyType>) -> Option<Emit> {
    let py = class.py();
    let families: [(Bound<'_, PyType>, Emit); 7] = [
        (py.get_type::<PyDict>(), capture_dict),
        (py.get_type::<PyList>(), capture_list),
        (py.get_type::<PyTuple>(), capture_tuple),
        (py.get_type::<PySet>(), capture_set),
        (py.get_type::<PyFrozenSet>(), capture_frozenset),
        (py.get_type::<PyRange>(), capture_range),
        (py.get_type::<PySlice>(), capture_slice),
    ];
    families.iter().find(|(built_in, _)| class.is(built_in)).map(|(_, family)| *family)
}

/// Who writes objects of this class of `collections`.
pub(super) fn collection_family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    Ok(if class.is(ordered_dict(py)?) {
        Some(capture_ordered_dict)
    } else if class.is(default_dict(py)?) {
        Some(capture_default_dict)
    } else if class.is(deque(py)?) {
        Some(capture_deque)
    } else {
        None
    })
}

fn capture_list<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let list = object.cast_exact::<PyList>()?;
    capture.writer.list(list.len() as u64)?;
    Ok(Answer::List(list.clone()))
}

fn capture_tuple<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let tuple = object.cast_exact::<PyTuple>()?;
    capture.writer.tuple(tuple.len() as u64)?;
    Ok(Answer::Tuple(tuple.clone()))
}

fn capture_set<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let set = object.cast_exact::<PySet>()?;
    capture.writer.set(set.len() as u64)?;
    set.iter().for_each(|member| capture.push(Child::Value(member)));
    Ok(Answer::Children(Steps::Members))
}

fn capture_frozenset<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let set = object.cast_exact::<PyFrozenSet>()?;
    capture.writer.frozenset(set.len() as u64)?;
    set.iter().for_each(|member| capture.push(Child::Value(member)));
    Ok(Answer::Children(Steps::Members))
}

fn capture_dict<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let dict = object.cast_exact::<PyDict>()?;
    capture.writer.dict(dict.len() as u64)?;
    push_pairs(capture, dict);
    Ok(Answer::Children(Steps::Pairs))
}

/// All pairs at once: no Python code runs in between that could change the dict.
fn push_pairs<'py>(capture: &mut Capture<'py>, dict: &Bound<'py, PyDict>) {
    for (key, value) in dict.iter() {
        capture.push(Child::Key(key));
        capture.push(Child::Value(value));
    }
}

fn capture_ordered_dict<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    refuse_attributes(object)?;
    // Its order is its own, not that of the dict below it.
    let mut pairs: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> = Vec::new();
    for pair in object.call_method0(intern!(capture.py, "items"))?.try_iter()? {
        pairs.push(pair?.extract()?);
    }
    capture.writer.ordered_dict(pairs.len() as u64)?;
    for (key, value) in pairs {
        capture.push(Child::Key(key));
        capture.push(Child::Value(value));
    }
    Ok(Answer::Children(Steps::Pairs))
}

fn capture_default_dict<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let dict = object.cast::<PyDict>()?;
    let factory = object.getattr(intern!(capture.py, "default_factory"))?;
    let name = if factory.is_none() { None } else { Some(factory_name(&factory)?) };
    capture.writer.default_dict(name.as_deref(), dict.len() as u64)?;
    push_pairs(capture, dict);
    Ok(Answer::Children(Steps::Pairs))
}

/// The name of a factory that is a class of the built-ins; which of them are kept, the writer says.
fn factory_name(factory: &Bound<'_, PyAny>) -> Result<String> {
    let py = factory.py();
    let refused = || {
        Fault::unsupported(
            "can't keep a defaultdict whose factory is not a built-in such as list; convert it with dict(...)",
        )
    };
    let class = factory.cast::<PyType>().map_err(|_| refused())?;
    let name = class.name()?.to_string();
    let built_in = py.import(intern!(py, "builtins"))?.getattr_opt(&*name)?;
    match built_in {
        Some(built_in) if built_in.is(factory) => Ok(name),
        _ => Err(refused()),
    }
}

fn capture_deque<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let max_len = object.getattr(intern!(capture.py, "maxlen"))?.extract()?;
    let items = object.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let items = PyList::new(capture.py, items)?;
    capture.writer.deque(max_len, items.len() as u64)?;
    Ok(Answer::List(items))
}

fn capture_range<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let bounds = bounds(object)?;
    capture.writer.range()?;
    bounds.into_iter().for_each(|bound| capture.push(Child::Value(bound)));
    Ok(Answer::Children(Steps::Parts))
}

fn capture_slice<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let bounds = bounds(object)?;
    capture.writer.slice()?;
    bounds.into_iter().for_each(|bound| capture.push(Child::Value(bound)));
    Ok(Answer::Children(Steps::Parts))
}

fn bounds<'py>(object: &Bound<'py, PyAny>) -> Result<[Bound<'py, PyAny>; 3]> {
    let py = object.py();
    Ok([
        object.getattr(intern!(py, "start"))?,
        object.getattr(intern!(py, "stop"))?,
        object.getattr(intern!(py, "step"))?,
    ])
}

/// An OrderedDict can carry attributes, which have no place in the format.
fn refuse_attributes(object: &Bound<'_, PyAny>) -> Result<()> {
    let attributes = object.getattr_opt(intern!(object.py(), "__dict__"))?;
    if attributes.is_some_and(|attributes| attributes.is_truthy().unwrap_or(true)) {
        return Err(Fault::unsupported("can't keep an OrderedDict with attributes; store them beside it"));
    }
    Ok(())
}

library_classes! {
    ordered_dict = "collections", "OrderedDict";
    default_dict = "collections", "defaultdict";
    deque = "collections", "deque";
}

pub(super) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    Ok(match node {
        Node::List(_) => PyList::new(py, children)?.into_any(),
        Node::Tuple(_) => PyTuple::new(py, children)?.into_any(),
        Node::Set(count) => {
            let set = PySet::new(py, children)?;
            whole(set.len(), *count)?;
            set.into_any()
        }
        Node::FrozenSet(count) => {
            let set = PyFrozenSet::new(py, children)?;
            whole(set.len(), *count)?;
            set.into_any()
        }
        Node::Dict(count) => {
            let dict = PyDict::new(py);
            fill(&dict, children, *count)?;
            dict.into_any()
        }
        Node::OrderedDict(count) => {
            let dict = ordered_dict(py)?.call0()?;
            fill_mapping(&dict, children, *count)?;
            dict
        }
        Node::DefaultDict(factory, count) => {
            let factory =
                factory.map(|name| py.import(intern!(py, "builtins"))?.getattr(name)).transpose()?;
            let dict = default_dict(py)?.call1((factory,))?;
            fill(dict.cast::<PyDict>()?, children, *count)?;
            dict
        }
        Node::Deque(max_len, _) => deque(py)?.call1((PyList::new(py, children)?, *max_len))?,
        Node::Range => {
            let [start, stop, step] = exactly(children)?;
            let bounds = (
                start.cast_into_exact::<PyInt>()?,
                stop.cast_into_exact::<PyInt>()?,
                step.cast_into_exact::<PyInt>()?,
            );
            py.get_type::<PyRange>().call1(bounds)?
        }
        Node::Slice => {
            let [start, stop, step] = exactly(children)?;
            py.get_type::<PySlice>().call1((start, stop, step))?
        }
        _ => return Err(Fault::corrupt("a node out of place")),
    })
}

fn fill<'py>(dict: &Bound<'py, PyDict>, mut children: Children<'_, 'py>, count: u64) -> Result<()> {
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        dict.set_item(key, value)?;
    }
    whole(dict.len(), count)
}

/// As [`fill`], by the class's own way: an OrderedDict keeps its order beside the dict.
fn fill_mapping<'py>(dict: &Bound<'py, PyAny>, mut children: Children<'_, 'py>, count: u64) -> Result<()> {
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        dict.set_item(key, value)?;
    }
    whole(dict.len()?, count)
}

/// Members or keys that are equal would silently become one.
fn whole(len: usize, count: u64) -> Result<()> {
    if len as u64 == count {
        return Ok(());
    }
    Err(Fault::corrupt("members or keys that were different are equal now"))
}
