//! A part of a version's value: some columns of a table, some rows of what has rows, from as few bytes as
//! that takes.
//!
//! What of which buffer is needed is the format's to say ([`PartReader`]); here
//! it is fetched, whole chunks at a time: first the lengths of strings, by
//! which their text is found, then all else.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;
use stillroom_core::{Access, Body, Buffer, poll_now};
use stillroom_format::{
    Built, FormatError, Limits, Manifest, Need, Node, Part, PartReader, Payload, Place, Reader, Text, Texts,
    Value,
};

use crate::load::{Opened, lend};
use crate::{Error, ErrorKind, Progress, Result, Store, Watch};

/// What a load of a part found: the door builds the part from it.
#[derive(Debug)]
pub struct LoadedPart {
    /// The stretches of buffers that its nodes name, each under its buffer's number; none for the others.
    pub bodies: Vec<Option<Window>>,
    part: Part,
    texts: Vec<Range<u64>>,
}

impl LoadedPart {
    /// Reads its nodes; `opened` is what it was loaded from.
    pub fn reader<'a>(&self, opened: &'a Opened) -> PartReader<'a> {
        let reader = PartReader::new(&opened.manifest, Limits::default(), self.part.clone());
        reader.with_texts(self.texts.clone())
    }

    /// The part as a tree of its own, and how many rows the whole has where that is known. What could not be
    /// cut has all its rows.
    pub(crate) fn into_value(self, opened: &Opened) -> Result<(Value, Option<u64>)> {
        let mut reader = self.reader(opened);
        let mut bodies: Vec<_> = self.bodies.into_iter().map(|window| window.map(Window::lend)).collect();
        let value = Value::read(&mut reader, |number| {
            let bytes = bodies.get_mut(number as usize).and_then(Option::take);
            bytes.ok_or(FormatError::Damaged("a buffer that was not loaded"))
        })?;
        Ok((value, reader.row_count()))
    }
}

/// A stretch of a loaded body.
#[derive(Debug)]
pub struct Window {
    body: Body,
    range: Range<usize>,
}

impl Window {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.body.as_slice()[self.range.clone()]
    }

    fn lend(self) -> Bytes {
        lend(self.body).slice(self.range)
    }

    /// The body, and which of its bytes are meant.
    pub fn into_parts(self) -> (Body, Range<usize>) {
        (self.body, self.range)
    }
}

impl From<Body> for Window {
    /// All of it.
    fn from(body: Body) -> Self {
        let range = 0..body.as_slice().len();
        Self { body, range }
    }
}

/// The labels of a table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labels {
    /// An index: this child of the value.
    Index(u64),
    /// Plain names.
    Names(Vec<String>),
}

impl Store {
    /// Loads a part of a version's value. What is damaged elsewhere in it is not noticed.
    ///
    /// # Errors
    /// `invalid` for columns or rows of what has none; `corrupt` when bytes are not what was written.
    pub fn load_part(
        &self,
        opened: &Opened,
        part: Part,
        access: Access,
        watch: Watch<'_>,
    ) -> Result<LoadedPart> {
        check(opened, &part)?;
        opened.explain(self.try_load_part(opened, part, access, watch))
    }

    fn try_load_part(
        &self,
        opened: &Opened,
        part: Part,
        access: Access,
        watch: Watch<'_>,
    ) -> Result<LoadedPart> {
        let reader = || PartReader::new(&opened.manifest, Limits::default(), part.clone());
        let mut first = reader();
        first.read_all()?;
        let mut fetched = self.fetch(opened, &lengths(first.texts()), access)?;
        let texts = first.texts().iter().map(|text| range(text, &fetched));
        let texts: Vec<Range<u64>> = texts.collect::<Result<_>>()?;
        let mut second = reader().with_texts(texts.clone());
        second.read_all()?;
        let total = second.needs().iter().map(|need| need.bytes.end - need.bytes.start).sum();
        Progress { done: 0, total }.tell(watch)?;
        let is_new = |need: &&Need| !fetched.contains_key(&need.buffer);
        let needs: Vec<Need> = second.needs().iter().filter(is_new).cloned().collect();
        fetched.extend(self.fetch(opened, &needs, access)?);
        Progress { done: total, total }.tell(watch)?;
        let mut bodies: Vec<Option<Window>> = opened.manifest.buffers().iter().map(|_| None).collect();
        for Need { buffer, bytes } in second.needs() {
            let window = fetched.remove(buffer).and_then(|held| held.window(bytes));
            bodies[*buffer as usize] =
                Some(window.ok_or(FormatError::Damaged("a buffer that is met twice"))?);
        }
        Ok(LoadedPart { bodies, part, texts })
    }

    /// The stretches of buffers, in whole chunks.
    fn fetch(&self, opened: &Opened, needs: &[Need], access: Access) -> Result<HashMap<u32, Held>> {
        if needs.is_empty() {
            return Ok(HashMap::new());
        }
        let buffers = opened.manifest.buffers();
        let stretches: Vec<(u64, Buffer)> =
            needs.iter().map(|need| stretch(&buffers[need.buffer as usize], &need.bytes)).collect();
        let asked: Vec<Buffer> = stretches.iter().map(|(_, buffer)| buffer.clone()).collect();
        let bodies = poll_now(self.blobs().get(self.who(), &asked, &opened.hint, access))?;
        let held = stretches.into_iter().zip(bodies).map(|((start, _), body)| Held { start, body });
        Ok(needs.iter().map(|need| need.buffer).zip(held).collect())
    }

    /// The labels of the columns of a table; none for a value that is none.
    ///
    /// # Errors
    /// `corrupt`.
    pub fn labels(&self, opened: &Opened) -> Result<Option<Labels>> {
        let labels = match root(&opened.manifest)? {
            Node::Frame(..) => Some(Labels::Index(1)),
            Node::Built { built, .. } if built.is_table() => Some(Labels::Names(self.names(opened)?)),
            _ => None,
        };
        Ok(labels)
    }
}

impl Store {
    fn names(&self, opened: &Opened) -> Result<Vec<String>> {
        // A name is the first part of a polars series, which is a child of its frame, and of a field, which is
        // a child of a table's schema.
        let is_name = |places: &[Place]| {
            let place: Vec<u64> = places.iter().map(|place| place.child).collect();
            match place[..] {
                [series, 0] => series > 0,
                [0, field, 0] => field > 0,
                _ => false,
            }
        };
        let value = self.outline(&opened.manifest, is_name)?;
        let children = value.children();
        let columns = match value.node() {
            Node::Built { built: Built::PolarsFrame, .. } => children.get(1..),
            _ => children.first().and_then(|schema| schema.children().get(1..)),
        };
        let names: Option<Vec<String>> = columns.unwrap_or_default().iter().map(name).collect();
        Ok(names.ok_or(FormatError::Damaged("a column without a name"))?)
    }
}

fn name(column: &Value) -> Option<String> {
    match column.children().first()?.node() {
        Node::Str(Text::Inline(name)) => Some(name.to_owned()),
        _ => None,
    }
}

/// Whole chunks of a buffer, from an offset on.
struct Held {
    start: u64,
    body: Body,
}

impl Held {
    fn window(self, bytes: &Range<u64>) -> Option<Window> {
        let place = |at: u64| usize::try_from(at.checked_sub(self.start)?).ok();
        let range = place(bytes.start)?..place(bytes.end)?;
        let is_there = self.body.as_slice().get(range.clone()).is_some();
        is_there.then_some(Window { body: self.body, range })
    }
}

/// The chunks of a buffer that hold `bytes`, and where in it they begin.
fn stretch(buffer: &Buffer, bytes: &Range<u64>) -> (u64, Buffer) {
    if *bytes == (0..buffer.len) {
        return (0, buffer.clone());
    }
    let (mut start, mut end) = (0, 0);
    let mut chunks = Vec::new();
    for chunk in &buffer.chunks {
        let from = end;
        end += u64::from(chunk.len);
        if end > bytes.start && from < bytes.end {
            if chunks.is_empty() {
                start = from;
            }
            chunks.push(*chunk);
        }
    }
    (start, Buffer::new(chunks))
}

/// What of the lengths of strings has to be known to find their text.
fn lengths(texts: &[Texts<'_>]) -> Vec<Need> {
    let need = |text: &Texts<'_>| match text.lengths {
        Payload::Buffer(buffer) if text.end > 0 => Some(Need { buffer, bytes: 0..4 * text.end }),
        _ => None,
    };
    texts.iter().filter_map(need).collect()
}

fn range(text: &Texts<'_>, fetched: &HashMap<u32, Held>) -> Result<Range<u64>> {
    let lengths = match &text.lengths {
        Payload::Inline(lengths) => lengths,
        Payload::Buffer(buffer) => fetched.get(buffer).map_or(&[][..], |held| held.body.as_slice()),
    };
    Ok(text.range(lengths)?)
}

/// The node that the value is.
pub(crate) fn root(manifest: &Manifest) -> Result<Node<'_>> {
    Ok(Reader::new(manifest, Limits::default()).node()?)
}

/// Refuses a part that the value can't have.
fn check(opened: &Opened, part: &Part) -> Result<()> {
    let node = root(&opened.manifest)?;
    let refused =
        |message| Err(Error::new(ErrorKind::Invalid, format!("{message}: `{}`", opened.record.kind)));
    if part.columns.is_some() && !is_table(&node) {
        return refused("only a DataFrame or a table has columns to choose from; load it whole");
    }
    if part.rows.is_some() && !has_rows(&node) {
        return refused(
            "only a frame, a series, an index or an array has rows to choose from; load it whole",
        );
    }
    Ok(())
}

fn is_table(node: &Node<'_>) -> bool {
    match node {
        Node::Frame(..) => true,
        Node::Built { built, .. } => built.is_table(),
        _ => false,
    }
}

pub(crate) fn has_rows(node: &Node<'_>) -> bool {
    match node {
        Node::Series(_) | Node::Index(_) | Node::RangeIndex(..) | Node::Column(_) => true,
        Node::Array(head, _) => !head.shape.is_empty(),
        Node::Built { built, .. } => {
            built.has_cells() || *built == Built::StructuredArray || built.is_table()
        }
        _ => is_table(node),
    }
}
