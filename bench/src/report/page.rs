//! The place of a report in a page of prose.

use std::path::Path;

use anyhow::Context as _;

/// Replaces what stands between the markers of this name in a page; a page without markers gets them at its end.
pub(crate) fn write_between_markers(path: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let page = match std::fs::read_to_string(path) {
        Ok(page) => page,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, between_markers(&page, name, text))
        .with_context(|| format!("writing {}", path.display()))
}

fn between_markers(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let block = format!("{begin}\n\n{text}\n\n{end}");
    let parts = page
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    match parts {
        Some((before, after)) => format!("{before}{block}{after}"),
        None if page.is_empty() => format!("{block}\n"),
        None => format!("{}\n\n{block}\n", page.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_page_is_kept() {
        let page = "# Title\n\nWords.\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nMore words.\n";
        let new = between_markers(page, "bench", "new");
        let block = "<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->";
        assert_eq!(new, format!("# Title\n\nWords.\n\n{block}\n\nMore words.\n"));
        assert_eq!(between_markers(&new, "bench", "new"), new);
        assert_eq!(between_markers("# Title\n", "bench", "new"), format!("# Title\n\n{block}\n"));
        assert_eq!(between_markers("", "bench", "new"), format!("{block}\n"));
    }

    #[test]
    fn two_reports_share_a_page() {
        let one = between_markers("# Title\n", "bench", "one");
        let two = between_markers(&one, "curves", "two");
        assert!(two.starts_with(one.trim_end()) && two.contains("<!-- curves:begin -->\n\ntwo\n"));
        assert!(between_markers(&two, "bench", "three").contains("two"));
    }
}
