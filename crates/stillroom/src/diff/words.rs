//! A part of a value in a few words, and what to say where two parts have the same words.

use stillroom_format::{Cells, Limits, Manifest, Node, Payload, Text, Value, Writer, summarise};

use crate::preview::{clip, dtype_name};

/// Characters of a scalar shown side by side.
pub(super) const SHOWN_CHARS: usize = 200;

/// Where a frame's columns begin among its children.
pub(super) const FIRST_COLUMN: usize = 3;

/// A part in a few words: a scalar itself, an array by shape and dtype, a column by its dtype.
pub(super) fn words(value: &Value) -> String {
    clip(&all_words(value), SHOWN_CHARS)
}

fn all_words(value: &Value) -> String {
    match value.node() {
        Node::Array(head, _) => format!("{} {}", value.brief(), dtype_name(&head.dtype)),
        Node::Column(_) => Cells::of(value).map_or_else(|| value.brief(), |cells| cells.dtype().to_owned()),
        Node::Series(_) => match (Cells::of(value), value.children().get(2)) {
            (Some(cells), Some(_)) => format!("Series({}) {}", cells.row_count(), cells.dtype()),
            _ => value.brief(),
        },
        _ => value.brief(),
    }
}

/// Two parts that differ in words that differ.
pub(super) fn side_by_side(old: &Value, new: &Value) -> (String, String) {
    let (was, is) = (words(old), words(new));
    if was != is {
        return (was, is);
    }
    if let (Some(old), Some(new)) = (kind(old), kind(new))
        && old != new
    {
        return (format!("{was} ({old})"), format!("{is} ({new})"));
    }
    let (old, new) = details(old, new);
    let and =
        |words: String, detail: String| if detail.is_empty() { words } else { format!("{words}, {detail}") };
    (and(was, old), and(is, new))
}

/// What tells apart two parts of one kind that look the same.
fn details(old: &Value, new: &Value) -> (String, String) {
    let alone = |what: &str| (String::new(), what.to_owned());
    match (old.node(), new.node()) {
        (Node::Float(old), Node::Float(new)) => {
            (format!("bits {:016x}", old.to_bits()), format!("bits {:016x}", new.to_bits()))
        }
        (Node::Str(Text::Inline(old)), Node::Str(Text::Inline(new))) => {
            let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
            alone(&format!("other from character {} on", same + 1))
        }
        (Node::Array(old, was), Node::Array(new, is)) if has_same_bytes(&was, &is) => {
            let layout = |head: &stillroom_format::ArrayHead| {
                let writeable = if head.is_writeable { "writeable" } else { "read-only" };
                format!("{} as {:?}, {writeable}", head.dtype, head.order)
            };
            (layout(&old), layout(&new))
        }
        (Node::Opaque(_), Node::Opaque(_)) => alone("another state"),
        (Node::Shared(_), Node::Shared(_)) => alone("another object that is met again"),
        (Node::Set(_) | Node::FrozenSet(_), _) => alone("other members"),
        (Node::Frame(..), Node::Frame(..)) if is_rearranged(columns(old), columns(new)) => {
            alone("its columns in another order")
        }
        (Node::Dict(_) | Node::OrderedDict(_) | Node::DefaultDict(..), _) => {
            alone("its pairs in another order")
        }
        (Node::Deque(..), Node::Deque(..)) => alone("another maximum length"),
        _ => alone("other values"),
    }
}

fn has_same_bytes(one: &Payload<'_>, other: &Payload<'_>) -> bool {
    matches!((one, other), (Payload::Inline(one), Payload::Inline(other)) if one == other)
}

fn columns(frame: &Value) -> &[Value] {
    frame.children().get(FIRST_COLUMN..).unwrap_or_default()
}

/// Whether the same parts stand in another order.
fn is_rearranged(old: &[Value], new: &[Value]) -> bool {
    let sorted = |parts: &[Value]| {
        let mut parts: Vec<_> = parts.iter().map(encoded).collect();
        parts.sort_unstable();
        parts
    };
    old != new && sorted(old) == sorted(new)
}

/// What people call the type of a part that stands alone.
fn kind(value: &Value) -> Option<String> {
    let summary = summarise(&manifest(value)?, Limits::default()).ok()?;
    Some(summary.kind)
}

/// A part as bytes that no other has; none of one that can't stand alone.
pub(super) fn encoded(value: &Value) -> Option<Vec<u8>> {
    Some(manifest(value)?.bytes().to_vec())
}

fn manifest(value: &Value) -> Option<Manifest> {
    let mut writer = Writer::without_buffers(Limits::default());
    value.write(&mut writer).ok()?;
    writer.finish().ok()?.seal(Vec::new()).ok()
}
