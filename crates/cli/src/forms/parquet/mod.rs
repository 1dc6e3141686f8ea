//! Apache Parquet: typed columns, each may miss cells, Snappy, a million rows a group.
//!
//! NaN stays NaN among floats; what is missing in pandas' words is null.
//! Datetimes are Parquet's timestamps, in UTC where they have a zone, dates and
//! times of day its own. What Parquet has no type for (durations, cells of
//! several types) is refused.

mod column;

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use stillroom::{Error, ErrorKind, Value};

use super::field::Field;
use super::grid::has_fields;
use super::sheet::Sheet;
use super::{IN_PYTHON, Style, column_place, other_form, refusal};
use crate::failure::Failure;
use column::ParquetColumn;

/// Rows of a group, all of whose cells of one column are in memory at once.
const GROUP_ROWS: u64 = 1 << 20;
/// What pyarrow calls a level of an index that has no name, before its number and two lines more.
const NAMELESS_LEVEL: &str = "__index_level_";

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(sheet) = Sheet::of(value) else {
        return Err(refusal("parquet holds tables", instead(value), style.name));
    };
    sheet.check_labels("parquet", style)?;
    if sheet.labels.len() > 1 {
        let place = format!("{}.columns", style.name);
        return Err(refusal("parquet has one label for a column", "use --to csv or json", &place));
    }
    let index =
        sheet.told_index(false).iter().enumerate().map(|(level, field)| (level_name(level, field), field));
    let columns = sheet.columns.iter().map(|field| (field.name.clone(), field));
    let columns = index.chain(columns).map(|(name, field)| ParquetColumn::of(field, name, style));
    let columns: Vec<_> = columns.collect::<Result<_, _>>()?;
    let mut names = HashSet::new();
    if let Some(twice) = columns.iter().find(|column| !names.insert(column.name())) {
        return Err(refusal(
            "parquet has no two columns of one name",
            "use --to csv or json",
            &column_place(style, twice.name()),
        ));
    }
    write_columns(&columns, sheet.row_count, out)
}

fn instead(value: &Value) -> &'static str {
    match other_form(value) {
        _ if has_fields(value) => "use --to npy",
        IN_PYTHON => IN_PYTHON,
        _ => "use --to npy for an array, else --to json",
    }
}

fn level_name(level: usize, field: &Field<'_>) -> String {
    if field.name.is_empty() { format!("{NAMELESS_LEVEL}{level}__") } else { field.name.clone() }
}

fn write_columns(columns: &[ParquetColumn<'_>], row_count: u64, out: &mut dyn Write) -> Result<(), Failure> {
    let fields = columns.iter().map(|column| Ok(Arc::new(column.schema()?)));
    let fields = fields.collect::<Result<_, ParquetError>>().map_err(failed)?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build().map_err(failed)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("stillroom ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    // The crate writes only to what can be sent to another thread: a group is handed on from memory.
    let mut writer =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map_err(failed)?;
    for start in (0..row_count).step_by(GROUP_ROWS as usize) {
        let rows = start..row_count.min(start + GROUP_ROWS);
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in columns {
            let mut chunk = group.next_column().map_err(failed)?.expect("as many columns as the schema has");
            column.write(rows.clone(), &mut chunk)?;
            chunk.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        writer.flush()?;
        out.write_all(writer.inner())?;
        writer.inner_mut().clear();
    }
    Ok(out.write_all(&writer.into_inner().map_err(failed)?)?)
}

/// Every cell is checked before it is given to the crate, so what is left is a fault of ours.
fn failed(error: ParquetError) -> Failure {
    Error::new(ErrorKind::Internal, format!("the parquet writer failed: {error}")).into()
}
