//! Builds a Python value from a manifest, node by node, straight from the format's reader.
//!
//! The stack is this file's own, for values deeper than the C stack allows. A
//! node is built when its last child is; how each family is built is in
//! `types/`. Nothing that stored data names is run, imported or opened: classes
//! come from the app, and opaque objects only from a signed manifest.

use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::vec::Drain;

use pyo3::prelude::*;
use pyo3::types::{PySlice, PyString};
use stillroom::{Body, ErrorKind, Limits, Manifest, Node, Nodes, Payload, Reader, Role, Rows, Trust, Window};

use crate::app::Classes;
use crate::errors::{Fault, Result};
use crate::pause::Pause;
use crate::types::{self, shape::Shape};

/// The finished children of a node, in order.
pub(crate) type Children<'a, 'py> = Drain<'a, Bound<'py, PyAny>>;

/// What families need to build with.
pub(crate) struct Restore<'py> {
    /// The interpreter.
    pub(crate) py: Python<'py>,
    /// The classes that values may be built of.
    pub(crate) classes: Classes<'py>,
    /// Whether opaque objects may be opened.
    pub(crate) trust: Trust,
    /// The app's classes met so far: module, qualified name, shape.
    pub(crate) shapes: Vec<(String, String, Rc<Shape<'py>>)>,
    /// Whether the node being built is a column of something, rather than an array of its own.
    pub(crate) is_part: bool,
    bodies: Vec<Option<Window>>,
    /// What the columns of the value itself, a frame, are to be; none for as they are.
    columns: Option<Columns<'py>>,
}

/// The labels of a frame's columns, and where among those that were loaded each is.
pub(crate) struct Columns<'py> {
    pub(crate) labels: Bound<'py, PyAny>,
    pub(crate) order: Vec<usize>,
}

/// A leaf's bytes, to be read once.
pub(crate) enum Leaf<'a> {
    /// In the manifest.
    Here(&'a [u8]),
    /// In a buffer of their own.
    Loaded(Window),
}

impl Deref for Leaf<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Here(bytes) => bytes,
            Self::Loaded(window) => window.as_slice(),
        }
    }
}

impl From<Leaf<'_>> for Window {
    fn from(leaf: Leaf<'_>) -> Self {
        match leaf {
            Leaf::Here(bytes) => Body::Owned(bytes.to_vec()).into(),
            Leaf::Loaded(window) => window,
        }
    }
}

/// A node whose children are being built.
struct Frame<'a> {
    node: Node<'a>,
    number: Option<u32>,
    start: usize,
    remaining: u64,
    /// The rows to take of what the node becomes.
    rows: Option<Rows>,
}

impl Frame<'_> {
    /// Whether a column that comes next is a part of this node.
    fn wants_column(&self) -> bool {
        match &self.node {
            Node::Index(_) | Node::Series(_) | Node::Frame(..) => true,
            Node::Built { built, count, .. } => built.role(count - self.remaining) == Some(Role::Column),
            _ => false,
        }
    }
}

/// Builds the value of a manifest whose buffers are `bodies`.
///
/// # Errors
/// `corrupt` for what no writer would have written, `invalid` for a class that the app has not (as this) any
/// more, `denied` for an opaque object that no key in hand vouches for.
pub(crate) fn restore<'py>(
    py: Python<'py>,
    manifest: &Manifest,
    bodies: Vec<Body>,
    trust: Trust,
    classes: Classes<'py>,
) -> Result<Bound<'py, PyAny>> {
    let bodies = bodies.into_iter().map(|body| Some(body.into())).collect();
    restore_part(py, &mut Reader::new(manifest, Limits::default()), bodies, trust, classes, None)
}

/// Builds what `reader` gives: a whole value or a part of one.
///
/// # Errors
/// As [`restore`].
pub(crate) fn restore_part<'a, 'py>(
    py: Python<'py>,
    reader: &mut impl Nodes<'a>,
    bodies: Vec<Option<Window>>,
    trust: Trust,
    classes: Classes<'py>,
    columns: Option<Columns<'py>>,
) -> Result<Bound<'py, PyAny>> {
    let _pause = Pause::begin(py)?;
    let mut restore = Restore { py, classes, trust, shapes: Vec::new(), is_part: false, bodies, columns };
    let value = restore.run(reader).map_err(|fault| {
        let message = "a part of the value can't be rebuilt; load another version";
        fault.or_missing_library(py).explained(py, ErrorKind::Corrupt, message)
    })?;
    reader.finish()?;
    Ok(value)
}

impl<'py> Restore<'py> {
    fn run<'a>(&mut self, reader: &mut impl Nodes<'a>) -> Result<Bound<'py, PyAny>> {
        let mut frames: Vec<Frame<'a>> = Vec::new();
        let mut values: Vec<Bound<'py, PyAny>> = Vec::new();
        let mut keys: Vec<Bound<'py, PyString>> = Vec::new();
        let mut shared: HashMap<u32, Bound<'py, PyAny>> = HashMap::new();
        loop {
            // Leaves, which are most nodes, are looked at where they are: a node is large to move.
            let read = reader.node();
            let mut number = reader.shared_number();
            let rows = reader.rows_to_take();
            let remaining = read.as_ref().map_or(0, Node::child_count);
            if remaining > 0 {
                frames.push(Frame { node: read?, number, start: values.len(), remaining, rows });
                continue;
            }
            let mut value = match read.as_ref().map_err(Clone::clone)? {
                Node::Key(number, text) => key(self.py, &mut keys, *number, text),
                Node::Shared(number) => known(&shared, *number)?,
                node => {
                    self.is_part = frames.last().is_some_and(Frame::wants_column);
                    taken(types::build(self, node, values.drain(values.len()..))?, rows)?
                }
            };
            // Hands the value to its parent, which may be whole with it, and so on upwards.
            loop {
                if let Some(number) = number {
                    shared.insert(number, value.clone());
                }
                let Some(frame) = frames.last_mut() else { return Ok(value) };
                values.push(value);
                frame.remaining -= 1;
                if frame.remaining > 0 {
                    break;
                }
                let frame = frames.pop().expect("there is a last one");
                self.is_part = frames.last().is_some_and(Frame::wants_column);
                if frames.is_empty()
                    && let Some(columns) = self.columns.take()
                {
                    columns.arrange(&mut values)?;
                }
                value = taken(types::build(self, &frame.node, values.drain(frame.start..))?, frame.rows)?;
                number = frame.number;
            }
        }
    }

    /// A leaf's bytes as memory to lend, without a copy when they came in a buffer.
    ///
    /// # Errors
    /// `corrupt` when another leaf had the same buffer: each has its own.
    pub(crate) fn body(&mut self, payload: Payload<'_>) -> Result<Window> {
        match payload {
            Payload::Inline(bytes) => Ok(Body::Owned(bytes.to_vec()).into()),
            Payload::Buffer(number) => {
                let body = self.bodies.get_mut(number as usize).and_then(Option::take);
                body.ok_or_else(no_buffer)
            }
        }
    }

    /// A leaf's bytes, before they are taken.
    ///
    /// # Errors
    /// As [`body`](Self::body).
    pub(crate) fn look<'a>(&'a self, payload: Payload<'a>) -> Result<&'a [u8]> {
        match payload {
            Payload::Inline(bytes) => Ok(bytes),
            Payload::Buffer(number) => {
                let body = self.bodies.get(number as usize).and_then(Option::as_ref);
                body.map(Window::as_slice).ok_or_else(no_buffer)
            }
        }
    }

    /// A leaf's bytes, to be read once.
    ///
    /// # Errors
    /// As [`body`](Self::body).
    pub(crate) fn bytes<'a>(&mut self, payload: Payload<'a>) -> Result<Leaf<'a>> {
        Ok(match payload {
            Payload::Inline(bytes) => Leaf::Here(bytes),
            Payload::Buffer(_) => Leaf::Loaded(self.body(payload)?),
        })
    }
}

impl<'py> Columns<'py> {
    /// Puts the children of a frame in order: index, labels, attrs, columns.
    fn arrange(self, children: &mut Vec<Bound<'py, PyAny>>) -> Result<()> {
        let not_a_frame = || Fault::corrupt("a frame without its parts");
        let loaded = children.split_off(children.len().min(3));
        *children.get_mut(1).ok_or_else(not_a_frame)? = self.labels;
        for place in self.order {
            children.push(loaded.get(place).ok_or_else(not_a_frame)?.clone());
        }
        Ok(())
    }
}

fn no_buffer() -> Fault {
    Fault::corrupt("a buffer that is not there, or is another leaf's")
}

/// The rows of a value that has them.
fn taken(value: Bound<'_, PyAny>, rows: Option<Rows>) -> Result<Bound<'_, PyAny>> {
    let Some(Rows { start, stop }) = rows else { return Ok(value) };
    let slice = value.py().get_type::<PySlice>().call1((start, stop))?;
    Ok(value.get_item(slice)?)
}

/// The children of a node that has exactly `N`.
pub(crate) fn exactly<'py, const N: usize>(children: Children<'_, 'py>) -> Result<[Bound<'py, PyAny>; N]> {
    let children: Vec<_> = children.collect();
    children.try_into().map_err(|_| Fault::corrupt("a node of another number of children"))
}

/// Keys come again and again: each is made once.
fn key<'py>(
    py: Python<'py>,
    keys: &mut Vec<Bound<'py, PyString>>,
    number: u32,
    text: &str,
) -> Bound<'py, PyAny> {
    let place = number as usize;
    if place == keys.len() {
        keys.push(PyString::new(py, text));
    }
    keys[place].clone().into_any()
}

fn known<'py>(shared: &HashMap<u32, Bound<'py, PyAny>>, number: u32) -> Result<Bound<'py, PyAny>> {
    // A number below the newest that is not here belongs to a node still open: a cycle.
    shared.get(&number).cloned().ok_or_else(|| Fault::corrupt("a value that contains itself"))
}
