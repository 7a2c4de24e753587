//! What a plugin called last: where its author begins to look when the run ends badly.
//!
//! Every call is kept, so keeping one costs no more than copying the first bytes of its texts.
//! What may be a credential is masked when it is told.

use crate::output::mask;

/// How many bytes of a text are kept; a longer one is told by its size.
const KEPT: usize = 200;
/// How many texts of a call are kept.
const TEXTS: usize = 8;

/// The last call of any function, and the last one that edits.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub call: Called,
    pub edit: Called,
}

/// One call.
#[derive(Debug, Default)]
pub(super) struct Called {
    function: &'static str,
    texts: Vec<Text>,
    number: u64,
}

/// The start of a text, and the size of all of it.
#[derive(Debug, Default)]
struct Text {
    start: String,
    bytes: usize,
}

/// What the texts of a function are, where they are more than names and places.
enum Role {
    /// Texts that may be told, unless they look like a credential.
    Plain,
    /// A name and the value that it is given, by position.
    Pair(usize, usize),
    /// JSON at this position, which may hold anything.
    Json(usize),
}

fn role(function: &str) -> Role {
    match function {
        "set-env" | "set-log-option" | "set-label" => Role::Pair(1, 2),
        "set-tag" => Role::Pair(0, 1),
        "set-json" | "add-container" | "add-volume" => Role::Json(1),
        _ => Role::Plain,
    }
}

impl Called {
    /// Keeps a call in the place of the one before.
    pub fn keep(&mut self, function: &'static str, given: &[&str]) {
        self.function = function;
        self.number += 1;
        let count = given.len().min(TEXTS);
        self.texts.resize_with(count, Text::default);
        for (text, given) in self.texts.iter_mut().zip(given) {
            text.start.clear();
            text.start
                .push_str(&given[..given.floor_char_boundary(KEPT)]);
            text.bytes = given.len();
        }
    }

    /// The call in words; `None` where there was none.
    pub fn told(&self) -> Option<String> {
        let role = role(self.function);
        let texts: Vec<String> = (0..self.texts.len())
            .map(|at| self.text(at, &role))
            .collect();
        (self.number > 0).then(|| format!("{}({})", self.function, texts.join(", ")))
    }

    /// Which one of its kind it was, from 1.
    pub const fn number(&self) -> u64 {
        self.number
    }

    fn text(&self, at: usize, role: &Role) -> String {
        let text = &self.texts[at];
        let is_json = matches!(role, Role::Json(place) if *place == at);
        if is_json || text.bytes > text.start.len() {
            return format!("… {} bytes", text.bytes);
        }
        let name = match role {
            Role::Pair(name, value) if *value == at => self.texts[*name].start.as_str(),
            _ => "",
        };
        format!("{:?}", mask::environment(name, &text.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(function: &'static str, given: &[&str]) -> String {
        let mut called = Called::default();
        called.keep("set-health-check", &["a"; 12]);
        called.keep(function, given);
        assert_eq!(called.number(), 2);
        called.told().expect("there was one")
    }

    #[test]
    fn a_call_is_told_short_and_without_what_looks_like_a_credential() {
        for (function, given, expected) in [
            (
                "set-env",
                &["app", "LOG_LEVEL", "info"][..],
                r#"set-env("app", "LOG_LEVEL", "info")"#,
            ),
            (
                "set-env",
                &["app", "DB_PASSWORD", "hunter2"],
                r#"set-env("app", "DB_PASSWORD", "********")"#,
            ),
            (
                "set-tag",
                &["deploy-token", "hunter2"],
                r#"set-tag("deploy-token", "********")"#,
            ),
            (
                "set-json",
                &["/containerDefinitions/app/environment", r#"["hunter2"]"#],
                r#"set-json("/containerDefinitions/app/environment", … 11 bytes)"#,
            ),
            (
                "set-health-check",
                &["app", "CMD", "postgres://app:hunter2@db/x"],
                r#"set-health-check("app", "CMD", "********")"#,
            ),
            ("containers", &[], "containers()"),
            ("remove", &["\u{1b}[2J"], r#"remove("\u{1b}[2J")"#),
        ] {
            assert_eq!(told(function, given), expected);
        }
        let long = "ü".repeat(5000);
        assert_eq!(told("remove", &[&long]), "remove(… 10000 bytes)");
        assert_eq!(Called::default().told(), None);
    }
}
