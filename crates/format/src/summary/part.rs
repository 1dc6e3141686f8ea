//! A finished piece of a picture, and how a parent is put together from its children's.

use std::borrow::Cow;
use std::io;

use serde_json::map::Entry;
use serde_json::{Map, Value as Json, json};

use super::Summary;
use super::built;
use super::drawing::Drawing;
use crate::cells::Cells;
use crate::node::built::Place;
use crate::show::item::Item;
use crate::show::{names, short, time};
use crate::{ArrayHead, Column, Node, Payload, Zone};

/// Stands for what is left out.
pub(super) const MARK: &str = "…";
/// The most characters of a type's name, a key or a label.
const NAME_MAX: usize = 200;
const LABEL_MAX: usize = 64;

/// A piece: a node with all its children.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    kind: Cow<'static, str>,
    shape: Vec<u64>,
    json: Json,
    /// Length of `json` as text.
    len: usize,
    zone: Option<Zone<'a>>,
    /// Of a column: what an index over it is called, and its dtype.
    column: Option<(&'static str, String)>,
    labels: Vec<Json>,
}

impl<'a> Part<'a> {
    pub(super) fn new(drawing: &Drawing<'_>, node: &Node<'_>, json: Json) -> Self {
        let shape = names::shape(node, |payload| drawing.payload_len(payload));
        Self::of(names::kind(node), shape, json)
    }

    pub(super) fn of(kind: Cow<'static, str>, shape: Vec<u64>, json: Json) -> Self {
        let len = len(&json);
        Self::of_len(kind, shape, json, len)
    }

    /// A container of parts, whose texts are not made again to know how long its own is.
    fn container(node: &Node<'_>, (json, len): (Json, usize)) -> Self {
        debug_assert_eq!(len, self::len(&json));
        Self::of_len(names::kind(node), names::shape(node, |_| 0), json, len)
    }

    fn of_len(kind: Cow<'static, str>, shape: Vec<u64>, json: Json, len: usize) -> Self {
        let kind = match kind {
            Cow::Owned(kind) => short(&kind, NAME_MAX).into(),
            known => known,
        };
        Self { kind, shape, json, len, zone: None, column: None, labels: Vec::new() }
    }

    pub(super) fn zone(node: &Node<'_>, zone: Zone<'a>, json: Json) -> Self {
        let part = Self::of(names::kind(node), Vec::new(), json);
        Self { zone: Some(zone), ..part }
    }

    /// The part with one more field, when it is an object.
    pub(super) fn with(mut self, field: &str, value: Json) -> Self {
        if let Json::Object(fields) = &mut self.json {
            fields.insert(field.into(), value);
            self.len = len(&self.json);
        }
        self
    }

    /// The part of a column, with its dtype and what an index over it is called.
    pub(super) fn over(self, index_kind: &'static str, dtype: String) -> Self {
        Self { column: Some((index_kind, dtype.clone())), ..self.with("dtype", json!(dtype)) }
    }

    /// The part with labels, as a frame shows its columns'.
    pub(super) fn labelled(self, labels: Vec<Json>) -> Self {
        Self { labels, ..self }
    }

    pub(super) fn json(&self) -> &Json {
        &self.json
    }

    pub(super) fn shape(&self) -> &[u64] {
        &self.shape
    }

    pub(super) fn labels(&self) -> &[Json] {
        &self.labels
    }

    /// Length of the picture in bytes of JSON.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn into_summary(self) -> Summary {
        Summary { kind: self.kind.into_owned(), shape: self.shape, json: self.json }
    }

    fn dtype(&self) -> Json {
        self.column.as_ref().map_or(Json::Null, |(_, dtype)| json!(dtype))
    }

    /// As the key of a JSON object, and the key's length there.
    fn into_key(self) -> (String, usize) {
        match self.json {
            Json::String(text) if text.len() <= NAME_MAX => (text, self.len),
            _ => {
                let key = self.key();
                let len = text_len(&key);
                (key, len)
            }
        }
    }

    /// As the key of a JSON object.
    pub(super) fn key(&self) -> String {
        let text = match &self.json {
            Json::String(text) => text.clone(),
            Json::Null => match &*self.kind {
                "NoneType" => "None".into(),
                "NaTType" | "datetime64" | "timedelta64" => "NaT".into(),
                "NAType" => "<NA>".into(),
                _ => "nan".into(),
            },
            Json::Bool(value) => if *value { "True" } else { "False" }.into(),
            Json::Array(items) => format!("({})", items.iter().map(member).collect::<Vec<_>>().join(", ")),
            other => other.to_string(),
        };
        short(&text, NAME_MAX)
    }
}

/// Length of a picture as text.
fn len(json: &Json) -> usize {
    count(|counted| serde_json::to_writer(counted, json))
}

/// Length of a text as JSON has it.
fn text_len(text: &str) -> usize {
    count(|counted| serde_json::to_writer(counted, text))
}

/// How many bytes are written, which are kept nowhere.
fn count(write: impl FnOnce(&mut dyn io::Write) -> serde_json::Result<()>) -> usize {
    struct Counted(usize);

    impl io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut counted = Counted(0);
    write(&mut counted).expect("a picture's keys are text, and counting does not fail");
    counted.0
}

fn member(json: &Json) -> String {
    match json {
        Json::String(text) => format!("'{text}'"),
        Json::Null => "None".into(),
        other => other.to_string(),
    }
}

impl Drawing<'_> {
    pub(super) fn payload_len(&self, payload: Payload<'_>) -> u64 {
        match payload {
            Payload::Inline(bytes) => bytes.len() as u64,
            Payload::Buffer(number) => self.buffers.get(number as usize).map_or(0, |buffer| buffer.len),
        }
    }
}

/// A mark for something not shown.
pub(super) fn left_out<'a>(node: &Node<'_>) -> Part<'a> {
    Part::of(names::kind(node), Vec::new(), json!(MARK))
}

/// A node by its type and shape.
pub(super) fn closed<'a>(drawing: &Drawing<'_>, node: &Node<'_>) -> Part<'a> {
    let kind = short(&names::kind(node), NAME_MAX);
    let shape = names::shape(node, |payload| drawing.payload_len(payload));
    let has_shape = !shape.is_empty() || matches!(node, Node::Array(..));
    let json = if has_shape { json!({"type": kind, "shape": shape}) } else { json!({"type": kind}) };
    let part = Part::of(kind.into(), shape, json);
    match node {
        Node::Column(column) => part.over(names::index_kind(column), names::column_dtype(column, "")),
        Node::Built { built, .. } => match built.place() {
            Place::Column { index, dtype } => part.over(index, dtype.to_owned()),
            Place::Index | Place::Value | Place::Part => part,
        },
        _ => part,
    }
}

/// Whether a node is one thing made of a few children, rather than a container of items.
pub(super) fn is_built(node: &Node<'_>) -> bool {
    match node {
        Node::List(_) | Node::Tuple(_) | Node::Set(_) | Node::FrozenSet(_) | Node::Deque(..) => false,
        Node::Dict(_) | Node::OrderedDict(_) | Node::DefaultDict(..) => false,
        Node::Dataclass(..) | Node::NamedTuple(..) | Node::Column(Column::Object { .. }) => false,
        _ => node.child_count() > 0,
    }
}

/// The part of a node whose children's parts are at hand, a beginning of them at least.
pub(super) fn assemble<'a>(drawing: &Drawing<'a>, node: &Node<'a>, parts: Vec<Part<'a>>) -> Part<'a> {
    let json = match node {
        Node::List(n) | Node::Tuple(n) | Node::Set(n) | Node::FrozenSet(n) | Node::Deque(_, n) => {
            return Part::container(node, list(parts, *n));
        }
        Node::Dict(n) | Node::OrderedDict(n) | Node::DefaultDict(_, n) => {
            return Part::container(node, object(parts, *n));
        }
        Node::Dataclass(_, n) | Node::NamedTuple(_, n) => return Part::container(node, object(parts, *n)),
        Node::Range | Node::Slice => {
            json!({"type": names::kind(node), "start": at(&parts, 0), "stop": at(&parts, 1), "step": at(&parts, 2)})
        }
        Node::Decimal | Node::Path(_) => at(&parts, 0),
        Node::Fraction => json!(format!("{}/{}", at(&parts, 0), at(&parts, 1))),
        Node::Time(time) => json!(time::time_of_day(time) + &suffix(&parts)),
        Node::DateTime(time) => json!(time::datetime(time) + &suffix(&parts)),
        Node::Timestamp(count, unit, _) => match parts.first().and_then(|part| part.zone) {
            Some(zone) => json!(time::zoned(*count, unit, &zone)),
            None => json!(time::datetime64(*count, Some(unit))),
        },
        Node::Column(column) => return over_children(drawing, node, column, &parts),
        Node::Index(freq) => return index(*freq, &parts),
        Node::RangeIndex(start, _, step) => return range_index(drawing, node, *start, *step, &parts),
        Node::Series(_) => return series(&parts),
        Node::Frame(..) => frame(drawing, node, &parts),
        Node::Built { built, .. } => return built::assemble(drawing, node, *built, &parts),
        _ => return closed(drawing, node),
    };
    Part::new(drawing, node, json)
}

pub(super) fn at(parts: &[Part<'_>], place: usize) -> Json {
    parts.get(place).map_or(json!(MARK), |part| part.json.clone())
}

fn suffix(parts: &[Part<'_>]) -> String {
    parts.first().and_then(|part| part.zone).map(|zone| time::local_suffix(&zone)).unwrap_or_default()
}

/// An array of the items, and its length.
fn list(mut parts: Vec<Part<'_>>, count: u64) -> (Json, usize) {
    if (parts.len() as u64) < count {
        parts.push(Part::of(MARK.into(), Vec::new(), json!(MARK)));
    }
    let len = parts.iter().map(|part| part.len).sum::<usize>() + marks_len(parts.len());
    (Json::Array(parts.into_iter().map(|part| part.json).collect()), len)
}

/// An object of the pairs, and its length; two keys of one text are told apart by their types.
fn object(parts: Vec<Part<'_>>, count: u64) -> (Json, usize) {
    let mut fields = Map::with_capacity(parts.len() / 2);
    let mut len = 0;
    let mut parts = parts.into_iter();
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        let kind = key.kind.clone();
        let (mut text, mut key_len) = key.into_key();
        if fields.contains_key(&text) {
            text = format!("{text} ({kind})");
            key_len = text_len(&text);
        }
        if let Entry::Vacant(entry) = fields.entry(text) {
            entry.insert(value.json);
            len += key_len + 1 + value.len;
        }
    }
    let left_out = count - (fields.len() as u64).min(count);
    if left_out > 0 {
        let left_out = json!(left_out);
        len += self::len(&left_out);
        match fields.insert(MARK.into(), left_out) {
            Some(replaced) => len -= self::len(&replaced),
            None => len += text_len(MARK) + 1,
        }
    }
    len += marks_len(fields.len());
    (Json::Object(fields), len)
}

/// The brackets around so many items, and the commas between them.
fn marks_len(count: usize) -> usize {
    2 + count.saturating_sub(1)
}

/// Labels of a frame's columns that lie in the manifest.
pub(super) fn labels<'a>(drawing: &Drawing<'a>, column: &Column<'a>) -> Part<'a> {
    let inline = |payload| match payload {
        Payload::Inline(bytes) => Some(bytes),
        Payload::Buffer(_) => None,
    };
    let part = super::leaf::draw(drawing, &Node::Column(column.clone()));
    let Some(cells) = Cells::childless(column, inline) else { return part };
    let rows = 0..cells.row_count().min(drawing.column_max() as u64);
    let labels =
        rows.map(|row| cells.cell(row).map_or(json!(MARK), |cell| json!(short(&cell.text, LABEL_MAX))));
    Part { labels: labels.collect(), ..part }
}

/// Codes of a level of a frame's column labels, as its labels.
pub(super) fn codes<'a>(drawing: &Drawing<'a>, node: &Node<'a>, head: &ArrayHead, items: &[u8]) -> Part<'a> {
    let part = super::leaf::draw(drawing, node);
    let size = usize::try_from(head.dtype.item_size()).unwrap_or(usize::MAX).max(1);
    let items = items.chunks_exact(size).take(drawing.column_max());
    let code = |item: &[u8]| match Item::read(&head.dtype, item) {
        Item::Int(code) => json!(code),
        _ => Json::Null,
    };
    part.labelled(items.map(code).collect())
}

fn over_children<'a>(
    drawing: &Drawing<'a>,
    node: &Node<'a>,
    column: &Column<'a>,
    parts: &[Part<'a>],
) -> Part<'a> {
    let zone =
        parts.first().and_then(|part| part.zone).map(|zone| time::zone_name(&zone)).unwrap_or_default();
    let dtype = short(&names::column_dtype(column, &zone), NAME_MAX);
    let labels = parts.iter().map(|part| json!(short(&part.key(), LABEL_MAX))).collect();
    let part = closed(drawing, node).over(names::index_kind(column), dtype);
    Part { labels, ..part }
}

fn index<'a>(freq: Option<&str>, parts: &[Part<'a>]) -> Part<'a> {
    let column = parts.get(1);
    let kind = column.and_then(|part| part.column.as_ref()).map_or("Index", |(kind, _)| kind);
    let shape = column.map(|part| part.shape.clone()).unwrap_or_default();
    let dtype = column.map_or(Json::Null, Part::dtype);
    let json = json!({"type": kind, "shape": shape, "dtype": dtype, "name": at(parts, 0)});
    let part = Part::of(kind.into(), shape, json);
    let part = if let Some(freq) = freq { part.with("freq", json!(short(freq, NAME_MAX))) } else { part };
    Part { labels: column.map(|part| part.labels.clone()).unwrap_or_default(), ..part }
}

fn range_index<'a>(
    drawing: &Drawing<'a>,
    node: &Node<'a>,
    start: i64,
    step: i64,
    parts: &[Part<'a>],
) -> Part<'a> {
    let part = closed(drawing, node).with("name", at(parts, 0));
    let shown = part.shape[0].min(drawing.column_max() as u64);
    let label = |place: u64| json!((i128::from(start) + i128::from(step) * i128::from(place)).to_string());
    Part { labels: (0..shown).map(label).collect(), ..part }
}

fn series<'a>(parts: &[Part<'a>]) -> Part<'a> {
    let column = parts.get(2);
    let shape = column.map(|part| part.shape.clone()).unwrap_or_default();
    let dtype = column.map_or(Json::Null, Part::dtype);
    let json = json!({
        "type": "Series", "shape": shape, "dtype": dtype, "name": at(parts, 0), "index": at(parts, 1)
    });
    Part::of("Series".into(), shape, json)
}

/// A frame by its shape, its columns' labels and dtypes in order, and its index.
///
/// Two arrays rather than one object: labels repeat, and `jsonb` forgets the order of fields.
fn frame(drawing: &Drawing<'_>, node: &Node<'_>, parts: &[Part<'_>]) -> Json {
    let shape = names::shape(node, |payload| drawing.payload_len(payload));
    let count = shape[1];
    let columns = parts.get(3..).unwrap_or_default();
    let dtypes = columns.iter().map(|part| part.dtype());
    let labels = parts.get(1).map(|part| part.labels.clone()).unwrap_or_default();
    json!({
        "type": "DataFrame", "shape": shape,
        "columns": ended(labels.into_iter(), count), "dtypes": ended(dtypes, count), "index": at(parts, 0),
    })
}

fn ended(items: impl Iterator<Item = Json>, count: u64) -> Json {
    let mut items: Vec<_> = items.collect();
    if (items.len() as u64) < count {
        items.push(json!(MARK));
    }
    Json::Array(items)
}
