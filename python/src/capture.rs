//! Walks a Python value and writes it, node by node, straight into the format's writer.
//!
//! The walk keeps a stack of its own: a value may be deeper than the C stack
//! allows, and the limit is the writer's. Nothing is hashed or sent here, so
//! that what can't be kept is refused before a byte moves. How each family
//! looks is in `types/`; the path to a refused part is only spelt when there
//! is one.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple, PyType};
use stillroom::{Draft, ErrorKind, Limits, Writer};

pub(crate) use crate::answer::{Answer, Child, Emit, Part, Spelling, Steps};
use crate::app::Classes;
use crate::borrow::reference_count;
use crate::check::Audit;
use crate::errors::{Fault, Result};
use crate::path::{self, Step};
use crate::seen::{ByAddress, Seen};
use crate::types::{self, shape::Shape};

/// A value being written.
pub(crate) struct Capture<'py> {
    /// The interpreter.
    pub(crate) py: Python<'py>,
    /// Where it goes. A family writes exactly one node per call, and refuses before it writes.
    pub(crate) writer: Writer,
    /// The classes that a load would find without being told.
    pub(crate) classes: Classes<'py>,
    /// Whether opaque objects can be signed.
    pub(crate) can_sign: bool,
    root: String,
    frames: Vec<Frame<'py>>,
    children: Vec<Child<'py>>,
    seen: Seen<'py>,
    families: ByAddress<(Bound<'py, PyType>, Emit)>,
    /// The app's classes met so far, by address; `families` keeps them alive.
    pub(crate) shapes: ByAddress<Rc<Shape<'py>>>,
    /// Gathers what is found instead of stopping at it, when the value is only looked at.
    audit: Option<Audit>,
    /// How many of the open objects have a part that was refused: what follows in them is written for its own
    /// sake, to writers that are thrown away.
    broken: usize,
}

/// References to an item of a list or tuple that nobody else holds: the container's and the walk's.
const LONE_ITEM: isize = 2;

/// Whether an object can be met again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    /// Somebody else holds it too.
    Shareable,
    /// Only what it was found in holds it.
    Lone,
    /// It is no value.
    Part,
}

/// An object whose children are being written.
struct Frame<'py> {
    object: Bound<'py, PyAny>,
    children: Children<'py>,
    steps: Steps,
    next: usize,
    count: usize,
    is_passing: bool,
}

enum Children<'py> {
    /// In [`Capture::children`] from this place on.
    Pushed(usize),
    List(Bound<'py, PyList>),
    Tuple(Bound<'py, PyTuple>),
}

/// What a walk needs to know of the store it is for.
pub(crate) struct Destination<'py> {
    /// The name a path begins with.
    pub(crate) root: String,
    /// Whether opaque objects can be signed.
    pub(crate) can_sign: bool,
    /// The classes that a load would find.
    pub(crate) classes: Classes<'py>,
}

/// Writes `value` whole.
///
/// # Errors
/// `unsupported` or `too-large` with the path to the part that can't be kept.
pub(crate) fn capture<'py>(
    value: &Bound<'py, PyAny>,
    writer: Writer,
    destination: Destination<'py>,
) -> Result<Draft> {
    let mut capture = Capture::new(value.py(), writer, destination);
    capture.run(value)?;
    Ok(capture.writer.finish()?)
}

/// Walks `value` as a save would, and tells what it found.
pub(crate) fn audit<'py>(
    value: &Bound<'py, PyAny>,
    writer: Writer,
    destination: Destination<'py>,
) -> Result<Audit> {
    let mut capture = Capture::new(value.py(), writer, destination);
    capture.audit = Some(Audit::default());
    let outcome = capture.run(value);
    let mut audit = capture.audit.take().expect("set above and taken nowhere else");
    if let Err(fault) = outcome {
        // Too deep or too large: what lies beyond is not walked.
        let Some(path) = fault.path() else { return Err(fault) };
        audit.problem(path, &fault);
    }
    audit.finish(&capture.root, types::kind_name(&value.get_type())?, capture.writer.len());
    Ok(audit)
}

impl<'py> Capture<'py> {
    fn new(py: Python<'py>, writer: Writer, destination: Destination<'py>) -> Self {
        Self {
            py,
            writer,
            classes: destination.classes,
            can_sign: destination.can_sign,
            root: destination.root,
            frames: Vec::new(),
            children: Vec::new(),
            seen: Seen::default(),
            families: ByAddress::default(),
            shapes: ByAddress::default(),
            audit: None,
            broken: 0,
        }
    }

    /// Adds a child of the object whose head the calling family writes.
    pub(crate) fn push(&mut self, child: Child<'py>) {
        self.children.push(child);
    }

    /// Whether nothing will be saved.
    pub(crate) fn is_audit(&self) -> bool {
        self.audit.is_some()
    }

    fn run(&mut self, root: &Bound<'py, PyAny>) -> Result<()> {
        let mut outcome = self.value(root.clone(), 0);
        loop {
            if let Err(fault) = outcome {
                self.refused(fault)?;
            }
            if self.frames.is_empty() {
                return Ok(());
            }
            outcome = self.step();
        }
    }

    /// Writes the next child of the innermost open object, or closes it.
    fn step(&mut self) -> Result<()> {
        let depth = self.frames.len();
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let at = frame.next;
        if at == frame.count {
            self.close();
            return Ok(());
        }
        frame.next += 1;
        if self.audit.is_some() {
            self.note_child(depth)?;
        }
        let Some(frame) = self.frames.last() else { return Ok(()) };
        let (object, lone) = match &frame.children {
            Children::List(list) => (list.get_item(at).map_err(|_| changed())?, LONE_ITEM),
            Children::Tuple(tuple) => (tuple.get_item(at)?, LONE_ITEM),
            Children::Pushed(start) => match &self.children[start + at] {
                // Leaves are most of a value: they are written without taking a reference.
                Child::Value(object) if types::write_leaf(&mut self.writer, object)? => return Ok(()),
                Child::Key(key) if types::write_key(&mut self.writer, key)? => return Ok(()),
                Child::Value(object) | Child::Key(object) => (object.clone(), frame.steps.lone()),
                Child::Part(part) => {
                    let (emit, object) = (part.emit, part.object.clone());
                    return self.open(object, emit, Identity::Part);
                }
            },
        };
        self.value(object, lone)
    }

    fn value(&mut self, object: Bound<'py, PyAny>, lone: isize) -> Result<()> {
        if types::write_leaf(&mut self.writer, &object)? {
            return Ok(());
        }
        // An object that nobody else holds can't come again: most containers need no remembering.
        let is_lone = reference_count(&object) <= lone;
        if !is_lone && self.write_again(&object)? {
            return Ok(());
        }
        let emit = self.family(&object)?;
        self.open(object, emit, if is_lone { Identity::Lone } else { Identity::Shareable })
    }

    /// Writes a mutable object that was written before as what it is: the same object again.
    fn write_again(&mut self, object: &Bound<'py, PyAny>) -> Result<bool> {
        let Some(number) = self.seen.get(object) else { return Ok(false) };
        // Only looked at when an object comes again, which is rare, so that closing one costs nothing.
        if self.frames.iter().any(|frame| frame.object.is(object)) {
            return Err(Fault::unsupported("can't keep a value that contains itself; break the cycle"));
        }
        match number {
            // After a refusal the numbers are another writer's; that the object is fine is known.
            Some(_) if self.is_broken() => self.writer.none()?,
            Some(number) => self.writer.shared(number)?,
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Which family an object is of, by its exact type; remembered for the walk.
    fn family(&mut self, object: &Bound<'py, PyAny>) -> Result<Emit> {
        let address = object.get_type_ptr() as usize;
        if let Some((_, family)) = self.families.get(&address) {
            return Ok(*family);
        }
        let class = object.get_type();
        let family = types::family(&class)?;
        self.families.insert(address, (class, family));
        Ok(family)
    }

    /// Writes the head of an object, and remembers it when it is a value that can come again.
    fn open(&mut self, object: Bound<'py, PyAny>, emit: Emit, identity: Identity) -> Result<()> {
        let start = self.children.len();
        let answer = emit(self, &object).inspect_err(|_| self.children.truncate(start))?;
        let (children, steps, count) = match answer {
            Answer::Leaf => (Children::Pushed(start), Steps::Parts, 0),
            Answer::Children(steps) => (Children::Pushed(start), steps, self.children.len() - start),
            Answer::List(list) => {
                let count = list.len();
                (Children::List(list), Steps::Items, count)
            }
            Answer::Tuple(tuple) => {
                let count = tuple.len();
                (Children::Tuple(tuple), Steps::Items, count)
            }
            Answer::NotMine => return Err(types::refuse(&object)),
        };
        let number = self.writer.last_number();
        // What is immutable can't come to hold itself but by way of something mutable. In a set nothing is
        // numbered, and a mutable member is only remembered while it is open.
        let is_open = count > 0;
        let is_passing = number.is_none() && is_open && self.writer.is_in_set();
        if identity == Identity::Shareable && (number.is_some() || is_passing) {
            self.seen.remember(&object, number);
        }
        if is_open {
            self.frames.push(Frame { object, children, steps, next: 0, count, is_passing });
        }
        Ok(())
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if let Children::Pushed(start) = frame.children {
            self.children.truncate(start);
        }
        if frame.is_passing {
            self.seen.forget(&frame.object);
        }
    }

    /// A part can't be kept: says where, and stops the walk unless all such parts are wanted.
    fn refused(&mut self, fault: Fault) -> Result<()> {
        let fault = fault.explained(self.py, ErrorKind::Unsupported, "can't read a part of the value");
        let path = self.path();
        match &mut self.audit {
            Some(audit) if fault.kind() == Some(ErrorKind::Unsupported) => {
                if !audit.problem(path, &fault) {
                    self.frames.clear();
                }
                self.broken = self.frames.len();
                Ok(())
            }
            _ => Err(fault.at(&path)),
        }
    }

    fn is_broken(&self) -> bool {
        self.broken > 0
    }

    /// Tells the audit of a child that is about to be written, if it is a part of the root that has a name: a
    /// dict's or a class's value, a column. In a broken object it gets a writer of its own.
    fn note_child(&mut self, depth: usize) -> Result<()> {
        if depth <= self.broken {
            self.broken = depth;
            let done = std::mem::replace(&mut self.writer, Writer::new(Limits::default()));
            self.audit.iter_mut().for_each(|audit| audit.writer_ends(done.len()));
        }
        let Some(frame) = self.frames.last().filter(|_| depth == 1) else { return Ok(()) };
        let (Children::Pushed(start), at) = (&frame.children, frame.next - 1) else { return Ok(()) };
        let object = match &self.children[start + at] {
            Child::Value(object) if matches!(frame.steps, Steps::Pairs | Steps::Fields) => object,
            Child::Part(part) if !matches!(part.step, Spelling::Hidden) => &part.object,
            _ => return Ok(()),
        };
        let named = match self.audit.as_ref().is_some_and(Audit::names_parts) {
            true => Some((self.path(), types::kind_name(&object.get_type())?)),
            false => None,
        };
        if let Some(audit) = &mut self.audit {
            audit.part_begins(named, self.writer.len());
        }
        Ok(())
    }

    fn path(&self) -> String {
        path::spell(&self.root, self.frames.iter().map(|frame| self.spelling(frame)))
    }

    /// The step to the child that was begun last.
    fn spelling(&self, frame: &Frame<'py>) -> Step<'py> {
        let at = frame.next.saturating_sub(1);
        let pushed = |at: usize| match &frame.children {
            Children::Pushed(start) => self.children.get(start + at),
            _ => None,
        };
        let pair = |at: usize| match pushed(at - at % 2) {
            Some(Child::Key(key) | Child::Value(key)) => Some(key.clone()),
            _ => None,
        };
        match (frame.steps, pushed(at)) {
            (_, Some(Child::Part(part))) => part.step.clone().into(),
            (Steps::Items, _) => Step::Item(at),
            (Steps::Pairs, _) if at.is_multiple_of(2) => Step::KeyAt(at / 2),
            (Steps::Pairs, _) => pair(at).map_or(Step::Part, Step::Key),
            (Steps::Fields, _) => pair(at).map_or(Step::Part, |name| Step::Attribute(name.to_string())),
            (Steps::Members, _) => Step::Member,
            (Steps::Parts, _) => Step::Part,
        }
    }
}

fn changed() -> Fault {
    Fault::unsupported(
        "a list changed while it was being saved; save a copy, or save before other threads go on",
    )
}
