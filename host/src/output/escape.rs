//! Text that is not ours: made harmless for a terminal and for a CI's log reader.

use std::borrow::Cow;

/// One line of foreign text: control characters (line ends included), characters that turn the
/// direction of text, and what CI systems read as a command (`::` at the start, `##[` and
/// `##vso[` anywhere) are shown instead of obeyed.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// Foreign text of several lines: as [`line()`], each line for itself; tabs stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

/// Foreign text of several lines below a heading of ours: a mark before each further line, so that
/// none of them can be taken for ours.
#[must_use]
pub fn marked(text: &str) -> String {
    lines(text.trim_end()).replace('\n', "\n  | ")
}

/// Text of ours with foreign text in it: as [`marked`], but for lines that we indented ourselves.
#[must_use]
pub fn indented(text: &str) -> String {
    let shown = lines(text.trim_end());
    let mut further = shown.split('\n');
    let first = further.next().unwrap_or_default().to_owned();
    further.fold(first, |text, line| {
        let mark = if line.starts_with("  ") { "" } else { "  | " };
        text + "\n" + mark + line
    })
}

/// JSON text that means the same, without what [`line()`] would show: a terminal or a CI's log
/// reader that it passes has nothing to obey. None of these characters stands outside of a string.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    let is_safe = |c: char| c == '\n' || !obeyed(c, true);
    if text.chars().all(is_safe) && commands(text).next().is_none() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = commands(rest).next() {
        shown.push_str(&rest[..at]);
        shown.push_str("#\\u0023");
        rest = &rest[at + 2..];
    }
    shown.push_str(rest);
    let safe = |c: char| match is_safe(c) {
        true => c.to_string(),
        false => format!("\\u{:04x}", u32::from(c)),
    };
    Cow::Owned(shown.chars().map(safe).collect())
}

/// Where `##[`, `##vso[` and their like begin.
fn commands(text: &str) -> impl Iterator<Item = usize> {
    let begins = |at: &usize| text.as_bytes()[*at..].starts_with(b"##");
    (0..text.len()).filter(begins).filter(|at| {
        let name = text[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        name.starts_with('[')
    })
}

fn escape(text: &str, keep_lines: bool) -> Cow<'_, str> {
    if !text.chars().any(|c| obeyed(c, keep_lines)) && !text.contains("::") && !text.contains("##")
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
    let mut before = commands(line).map(|at| at + 1).peekable();
    for (at, c) in line.char_indices() {
        if before.next_if_eq(&at).is_some() {
            shown.push('\\');
        }
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
        // Nothing to be seen, and something between two letters.
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => true,
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
            ("###vso[task.setvariable]x", "##\\#vso[task.setvariable]x"),
            ("## no command", "## no command"),
            ("\u{202e}abc", "\\u{202e}abc"),
            ("a\u{200b}b", "a\\u{200b}b"),
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

    #[test]
    fn json_stays_what_it_means() {
        for (text, shown) in [
            (
                "{\n  \"a\": \"::error::grün\"\n}",
                "{\n  \"a\": \"::error::grün\"\n}",
            ),
            (
                "[\"\u{9b}2J\u{202e}\u{7f}\"]",
                "[\"\\u009b2J\\u202e\\u007f\"]",
            ),
            ("[\"##vso[x]##[y]\"]", "[\"#\\u0023vso[x]#\\u0023[y]\"]"),
        ] {
            assert_eq!(json(text), shown);
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(&json(text)), value(text));
        }
    }

    #[test]
    fn further_lines_of_others_are_marked() {
        assert_eq!(
            marked("one\nerror: two\n::three\n"),
            "one\n  | error: two\n  | \\::three"
        );
    }

    #[test]
    fn lines_that_we_indented_stay() {
        assert_eq!(
            indented("one\n  in two\nhint: three"),
            "one\n  in two\n  | hint: three"
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_obeyed_is_left(text in "\\PC*|[\\x00-\\x9f]*|[#\\[v:]*") {
            let shown = line(&text);
            assert!(!shown.chars().any(char::is_control));
            assert!(!shown.trim_start().starts_with("::"));
            assert!(commands(&shown).next().is_none());
            let text = serde_json::to_string(&text).unwrap();
            assert!(!json(&text).chars().any(char::is_control));
            assert!(commands(&json(&text)).next().is_none());
            let value: String = serde_json::from_str(&json(&text)).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
    }
}
