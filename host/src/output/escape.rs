//! Text that is not ours: made harmless for a terminal and for a CI's log reader.

use std::borrow::Cow;

/// One line of foreign text: control characters (line ends included), characters that turn the
/// direction of text, and what CI systems read as a command (`::` at the start, `##[` anywhere)
/// are shown instead of obeyed.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// Foreign text of several lines: as [`line()`], each line for itself; tabs stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

fn escape(text: &str, keep_lines: bool) -> Cow<'_, str> {
    if !text.chars().any(|c| obeyed(c, keep_lines)) && !text.contains("::") && !text.contains("##[")
    {
        return Cow::Borrowed(text);
    }
    let shown: Vec<String> = if keep_lines {
        text.split('\n').map(|l| one(l, true)).collect()
    } else {
        vec![one(text, false)]
    };
    Cow::Owned(shown.join("\n"))
}

fn one(line: &str, keep_tabs: bool) -> String {
    let mut shown = String::with_capacity(line.len() + 8);
    let body = line.trim_start();
    // GitHub's runner trims a line before it looks for `::`.
    if body.starts_with("::") {
        shown.push('\\');
    }
    let line = line.replace("##[", "#\\#[");
    for c in line.chars() {
        if obeyed(c, keep_tabs) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn obeyed(c: char, keep_lines: bool) -> bool {
    match c {
        '\n' | '\t' => !keep_lines,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_shown_not_obeyed() {
        for (text, shown) in [
            ("plain, with $ and :: inside", "plain, with $ and :: inside"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("::set-output name=x::y", "\\::set-output name=x::y"),
            ("  ::error::no", "\\  ::error::no"),
            ("see ##[error]no", "see #\\#[error]no"),
            ("\u{202e}abc", "\\u{202e}abc"),
            ("grün, 日本", "grün, 日本"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn several_lines_stay_several_lines() {
        assert_eq!(
            lines("one\n::two\n\tthree\u{7}"),
            "one\n\\::two\n\tthree\\u{7}"
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_obeyed_is_left(text in "\\PC*|[\\x00-\\x7f]*") {
            let shown = line(&text);
            assert!(!shown.chars().any(char::is_control));
            assert!(!shown.trim_start().starts_with("::"));
            assert!(!shown.contains("##["));
        }
    }
}
