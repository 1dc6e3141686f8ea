//! Pictures of what libraries beyond NumPy and pandas make: tables, sparse arrays, figures, datasets.

use serde_json::{Value as Json, json};

use super::part::{MARK, Part, at};
use crate::Built;
use crate::show::arrow::{Field, Type};
use crate::show::polars;

/// The picture of such a node from its parts; none where they don't say enough.
pub(super) fn assemble<'a>(built: Built, child_count: u64, parts: &[Part<'a>]) -> Option<Part<'a>> {
    let kind = built.kind();
    Some(match built {
        Built::ArrowData => shaped(kind, vec![parts.first()?.json().as_u64()?], &[]),
        Built::ArrowChunks => {
            let rows = parts.iter().map(|part| part.shape().first());
            let rows = rows.sum::<Option<u64>>().filter(|_| parts.len() as u64 == child_count);
            shaped(kind, rows.into_iter().collect(), &[])
        }
        Built::ArrowArray | Built::ArrowChunked => {
            shaped(kind, shape_of(parts, 1), &[("dtype", json!(arrow_type(parts.first()?)))])
        }
        Built::ArrowColumn => {
            let dtype = format!("{}[pyarrow]", arrow_type(parts.first()?));
            let shape = shape_of(parts, 1);
            shaped(kind, shape, &[]).over("Index", dtype)
        }
        Built::ArrowScalar | Built::ArrowType => {
            shaped(kind, Vec::new(), &[("dtype", json!(arrow_type(parts.first()?)))])
        }
        Built::ArrowTable | Built::ArrowBatch => {
            arrow_table(kind, parts.get(1)?.json().as_u64()?, child_count - 2, parts.first()?)
        }
        Built::PolarsSeries => {
            let dtype = polars::Dtype::of(parts.get(1)?.json()).map(|dtype| dtype.name);
            shaped(kind, shape_of(parts, 2), &[("dtype", json!(dtype)), ("name", at(parts, 0))])
        }
        Built::PolarsFrame => {
            let columns = parts.get(1..)?.iter();
            let columns = columns.map(|part| (part.json()["name"].clone(), part.json()["dtype"].clone()));
            table(kind, parts.first()?.json().as_u64()?, child_count - 1, columns)
        }
        Built::ScipySparse => {
            let ending = if parts.get(1)?.json() == &json!(true) { "matrix" } else { "array" };
            let name = format!("{}.{}_{ending}", kind, parts.first()?.json().as_str()?);
            let axes = parts.get(2)?.json().as_array()?.iter().filter_map(Json::as_u64).collect();
            shaped(&name, axes, &[("dtype", parts.get(4)?.json()["dtype"].clone())])
        }
        Built::PlotlyFigure => figure(kind, parts.first()?.json()),
        Built::AltairPart => {
            let class = parts.first()?.json().as_str()?;
            shaped(&format!("altair.{}", class.rsplit('.').next()?), Vec::new(), &[])
        }
        Built::XarrayVariable => {
            let data = parts.get(1)?;
            // What lies in an index has it first in a tuple.
            let inner = data.json().get(0).unwrap_or(data.json());
            let shape = inner["shape"].as_array().into_iter().flatten().filter_map(Json::as_u64).collect();
            shaped(kind, shape, &[("dims", at(parts, 0)), ("dtype", inner["dtype"].clone())])
        }
        Built::XarrayArray => {
            let variable = parts.get(1)?;
            let said = |field| (field, variable.json()[field].clone());
            let coords = names(parts.get(3..).unwrap_or_default(), 2, (child_count - 3) / 2);
            let fields = [said("dims"), said("dtype"), ("name", at(parts, 0)), ("coords", coords)];
            shaped(kind, variable.shape().to_vec(), &fields)
        }
        Built::XarrayDataset => {
            let variables = names(parts.get(3..).unwrap_or_default(), 3, (child_count - 3) / 3);
            shaped(kind, Vec::new(), &[("variables", variables)])
        }
        _ => return None,
    })
}

fn shaped<'a>(kind: &str, shape: Vec<u64>, fields: &[(&str, Json)]) -> Part<'a> {
    let mut json = json!({"type": kind});
    if !shape.is_empty() {
        json["shape"] = json!(shape);
    }
    for (field, value) in fields {
        json[*field] = value.clone();
    }
    Part::of(kind.to_owned().into(), shape, json)
}

fn shape_of(parts: &[Part<'_>], place: usize) -> Vec<u64> {
    parts.get(place).map(|part| part.shape().to_vec()).unwrap_or_default()
}

fn arrow_type(part: &Part<'_>) -> String {
    Type::of(part.json()).map_or(MARK.to_owned(), |of| of.to_string())
}

/// A table of Arrow by its schema, which begins with metadata.
fn arrow_table<'a>(kind: &str, rows: u64, count: u64, schema: &Part<'_>) -> Part<'a> {
    let fields = schema.json().as_array().and_then(|schema| schema.get(1..)).unwrap_or_default();
    let fields = fields.iter().filter(|field| field.is_array()).map(|field| match Field::of(field) {
        Some(Field { name, of, .. }) => (json!(name), json!(of.to_string())),
        None => (field[0].clone(), json!(MARK)),
    });
    table(kind, rows, count, fields)
}

/// A table as a frame of pandas is pictured, but for an index, which it has none of.
fn table<'a>(kind: &str, rows: u64, count: u64, columns: impl Iterator<Item = (Json, Json)>) -> Part<'a> {
    let (mut labels, mut dtypes): (Vec<_>, Vec<_>) = columns.unzip();
    if (labels.len() as u64) < count {
        labels.push(json!(MARK));
        dtypes.push(json!(MARK));
    }
    shaped(kind, vec![rows, count], &[("columns", Json::Array(labels)), ("dtypes", Json::Array(dtypes))])
}

/// A figure by the types of its traces, and its title.
fn figure<'a>(kind: &str, figure: &Json) -> Part<'a> {
    let traces = figure["data"].as_array().into_iter().flatten();
    let traces: Vec<_> = traces.map(|trace| trace.get("type").cloned().unwrap_or(json!(MARK))).collect();
    let title = match &figure["layout"]["title"]["text"] {
        Json::String(text) => json!(text),
        _ => Json::Null,
    };
    shaped(kind, Vec::new(), &[("traces", Json::Array(traces)), ("title", title)])
}

/// The names in every `step`-th of the parts.
fn names(parts: &[Part<'_>], step: usize, count: u64) -> Json {
    let mut names: Vec<_> = parts.iter().step_by(step).map(|name| json!(name.key())).collect();
    if (names.len() as u64) < count {
        names.push(json!(MARK));
    }
    Json::Array(names)
}
