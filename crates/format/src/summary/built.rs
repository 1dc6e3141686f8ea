//! Pictures of built nodes, from those of their parts.

use serde_json::{Value as Json, json};

use super::drawing::Drawing;
use super::libraries;
use super::part::{MARK, Part, at, closed};
use crate::show::{names, period};
use crate::{Built, Node};

/// The picture of a built node whose parts' pictures are at hand, a beginning of them at least.
pub(super) fn assemble<'a>(
    drawing: &Drawing<'a>,
    node: &Node<'a>,
    built: Built,
    parts: &[Part<'a>],
) -> Part<'a> {
    let word = |place: usize| parts.get(place).and_then(|part| part.json().as_str()).unwrap_or(MARK);
    let dtype =
        |place: usize| parts.get(place).map_or(MARK, |part| part.json()["dtype"].as_str().unwrap_or(MARK));
    match built {
        Built::ObjectArray => array(built, shape(parts), "object"),
        Built::TextArray => array(built, shape(parts), "StringDType"),
        Built::StructuredArray => array(built, shape_of(parts, 1), "fields").with("fields", fields(parts)),
        Built::StructuredScalar => closed(drawing, node).with("fields", fields(parts)),
        Built::MaskedArray => array(built, shape_of(parts, 0), dtype(0)),
        Built::MaskedConstant => scalar(drawing, node, json!("--")),
        Built::Period => match parts.get(1).and_then(|part| part.json().as_i64()) {
            Some(ordinal) => scalar(drawing, node, json!(period::text(word(0), ordinal))),
            None => closed(drawing, node),
        },
        Built::Interval => {
            let (open, close) = names::brackets(word(0));
            let bound = |place| parts.get(place).map_or(MARK.to_owned(), Part::key);
            scalar(drawing, node, json!(format!("{open}{}, {}{close}", bound(1), bound(2))))
        }
        Built::Offset => scalar(drawing, node, at(parts, 0)),
        Built::PeriodColumn => closed(drawing, node).over("PeriodIndex", format!("period[{}]", word(0))),
        Built::IntervalColumn => {
            closed(drawing, node).over("IntervalIndex", format!("interval[{}, {}]", dtype(1), word(0)))
        }
        Built::SparseColumn => {
            let fill_value = parts.get(1).map_or(MARK.to_owned(), Part::key);
            closed(drawing, node).over("Index", format!("Sparse[{}, {fill_value}]", dtype(2)))
        }
        Built::MultiIndex => levels(drawing, node, parts),
        _ => libraries::assemble(built, node.child_count(), parts).unwrap_or_else(|| closed(drawing, node)),
    }
}

fn scalar<'a>(drawing: &Drawing<'a>, node: &Node<'a>, json: Json) -> Part<'a> {
    Part::new(drawing, node, json)
}

fn array<'a>(built: Built, shape: Vec<u64>, dtype: &str) -> Part<'a> {
    let json = json!({"type": built.kind(), "shape": shape, "dtype": dtype});
    Part::of(built.kind().into(), shape, json)
}

/// The shape that a description begins with.
fn shape(parts: &[Part<'_>]) -> Vec<u64> {
    let axes = parts.first().and_then(|part| part.json().as_array());
    axes.into_iter().flatten().filter_map(Json::as_u64).collect()
}

/// The names of a dtype's fields, from its description.
fn fields(parts: &[Part<'_>]) -> Json {
    let fields = parts.first().and_then(|part| part.json()[3].as_array());
    fields.into_iter().flatten().map(|field| field.get(0).unwrap_or(field).clone()).collect()
}

fn shape_of(parts: &[Part<'_>], place: usize) -> Vec<u64> {
    parts.get(place).map(|part| part.shape().to_vec()).unwrap_or_default()
}

/// An index by the names of its levels; where it labels a frame's columns, with the labels.
fn levels<'a>(drawing: &Drawing<'a>, node: &Node<'a>, parts: &[Part<'a>]) -> Part<'a> {
    let levels: Vec<_> = parts.get(2..).unwrap_or_default().chunks_exact(2).collect();
    let dtypes: Vec<_> = levels.iter().map(|level| level[0].json()["dtype"].clone()).collect();
    let part = closed(drawing, node).with("names", at(parts, 0)).with("dtypes", Json::Array(dtypes));
    let count = levels.iter().map(|level| level[1].labels().len()).min().unwrap_or(0);
    let label = |row: usize| {
        let labels: Vec<String> = levels.iter().map(|level| label(&level[0], &level[1], row)).collect();
        json!(format!("({})", labels.join(", ")))
    };
    part.labelled((0..count).map(label).collect())
}

/// The label of a level that a row's code points to, as far as its labels are shown.
fn label(level: &Part<'_>, codes: &Part<'_>, row: usize) -> String {
    let code = codes.labels()[row].as_i64().unwrap_or(-1);
    if code < 0 {
        return "NaN".to_owned();
    }
    let label = usize::try_from(code).ok().and_then(|code| level.labels().get(code));
    label.and_then(Json::as_str).unwrap_or(MARK).to_owned()
}
