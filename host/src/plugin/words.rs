//! A plugin's text within a message of ours. Control characters are shown where it is printed.

/// The text with a mark before each further line, so that none of them can be taken for ours.
pub(super) fn marked(text: &str) -> String {
    text.trim_end().replace('\n', "\n  | ")
}

/// A name that a plugin gave to something, as short as names are.
pub(super) fn name(text: &str) -> String {
    const MOST: usize = 200;
    let end = text.floor_char_boundary(MOST);
    let more = if end < text.len() { "…" } else { "" };
    format!("{}{more}", text[..end].replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_plugin_looks_like_ours() {
        assert_eq!(marked("one\nerror: two\n"), "one\n  | error: two");
        assert_eq!(name("one\nerror: two"), "one\\nerror: two");
        assert_eq!(name(&"é".repeat(101)).chars().count(), 101);
    }
}
