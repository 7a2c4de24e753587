//! Environment files as people write them.
//!
//! `NAME=value` a line, `export` allowed, `#` comments; single quotes take everything as it is,
//! double quotes know `\n \r \t \" \\ \$`, and both may span lines. Nothing is expanded: `$` is a
//! dollar sign.

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// In the order of the file; a name may come twice, and the later one counts.
    pub variables: Vec<(String, String)>,
    /// Line and what is wrong there.
    pub faults: Vec<(usize, String)>,
    /// Lines with a `${…}` that stays as it is.
    pub references: Vec<usize>,
}

/// Reads a file's text. Never stops at the first fault.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (first, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let next = match name(first) {
            Ok(None) => after,
            Ok(Some((name, at))) => value(&mut parsed, line, name, &rest[at..]).unwrap_or(after),
            Err(fault) => {
                parsed.faults.push((line, fault));
                after
            }
        };
        line += rest[..rest.len() - next.len()].matches('\n').count();
        rest = next;
    }
    parsed
}

/// The name that a line sets, and where its value starts; `None` for a blank or a comment.
fn name(line: &str) -> Result<Option<(&str, usize)>, String> {
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(None);
    }
    let Some((left, right)) = line.split_once('=') else {
        return Err("a line must be `NAME=value`".to_owned());
    };
    let left = left.trim();
    let exported = left
        .strip_prefix("export")
        .filter(|name| name.starts_with([' ', '\t']));
    let name = exported.unwrap_or(left).trim_start();
    if is_name(name) {
        Ok(Some((name, line.len() - right.len())))
    } else {
        Err(format!("`{name}` is no name of a variable"))
    }
}

/// Reads the value at the start of `text`; gives what follows its line.
fn value<'a>(parsed: &mut Parsed, line: usize, name: &str, text: &'a str) -> Option<&'a str> {
    let start = text.trim_start_matches([' ', '\t']);
    let Some(quote) = start.chars().next().filter(|c| ['\'', '"'].contains(c)) else {
        let spaced = start.len() < text.len();
        let plain = plain(start.lines().next().unwrap_or_default(), spaced);
        keep(parsed, line, name, plain.to_owned(), true);
        return None;
    };
    let Some((value, rest)) = quoted(&start[1..], quote) else {
        parsed
            .faults
            .push((line, format!("`{name}` has no closing `{quote}`")));
        return None;
    };
    let (tail, after) = rest.split_once('\n').unwrap_or((rest, ""));
    if !matches!(tail.trim_start().chars().next(), None | Some('#')) {
        parsed.faults.push((
            line,
            format!("`{name}` has text after the closing `{quote}`"),
        ));
    }
    keep(parsed, line, name, value, quote == '"');
    Some(after)
}

fn keep(parsed: &mut Parsed, line: usize, name: &str, value: String, may_expand: bool) {
    if may_expand && value.contains("${") {
        parsed.references.push(line);
    }
    parsed.variables.push((name.to_owned(), value));
}

/// A value without quotes ends at a `#` that follows a blank. `spaced`: a blank came before.
fn plain(line: &str, spaced: bool) -> &str {
    let mut blank = spaced;
    let end = line.find(|c| {
        let comment = c == '#' && blank;
        blank = [' ', '\t'].contains(&c);
        comment
    });
    line[..end.unwrap_or(line.len())].trim_end()
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, &text[at + 1..])),
            '\\' if quote == '"' => {
                let (_, escaped) = chars.next()?;
                match escaped {
                    'n' => value.push('\n'),
                    'r' => value.push('\r'),
                    't' => value.push('\t'),
                    '"' | '\\' | '$' => value.push(escaped),
                    other => value.extend(['\\', other]),
                }
            }
            '\r' if text[at + 1..].starts_with('\n') => {}
            _ => value.push(c),
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ['_', '.', '-'].contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(text: &str) -> Vec<(String, String)> {
        let parsed = parse(text);
        assert_eq!(parsed.faults, [], "{text:?}");
        parsed.variables
    }

    #[test]
    fn one_value() {
        for (line, value) in [
            ("A=1", "1"),
            ("A=", ""),
            ("A=   ", ""),
            ("A= # nothing", ""),
            ("A=#kept", "#kept"),
            ("A=x # comment", "x"),
            ("A=x\t# comment", "x"),
            ("A=x#y", "x#y"),
            ("A = spaced out  ", "spaced out"),
            ("export A=1", "1"),
            ("  export\tA=1", "1"),
            ("A=a=b==", "a=b=="),
            ("A=it's", "it's"),
            ("A='single # \\n $X'", "single # \\n $X"),
            ("A=\"double # kept\" # gone", "double # kept"),
            ("A=\"\"", ""),
            ("A=''# close", ""),
            (r#"A="a\nb\tc\r\"\\\$\q""#, "a\nb\tc\r\"\\$\\q"),
            ("A=\"one\ntwo\"", "one\ntwo"),
            ("A=\"one\r\ntwo\"\r\n", "one\ntwo"),
            ("A='one\ntwo'", "one\ntwo"),
            ("\u{feff}A=bom", "bom"),
            ("A=crlf\r\n", "crlf"),
            ("A=ünï 🦀", "ünï 🦀"),
            ("A=$X ${Y}", "$X ${Y}"),
            ("A=\"{\\\"json\\\": true}\"", "{\"json\": true}"),
        ] {
            let found = variables(line);
            assert_eq!(found, [("A".to_owned(), value.to_owned())], "{line:?}");
        }
    }

    #[test]
    fn many_lines() {
        let text =
            "# head\r\n\r\nA=1\r\n  # indented\nKEY=\"-----BEGIN\nx\n-----END\"\nA=2\nspring.url=x";
        let names: Vec<_> = variables(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["A", "KEY", "A", "spring.url"]);
    }

    #[test]
    fn every_fault_has_its_line() {
        let text =
            "GOOD=1\nno equals\nM=\"a\nb\"\n1X=2\nexport B\nT=\"x\" y\n=3\nOPEN=\"never\nLAST=1";
        let parsed = parse(text);
        let lines: Vec<_> = parsed.faults.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 5, 6, 7, 8, 9], "{:?}", parsed.faults);
        assert_eq!(
            parsed.variables.last().map(|(name, _)| name.as_str()),
            Some("LAST")
        );
    }

    #[test]
    fn what_looks_like_a_reference_is_noted() {
        let parsed = parse("A=${X}\nB='${X}'\nC=\"${X}\"\nD=$X");
        assert_eq!(parsed.references, [1, 3]);
    }
}
