//! The families of values, each with both directions in one file.
//!
//! # How a family is written
//!
//! **Capture.** A family has one or more functions of the shape [`Emit`]:
//! `fn(&mut Capture<'py>, &Bound<'py, PyAny>) -> Result<Answer<'py>>`. Such a
//! function refuses first (a [`Fault::unsupported`] whose message ends in the
//! next step; the walk adds the path), then writes exactly one node, its head,
//! to `capture.writer`, then answers:
//!
//! - [`Answer::Leaf`]: the node has no children;
//! - [`Answer::Children`]: it pushed, with `capture.push`, as many children as
//!   the head says. A child is a [`Child::Value`] of any family, a
//!   [`Child::Key`] (a dict's key, a field's name), or a [`Child::Part`]: an
//!   object with the function that writes it when its turn comes, such as "this
//!   array as a column". Parts are not values: they are not looked up among the
//!   objects met before, and bring their own [`Spelling`] for the path;
//! - [`Answer::List`], [`Answer::Tuple`]: the children are the items of that
//!   list or tuple;
//! - [`Answer::NotMine`]: nothing is written, the object is refused.
//!
//! A long leaf is lent with [`LentBuffer`](crate::borrow::LentBuffer), so that
//! its bytes are copied once, when their turn comes. A function never captures
//! a child itself: that would be recursion on the C stack.
//!
//! Objects of a few nodes that nobody has millions of, such as a MultiIndex or
//! a sparse matrix, are taken apart in Python: `built.rs`.
//!
//! [`family`] picks the function by the object's exact type, once per type and
//! walk. Identity, cycles, depth and paths are the walk's business.
//!
//! **Restore.** `build(restore, node, children)` gives the object of a node
//! whose children, built already, are `children` in order. A leaf's bytes come
//! from [`Restore::bytes`] to read them once, or from [`Restore::body`] to lend
//! them on as [`Memory`](crate::borrow::Memory) without a copy. Stored data is
//! never trusted: a child of the wrong type is `corrupt`, and an exception that
//! Python raises on the way becomes the cause of one.

pub(crate) mod array;
mod arrow;
mod built;
pub(crate) mod class;
pub(crate) mod column;
pub(crate) mod container;
pub(crate) mod frame;
pub(crate) mod index;
pub(crate) mod opaque;
mod refuse;
pub(crate) mod scalar;
pub(crate) mod shape;
mod strings;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod timestamp;

use pyo3::prelude::*;
use pyo3::types::PyType;
use stillroom::Node;

use crate::capture::Emit;
use crate::errors::Result;
use crate::restore::{Children, Restore};

pub(crate) use container::write_key;
pub(crate) use refuse::{kind_name, refuse};
pub(crate) use scalar::write_leaf;

/// Who writes objects of exactly this class.
///
/// Built-ins go by identity. Other libraries are never imported to find out: a class says itself which
/// library it is of, and only a family of that library looks closer.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Emit> {
    let module = class.module().map(|module| module.to_string()).unwrap_or_default();
    let root = module.split('.').next().unwrap_or_default();
    let found = match root {
        "builtins" => {
            text::family(class).or_else(|| scalar::family(class)).or_else(|| container::family(class))
        }
        "collections" => container::collection_family(class)?,
        "decimal" | "fractions" | "uuid" => scalar::library_family(class)?,
        "pathlib" => text::path_family(class)?,
        "datetime" | "zoneinfo" | "pytz" => time::family(class)?,
        "numpy" => array::family(class)?,
        "pandas" => pandas_family(class)?,
        _ => None,
    };
    if let Some(family) = found {
        return Ok(family);
    }
    if let Some(family) = built::family(class)? {
        return Ok(family);
    }
    Ok(class::family(class)?.unwrap_or(opaque::capture))
}

fn pandas_family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    for family in [timestamp::family, frame::family, index::family, column::family] {
        if let Some(found) = family(class)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Builds the object of a node from its finished children.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    match node {
        Node::Str(_) | Node::Bytes(_) | Node::ByteArray(_) | Node::Path(_) => {
            text::build(restore, node, children)
        }
        Node::List(_)
        | Node::Tuple(_)
        | Node::Set(_)
        | Node::FrozenSet(_)
        | Node::Dict(_)
        | Node::OrderedDict(_)
        | Node::DefaultDict(..)
        | Node::Deque(..)
        | Node::Range
        | Node::Slice => container::build(restore, node, children),
        Node::Date(..) | Node::Time(_) | Node::DateTime(_) | Node::TimeDelta(..) | Node::Zone(_) => {
            time::build(restore, node, children)
        }
        Node::Dataclass(..) | Node::NamedTuple(..) | Node::Enum(..) => class::build(restore, node, children),
        Node::Opaque(head) => opaque::build(restore, head),
        Node::NumpyScalar(..) | Node::Array(..) => array::build(restore, node, children),
        Node::Column(_) => column::build(restore, node, children),
        Node::Built { .. } => built::build(restore, node, children),
        Node::Index(_) | Node::RangeIndex(..) => index::build(restore, node, children),
        Node::Series(_) | Node::Frame(..) => frame::build(restore, node, children),
        Node::Timestamp(..) | Node::PandasTimedelta(..) | Node::NaT | Node::Na => {
            timestamp::build(restore, node, children)
        }
        Node::None
        | Node::Bool(_)
        | Node::Int(_)
        | Node::Float(_)
        | Node::Complex(..)
        | Node::Ellipsis
        | Node::Decimal
        | Node::Fraction
        | Node::Uuid(..)
        | Node::Key(..)
        | Node::Shared(_) => scalar::build(restore, node, children),
    }
}

/// Functions that give a class of a library, looked up once: `name = "module", "Class";`.
macro_rules! library_classes {
    ($($name:ident = $module:literal, $class:literal;)+) => {$(
        pub(crate) fn $name(py: pyo3::Python<'_>) -> pyo3::PyResult<&pyo3::Bound<'_, pyo3::types::PyType>> {
            static CLASS: pyo3::sync::PyOnceLock<pyo3::Py<pyo3::types::PyType>> = pyo3::sync::PyOnceLock::new();
            CLASS.import(py, $module, $class)
        }
    )+};
}
pub(crate) use library_classes;
