//! One column of an app's users in the order of its texts, as an index of the database gives it.

use std::ops::Range;

/// Texts with the numbers of their users. The texts lie behind each other in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Column {
    texts: String,
    ends: Vec<usize>,
    numbers: Vec<u64>,
}

impl Column {
    /// Adds a text that does not lie before the last one.
    pub(super) fn push(&mut self, text: &str, number: u64) {
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        self.numbers.push(number);
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn text(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[start..self.ends[row]]
    }

    pub(super) fn numbers(&self, rows: Range<usize>) -> &[u64] {
        &self.numbers[rows]
    }
}
