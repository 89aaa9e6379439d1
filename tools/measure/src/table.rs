//! Tables for a terminal and for Markdown. The first row holds the names of the columns.

/// Columns for a terminal.
pub fn plain<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..COLUMNS).map(width).collect();
    let shown = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// The same in Markdown, for `docs/performance.md`.
pub fn markdown<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut shown: Vec<_> = rows
        .iter()
        .map(|row| format!("| {} |", row.join(" | ")))
        .collect();
    shown.insert(shown.len().min(1), format!("|{}", "---|".repeat(COLUMNS)));
    shown.join("\n")
}

/// Three significant digits.
pub fn short(value: f64) -> String {
    let digits = match value.abs() {
        0.0..0.1 => 4,
        0.1..1.0 => 3,
        1.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["what", "ms"], ["fork bomb", "≤ 2"]].map(|row| row.map(str::to_owned));
        assert_eq!(plain(&rows), "what       ms\nfork bomb  ≤ 2");
        assert_eq!(
            markdown(&rows),
            "| what | ms |\n|---|---|\n| fork bomb | ≤ 2 |"
        );
    }
}
