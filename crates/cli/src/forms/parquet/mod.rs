//! Apache Parquet: typed columns, each may miss cells, Snappy, a million rows a group.
//!
//! NaN stays NaN among floats; what is missing in pandas' words is null.
//! Datetimes are Parquet's timestamps, in UTC where they have a zone. What
//! Parquet has no type for (durations, cells of several types) is refused.

mod column;
mod items;

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
use super::sheet::Sheet;
use super::{Style, column_place, refusal};
use crate::failure::Failure;
use column::ParquetColumn;

/// Rows of a group, all of whose cells of one column are in memory at once.
const GROUP_ROWS: u64 = 1 << 20;
/// What pyarrow calls an index without a name.
const NAMELESS_INDEX: &str = "__index_level_0__";

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(sheet) = Sheet::of(value) else {
        return Err(refusal("parquet holds tables", "use --to npy for an array, else --to json", style.name));
    };
    sheet.check_labels("parquet", style)?;
    let columns = sheet.fields().map(|field| ParquetColumn::of(field, name(field, &sheet), style));
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

fn name<'a>(field: &'a Field<'_>, sheet: &Sheet<'_>) -> &'a str {
    let is_index = sheet.index.as_ref().is_some_and(|index| std::ptr::eq(index, field));
    if is_index && field.name.is_empty() { NAMELESS_INDEX } else { &field.name }
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
