//! Figures as text in columns.

/// Rows below a heading; all but the first column stand to the right.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|word| (*word).to_owned()).collect()] }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    pub fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

/// `1234567` as `1,234,567`.
pub fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let grouped = digits.bytes().enumerate().flat_map(|(place, digit)| {
        let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([char::from(digit)])
    });
    grouped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["what", "a second"]);
        table.row(["one".to_owned(), count(81_234.4)]);
        table.row(["a longer one".to_owned(), count(7.0)]);
        assert_eq!(table.text(), "what          a second\none             81,234\na longer one         7\n");
    }

    #[test]
    fn thousands_are_set_apart() {
        let check = |number, text| assert_eq!(count(number), text);
        check(0.0, "0");
        check(999.0, "999");
        check(1_000.0, "1,000");
        check(1_234_567.0, "1,234,567");
    }
}
