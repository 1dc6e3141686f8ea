//! What a family of values says to the walk that captures it.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::capture::Capture;
use crate::errors::Result;
use crate::path::Step;

/// What a family says about an object it was given.
pub(crate) enum Answer<'py> {
    /// It is written whole.
    Leaf,
    /// Its head is written; what follows it was pushed with [`Capture::push`], as many as the head says.
    Children(Steps),
    /// Its head is written, and it holds as many children as this list did at that moment.
    List(Bound<'py, PyList>),
    /// Its head is written, and its children are this tuple's items.
    Tuple(Bound<'py, PyTuple>),
    /// Nothing is written: it belongs to another family, or none.
    NotMine,
}

/// How the paths to children are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// `[0]`, `[1]`, …
    Items,
    /// key, value, key, value: `["a"]`
    Pairs,
    /// name, value, name, value: `.a`
    Fields,
    /// Members of a set: `{…}`
    Members,
    /// Children without a spelling: parts of a scalar. A part brings its own.
    Parts,
}

/// Writes a part of an object that is no value of its own.
pub(crate) type Emit = for<'py> fn(&mut Capture<'py>, &Bound<'py, PyAny>) -> Result<Answer<'py>>;

/// What follows a head.
pub(crate) enum Child<'py> {
    /// A value of any family.
    Value(Bound<'py, PyAny>),
    /// A dict's key or a field's name: a plain str goes through the writer's table.
    Key(Bound<'py, PyAny>),
    /// A part that its family writes when its turn comes: an object as a column, an index as an index.
    Part(Box<Part<'py>>),
}

/// See [`Child::Part`].
pub(crate) struct Part<'py> {
    /// Who writes it.
    pub(crate) emit: Emit,
    /// What is written.
    pub(crate) object: Bound<'py, PyAny>,
    /// How the path to it is spelt.
    pub(crate) step: Spelling<'py>,
}

/// The step of a part.
#[derive(Clone)]
pub(crate) enum Spelling<'py> {
    /// `.index`
    Attribute(&'static str),
    /// `["temp"]`
    Key(Bound<'py, PyAny>),
    /// `[2, 0]`, for each cell of an array of this shape; whether the first axis is the fastest.
    Grid(Vec<usize>, bool),
    /// None.
    Hidden,
}

impl Steps {
    /// References to a pushed child that nobody else holds: the parent's own, the stack's and the walk's. Only
    /// where a parent is known to hold its children itself.
    pub(crate) fn lone(self) -> isize {
        match self {
            Self::Pairs | Self::Fields => 3,
            Self::Items | Self::Members | Self::Parts => 0,
        }
    }
}

impl<'py> From<Spelling<'py>> for Step<'py> {
    fn from(spelling: Spelling<'py>) -> Self {
        match spelling {
            Spelling::Attribute(name) => Step::Attribute(name.to_owned()),
            Spelling::Key(key) => Step::Key(key),
            Spelling::Grid(shape, is_fortran) => Step::Grid(shape, is_fortran),
            Spelling::Hidden => Step::Part,
        }
    }
}
