//! Text that is not ours, in Markdown.

use crate::output::escape;

/// Text inside a line or a table's cell, of which nothing is markup.
pub(super) fn inline(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " -,".contains(c) || !c.is_ascii();
    let shown = escape::line(text);
    let each = shown.chars().map(|c| match plain(c) {
        true => c.to_string(),
        false => format!("&#{};", u32::from(c)),
    });
    each.collect()
}

/// The same, as code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", inline(text))
}

/// A block of lines, at most so many of them. Its fence is longer than any in the text.
pub(super) fn block(language: &str, text: &str, most: usize) -> String {
    let all = text.lines().count();
    let kept: Vec<String> = text.lines().take(most).map(shortened).collect();
    let mut kept = kept.join("\n");
    if all > most {
        kept += &format!("\n… and {} lines more", all - most);
    }
    let longest = kept.split(|c| c != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}{language}\n{kept}\n{fence}\n")
}

/// A line of a length that can be read.
fn shortened(line: &str) -> String {
    const LONGEST: usize = 500;
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        let text = "a|b <img src=x> `c` [d](e)\n# f";
        let shown = inline(text);
        assert!(!shown.contains(['|', '<', '`', '[', '\n']), "{shown}");
        assert!(shown.starts_with("a&#124;b &#60;img"), "{shown}");
    }

    #[test]
    fn a_block_cannot_be_left() {
        let text = block("", "a\n````\n</details>", 10);
        assert_eq!(text, "`````\na\n````\n</details>\n`````\n");
        let many = block("diff", "a\nb\nc", 2);
        assert_eq!(many, "```diff\na\nb\n… and 1 lines more\n```\n");
    }
}
