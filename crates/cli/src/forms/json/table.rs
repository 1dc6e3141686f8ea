//! A table as pandas' `to_dict(orient="tight")` has it, with equal labels kept apart.
//!
//! `pandas.DataFrame.from_dict(json.load(file), orient="tight")` reads it.

use std::rc::Rc;

use super::{Json, Step};
use crate::failure::Failure;
use crate::forms::field::Field;
use crate::forms::sheet::Sheet;

impl Sheet<'_> {
    /// A cell, counted row by row, as `["arrivals"][3]`.
    pub(super) fn place(&self, cell: u64) -> String {
        let width = self.columns.len().max(1) as u64;
        let column = usize::try_from(cell % width).ok().and_then(|column| self.columns.get(column));
        format!("[{:?}][{}]", column.map_or("", |field| &field.name), cell / width)
    }
}

impl<'a> Json<'a, '_> {
    pub(super) fn begin_table(&mut self, sheet: Sheet<'a>) -> Result<(), Failure> {
        self.text("{\"index\": ")?;
        self.labels(&sheet.index)?;
        self.text(", \"columns\": ")?;
        match &sheet.labels[..] {
            [] => self.names(sheet.columns.iter().map(|field| field.name.as_str()))?,
            labels => self.labels(labels)?,
        }
        self.text(", \"data\": [")?;
        self.open.push(Step::Cells(Rc::new(sheet), 0));
        Ok(())
    }

    /// Writes one cell, or begins it: a cell may hold a value of any depth.
    pub(super) fn cells(&mut self, sheet: Rc<Sheet<'a>>, at: u64) -> Result<(), Failure> {
        let width = sheet.columns.len() as u64;
        if at == width * sheet.row_count {
            return self.end_table(&sheet);
        }
        let row = at / width;
        self.text(match (row, at % width) {
            (0, 0) => "[",
            (_, 0) => "], [",
            _ => ", ",
        })?;
        self.open.push(Step::Cells(Rc::clone(&sheet), at + 1));
        let field = &sheet.columns[usize::try_from(at % width).expect("one of the columns")];
        self.field_cell(field, row)
    }

    fn end_table(&mut self, sheet: &Sheet<'a>) -> Result<(), Failure> {
        let has_cells = !sheet.columns.is_empty() && sheet.row_count > 0;
        self.text(if has_cells { "]]" } else { "]" })?;
        for (what, levels) in [("index_names", &sheet.index), ("column_names", &sheet.labels)] {
            self.text(&format!(", \"{what}\": ["))?;
            for place in 0..levels.len().max(1) {
                self.comma(place > 0)?;
                match levels.get(place).map_or("", |level| &level.name) {
                    "" => self.text("null")?,
                    name => self.string(name)?,
                }
            }
            self.text("]")?;
        }
        self.text("}")
    }

    /// Labels, which are scalars, or lists of a scalar for each of several levels.
    fn labels(&mut self, levels: &[Field<'_>]) -> Result<(), Failure> {
        let (open, close) = if levels.len() > 1 { ("[", "]") } else { ("", "") };
        self.text("[")?;
        for row in 0..levels.first().map_or(0, Field::row_count) {
            self.comma(row > 0)?;
            self.text(open)?;
            for (place, level) in levels.iter().enumerate() {
                self.comma(place > 0)?;
                self.cell(level, row)?;
            }
            self.text(close)?;
        }
        self.text("]")
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> Result<(), Failure> {
        self.text("[")?;
        for (place, name) in names.enumerate() {
            self.comma(place > 0)?;
            self.string(name)?;
        }
        self.text("]")
    }
}
