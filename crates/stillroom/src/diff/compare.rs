//! The walk over two outlines. Nothing calls itself, so values may be as deep as the format allows.

use std::collections::{HashMap, VecDeque};

use stillroom_format::{Cells, Node, Place, Text, Value};

use super::words::{FIRST_COLUMN, SHOWN_CHARS, encoded, side_by_side, words};
use super::{CHANGES_MAX, Change, What};
use crate::preview::clip;

/// Where a frame's labels stand among its children.
const LABELS: u64 = 1;

/// Whether a buffer holds labels of a frame's columns: the only ones that a diff reads.
pub(super) fn is_label(places: &[Place]) -> bool {
    places.iter().any(|place| place.is_in_frame && place.child == LABELS)
}

/// What makes `new` another value than `old`: the first changes, and how many more there are.
pub(super) fn changes(old: &Value, new: &Value) -> (Vec<Change>, u64) {
    let mut changes = Changes::default();
    changes.left.push(Pair { path: String::new(), old: Some(old), new: Some(new) });
    while let Some(pair) = changes.left.pop() {
        match (pair.old, pair.new) {
            (Some(old), Some(new)) => changes.compare(pair.path, old, new),
            (Some(old), None) => changes.tell(pair.path, What::Removed, Some(words(old)), None),
            (None, Some(new)) => changes.tell(pair.path, What::Added, None, Some(words(new))),
            (None, None) => {}
        }
    }
    (changes.found, changes.more)
}

/// What was found so far, and what is still to be compared.
#[derive(Default)]
struct Changes<'a> {
    found: Vec<Change>,
    more: u64,
    /// Parts that differ, the next one last.
    left: Vec<Pair<'a>>,
}

/// A part that differs, as it was and as it is.
struct Pair<'a> {
    path: String,
    old: Option<&'a Value>,
    new: Option<&'a Value>,
}

impl<'a> Changes<'a> {
    fn tell(&mut self, path: String, what: What, old: Option<String>, new: Option<String>) {
        if self.found.len() < CHANGES_MAX {
            self.found.push(Change { path, what, old, new });
        } else {
            self.more += 1;
        }
    }

    fn compare(&mut self, path: String, old: &'a Value, new: &'a Value) {
        let inner = match (old.node(), new.node()) {
            (Node::Frame(..), Node::Frame(..)) => frames(&path, old, new),
            (Node::Series(_), Node::Series(_)) => series(&path, old, new),
            (old_node, new_node) if is_mapping(&old_node) && is_mapping(&new_node) => pairs(&path, old, new),
            (Node::Dataclass(class, _), Node::Dataclass(other, _))
            | (Node::NamedTuple(class, _), Node::NamedTuple(other, _))
                if class == other =>
            {
                pairs(&path, old, new)
            }
            (Node::List(count), Node::List(other))
            | (Node::Tuple(count), Node::Tuple(other))
            | (Node::Deque(_, count), Node::Deque(_, other))
                if count == other =>
            {
                items(&path, old, new)
            }
            _ => Vec::new(),
        };
        // The part itself is told when its own words say what changed, or nothing within it does.
        if inner.is_empty() {
            let (was, is) = side_by_side(old, new);
            self.tell(path, What::Changed, Some(was), Some(is));
        } else if words(old) != words(new) {
            self.tell(path, What::Changed, Some(words(old)), Some(words(new)));
        }
        self.left.extend(inner.into_iter().rev());
    }
}

impl<'a> Pair<'a> {
    /// A part, when it differs.
    fn of(path: String, old: Option<&'a Value>, new: Option<&'a Value>) -> Option<Self> {
        (old != new).then_some(Self { path, old, new })
    }
}

fn is_mapping(node: &Node<'_>) -> bool {
    matches!(node, Node::Dict(_) | Node::OrderedDict(_) | Node::DefaultDict(..))
}

/// The items that differ of two lists of one length.
fn items<'a>(path: &str, old: &'a Value, new: &'a Value) -> Vec<Pair<'a>> {
    let items = old.children().iter().zip(new.children()).enumerate();
    items.filter_map(|(at, (old, new))| Pair::of(format!("{path}[{at}]"), Some(old), Some(new))).collect()
}

/// The pairs that differ of two dicts, or of two records of one class: those of the new one in its order,
/// then those that are gone.
fn pairs<'a>(path: &str, old: &'a Value, new: &'a Value) -> Vec<Pair<'a>> {
    let is_record = !is_mapping(&new.node());
    let name = |key: &Value| match key.as_str() {
        Some(field) if is_record => format!("{path}.{}", clip(field, SHOWN_CHARS)),
        Some(text) => format!("{path}[{:?}]", clip(text, SHOWN_CHARS)),
        None => format!("{path}[{}]", words(key)),
    };
    // Not by their names: thousands of long keys may begin alike, and NaN may be a key twice.
    let mut olds: HashMap<Vec<u8>, VecDeque<&Value>> = HashMap::new();
    old.pairs().for_each(|(key, value)| olds.entry(identity(key)).or_default().push_back(value));
    let mut take = |key: &Value| olds.get_mut(&identity(key)).and_then(VecDeque::pop_front);
    let mut found: Vec<_> =
        new.pairs().filter_map(|(key, value)| Pair::of(name(key), take(key), Some(value))).collect();
    // What is left of a key are its last pairs.
    let mut left: Vec<_> = old.pairs().collect();
    left.reverse();
    left.retain(|(key, _)| olds.get_mut(&identity(key)).and_then(VecDeque::pop_back).is_some());
    found.extend(left.into_iter().rev().filter_map(|(key, value)| Pair::of(name(key), Some(value), None)));
    found
}

/// What tells a key from every other.
fn identity(key: &Value) -> Vec<u8> {
    match key.node() {
        Node::Str(Text::Inline(text)) => [b"s", text.as_bytes()].concat(),
        _ => [b"k", &*encoded(key).unwrap_or_else(|| words(key).into_bytes())].concat(),
    }
}

/// What differs of two series: name, index, attrs. That its values do is told by the series itself.
fn series<'a>(path: &str, old: &'a Value, new: &'a Value) -> Vec<Pair<'a>> {
    let part = |name: &str, at: usize| {
        Pair::of(format!("{path}.{name}"), old.children().get(at), new.children().get(at))
    };
    if old.children().get(2) != new.children().get(2) {
        return Vec::new();
    }
    [part("name", 0), part("index", 1), part("attrs", 3)].into_iter().flatten().collect()
}

/// What differs of two frames: index, attrs, columns by their labels.
fn frames<'a>(path: &str, old: &'a Value, new: &'a Value) -> Vec<Pair<'a>> {
    let part = |name: &str, at: usize| {
        Pair::of(format!("{path}.{name}"), old.children().get(at), new.children().get(at))
    };
    let mut found: Vec<_> = [part("index", 0), part("attrs", 2)].into_iter().flatten().collect();
    let (Some(old_columns), Some(new_columns)) = (columns(old), columns(new)) else { return found };
    let mut olds: HashMap<&str, Vec<&Value>> = HashMap::new();
    old_columns.iter().rev().for_each(|(label, column)| olds.entry(label).or_default().push(column));
    // Columns that share a label are met in their order.
    let mut take = |label: &str| olds.get_mut(label).and_then(Vec::pop);
    let has_same_rows = rows(old) == rows(new);
    for (label, column) in &new_columns {
        let before = take(label);
        // With other rows every column has other cells: only another dtype is worth a line.
        let is_told = has_same_rows || before.is_none_or(|before| words(before) != words(column));
        found.extend(Pair::of(column_path(path, label), before, Some(column)).filter(|_| is_told));
    }
    for (label, _) in &old_columns {
        if let Some(gone) = take(label) {
            found.push(Pair { path: column_path(path, label), old: Some(gone), new: None });
        }
    }
    found
}

fn column_path(path: &str, label: &str) -> String {
    format!("{path}[{:?}]", clip(label, SHOWN_CHARS))
}

/// The columns of a frame by their labels.
fn columns(frame: &Value) -> Option<Vec<(String, &Value)>> {
    let labels = Cells::of(frame.children().get(1)?)?;
    let columns = frame.children().get(FIRST_COLUMN..)?.iter().enumerate();
    columns.map(|(at, column)| Some((labels.cell(at as u64).ok()?.text.into_owned(), column))).collect()
}

fn rows(frame: &Value) -> Option<u64> {
    match frame.node() {
        Node::Frame(rows, ..) => Some(rows),
        _ => None,
    }
}
