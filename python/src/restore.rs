//! Builds a Python value from a manifest, node by node, straight from the format's reader.
//!
//! The stack is this file's own, for values deeper than the C stack allows. A
//! node is built when its last child is; how each family is built is in
//! `types/`. Nothing that stored data names is run, imported or opened: classes
//! come from the app, and opaque objects only from a signed manifest.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::vec::Drain;

use pyo3::prelude::*;
use pyo3::types::PyString;
use stillroom::{Body, ErrorKind, Limits, Manifest, Node, Payload, Reader, Role, Trust};

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
    bodies: Vec<Option<Body>>,
}

/// A node whose children are being built.
struct Frame<'a> {
    node: Node<'a>,
    number: Option<u32>,
    start: usize,
    remaining: u64,
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
    let _pause = Pause::begin(py)?;
    let bodies = bodies.into_iter().map(Some).collect();
    let mut restore = Restore { py, classes, trust, shapes: Vec::new(), is_part: false, bodies };
    let mut reader = Reader::new(manifest, Limits::default());
    let value = restore.run(&mut reader).map_err(|fault| {
        let message = "a part of the value can't be rebuilt; load another version";
        fault.or_missing_library(py).explained(py, ErrorKind::Corrupt, message)
    })?;
    reader.finish()?;
    Ok(value)
}

impl<'py> Restore<'py> {
    fn run(&mut self, reader: &mut Reader<'_>) -> Result<Bound<'py, PyAny>> {
        let mut frames: Vec<Frame<'_>> = Vec::new();
        let mut values: Vec<Bound<'py, PyAny>> = Vec::new();
        let mut keys: Vec<Bound<'py, PyString>> = Vec::new();
        let mut shared: HashMap<u32, Bound<'py, PyAny>> = HashMap::new();
        loop {
            // Leaves, which are most nodes, are looked at where they are: a node is large to move.
            let read = reader.node();
            let mut number = reader.shared_number();
            let remaining = read.as_ref().map_or(0, Node::child_count);
            if remaining > 0 {
                frames.push(Frame { node: read?, number, start: values.len(), remaining });
                continue;
            }
            let mut value = match read.as_ref().map_err(Clone::clone)? {
                Node::Key(number, text) => key(self.py, &mut keys, *number, text),
                Node::Shared(number) => known(&shared, *number)?,
                node => {
                    self.is_part = frames.last().is_some_and(Frame::wants_column);
                    types::build(self, node, values.drain(values.len()..))?
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
                value = types::build(self, &frame.node, values.drain(frame.start..))?;
                number = frame.number;
            }
        }
    }

    /// A leaf's bytes as memory to lend, without a copy when they came in a buffer.
    ///
    /// # Errors
    /// `corrupt` when another leaf had the same buffer: each has its own.
    pub(crate) fn body(&mut self, payload: Payload<'_>) -> Result<Body> {
        match payload {
            Payload::Inline(bytes) => Ok(Body::Owned(bytes.to_vec())),
            Payload::Buffer(number) => {
                let body = self.bodies.get_mut(number as usize).and_then(Option::take);
                body.ok_or_else(|| Fault::corrupt("a buffer that is not there, or is another leaf's"))
            }
        }
    }

    /// A leaf's bytes, to be read once.
    ///
    /// # Errors
    /// As [`body`](Self::body).
    pub(crate) fn bytes<'a>(&mut self, payload: Payload<'a>) -> Result<Cow<'a, [u8]>> {
        Ok(match payload {
            Payload::Inline(bytes) => Cow::Borrowed(bytes),
            Payload::Buffer(_) => match self.body(payload)? {
                Body::Owned(bytes) => Cow::Owned(bytes),
                mapped @ Body::Mapped(_) => Cow::Owned(mapped.as_slice().to_vec()),
            },
        })
    }
}

/// The children of a node that has exactly `N`.
pub(crate) fn exactly<'py, const N: usize>(children: Children<'_, 'py>) -> Result<[Bound<'py, PyAny>; N]> {
    let children: Vec<_> = children.collect();
    children.try_into().map_err(|_| Fault::corrupt("a node of another number of children"))
}

/// Keys come again and again: each is made, and interned, once.
fn key<'py>(
    py: Python<'py>,
    keys: &mut Vec<Bound<'py, PyString>>,
    number: u32,
    text: &str,
) -> Bound<'py, PyAny> {
    let place = number as usize;
    if place == keys.len() {
        keys.push(PyString::intern(py, text));
    }
    keys[place].clone().into_any()
}

fn known<'py>(shared: &HashMap<u32, Bound<'py, PyAny>>, number: u32) -> Result<Bound<'py, PyAny>> {
    // A number below the newest that is not here belongs to a node still open: a cycle.
    shared.get(&number).cloned().ok_or_else(|| Fault::corrupt("a value that contains itself"))
}
