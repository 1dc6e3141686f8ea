//! Columns that line up, whatever was stored.

use std::iter::repeat_n;

use super::{printable, width};

/// Where the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells; every cell is made printable on its way in.
#[derive(Debug)]
pub(crate) struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
    /// How many of the rows are headings.
    heading_count: usize,
}

impl Table {
    /// A table without rows, a column for each of `aligns`.
    pub(crate) fn new(aligns: impl IntoIterator<Item = Align>) -> Self {
        Self { aligns: aligns.into_iter().collect(), rows: Vec::new(), heading_count: 0 }
    }

    /// A table with a row of headings; a column with nothing below its heading is left out.
    pub(crate) fn with_headings<const N: usize>(headings: [(&str, Align); N]) -> Self {
        let mut table = Self::new(headings.map(|(_, align)| align));
        table.push(headings.map(|(heading, _)| heading));
        table.heading_count = 1;
        table
    }

    /// Adds a row, one cell for each column.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        let cells: Vec<_> = cells.into_iter().map(|cell| printable(cell.as_ref()).into_owned()).collect();
        debug_assert_eq!(cells.len(), self.aligns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// The table as lines, two spaces between columns and none at the end of a line.
    pub(crate) fn to_text(&self) -> String {
        let shown: Vec<_> = (0..self.aligns.len()).filter(|column| self.says_something(*column)).collect();
        let widths: Vec<_> = shown.iter().map(|column| (*column, self.width(*column))).collect();
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    /// A row's shown columns, each with its width.
    fn line(&self, row: &[String], columns: &[(usize, usize)]) -> String {
        let mut line = String::new();
        for (column, column_width) in columns {
            let cell = &row[*column];
            let padding = repeat_n(' ', column_width - width(cell));
            match self.aligns[*column] {
                Align::Left => line.extend(cell.chars().chain(padding)),
                Align::Right => line.extend(padding.chain(cell.chars())),
            }
            line.push_str("  ");
        }
        format!("{}\n", line.trim_end())
    }

    fn says_something(&self, column: usize) -> bool {
        self.heading_count == 0 || self.rows[self.heading_count..].iter().any(|row| !row[column].is_empty())
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| width(&row[column])).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_without_spaces() {
        let mut table =
            Table::with_headings([("KEY", Align::Left), ("SIZE", Align::Right), ("LABEL", Align::Left)]);
        table.push(["日本", "44 KB", ""]);
        table.push(["forecast", "812 B", "two\nlines"]);

        assert_eq!(
            table.to_text(),
            "KEY        SIZE  LABEL\n\
             日本      44 KB\n\
             forecast  812 B  two\\nlines\n"
        );
    }

    #[test]
    fn a_heading_with_nothing_below_it_is_left_out() {
        let mut table =
            Table::with_headings([("KEY", Align::Left), ("LABEL", Align::Left), ("SIZE", Align::Right)]);
        table.push(["rmse", "", "9 B"]);

        assert_eq!(table.to_text(), "KEY   SIZE\nrmse   9 B\n");
    }
}
