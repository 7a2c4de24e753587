//! GitHub's workflow commands: what went wrong, at its place in the repository.

use super::CiOptions;
use crate::event::{Diagnostic, Event, Problem, Severity};

/// The line that annotates an event, where it is worth one.
pub(super) fn event(event: &Event, options: &CiOptions) -> Option<String> {
    match event {
        Event::Error(problem) => Some(command("error", &[], &whole(problem), options)),
        Event::Warning { message } => Some(command("warning", &[], message, options)),
        Event::Diagnostic(found) => diagnostic(found, options),
        _ => None,
    }
}

/// The error with its causes and the ways out.
fn whole(problem: &Problem) -> String {
    let causes = problem.caused_by.iter().map(|c| format!("caused by: {c}"));
    let hints = problem.hints.iter().map(|hint| format!("hint: {hint}"));
    let lines = [problem.message.clone()]
        .into_iter()
        .chain(causes)
        .chain(hints);
    lines.collect::<Vec<_>>().join("\n")
}

fn diagnostic(found: &Diagnostic, options: &CiOptions) -> Option<String> {
    let level = match found.severity {
        Severity::Info => return None,
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let files = options.configs.iter();
    let placed = files
        .map(|file| (file, located(&found.message, file)))
        .find(|(_, (place, _))| place.is_some());
    let message = placed.map_or(found.message.as_str(), |(_, (_, message))| message);
    let mut properties = Vec::new();
    if let Some((file, (Some((line, column)), _))) = placed {
        properties.push(("file", format!("{}{file}", options.folder)));
        properties.push(("line", line.to_string()));
        properties.push(("col", column.to_string()));
    }
    let mut text = message.to_owned();
    if let Some(address) = &found.address {
        text += &format!("\nat {address}");
    }
    if let Some(hint) = &found.hint {
        text += &format!("\nhint: {hint}");
    }
    Some(command(level, &properties, &text, options))
}

/// Line and column of a message that begins as `FILE:LINE:COLUMN: `, and the rest of it.
fn located<'a>(message: &'a str, file: &str) -> (Option<(u32, u32)>, &'a str) {
    let found = || {
        let rest = message.strip_prefix(file)?.strip_prefix(':')?;
        let (line, rest) = rest.split_once(':')?;
        let (column, rest) = rest.split_once(':')?;
        Some((
            (line.parse().ok()?, column.parse().ok()?),
            rest.trim_start(),
        ))
    };
    match found() {
        Some((place, rest)) => (Some(place), rest),
        None => (None, message),
    }
}

/// One workflow command. Whatever is in the text, it stays one line and one command.
fn command(level: &str, properties: &[(&str, String)], text: &str, options: &CiOptions) -> String {
    let title = format!("acetate {}", options.verb);
    let title = title.trim_end();
    let named = properties
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let all = named.chain([("title", title)]);
    let all: Vec<String> = all
        .map(|(name, value)| format!("{name}={}", property(value)))
        .collect();
    format!("::{level} {}::{}", all.join(","), data(text))
}

/// Text after the second `::`. Other line ends and characters that a terminal obeys are shown.
fn data(text: &str) -> String {
    let shown = super::super::escape::lines(text);
    shown
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Text of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_a_message_of_the_configuration() {
        let message = "a/acetate.toml:3:5: unknown key `x`";
        assert_eq!(
            located(message, "a/acetate.toml"),
            (Some((3, 5)), "unknown key `x`")
        );
        for other in [
            "acetate.toml: no `family`",
            "b/acetate.toml:3:5: x",
            "command line: x",
        ] {
            assert_eq!(located(other, "acetate.toml"), (None, other));
        }
    }

    #[test]
    fn a_place_is_of_the_configuration_that_is_named() {
        let options = CiOptions {
            configs: vec!["eu.toml".to_owned(), "us.toml".to_owned()],
            ..CiOptions::default()
        };
        let found = Diagnostic {
            severity: Severity::Error,
            code: "configuration".to_owned(),
            message: "us.toml:3:5: wrong".to_owned(),
            address: None,
            source: "acetate".to_owned(),
            hint: None,
        };
        let expected = "::error file=us.toml,line=3,col=5,title=acetate::wrong";
        assert_eq!(diagnostic(&found, &options).as_deref(), Some(expected));
    }

    #[test]
    fn foreign_text_stays_one_command() {
        let options = CiOptions {
            verb: "deploy".to_owned(),
            ..CiOptions::default()
        };
        let text = "100% of a\r\n::set-env name=X::y\n##[add-mask]z";
        let properties = [("file", "a,line=9::b\n".to_owned())];
        let line = command("error", &properties, text, &options);
        assert_eq!(
            line,
            "::error file=a%2Cline=9%3A%3Ab%0A,title=acetate deploy::100%25 of a\\r%0A\\::set-env name=X::y%0A#\\#[add-mask]z"
        );
        assert_eq!(line.lines().count(), 1);
    }
}
